package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// mediatorRoutes are openhim-core.md sections 3 and 4. The names of the accesses
// are those 4.0.5 prints, wrong ones included.
func mediatorRoutes() []route {
	const manage, view, listed = "mediator-manage-all", "mediator-view-all", "mediator-manage-specified"
	return []route{
		get("/mediators", permit{}, (*call).getMediators),
		get("/mediators/:urn", permit{old: "getMediator", all: view, listed: "mediator-view-specified", also: manage}, (*call).getMediator),
		post("/mediators", permit{old: "addMediator", all: manage}, (*call).addMediator),
		del("/mediators/:urn", permit{old: "removeMediator", all: manage, listed: listed}, (*call).removeMediator),
		post("/mediators/:urn/heartbeat", permit{old: "removeMediator", all: view, listed: "mediator-view-specified", also: manage}, (*call).heartbeat),
		put("/mediators/:urn/config", permit{old: "removeMediator", all: manage, listed: listed}, (*call).setConfig),
		post("/mediators/:urn/channels", permit{old: "removeMediator", all: manage, listed: listed}, (*call).installChannels),
	}
}

func (c *call) mediatorByURN(urn string) (mongo.Doc, bool) {
	return c.collection(model.Mediators).FindOne(mongo.Doc{"urn": urn})
}

// getMediators lists mediators with their passwords in clear (Q9).
func (c *call) getMediators() error {
	filter := mongo.Doc{}
	if !c.modern {
		if (permit{old: "getAllMediators"}).refuses(c) {
			return nil
		}
	} else {
		permissions, _ := c.permissions()
		listed := slices.Concat(permissions.names["mediator-view-specified"], permissions.names["mediator-manage-specified"])
		switch {
		case permissions.has("mediator-view-all") || permissions.has("mediator-manage-all"):
		case len(listed) > 0:
			filter["urn"] = mongo.Doc{"$in": listed}
		default:
			c.answer(http.StatusForbidden, "Could not fetch mediators via the API: User does not have the right permissions")
			return nil
		}
	}
	c.setBody(docs(c.collection(model.Mediators).Find(filter, mongo.FindOptions{})))
	return nil
}

// getMediator masks the passwords.
func (c *call) getMediator() error {
	mediator, has := c.mediatorByURN(c.param(0))
	if !has {
		c.setStatus(http.StatusNotFound)
		return nil
	}
	maskPasswords(listOf(mediator["configDefs"]), mediator["config"])
	c.setBody(mediator)
	return nil
}

// addMediator registers: a new URN is validated and stored; a known one is
// changed, without validation, when the version is higher, and else ignored (Q7,
// Q8). All three answer 201.
func (c *call) addMediator() error {
	err := c.register(c.input.doc())
	switch {
	case err == nil:
		c.setStatus(http.StatusCreated)
	case isValidation(err):
		c.answer(http.StatusBadRequest, "Could not add Mediator via the API: %s", mongo.JSText(err))
	default:
		c.answer(http.StatusInternalServerError, "Could not add Mediator via the API: %s", mongo.JSText(err))
	}
	return nil
}

func isValidation(err error) bool { return strings.HasPrefix(mongo.JSText(err), "ValidationError") }

func invalid(message string) error { return &thrown{"ValidationError", message} }

func (c *call) register(mediator mongo.Doc) error {
	if !truthy(mediator["urn"]) {
		return invalid("URN is required")
	}
	offered, ok := parseVersion(mediator["version"])
	if !ok {
		return invalid("Version is required. Must be in SemVer form x.y.z")
	}
	if truthy(mediator["configDefs"]) {
		if err := validateDefs(mediator["configDefs"]); err != nil {
			return err
		}
		if mediator["config"] != nil {
			order := func(path ...string) []string { return c.input.keys(append([]string{"config"}, path...)...) }
			if err := validateConfig(mediator["configDefs"], mediator["config"], order); err != nil {
				return err
			}
		}
	}
	filter, err := c.Models.Schema(model.Mediators).CastQuery(mongo.Doc{"urn": mediator["urn"]})
	if err != nil {
		return err
	}
	if known, has := c.collection(model.Mediators).FindOne(filter); has {
		if stored, _ := parseVersion(known["version"]); offered.higher(stored) {
			return c.upgrade(known, mediator)
		}
		return nil
	}
	if endpoints, isList := mediator["endpoints"].([]any); !truthy(mediator["endpoints"]) || isList && len(endpoints) == 0 {
		return invalid("At least 1 endpoint is required")
	}
	return c.create(model.Mediators, mediator)
}

// upgrade is findByIdAndUpdate without validators; stored configuration wins key
// by key.
func (c *call) upgrade(known, mediator mongo.Doc) error {
	offered, isDoc := mediator["config"].(mongo.Doc)
	stored, has := known["config"].(mongo.Doc)
	if isDoc && has {
		for param := range offered {
			if stored[param] != nil {
				offered[param] = stored[param]
			}
		}
	}
	return c.update(model.Mediators, idOf(known["_id"]), mediator)
}

// create is new Model(doc).save(): cast, validated, without empty objects.
func (c *call) create(collection string, in mongo.Doc) error {
	_, err := c.createDoc(collection, in)
	return err
}

func (c *call) createDoc(collection string, in mongo.Doc) (mongo.Doc, error) {
	doc, err := c.Models.Schema(collection).Cast(in, mongo.CastOptions{Validate: true, Now: c.Clock})
	if err != nil {
		return nil, err
	}
	doc = minimize(doc)
	doc["__v"] = 0.0
	if _, has := doc["_id"]; !has {
		doc["_id"] = mongo.NewID(c.now())
	}
	_, err = c.collection(collection).Insert(doc)
	return doc, err
}

// update is findByIdAndUpdate(id, in).
func (c *call) update(collection string, id mongo.ObjectID, in mongo.Doc) error {
	update, err := c.Models.Schema(collection).Cast(in, mongo.CastOptions{Update: true, Now: c.Clock})
	if err != nil {
		return err
	}
	_, _, err = c.collection(collection).Update(id, update)
	return err
}

// minimize leaves out empty objects, as mongoose does when it saves.
func minimize(doc mongo.Doc) mongo.Doc {
	for key, value := range doc {
		if sub, isDoc := value.(mongo.Doc); isDoc {
			if minimize(sub); len(sub) == 0 {
				delete(doc, key)
			}
		}
		for _, element := range listOf(value) {
			if sub, isDoc := element.(mongo.Doc); isDoc {
				minimize(sub)
			}
		}
	}
	return doc
}

// removeMediator answers 200 whether there was one or not.
func (c *call) removeMediator() error {
	urn := c.param(0)
	if mediator, has := c.mediatorByURN(urn); has {
		c.collection(model.Mediators).Delete(idOf(mediator["_id"]))
	}
	c.setBody("Mediator with urn " + urn + " has been successfully removed by " + text(c.user["email"]))
	return nil
}

// heartbeat answers with the whole configuration when the body asks for it or when
// it changed since the last heartbeat, and else with nothing; with OK when the
// mediator has none (Q2). A change before the first heartbeat is not told.
func (c *call) heartbeat() error {
	urn := c.param(0)
	mediator, has := c.mediatorByURN(urn)
	if !has {
		c.setStatus(http.StatusNotFound)
		return nil
	}
	in := c.input.doc()
	if in["uptime"] == nil {
		c.setStatus(http.StatusBadRequest)
		return nil
	}
	changed, hasChanged := mediator["_configModifiedTS"].(time.Time)
	last, hasLast := mediator["_lastHeartbeat"].(time.Time)
	config, hasConfig := mediator["config"]
	wanted := in["config"] == true || hasChanged && hasLast && changed.After(last)
	switch {
	case !wanted:
		c.setBody("")
	case hasConfig:
		c.setBody(config)
	default:
		c.clearBody()
	}
	// Within one millisecond a change must neither be lost nor told twice.
	now := c.now()
	if hasChanged && now.Before(changed) {
		now = changed
	}
	if err := c.update(model.Mediators, idOf(mediator["_id"]), mongo.Doc{"_lastHeartbeat": now, "_uptime": in["uptime"]}); err != nil {
		c.answer(http.StatusInternalServerError, "Could not process mediator heartbeat (urn: %s): %s", urn, mongo.JSText(err))
		return nil
	}
	c.setStatus(http.StatusOK)
	return nil
}

// setConfig is PUT /mediators/:urn/config: it replaces the whole configuration.
func (c *call) setConfig() error {
	urn := c.param(0)
	mediator, has := c.mediatorByURN(urn)
	if !has {
		c.setStatus(http.StatusNotFound)
		c.setBody("No mediator found for this urn.")
		return nil
	}
	config := c.input.value
	restorePasswords(listOf(mediator["configDefs"]), config, mediator["config"])
	if err := validateConfig(mediator["configDefs"], config, c.input.keys); err != nil {
		c.setStatus(http.StatusBadRequest)
		c.setBody(err.Error())
		return nil
	}
	now := c.now()
	if last, hasLast := mediator["_lastHeartbeat"].(time.Time); hasLast && !now.After(last) {
		now = last.Add(time.Millisecond)
	}
	if err := c.update(model.Mediators, idOf(mediator["_id"]), mongo.Doc{"config": config, "_configModifiedTS": now}); err != nil {
		c.answer(http.StatusInternalServerError, "Could not set mediator config (urn: %s): %s", urn, mongo.JSText(err))
		return nil
	}
	c.setStatus(http.StatusOK)
	return nil
}

// installChannels makes channels of the mediator's defaults: those named, or all
// for an empty list. Without a list nothing happens, with 201 (Q5).
func (c *call) installChannels() error {
	urn := c.param(0)
	mediator, has := c.mediatorByURN(urn)
	if !has {
		c.setStatus(http.StatusNotFound)
		c.setBody("No mediator found for this urn.")
		return nil
	}
	names, isList := c.input.value.([]any)
	var wanted []mongo.Doc
	for _, element := range listOf(mediator["defaultChannelConfig"]) {
		channel, _ := element.(mongo.Doc)
		if isList && (len(names) == 0 || slices.Contains(names, channel["name"])) {
			wanted = append(wanted, channel)
		}
	}
	if len(wanted) < len(names) {
		c.answer(http.StatusBadRequest, "Could not load mediator default channel config, one or more channels in the request body "+
			"not found in the mediator config (urn: %s)", urn)
		return nil
	}
	var failed error
	for _, channel := range wanted {
		// The core saves them all at once: one that fails does not stop the others.
		if err := c.installChannel(channel); err != nil && failed == nil {
			failed = err
		}
	}
	if failed != nil {
		c.answer(http.StatusInternalServerError, "Could not load mediator default channel config (urn: %s): %s", urn, mongo.JSText(failed))
		return nil
	}
	c.setStatus(http.StatusCreated)
	return nil
}

func (c *call) installChannel(channel mongo.Doc) error {
	delete(channel, "_id")
	for _, element := range listOf(channel["routes"]) {
		if route, isDoc := element.(mongo.Doc); isDoc {
			delete(route, "_id")
		}
	}
	channel["updatedBy"] = c.auditFields()
	doc, err := c.createDoc(model.Channels, channel)
	if err == nil {
		c.auditChannel(idOf(doc["_id"]), nil, doc)
	}
	return err
}

// auditFields is who made a change, as channels keep it.
func (c *call) auditFields() mongo.Doc {
	return mongo.Doc{"id": c.user["_id"], "name": text(c.user["firstname"]) + " " + text(c.user["surname"])}
}
