package model

import "github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"

const (
	maxPort    = 65536
	maxTimeout = 3_600_000 // milliseconds
	maxBodyAge = 36_500    // days
)

// route is also what a mediator's endpoint is. Since 8.0 host and port may be
// absent, tcp and mllp are gone and kafka is there.
func route(modern bool) []mongo.Field {
	host, port := required("host"), within("port", 0, maxPort)
	kind := choice("type", "http", "http", "tcp", "mllp")
	port.Required = true
	if modern {
		host.Required, port.Required = false, false
		kind = choice("type", "http", "http", "kafka")
	}
	fields := join(
		[]mongo.Field{required("name")},
		plain(mongo.Bool, "secured"),
		[]mongo.Field{host, port},
		text("path", "pathTransform"),
		plain(mongo.Bool, "primary"),
		text("username", "password"),
		[]mongo.Field{kind, {Name: "cert", Kind: mongo.ID}, choice("status", "enabled", "enabled", "disabled"), flag("forwardAuthHeader", false)},
	)
	if !modern {
		return fields
	}
	return join(fields, plain(mongo.Bool, "waitPrimaryResponse"), text("statusCodesCheck", "kafkaClientId", "kafkaTopic"))
}

func contact() []mongo.Field {
	method := choice("method", "", "email", "sms")
	method.Required = true
	return []mongo.Field{required("user"), method, choice("maxAlerts", "no max", "no max", "1 per hour", "1 per day")}
}

func channel(modern bool) []mongo.Field {
	port := func(name string) mongo.Field {
		return mongo.Field{Name: name, Kind: mongo.Number, Required: true, Default: 80.0}
	}
	period := atLeast("autoRetryPeriodMinutes", 1)
	period.Default = 60.0
	methods := list("methods", mongo.String)
	methods.Elem.Enum = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
	allow := list("allow", mongo.String)
	allow.Elem.Required = true

	head := []mongo.Field{
		required("name"),
		{Name: "description", Kind: mongo.String},
		required("urlPattern"),
		within("maxBodyAgeDays", 1, maxBodyAge),
		{Name: "lastBodyCleared", Kind: mongo.Date},
		within("timeout", 1, maxTimeout),
	}
	if modern {
		head = append(head, flag("isAsynchronousProcess", false))
	}
	return join(
		head,
		[]mongo.Field{
			methods, choice("type", "http", "http", "tcp", "tls", "polling"),
			atLeast("priority", 1), within("tcpPort", 0, maxPort),
		},
		text("tcpHost", "pollingSchedule"),
		plain(mongo.Bool, "requestBody", "responseBody"),
		[]mongo.Field{
			allow, list("whitelist", mongo.String), choice("authType", "private", "private", "public"),
			documents("routes", route(modern)), list("matchContentTypes", mongo.String),
		},
		text("matchContentRegex", "matchContentXpath", "matchContentJson", "matchContentValue"),
		[]mongo.Field{
			list("properties", mongo.Mixed),
			list("txViewAcl", mongo.String), list("txViewFullAcl", mongo.String), list("txRerunAcl", mongo.String),
			documents("alerts", []mongo.Field{
				choice("condition", "status", "status", "auto-retry-max-attempted"),
				{Name: "status", Kind: mongo.String},
				{Name: "failureRate", Kind: mongo.Number},
				list("groups", mongo.ID),
				documents("users", contact()),
			}),
			choice("status", "enabled", "enabled", "disabled", "deleted"),
			flag("rewriteUrls", false), flag("addAutoRewriteRules", true),
			documents("rewriteUrlsConfig", []mongo.Field{
				required("fromHost"), required("toHost"), port("fromPort"), port("toPort"), {Name: "pathTransform", Kind: mongo.String},
			}),
			flag("autoRetryEnabled", false), period, atLeast("autoRetryMaxAttempts", 0),
		},
	)
}

// storedChannel has on 8.5.0 who changed it last; 4.0.5 keeps that out of the
// document.
func storedChannel(modern bool) []mongo.Field {
	fields := channel(modern)
	fields[0].Unique = true
	if !modern {
		return fields
	}
	return append(fields, nested("updatedBy", []mongo.Field{{Name: "id", Kind: mongo.ID}, {Name: "name", Kind: mongo.String}}))
}

// channelAudit is a patch of mongoose-patch-history: GET /channels/:id/audits.
func channelAudit() []mongo.Field {
	return []mongo.Field{
		{Name: "date", Kind: mongo.Date, Required: true, Now: true},
		{Name: "ops", Kind: mongo.List, Elem: &mongo.Field{}},
		{Name: "ref", Kind: mongo.ID, Required: true},
		nested("updatedBy", []mongo.Field{{Name: "id", Kind: mongo.ID}, {Name: "name", Kind: mongo.String}}),
	}
}

func mediator(modern bool) []mongo.Field {
	urn := required("urn")
	urn.Unique = true
	values := list("values", mongo.String)
	return []mongo.Field{
		urn, required("version"), required("name"),
		{Name: "description", Kind: mongo.String},
		documents("endpoints", route(modern)),
		documents("defaultChannelConfig", channel(modern)),
		documents("configDefs", join(
			text("param", "displayName", "description"),
			[]mongo.Field{
				choice("type", "", "string", "bool", "number", "option", "bigstring", "map", "struct", "password"),
				values, list("template", mongo.Mixed),
				{Name: "array", Kind: mongo.Bool},
			},
		)),
		{Name: "config"},
		{Name: "_configModifiedTS", Kind: mongo.Date},
		{Name: "_uptime", Kind: mongo.Number},
		{Name: "_lastHeartbeat", Kind: mongo.Date},
	}
}

func client(modern bool) []mongo.Field {
	id := required("clientID")
	id.Unique = true
	roles := list("roles", mongo.String)
	roles.Elem.Required = true
	token := []mongo.Field{}
	if modern {
		token = text("customTokenID")
	}
	return join(
		[]mongo.Field{id, {Name: "clientDomain", Kind: mongo.String}, required("name"), roles},
		token,
		text("passwordAlgorithm", "passwordHash", "passwordSalt", "certFingerprint", "organization", "location",
			"softwareName", "description", "contactPerson", "contactPersonEmail"),
	)
}
