package api

import (
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func transactionRoutes() []route {
	return []route{
		get("/transactions", permit{}, (*call).getTransactions),
		post("/transactions", permit{}, (*call).addTransaction),
		get("/transactions/:transactionId", permit{}, (*call).getTransaction),
		get("/transactions/clients/:clientId", permit{}, (*call).getTransactionsOfClient),
		put("/transactions/:transactionId", permit{}, (*call).updateTransaction),
		del("/transactions/:transactionId", permit{}, (*call).removeTransaction),
	}
}

const (
	// maxBodies is how much of all bodies of a transaction is stored
	// (api.maxBodiesSizeMB); truncateAt is where fulltruncate cuts each.
	maxBodies  = 15 << 20
	truncateAt = 15000
	truncated  = "\n[truncated ...]"
)

// projection is what a filterRepresentation leaves out.
func projection(representation string) mongo.Doc {
	switch representation {
	case "full", "fulltruncate":
		return nil
	case "simpledetails":
		return mongo.Doc{
			"request.body": 0, "response.body": 0, "routes.request.body": 0, "routes.response.body": 0,
			"orchestrations.request.body": 0, "orchestrations.response.body": 0,
		}
	case "bulkrerun":
		return mongo.Doc{"_id": 1, "childIDs": 1, "canRerun": 1, "channelID": 1}
	default:
		return mongo.Doc{
			"request.body": 0, "request.headers": 0, "response.body": 0, "response.headers": 0, "orchestrations": 0, "routes": 0,
		}
	}
}

// rendered is a transaction as the API shows it: 4.0.5 leaves empty objects out.
func (c *call) rendered(tx mongo.Doc, representation string) mongo.Doc {
	if representation == "fulltruncate" {
		truncate(tx)
	}
	if !c.modern {
		minimize(tx)
	}
	return tx
}

func truncate(tx mongo.Doc) {
	cut := func(part mongo.Doc) {
		for _, side := range []string{"request", "response"} {
			message := docOf(part[side])
			if body := []rune(text(message["body"])); len(body) > truncateAt {
				message["body"] = string(body[:truncateAt]) + truncated
			}
		}
	}
	cut(tx)
	for _, element := range slices.Concat(listOf(tx["routes"]), listOf(tx["orchestrations"])) {
		if part, isDoc := element.(mongo.Doc); isDoc {
			cut(part)
		}
	}
}

// sees tells what the user may see of a channel's transactions: them at all, and
// their bodies.
func (c *call) sees(channel mongo.Doc) (visible, bodies bool) {
	inACL := func(list string) bool {
		return slices.ContainsFunc(groupsOf(c.user), func(group any) bool {
			return slices.ContainsFunc(listOf(channel[list]), func(v any) bool { return mongo.Equal(v, group) })
		})
	}
	if !c.modern {
		if c.isAdmin() {
			return true, true
		}
		return inACL("txViewAcl"), inACL("txViewFullAcl")
	}
	p, _ := c.permissions()
	id := string(idOf(channel["_id"]))
	visible = p.has("transaction-view-all") || p.has("channel-view-all") || p.has("channel-manage-all") ||
		p.lists("transaction-view-specified", id) || p.lists("channel-view-specified", id) || p.lists("channel-manage-specified", id) ||
		inACL("txViewAcl")
	bodies = p.has("transaction-view-body-all") || p.lists("transaction-view-body-specified", id) || inACL("txViewFullAcl")
	return visible, bodies
}

// manages tells whether the user may write a channel's transactions, and answers
// 403 when not.
func (c *call) manages(channel mongo.ObjectID, operation string) bool {
	if c.modern && channel == "" {
		return !permit{old: operation, all: "channel-manage-all"}.refuses(c)
	}
	params := c.params
	c.params = []string{string(channel)}
	defer func() { c.params = params }()
	return !permit{old: operation, all: "channel-manage-all", listed: "channel-manage-specified"}.refuses(c)
}

func (c *call) getTransaction() error {
	id := c.param(0)
	key, err := c.castID(model.Transactions, "_id", id)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not get transaction by ID via the API: %s", mongo.JSText(err))
		return nil
	}
	tx, has := c.collection(model.Transactions).Get(key)
	if !has {
		c.setBody("Could not find transaction with ID: " + id)
		c.setStatus(http.StatusNotFound)
		return nil
	}
	representation, _ := c.queryText("filterRepresentation")
	if representation == "" {
		representation = "full"
	}
	channel, _ := c.collection(model.Channels).Get(idOf(tx["channelID"]))
	visible, bodies := c.sees(channel)
	if !visible {
		c.answer(http.StatusForbidden, "User %s is not authenticated to retrieve transaction %s", text(c.user["email"]), id)
		return nil
	}
	if !bodies {
		representation = "simpledetails"
	}
	found := c.collection(model.Transactions).Find(mongo.Doc{"_id": key}, mongo.FindOptions{Projection: projection(representation)})
	if len(found) > 0 {
		tx = found[0]
	}
	c.setBody(c.rendered(tx, representation))
	return nil
}

// hasError tells whether an update carries an error, which queues a retry.
func hasError(update mongo.Doc) bool {
	if update["error"] != nil {
		return true
	}
	for _, element := range listOf(update["routes"]) {
		if truthy(docOf(element)["error"]) {
			return true
		}
	}
	return docOf(docOf(update["$push"])["routes"])["error"] != nil
}

// updateTransaction is PUT /transactions/:id, a findByIdAndUpdate without
// validators: lists and objects are replaced, $push and dotted keys work
// (openhim-core.md section 8). An unknown identifier is a 500, never a 404.
func (c *call) updateTransaction() error {
	id := c.param(0)
	if !c.modern && (permit{old: "updateTransaction"}).refuses(c) {
		return nil
	}
	err := c.changeTransaction(id, c.input.doc())
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not update transaction via the API: %s", mongo.JSText(err))
		return nil
	}
	if c.status == http.StatusForbidden {
		return nil
	}
	c.setBody("Transaction with ID: " + id + " successfully updated")
	c.setStatus(http.StatusOK)
	return nil
}

func (c *call) changeTransaction(id string, given mongo.Doc) error {
	key, err := c.castID(model.Transactions, "_id", id)
	if err != nil {
		return err
	}
	failed := hasError(given)
	tx, has := c.collection(model.Transactions).Get(key)
	switch {
	case !has && (c.modern || failed):
		return readingNull("channelID")
	case !has:
		return readingNull("body")
	}
	if c.modern && !c.manages(idOf(tx["channelID"]), "updateTransaction") {
		return nil
	}
	channel, hasChannel := c.collection(model.Channels).Get(idOf(tx["channelID"]))
	if failed {
		if !hasChannel {
			return readingNull("autoRetryMaxAttempts")
		}
		c.queueRetry(tx, channel, given)
	}
	stored := bodies{}
	stored.count(tx)
	stored.enforce(given, true)
	update, err := c.Models.Schema(model.Transactions).Cast(given, mongo.CastOptions{Update: true, Now: c.Clock})
	if err != nil {
		return err
	}
	if _, _, err := c.collection(model.Transactions).Update(key, update); err != nil {
		return err
	}
	c.Backend.TransactionChanged(c.r.Context(), key, given, channel)
	return nil
}

// queueRetry marks a failed transaction for the automatic retry, unless it had all
// its attempts.
func (c *call) queueRetry(tx, channel, given mongo.Doc) {
	limit, _ := channel["autoRetryMaxAttempts"].(float64)
	attempt, _ := tx["autoRetryAttempt"].(float64)
	if limit > 0 && attempt >= limit {
		return
	}
	given["autoRetry"] = true
	_ = c.create(model.AutoRetries, mongo.Doc{ // the core logs an error and goes on
		"transactionID": tx["_id"], "channelID": tx["channelID"], "requestTimestamp": docOf(tx["request"])["timestamp"],
	})
}

// bodies keeps to the size that all bodies of a transaction may have together.
type bodies struct{ total int }

// count adds up the bodies stored already.
func (b *bodies) count(v any) {
	switch v := v.(type) {
	case mongo.Doc:
		b.total += len(text(v["body"]))
		for _, value := range v {
			b.count(value)
		}
	case []any:
		for _, element := range v {
			b.count(element)
		}
	}
}

// enforce cuts the bodies of requests and responses in v, which it changes; a cut
// request of the transaction itself cannot be rerun.
func (b *bodies) enforce(v any, primary bool) {
	switch v := v.(type) {
	case mongo.Doc:
		if b.cut(docOf(v["request"])) && primary {
			v["canRerun"] = false
		}
		b.cut(docOf(v["response"]))
		for _, item := range entries(v, nil) {
			b.enforce(item.value, false)
		}
	case []any:
		for _, element := range v {
			b.enforce(element, false)
		}
	}
}

func (b *bodies) cut(message mongo.Doc) bool {
	body, isText := message["body"].(string)
	if !isText {
		return false
	}
	length := len(body)
	over := b.total+length > maxBodies
	if over {
		length = max(0, maxBodies-b.total)
		keep := max(0, length-len(truncated))
		for keep > 0 && keep < len(body) && !utf8.RuneStart(body[keep]) {
			keep--
		}
		message["body"] = body[:min(keep, len(body))] + truncated
	}
	b.total += length
	return over
}

// addTransaction is POST /transactions: it records what the core did not route.
func (c *call) addTransaction() error {
	given := c.input.doc()
	channelID, _ := mongo.ParseID(text(given["channelID"]))
	if !c.manages(channelID, "addTransaction") {
		return nil
	}
	(&bodies{}).enforce(given, true)
	tx, err := c.createDoc(model.Transactions, given)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not add a transaction via the API: %s", mongo.JSText(err))
		return nil
	}
	c.setStatus(http.StatusCreated)
	channel, _ := c.collection(model.Channels).Get(idOf(tx["channelID"]))
	c.Backend.TransactionChanged(c.r.Context(), idOf(tx["_id"]), tx, channel)
	return nil
}

func (c *call) removeTransaction() error {
	if !c.modern && (permit{old: "removeTransaction"}).refuses(c) {
		return nil
	}
	key, err := c.castID(model.Transactions, "_id", c.param(0))
	if err == nil && c.modern {
		tx, has := c.collection(model.Transactions).Get(key)
		if !has {
			err = readingNull("channelID")
		} else if !c.manages(idOf(tx["channelID"]), "removeTransaction") {
			return nil
		}
	}
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not remove transaction via the API: %s", mongo.JSText(err))
		return nil
	}
	c.collection(model.Transactions).Delete(key)
	c.setBody("Transaction successfully deleted")
	c.setStatus(http.StatusOK)
	return nil
}
