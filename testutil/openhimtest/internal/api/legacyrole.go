package api

import (
	"maps"
	"net/http"
	"slices"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func legacyRoleRoutes() []route {
	return []route{
		get("/roles", permit{old: "getRoles"}, (*call).getLegacyRoles),
		post("/roles", permit{old: "addRole"}, (*call).addLegacyRole),
		get("/roles/:name", permit{old: "getRole"}, (*call).getLegacyRole),
		put("/roles/:name", permit{old: "updateRole"}, (*call).updateLegacyRole),
		del("/roles/:name", permit{old: "updateRole"}, (*call).removeLegacyRole),
	}
}

// legacyRole is a name with the channels that allow it and the clients that have it.
func (c *call) legacyRole(name string) mongo.Doc {
	channels, clients := []any{}, []any{}
	for _, channel := range c.collection(model.Channels).Find(mongo.Doc{"allow": name}, mongo.FindOptions{}) {
		channels = append(channels, mongo.Doc{"_id": channel["_id"], "name": channel["name"]})
	}
	for _, client := range c.collection(model.Clients).Find(mongo.Doc{"roles": name}, mongo.FindOptions{}) {
		clients = append(clients, mongo.Doc{"_id": client["_id"], "clientID": client["clientID"]})
	}
	return mongo.Doc{"name": name, "channels": channels, "clients": clients}
}

func unused(role mongo.Doc) bool {
	return len(listOf(role["channels"]))+len(listOf(role["clients"])) == 0
}

// getLegacyRoles lists the names that channels allow, but for those of clients,
// and that clients have.
func (c *call) getLegacyRoles() error {
	names := map[string]bool{}
	for _, client := range c.collection(model.Clients).Find(mongo.Doc{}, mongo.FindOptions{}) {
		for _, role := range listOf(client["roles"]) {
			names[text(role)] = true
		}
	}
	for _, channel := range c.collection(model.Channels).Find(mongo.Doc{}, mongo.FindOptions{}) {
		for _, role := range listOf(channel["allow"]) {
			if c.collection(model.Clients).Count(mongo.Doc{"clientID": role}) == 0 {
				names[text(role)] = true
			}
		}
	}
	roles := []any{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		roles = append(roles, c.legacyRole(name))
	}
	c.setBody(roles)
	return nil
}

func (c *call) getLegacyRole() error {
	name := c.params[0]
	role := c.legacyRole(name)
	if unused(role) {
		c.answer(http.StatusNotFound, "Role with name '%s' could not be found.", name)
		return nil
	}
	c.setBody(role)
	return nil
}

func (c *call) addLegacyRole() error {
	given := c.input.doc()
	name := text(given["name"])
	if name == "" {
		c.answer(http.StatusBadRequest, "Must specify a role name")
		return nil
	}
	if unused(given) {
		c.answer(http.StatusBadRequest, "Must specify at least one channel or client to link the role to")
		return nil
	}
	if !c.nameFree(name) {
		return nil
	}
	if !c.linkRole(given, name, false) {
		return nil
	}
	c.setBody("Role successfully created")
	c.setStatus(http.StatusCreated)
	return nil
}

// nameFree answers when a role or client has the name already.
func (c *call) nameFree(name string) bool {
	if !unused(c.legacyRole(name)) {
		c.answer(http.StatusBadRequest, "Role with name '%s' already exists.", name)
		return false
	}
	if c.collection(model.Clients).Count(mongo.Doc{"clientID": name}) > 0 {
		c.answer(http.StatusConflict, "A clientID conflicts with role name '%s'. A role name cannot be the same as a clientID.", name)
		return false
	}
	return true
}

// linkRole adds the name to the channels and clients of the request; with replace
// it leaves those of each kind that is named.
func (c *call) linkRole(given mongo.Doc, name string, replace bool) bool {
	for _, kind := range []struct{ field, collection, label, list string }{
		{"channels", model.Channels, "name", "allow"}, {"clients", model.Clients, "clientID", "roles"},
	} {
		members, isList := given[kind.field].([]any)
		if !isList {
			continue
		}
		wanted := []any{}
		for _, element := range members {
			member := docOf(element)
			id, _ := mongo.ParseID(text(member["_id"]))
			switch {
			case id != "":
				wanted = append(wanted, mongo.Doc{"_id": id})
			case truthy(member[kind.label]):
				wanted = append(wanted, mongo.Doc{kind.label: member[kind.label]})
			default:
				c.answer(http.StatusBadRequest, "_id and/or %s must be specified for a %s", kind.label, kind.field[:len(kind.field)-1])
				return false
			}
		}
		if replace {
			c.unlinkRole(kind.collection, kind.list, name)
		}
		if len(wanted) == 0 {
			continue
		}
		for _, member := range c.collection(kind.collection).Find(mongo.Doc{"$or": wanted}, mongo.FindOptions{}) {
			_, _, _ = c.collection(kind.collection).Update(idOf(member["_id"]), mongo.Doc{"$push": mongo.Doc{kind.list: name}})
		}
	}
	return true
}

func (c *call) unlinkRole(collection, list, name string) {
	for _, member := range c.collection(collection).Find(mongo.Doc{list: name}, mongo.FindOptions{}) {
		_, _, _ = c.collection(collection).Update(idOf(member["_id"]), mongo.Doc{"$pull": mongo.Doc{list: name}})
	}
}

func (c *call) updateLegacyRole() error {
	name := c.params[0]
	given := c.input.doc()
	role := c.legacyRole(name)
	channels, hasChannels := given["channels"].([]any)
	clients, hasClients := given["clients"].([]any)
	noChannels, noClients := hasChannels && len(channels) == 0, hasClients && len(clients) == 0
	switch {
	case unused(role):
		c.answer(http.StatusNotFound, "Role with name '%s' could not be found.", name)
		return nil
	case noChannels && noClients:
		c.answer(http.StatusBadRequest, "Can't have set role '%s' to have no channels and clients ", name)
		return nil
	case len(listOf(role["clients"])) == 0 && noChannels:
		c.answer(http.StatusBadRequest, "Can't clear channels on '%s' if it has no clients set", name)
		return nil
	case len(listOf(role["channels"])) == 0 && noClients:
		c.answer(http.StatusBadRequest, "Can't clear clients on '%s' if it has no channels set", name)
		return nil
	}
	renamed := text(given["name"])
	if renamed != "" && !c.nameFree(renamed) {
		return nil
	}
	if !c.linkRole(given, name, true) {
		return nil
	}
	if renamed != "" {
		now := c.legacyRole(name)
		_ = c.linkRole(now, renamed, false)
		c.unlinkRole(model.Channels, "allow", name)
		c.unlinkRole(model.Clients, "roles", name)
	}
	c.setBody("Successfully updated role")
	c.setStatus(http.StatusOK)
	return nil
}

func (c *call) removeLegacyRole() error {
	name := c.params[0]
	if unused(c.legacyRole(name)) {
		c.answer(http.StatusNotFound, "Role with name '%s' could not be found.", name)
		return nil
	}
	c.unlinkRole(model.Channels, "allow", name)
	c.unlinkRole(model.Clients, "roles", name)
	c.setBody("Successfully deleted role")
	return nil
}
