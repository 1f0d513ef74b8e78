package api

import (
	"net/http"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// groupRoutes are the contact groups alerts go to.
func groupRoutes() []route {
	const view, manage = "contact-list-view", "contact-list-manage"
	return []route{
		get("/groups", permit{old: "getContactGroups", all: view, also: manage}, (*call).getGroups),
		get("/groups/:contactGroupId", permit{old: "getContactGroup", all: view, also: manage}, (*call).getGroup),
		post("/groups", permit{old: "addContactGroup", all: manage}, (*call).addGroup),
		put("/groups/:contactGroupId", permit{old: "updateContactGroup", all: manage}, (*call).updateGroup),
		del("/groups/:contactGroupId", permit{old: "removeContactGroup", all: manage}, (*call).removeGroup),
	}
}

func (c *call) getGroups() error {
	c.setBody(docs(c.collection(model.Groups).Find(mongo.Doc{}, mongo.FindOptions{})))
	return nil
}

func (c *call) getGroup() error {
	id := c.param(0)
	key, err := c.castID(model.Groups, "_id", id)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not find Contact Group by id '%s' via the API: %s", id, mongo.JSText(err))
		return nil
	}
	group, has := c.collection(model.Groups).Get(key)
	if !has {
		c.setBody("Contact Group with id '" + id + "' could not be found.")
		c.setStatus(http.StatusNotFound)
		return nil
	}
	c.setBody(group)
	return nil
}

func (c *call) addGroup() error {
	if err := c.create(model.Groups, c.input.doc()); err != nil {
		c.answer(http.StatusBadRequest, "Could not add a contact group via the API: %s", mongo.JSText(err))
		return nil
	}
	c.answer(http.StatusCreated, "Contact Group successfully created")
	return nil
}

func (c *call) updateGroup() error {
	id := c.param(0)
	given := c.input.doc()
	delete(given, "_id")
	key, err := c.castID(model.Groups, "_id", id)
	if err == nil {
		err = c.update(model.Groups, key, given)
	}
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not update Contact Group by id %s via the API: %s", id, mongo.JSText(err))
		return nil
	}
	c.setBody("Successfully updated contact group.")
	return nil
}

// removeGroup keeps a group that alerts of channels name, and lists those.
func (c *call) removeGroup() error {
	id := c.param(0)
	key, err := c.castID(model.Groups, "_id", id)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not remove Contact Group by id %s via the API: %s", id, mongo.JSText(err))
		return nil
	}
	if linked := c.collection(model.Channels).Find(mongo.Doc{"alerts.groups": key}, mongo.FindOptions{}); len(linked) > 0 {
		c.setStatus(http.StatusConflict)
		c.setBody(docs(linked))
		return nil
	}
	c.collection(model.Groups).Delete(key)
	c.setBody("Successfully removed contact group with ID '" + id + "'")
	return nil
}
