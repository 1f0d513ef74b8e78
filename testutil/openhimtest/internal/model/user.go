package model

import "github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"

func user(modern bool) []mongo.Field {
	email := required("email")
	email.Unique = true
	provider := []mongo.Field{}
	if modern {
		provider = []mongo.Field{choice("provider", "token", "openid", "local", "token")}
	}
	return join(
		[]mongo.Field{required("firstname"), required("surname"), email},
		provider,
		text("passwordAlgorithm", "passwordHash", "passwordSalt"),
		[]mongo.Field{list("groups", mongo.String), {Name: "msisdn", Kind: mongo.String}},
		plain(mongo.Bool, "dailyReport", "weeklyReport"),
		[]mongo.Field{
			{Name: "settings"},
			{Name: "token", Kind: mongo.String},
			choice("tokenType", "", "newUser", "existingUser"),
			{Name: "expiry", Kind: mongo.Date},
			{Name: "locked", Kind: mongo.Bool},
		},
	)
}

// passport is how a user of 7.2 and later proves who they are: one document for
// each protocol.
func passport() []mongo.Field {
	protocol := choice("protocol", "", "local", "token", "openid")
	protocol.Required = true
	return join(
		[]mongo.Field{protocol, required("email")},
		text("password", "passwordAlgorithm", "passwordSalt", "passwordHash"),
	)
}

// Permissions gives the names of the permissions of 8.2 and later, those that are
// yes or no and those that list what they allow.
func Permissions() (flags, lists []string) {
	flags = []string{
		"channel-view-all", "channel-manage-all", "client-view-all", "client-manage-all", "client-role-view-all",
		"client-role-manage-all", "transaction-view-all", "transaction-view-body-all", "transaction-rerun-all", "user-view",
		"user-manage", "user-role-view", "user-role-manage", "audit-trail-view", "audit-trail-manage", "contact-list-view",
		"contact-list-manage", "mediator-view-all", "mediator-manage-all", "certificates-view", "certificates-manage",
		"logs-view", "import-export", "app-view-all", "app-manage-all", "visualizer-manage", "visualizer-view",
	}
	lists = []string{
		"channel-view-specified", "channel-manage-specified", "client-view-specified", "client-manage-specified",
		"client-role-view-specified", "client-role-manage-specified", "transaction-view-specified",
		"transaction-view-body-specified", "transaction-rerun-specified", "mediator-view-specified", "mediator-manage-specified",
		"app-view-specified", "app-manage-specified",
	}
	return flags, lists
}

func role() []mongo.Field {
	name := required("name")
	name.Unique = true
	flags, lists := Permissions()
	var permissions []mongo.Field
	for _, permission := range flags {
		permissions = append(permissions, flag(permission, false))
	}
	for _, permission := range lists {
		permissions = append(permissions, list(permission, mongo.String))
	}
	return []mongo.Field{name, nested("permissions", permissions)}
}

func group() []mongo.Field {
	name := required("group")
	name.Unique = true
	return []mongo.Field{name, documents("users", contact())}
}

func app() []mongo.Field {
	name := required("name")
	name.Unique = true
	url := required("url")
	url.Unique = true
	return join(
		[]mongo.Field{name}, text("description", "icon", "type", "category"), plain(mongo.Mixed, "access_roles"), []mongo.Field{url},
		plain(mongo.Bool, "showInPortal", "showInSideBar"),
	)
}
