package dhis2test

import (
	_ "embed"
	"encoding/json"
	"slices"
)

//go:embed seed/users.json
var seedUsers []byte

// User is an account of the server.
type User struct {
	UID       string
	Username  string
	Password  string
	FirstName string
	Surname   string

	// Authorities the user has; "ALL" makes a superuser. The importer asks for
	// F_TEI_CASCADE_DELETE, F_ENROLLMENT_CASCADE_DELETE and
	// F_UNCOMPLETE_EVENT.
	Authorities []string

	// OrgUnits are the roots of the user's capture scope, by UID. A superuser
	// is bound by it as everybody (dhis2.md 1.4).
	OrgUnits []string

	// SearchOrgUnits are the roots of what the user may find beyond the
	// capture scope, by UID.
	SearchOrgUnits []string

	// Groups are the UIDs of the user's groups, for metadata that is shared
	// with groups.
	Groups []string

	// Disabled accounts may not sign in.
	Disabled bool
}

// Has tells whether the user has an authority.
func (u User) Has(authority string) bool {
	return slices.Contains(u.Authorities, "ALL") || slices.Contains(u.Authorities, authority)
}

// DefaultUsers returns the accounts a server starts with: the superuser admin
// with password district, who has the seed's root org unit, and those of the
// seed (ohm, whole country, and ohmfac2, one facility; password Ohm-Test-1!).
func DefaultUsers() []User {
	users := []User{{
		UID: "M5zQapPyTZI", Username: "admin", Password: "district",
		FirstName: "admin", Surname: "admin",
		Authorities: []string{"ALL"}, OrgUnits: []string{"na7iT2VcmdU"}, SearchOrgUnits: []string{"na7iT2VcmdU"},
	}}
	var doc struct {
		Roles []struct {
			ID          string   `json:"id"`
			Authorities []string `json:"authorities"`
		} `json:"userRoles"`
		Users []struct {
			ID        string `json:"id"`
			Username  string `json:"username"`
			Password  string `json:"password"`
			FirstName string `json:"firstName"`
			Surname   string `json:"surname"`
			Roles     []ref  `json:"userRoles"`
			OrgUnits  []ref  `json:"organisationUnits"`
			Search    []ref  `json:"teiSearchOrganisationUnits"`
			Groups    []ref  `json:"userGroups"`
		} `json:"users"`
	}
	if err := json.Unmarshal(seedUsers, &doc); err != nil {
		panic("dhis2test: seed/users.json: " + err.Error())
	}
	for _, u := range doc.Users {
		user := User{
			UID: u.ID, Username: u.Username, Password: u.Password,
			FirstName: u.FirstName, Surname: u.Surname,
		}
		for _, role := range doc.Roles {
			if slices.Contains(u.Roles, ref{ID: role.ID}) {
				user.Authorities = append(user.Authorities, role.Authorities...)
			}
		}
		for _, o := range u.OrgUnits {
			user.OrgUnits = append(user.OrgUnits, o.ID)
		}
		for _, o := range u.Search {
			user.SearchOrgUnits = append(user.SearchOrgUnits, o.ID)
		}
		for _, g := range u.Groups {
			user.Groups = append(user.Groups, g.ID)
		}
		users = append(users, user)
	}
	return users
}

// SeedUsers returns a copy of the seed's user role and users as a metadata
// export, for POST /api/metadata on a real server.
func SeedUsers() []byte { return slices.Clone(seedUsers) }
