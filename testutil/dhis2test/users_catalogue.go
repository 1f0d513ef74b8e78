package dhis2test

import "slices"

// userDocuments are accounts as metadata: the users and a role for each.
func (s *Server) userDocuments(users []User) map[string][]object {
	doc := map[string][]object{}
	roles := map[string]string{}
	refs := func(uids []string) []any {
		out := make([]any, len(uids))
		for i, uid := range uids {
			out[i] = object{"id": uid}
		}
		return out
	}
	for _, u := range users {
		role, name := superuserRole, "Superuser"
		if !slices.Contains(u.Authorities, "ALL") {
			role, name = s.uids.next(), "Role of "+u.Username
		}
		if roles[role] == "" {
			roles[role] = name
			authorities := make([]any, len(u.Authorities))
			for i, a := range u.Authorities {
				authorities[i] = a
			}
			doc["userRoles"] = append(doc["userRoles"], object{"id": role, "name": name, "authorities": authorities})
		}
		search := u.SearchOrgUnits
		if len(search) == 0 {
			search = u.OrgUnits
		}
		doc["users"] = append(doc["users"], object{
			"id": u.UID, "username": u.Username, "password": u.Password, "firstName": u.FirstName, "surname": u.Surname,
			"disabled": u.Disabled, "userRoles": []any{object{"id": role}}, "userGroups": refs(u.Groups),
			"organisationUnits": refs(u.OrgUnits), "dataViewOrganisationUnits": refs(u.OrgUnits),
			"teiSearchOrganisationUnits": refs(search),
		})
	}
	return doc
}

// superuserRole is the role every DHIS2 has.
const superuserRole = "yrB6vc5Ip3r"

// completeUser keeps a password apart from the document, which shows none.
func (s *Server) completeUser(out, old object) {
	out["name"] = text(out["firstName"]) + " " + text(out["surname"])
	if out["username"] == nil && old != nil {
		out["username"] = old["username"]
	}
	if password := text(out["password"]); password != "" {
		s.passwords[text(out["username"])] = password
	}
	delete(out, "password")
}

// readUsers are the accounts the metadata describes, by name.
func readUsers(c *catalogue, passwords map[string]string) map[string]User {
	out := map[string]User{}
	for _, o := range c.all("users") {
		u := User{
			UID: text(o["id"]), Username: text(o["username"]), Password: passwords[text(o["username"])],
			FirstName: text(o["firstName"]), Surname: text(o["surname"]), Disabled: o["disabled"] == true,
			OrgUnits: idsOf(o["organisationUnits"]), SearchOrgUnits: idsOf(o["teiSearchOrganisationUnits"]),
			Groups: idsOf(o["userGroups"]),
		}
		for _, uid := range idsOf(o["userRoles"]) {
			authorities, _ := c.get("userRoles", uid)["authorities"].([]any)
			for _, a := range authorities {
				if !slices.Contains(u.Authorities, text(a)) {
					u.Authorities = append(u.Authorities, text(a))
				}
			}
		}
		for _, g := range c.all("userGroups") {
			if uid := text(g["id"]); slices.Contains(idsOf(g["users"]), u.UID) && !slices.Contains(u.Groups, uid) {
				u.Groups = append(u.Groups, uid)
			}
		}
		out[u.Username] = u
	}
	return out
}

// idsOf are the ids of a list of references.
func idsOf(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		if o, ok := item.(map[string]any); ok {
			out = append(out, text(o["id"]))
		}
	}
	return out
}
