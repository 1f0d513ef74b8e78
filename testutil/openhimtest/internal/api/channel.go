package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func channelRoutes() []route {
	const manage, listed = "channel-manage-all", "channel-manage-specified"
	return []route{
		get("/channels", permit{}, (*call).getChannels),
		post("/channels", permit{old: "addChannel", all: manage}, (*call).addChannel),
		get("/channels/:channelId", permit{}, (*call).getChannel),
		get("/channels/:channelId/audits", permit{old: "addChannel", all: "audit-trail-view"}, (*call).getChannelAudits),
		post("/channels/:channelId/trigger", permit{old: "removeChannel", all: manage, listed: listed}, (*call).triggerChannel),
		put("/channels/:channelId", permit{old: "updateChannel", all: manage, listed: listed}, (*call).updateChannel),
		del("/channels/:channelId", permit{old: "removeChannel", all: manage, listed: listed}, (*call).removeChannel),
	}
}

// viewable is the filter for the channels the user may see.
func (c *call) viewable() mongo.Doc {
	inACL := mongo.Doc{"txViewAcl": mongo.Doc{"$in": groupsOf(c.user)}}
	if !c.modern {
		if c.isAdmin() {
			return mongo.Doc{}
		}
		return inACL
	}
	permissions, _ := c.permissions()
	if permissions.has("channel-view-all") || permissions.has("channel-manage-all") {
		return mongo.Doc{}
	}
	ids := []any{}
	for _, id := range slices.Concat(permissions.names["channel-view-specified"], permissions.names["channel-manage-specified"]) {
		if id, ok := mongo.ParseID(text(id)); ok {
			ids = append(ids, id)
		}
	}
	return mongo.Doc{"$or": []any{inACL, mongo.Doc{"_id": mongo.Doc{"$in": ids}}}}
}

func (c *call) getChannels() error {
	c.setBody(docs(c.collection(model.Channels).Find(c.viewable(), mongo.FindOptions{})))
	return nil
}

// castID casts an identifier of a path as findById does.
func (c *call) castID(collection, path, id string) (mongo.ObjectID, error) {
	filter, err := c.Models.Schema(collection).CastQuery(mongo.Doc{path: id})
	if err != nil {
		return "", err
	}
	return idOf(filter[path]), nil
}

func (c *call) getChannel() error {
	id := c.param(0)
	key, err := c.castID(model.Channels, "_id", id)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not fetch channel by Id '%s' via the API: %s", id, mongo.JSText(err))
		return nil
	}
	channel, has := c.collection(model.Channels).Get(key)
	if !has {
		c.setBody(fmt.Sprintf("We could not find a channel with Id:'%s'.", id))
		c.setStatus(http.StatusNotFound)
		return nil
	}
	if _, visible := c.collection(model.Channels).FindOne(mongo.Doc{"$and": []any{mongo.Doc{"_id": key}, c.viewable()}}); !visible {
		c.setBody(fmt.Sprintf("Access denied to channel with Id: '%s'.", id))
		c.setStatus(http.StatusForbidden)
		return nil
	}
	c.setBody(channel)
	return nil
}

func (c *call) refuse(problem string) error {
	c.setBody(problem)
	c.setStatus(http.StatusBadRequest)
	return nil
}

func (c *call) addChannel() error {
	given := c.input.doc()
	given["updatedBy"] = c.auditFields()
	draft, err := c.Models.Schema(model.Channels).Cast(given, mongo.CastOptions{Now: c.Clock})
	if err == nil {
		if problem := channelProblem(draft, given); problem != "" {
			return c.refuse(problem)
		}
		var doc mongo.Doc
		if doc, err = c.createDoc(model.Channels, given); err == nil {
			c.auditChannel(idOf(doc["_id"]), nil, doc)
		}
	}
	if err != nil {
		c.answer(http.StatusBadRequest, "Could not add channel via the API: %s", mongo.JSText(err))
		return nil
	}
	c.setBody("Channel successfully created")
	c.setStatus(http.StatusCreated)
	return nil
}

// updateChannel is PUT /channels/:id: what is given is set, the rest stays. An
// identifier that is malformed or unknown is an error nobody catches: a bare 500.
func (c *call) updateChannel() error {
	id := c.param(0)
	given := c.input.doc()
	given["updatedBy"] = c.auditFields()
	key, err := c.castID(model.Channels, "_id", id)
	if err != nil {
		return err
	}
	before, has := c.collection(model.Channels).Get(key)
	if !has {
		return readingNull("set")
	}
	after := c.overlay(before, given)
	if kind := text(given["type"]); strings.TrimSpace(kind) != "" && len(listOf(given["methods"])) == 0 {
		if kind != "http" {
			given["methods"] = []any{}
		}
	} else if problem := methodProblem(after["type"], listOf(after["methods"])); problem != "" {
		return c.refuse(problem)
	}
	switch {
	case !timeoutValid(given):
		return c.refuse(timeoutMessage)
	case !pathsValid(given):
		return c.refuse(pathMessage)
	case !priorityValid(given):
		return c.refuse(priorityMessage)
	}
	delete(given, "_id")
	if routes, has := given["routes"]; has && routes != nil {
		if problem := primaryProblem(listOf(routes)); problem != "" {
			return c.refuse(problem)
		}
	}
	if !timeoutValid(after) {
		return c.refuse(timeoutMessage)
	}
	if !bodyAgeValid(after) {
		return c.refuse(bodyAgeMessage)
	}
	if err := c.saveChannel(before, given); err != nil {
		c.answer(http.StatusInternalServerError, "Could not update channel by id: %s via the API: %s", id, mongo.JSText(err))
		return nil
	}
	c.setBody("The channel was successfully updated")
	return nil
}

// overlay is channel.set(given), without validation.
func (c *call) overlay(channel, given mongo.Doc) mongo.Doc {
	after := mongo.CloneDoc(channel)
	maps.Copy(after, given)
	draft, err := c.Models.Schema(model.Channels).Cast(after, mongo.CastOptions{Now: c.Clock})
	if err != nil {
		return after // without Validate there is none
	}
	return draft
}

// saveChannel sets and saves as mongoose does: validated, and with the version
// counted up when a list changed.
func (c *call) saveChannel(before, given mongo.Doc) error {
	after := mongo.CloneDoc(before)
	maps.Copy(after, given)
	saved, err := c.Models.Schema(model.Channels).Cast(after, mongo.CastOptions{Validate: true, Now: c.Clock})
	if err != nil {
		return err
	}
	count, _ := before["__v"].(float64)
	for key, value := range saved {
		if _, isList := value.([]any); isList && !mongo.Equal(value, before[key]) {
			count++
			break
		}
	}
	saved["__v"] = count
	id := idOf(before["_id"])
	if _, err := c.collection(model.Channels).Replace(id, saved); err != nil {
		return err
	}
	c.auditChannel(id, before, saved)
	return nil
}

// auditChannel keeps the patch from one state of a channel to the next, for
// GET /channels/:id/audits.
func (c *call) auditChannel(id mongo.ObjectID, before, after mongo.Doc) {
	ops := []any{}
	for _, item := range entries(after, nil) {
		switch old, had := before[item.key]; {
		case item.key == "_id" || item.key == "__v" || item.key == "updatedBy":
		case !had:
			ops = append(ops, mongo.Doc{"op": "add", "path": "/" + item.key, "value": item.value})
		case !mongo.Equal(old, item.value):
			ops = append(ops, mongo.Doc{"op": "replace", "path": "/" + item.key, "value": item.value})
		}
	}
	c.store(model.ChannelAudits, mongo.Doc{"ref": id, "date": c.now(), "ops": ops, "updatedBy": c.auditFields(), "__v": 0})
}

func (c *call) getChannelAudits() error {
	key, err := c.castID(model.Channels, "_id", c.param(0))
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not fetch all channels via the API: %s", mongo.JSText(err))
		return nil
	}
	found := c.collection(model.ChannelAudits).Find(mongo.Doc{"ref": key}, mongo.FindOptions{Sort: "-date"})
	c.setBody(docs(found))
	return nil
}

// removeChannel deletes a channel without transactions and marks the others.
func (c *call) removeChannel() error {
	id := c.param(0)
	key, err := c.castID(model.Transactions, "channelID", id)
	if err == nil {
		channel, has := c.collection(model.Channels).Get(key)
		switch {
		case !has:
			err = readingNull("_id")
		case c.collection(model.Transactions).Count(mongo.Doc{"channelID": key}) == 0:
			c.collection(model.Channels).Delete(key)
		default:
			err = c.saveChannel(channel, mongo.Doc{"status": "deleted", "updatedBy": c.auditFields()})
		}
	}
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not remove channel by id: %s via the API: %s", id, mongo.JSText(err))
		return nil
	}
	c.setBody("The channel was successfully deleted")
	return nil
}

// triggerChannel polls a channel now, whatever its type and status. Since axios
// took the place of request, an answer of 400 or more is an error.
func (c *call) triggerChannel() error {
	id := c.param(0)
	c.setStatus(http.StatusOK)
	key, err := c.castID(model.Channels, "_id", id)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not fetch channel by Id '%s' via the API: %s", id, mongo.JSText(err))
		return nil
	}
	if _, has := c.collection(model.Channels).Get(key); !has {
		c.setBody(fmt.Sprintf("We could not find a channel with Id:'%s'.", id))
		c.setStatus(http.StatusNotFound)
		return nil
	}
	status, err := c.Backend.TriggerPolling(c.r.Context(), key)
	if err != nil || c.modern && status >= http.StatusBadRequest {
		c.setStatus(http.StatusInternalServerError)
	}
	return nil
}
