package api

import (
	"net/http"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// roleRoutes differ in kind: before 8.2 a role is only a name that channels allow
// and clients have (legacyrole.go), since then it is a document with permissions.
func roleRoutes(modern bool) []route {
	if !modern {
		return legacyRoleRoutes()
	}
	const view, manage = "user-role-view", "user-role-manage"
	return []route{
		get("/roles", permit{old: "getRoles", all: view, also: manage}, (*call).getRoles),
		post("/roles", permit{old: "addRole", all: manage}, (*call).addRole),
		get("/roles/:name", permit{old: "getRole", all: view, also: manage}, (*call).getRole),
		put("/roles/:name", permit{old: "updateRole", all: manage}, (*call).updateRole),
		del("/roles/:name", permit{old: "deleteRole", all: manage}, (*call).removeRole),
	}
}

// seedRoles stores the three roles a core is born with: admin has every
// permission, manager all but to manage users and their roles, operator may look at
// channels and transactions and rerun.
func (s *server) seedRoles() {
	flags, _ := model.Permissions()
	operator := map[string]bool{
		"channel-view-all": true, "transaction-view-all": true, "transaction-view-body-all": true, "transaction-rerun-all": true,
	}
	for _, name := range []string{"admin", "manager", "operator"} {
		if s.collection(model.Roles).Count(mongo.Doc{"name": name}) > 0 {
			continue
		}
		permissions := mongo.Doc{}
		for _, permission := range flags {
			switch name {
			case "admin":
				permissions[permission] = true
			case "manager":
				permissions[permission] = permission != "user-manage" && permission != "user-role-manage"
			default:
				permissions[permission] = operator[permission]
			}
		}
		role, err := s.Models.Schema(model.Roles).Cast(mongo.Doc{"name": name, "permissions": permissions}, mongo.CastOptions{Now: s.Clock})
		if err == nil {
			s.store(model.Roles, role)
		}
	}
}

func (c *call) getRoles() error {
	c.setBody(docs(c.collection(model.Roles).Find(mongo.Doc{}, mongo.FindOptions{})))
	return nil
}

func (c *call) roleByName() (mongo.Doc, bool) {
	name := c.param(0)
	role, has := c.collection(model.Roles).FindOne(mongo.Doc{"name": name})
	if !has {
		c.answer(http.StatusNotFound, "Role with name '%s' could not be found.", name)
	}
	return role, has
}

func (c *call) getRole() error {
	if role, has := c.roleByName(); has {
		c.setBody(role)
	}
	return nil
}

func (c *call) addRole() error {
	given := c.input.doc()
	name := text(given["name"])
	switch {
	case name == "":
		c.answer(http.StatusBadRequest, "Must specify a role name")
		return nil
	case len(docOf(given["permissions"])) == 0:
		c.answer(http.StatusBadRequest, "Must specify role permissions")
		return nil
	case c.collection(model.Roles).Count(mongo.Doc{"name": name}) > 0:
		c.answer(http.StatusBadRequest, "Role with name '%s' already exists.", name)
		return nil
	}
	if err := c.create(model.Roles, given); err != nil {
		return c.failed(http.StatusBadRequest, err)
	}
	c.setBody("Role successfully created")
	c.setStatus(http.StatusCreated)
	return nil
}

func (c *call) updateRole() error {
	role, has := c.roleByName()
	if !has {
		return nil
	}
	given := c.input.doc()
	delete(given, "_id")
	if err := c.update(model.Roles, idOf(role["_id"]), given); err != nil {
		return c.failed(http.StatusInternalServerError, err)
	}
	c.setBody("Successfully updated role")
	c.setStatus(http.StatusOK)
	return nil
}

func (c *call) removeRole() error {
	role, has := c.roleByName()
	if !has {
		return nil
	}
	c.collection(model.Roles).Delete(idOf(role["_id"]))
	c.setBody("Successfully deleted role")
	return nil
}
