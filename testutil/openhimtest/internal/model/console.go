package model

import "github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"

func visualizer() []mongo.Field {
	number := func(name string, byDefault float64) mongo.Field {
		return mongo.Field{Name: name, Kind: mongo.Number, Default: byDefault}
	}
	colour := func(name, byDefault string) mongo.Field {
		return mongo.Field{Name: name, Kind: mongo.String, Default: byDefault}
	}
	link := join([]mongo.Field{choice("eventType", "", "channel", "primary", "route", "orchestration")}, text("eventName", "display"))
	name := required("name")
	name.Unique = true
	return []mongo.Field{
		name,
		documents("components", link), documents("channels", link), documents("mediators", text("mediator", "name", "display")),
		nested("color", []mongo.Field{
			colour("inactive", "#cccccc"), colour("active", "#4cae4c"), colour("error", "#d43f3a"), colour("text", "#000000"),
		}),
		nested("size", []mongo.Field{flag("responsive", true), number("width", 1000), number("height", 400), number("padding", 20)}),
		nested("time", []mongo.Field{
			number("updatePeriod", 200), number("minDisplayPeriod", 500), number("maxSpeed", 5), number("maxTimeout", 5000),
		}),
	}
}

func audit() []mongo.Field {
	code := text("code", "displayName", "codeSystemName")
	return []mongo.Field{
		{Name: "rawMessage", Kind: mongo.String},
		nested("syslog", join(
			plain(mongo.Number, "prival", "facilityID", "severityID"), text("facility", "severity", "type"),
			plain(mongo.Date, "time"), text("host", "appName", "pid", "msgID"),
		)),
		nested("eventIdentification", join(
			[]mongo.Field{{Name: "eventDateTime", Kind: mongo.Date, Required: true, Now: true}},
			text("eventOutcomeIndicator", "eventActionCode"),
			[]mongo.Field{nested("eventID", code), nested("eventTypeCode", code)},
		)),
		documents("activeParticipant", join(
			text("userID", "alternativeUserID", "userIsRequestor", "networkAccessPointID", "networkAccessPointTypeCode"),
			[]mongo.Field{nested("roleIDCode", code)},
		)),
		nested("auditSourceIdentification", join(
			text("auditSourceID", "auditEnterpriseSiteID"), []mongo.Field{nested("auditSourceTypeCode", code)},
		)),
		documents("participantObjectIdentification", join(
			text("participantObjectID", "participantObjectTypeCode", "participantObjectTypeCodeRole"),
			[]mongo.Field{nested("participantObjectIDTypeCode", code)},
			text("participantObjectQuery"),
			[]mongo.Field{nested("participantObjectDetail", text("type", "value"))},
		)),
	}
}

func certificate() []mongo.Field {
	return join(
		text("country", "state", "locality", "organization", "organizationUnit", "commonName", "emailAddress"),
		[]mongo.Field{nested("validity", plain(mongo.Date, "start", "end"))},
		text("data", "fingerprint"),
	)
}

func keystore() []mongo.Field {
	return join(text("key", "passphrase"), []mongo.Field{nested("cert", certificate()), documents("ca", certificate())})
}
