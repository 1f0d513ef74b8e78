package api

import (
	"net/http"
	"slices"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func clientRoutes() []route {
	const manage, view, listed = "client-manage-all", "client-view-all", "client-manage-specified"
	return []route{
		get("/clients", permit{}, (*call).getClients),
		get("/clients/:clientId", permit{old: "findClientById", all: view, listed: "client-view-specified", also: manage}, (*call).getClient),
		post("/clients", permit{old: "addClient", all: manage}, (*call).addClient),
		get("/clients/domain/:clientDomain", permit{old: "findClientByDomain", all: view, also: manage}, (*call).getClientByDomain),
		put("/clients/:clientId", permit{old: "updateClient", all: manage, listed: listed}, (*call).updateClient),
		del("/clients/:clientId", permit{old: "removeClient", all: manage, listed: listed}, (*call).removeClient),
		get("/clients/:clientId/:property", permit{}, (*call).getClientProperty),
	}
}

// shown hides a client's token, which 8.5.0 only says to be there.
func (c *call) shown(client mongo.Doc) mongo.Doc {
	if c.modern && client["customTokenID"] != nil {
		delete(client, "customTokenID")
		client["customTokenSet"] = true
	}
	return client
}

func (c *call) getClients() error {
	filter := mongo.Doc{}
	if !c.modern {
		if (permit{old: "getClients"}).refuses(c) {
			return nil
		}
	} else {
		permissions, _ := c.permissions()
		ids := []any{}
		for _, id := range slices.Concat(permissions.names["client-view-specified"], permissions.names["client-manage-specified"]) {
			if id, ok := mongo.ParseID(text(id)); ok {
				ids = append(ids, id)
			}
		}
		switch {
		case permissions.has("client-view-all") || permissions.has("client-manage-all"):
		case len(ids) > 0:
			filter["_id"] = mongo.Doc{"$in": ids}
		default:
			c.setBody([]any{})
			c.setStatus(http.StatusForbidden)
			return nil
		}
	}
	found := c.collection(model.Clients).Find(filter, mongo.FindOptions{})
	for i := range found {
		found[i] = c.shown(found[i])
	}
	c.setBody(docs(found))
	return nil
}

// failed answers with the bare message of an error.
func (c *call) failed(status int, err error) error {
	c.answer(status, "%s", err.Error())
	return nil
}

func (c *call) getClient() error {
	id := c.param(0)
	key, err := c.castID(model.Clients, "_id", id)
	if err != nil {
		return c.failed(http.StatusInternalServerError, err)
	}
	client, has := c.collection(model.Clients).Get(key)
	if !has {
		c.answer(http.StatusNotFound, "Client with id %s could not be found.", id)
		return nil
	}
	c.setBody(c.shown(client))
	return nil
}

// getClientProperty knows the client's name only, which everyone may read.
func (c *call) getClientProperty() error {
	if property := c.params[1]; property != "clientName" {
		c.answer(http.StatusNotFound, "The property (%s) you are trying to retrieve is not found.", property)
		return nil
	}
	if err := c.getClient(); err != nil {
		return err
	}
	if client, isDoc := c.out.(mongo.Doc); isDoc {
		c.setBody(mongo.Doc{"name": client["name"]})
	}
	return nil
}

func (c *call) getClientByDomain() error {
	domain := c.param(0)
	client, has := c.collection(model.Clients).FindOne(mongo.Doc{"clientDomain": domain})
	if !has {
		c.answer(http.StatusNotFound, "Could not find client with clientDomain %s", domain)
		return nil
	}
	c.setBody(c.shown(client))
	return nil
}

// idTaken answers when a clientID cannot be because a role has that name: on 4.0.5
// any role of a channel or client, on 8.5.0 one of the client's own.
func (c *call) idTaken(given mongo.Doc, creating bool) bool {
	const conflict = "A role name conflicts with clientID '%s'. A role name cannot be the same as a clientID."
	if c.modern {
		roles, isList := given["roles"].([]any)
		if given["roles"] == nil {
			if creating {
				_ = c.failed(http.StatusBadRequest, readingUndefined("includes"))
			}
			return creating
		}
		if isList && given["clientID"] != nil && slices.ContainsFunc(roles, func(v any) bool { return mongo.Equal(v, given["clientID"]) }) {
			c.answer(http.StatusBadRequest, conflict, interpolate(given["clientID"]))
			return true
		}
		return false
	}
	if !truthy(given["clientID"]) {
		return false
	}
	name := mongo.Doc{"$in": []any{given["clientID"]}}
	if c.collection(model.Channels).Count(mongo.Doc{"allow": name}) > 0 || c.collection(model.Clients).Count(mongo.Doc{"roles": name}) > 0 {
		c.answer(http.StatusConflict, conflict, interpolate(given["clientID"]))
		return true
	}
	return false
}

func (c *call) addClient() error {
	given := c.input.doc()
	if c.idTaken(given, true) {
		return nil
	}
	if err := c.create(model.Clients, given); err != nil {
		return c.failed(http.StatusBadRequest, err)
	}
	c.setBody("Client successfully created")
	c.setStatus(http.StatusCreated)
	return nil
}

func (c *call) updateClient() error {
	id := c.param(0)
	given := c.input.doc()
	delete(given, "_id")
	if c.idTaken(given, false) {
		return nil
	}
	key, err := c.castID(model.Clients, "_id", id)
	if err == nil {
		err = c.update(model.Clients, key, given)
	}
	if err != nil {
		return c.failed(http.StatusInternalServerError, err)
	}
	c.setBody("Successfully updated client.")
	return nil
}

func (c *call) removeClient() error {
	id := c.param(0)
	key, err := c.castID(model.Clients, "_id", id)
	if err != nil {
		return c.failed(http.StatusInternalServerError, err)
	}
	c.collection(model.Clients).Delete(key)
	c.setBody("Successfully removed client with ID " + id)
	return nil
}
