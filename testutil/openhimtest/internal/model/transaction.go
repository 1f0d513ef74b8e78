package model

import "github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"

func request() []mongo.Field {
	return join(
		text("host", "port", "path"),
		plain(mongo.Mixed, "headers"),
		text("querystring", "body", "method"),
		[]mongo.Field{{Name: "timestamp", Kind: mongo.Date, Required: true}},
	)
}

func response() []mongo.Field {
	return join(plain(mongo.Number, "status"), plain(mongo.Mixed, "headers"), text("body"), plain(mongo.Date, "timestamp"))
}

// orchestration's request has no schema on 4.0.5, where mongoose takes the object
// for Mixed: ports stay numbers and nothing is required. On 8.5.0 it is a document
// of its own, with an _id.
func orchestration(modern bool) []mongo.Field {
	sent := mongo.Field{Name: "request"}
	if modern {
		sent = mongo.Field{Name: "request", Kind: mongo.Embedded, Sub: &mongo.Schema{Fields: request()}}
	}
	return []mongo.Field{
		required("name"),
		{Name: "group", Kind: mongo.String},
		sent,
		nested("response", response()),
		nested("error", text("message", "stack")),
	}
}

func routeResult(modern bool) []mongo.Field {
	return []mongo.Field{
		required("name"),
		nested("request", request()),
		nested("response", response()),
		documents("orchestrations", orchestration(modern)),
		{Name: "properties"},
		nested("error", text("message", "stack")),
	}
}

func transaction(modern bool) []mongo.Field {
	status := mongo.Field{
		Name: "status", Kind: mongo.String, Required: true,
		Enum: []string{"Processing", "Failed", "Completed", "Successful", "Completed with error(s)"},
	}
	if modern {
		status.Enum = append(status.Enum, "Pending Async")
	}
	return []mongo.Field{
		{Name: "clientID", Kind: mongo.ID},
		{Name: "clientIP", Kind: mongo.String},
		{Name: "parentID", Kind: mongo.ID},
		list("childIDs", mongo.ID),
		{Name: "channelID", Kind: mongo.ID},
		nested("request", request()),
		nested("response", response()),
		documents("routes", routeResult(modern)),
		documents("orchestrations", orchestration(modern)),
		{Name: "properties"},
		flag("canRerun", true),
		flag("autoRetry", false),
		{Name: "autoRetryAttempt", Kind: mongo.Number},
		flag("wasRerun", false),
		nested("error", text("message", "stack")),
		status,
	}
}

func task() []mongo.Field {
	status := choice("status", "Queued", "Queued", "Processing", "Paused", "Cancelled", "Completed")
	status.Required = true
	each := choice("tstatus", "Queued", "Queued", "Processing", "Completed", "Failed")
	each.Required = true
	return []mongo.Field{
		status,
		documents("transactions", join([]mongo.Field{required("tid"), each}, text("error", "rerunID", "rerunStatus"))),
		{Name: "created", Kind: mongo.Date, Required: true, Now: true},
		{Name: "completedDate", Kind: mongo.Date},
		required("user"),
		{Name: "remainingTransactions", Kind: mongo.Number, Required: true},
		{Name: "totalTransactions", Kind: mongo.Number, Required: true},
		{Name: "batchSize", Kind: mongo.Number, Default: 1.0},
	}
}

func event() []mongo.Field {
	return join(
		[]mongo.Field{
			{Name: "created", Kind: mongo.Date, Now: true},
			{Name: "channelID", Kind: mongo.ID, Required: true},
			{Name: "transactionID", Kind: mongo.ID, Required: true},
		},
		text("type"),
		[]mongo.Field{choice("event", "", "start", "end")},
		text("name"),
		plain(mongo.Number, "status"),
		[]mongo.Field{choice("statusType", "", "success", "error")},
		text("normalizedTimestamp", "mediator"),
		plain(mongo.Number, "autoRetryAttempt"),
	)
}

func autoRetry() []mongo.Field {
	return []mongo.Field{
		{Name: "transactionID", Kind: mongo.ID, Required: true},
		{Name: "channelID", Kind: mongo.ID, Required: true},
		{Name: "requestTimestamp", Kind: mongo.Date, Required: true},
	}
}
