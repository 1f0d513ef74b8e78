package api

import (
	"net/http"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func taskRoutes(modern bool) []route {
	const rerun = "transaction-rerun-all"
	routes := []route{
		get("/tasks", permit{old: "getTasks", all: rerun}, (*call).getTasks),
		post("/tasks", permit{}, (*call).addTask),
		get("/tasks/:taskId", permit{}, (*call).getTask),
		put("/tasks/:taskId", permit{old: "updateTask", all: rerun}, (*call).updateTask),
		del("/tasks/:taskId", permit{old: "removeTask", all: rerun}, (*call).removeTask),
	}
	if modern {
		routes = append(routes, post("/bulkrerun", permit{}, (*call).bulkRerun))
	}
	return routes
}

// getTasks lists tasks without their transactions; filters must be given.
func (c *call) getTasks() error {
	found, err := c.listTasks()
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not fetch all tasks via the API: %s", mongo.JSText(err))
		return nil
	}
	c.setBody(docs(found))
	return nil
}

func (c *call) listTasks() ([]mongo.Doc, error) {
	filters, err := c.parseFilters()
	if err != nil {
		return nil, err
	}
	if truthy(filters["created"]) {
		if filters["created"], err = parseJSON(interpolate(filters["created"])); err != nil {
			return nil, err
		}
	}
	filter, err := c.Models.Schema(model.Tasks).CastQuery(filters)
	if err != nil {
		return nil, err
	}
	limit := c.queryInt("filterLimit")
	return c.collection(model.Tasks).Query(filter, mongo.FindOptions{
		Sort: "-created", Skip: max(0, c.queryInt("filterPage")*limit), Limit: max(0, limit), Projection: mongo.Doc{"transactions": 0},
	})
}

// tids lists the identifiers of a task; a text counts as its characters, as
// Array.from takes it.
func tids(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case string:
		out := make([]any, 0, len(v))
		for _, r := range v {
			out = append(out, string(r))
		}
		return out
	default:
		return nil
	}
}

// addTask is POST /tasks {tids, batchSize, paused}: a rerun of transactions.
func (c *call) addTask() error {
	given := c.input.doc()
	if given["tids"] == nil {
		c.taskFailed(readingUndefined("length"))
		return nil
	}
	batch, isNumber := given["batchSize"].(float64)
	if isNumber && batch <= 0 {
		c.answer(http.StatusBadRequest, "Invalid batch size specified")
		return nil
	}
	wanted := given["tids"]
	if _, isList := wanted.([]any); !isList {
		wanted = []any{wanted}
	}
	filter, err := c.Models.Schema(model.Transactions).CastQuery(mongo.Doc{"_id": mongo.Doc{"$in": wanted}})
	if err != nil {
		c.taskFailed(err)
		return nil
	}
	transactions := c.collection(model.Transactions).Find(filter, mongo.FindOptions{Projection: projection("bulkrerun")})
	c.queueTask(transactions, tids(given["tids"]), given["batchSize"], truthy(given["paused"]))
	return nil
}

func (c *call) taskFailed(err error) {
	c.answer(http.StatusInternalServerError, "Could not add Task via the API: %s", mongo.JSText(err))
}

// bulkRerun is POST /bulkrerun {filters, batchSize, pauseQueue}: all transactions
// that meet the filters and can be rerun.
func (c *call) bulkRerun() error {
	given := c.input.doc()
	filters := mongo.CloneDoc(docOf(given["filters"]))
	filter, err := c.transactionFilter(filters)
	if err != nil {
		c.taskFailed(err)
		return nil
	}
	filter["canRerun"] = true
	transactions, err := c.collection(model.Transactions).Query(filter, mongo.FindOptions{Projection: projection("bulkrerun")})
	if err != nil {
		c.taskFailed(err)
		return nil
	}
	ids := make([]any, len(transactions))
	for i, tx := range transactions {
		ids[i] = string(idOf(tx["_id"]))
	}
	c.queueTask(transactions, ids, given["batchSize"], truthy(given["pauseQueue"]))
	return nil
}

// queueTask stores a task when the user may rerun the transactions and their
// channels are enabled, and hands it to the router's side.
func (c *call) queueTask(transactions []mongo.Doc, ids []any, batch any, paused bool) {
	channels := map[mongo.ObjectID]mongo.Doc{}
	for _, tx := range transactions {
		id := idOf(tx["channelID"])
		if channel, has := c.collection(model.Channels).Get(id); has {
			channels[id] = channel
		}
	}
	for _, channel := range channels {
		if !c.mayRerun(channel) {
			c.answer(http.StatusForbidden, "Insufficient permissions prevents this rerun task from being created")
			return
		}
	}
	for _, channel := range channels {
		if truthy(channel["status"]) && channel["status"] != "enabled" {
			c.answer(http.StatusBadRequest, "Cannot queue task as there are transactions with disabled or deleted channels")
			return
		}
	}
	task := mongo.Doc{"remainingTransactions": len(ids), "totalTransactions": len(ids), "user": c.user["email"]}
	if batch != nil {
		task["batchSize"] = batch
	}
	if paused {
		task["status"] = "Paused"
	}
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = mongo.Doc{"tid": id}
	}
	task["transactions"] = list
	stored, err := c.createDoc(model.Tasks, task)
	if err != nil {
		c.taskFailed(err)
		return
	}
	c.forgetRetries(ids)
	if !paused {
		c.Backend.EnqueueTask(c.r.Context(), idOf(stored["_id"]))
	}
	c.answer(http.StatusCreated, "User %s created task with id %s", text(c.user["email"]), idOf(stored["_id"]))
}

// forgetRetries takes what is rerun by hand out of the automatic retries.
func (c *call) forgetRetries(ids []any) {
	wanted := []any{}
	for _, id := range ids {
		if id, ok := mongo.ParseID(text(id)); ok {
			wanted = append(wanted, id)
		}
	}
	retries := c.collection(model.AutoRetries)
	for _, retry := range retries.Find(mongo.Doc{"transactionID": mongo.Doc{"$in": wanted}}, mongo.FindOptions{}) {
		retries.Delete(idOf(retry["_id"]))
	}
}

func (c *call) mayRerun(channel mongo.Doc) bool {
	if c.modern {
		p, _ := c.permissions()
		if p.has("transaction-rerun-all") || p.lists("transaction-rerun-specified", string(idOf(channel["_id"]))) {
			return true
		}
	} else if c.isAdmin() {
		return true
	}
	for _, group := range groupsOf(c.user) {
		for _, allowed := range listOf(channel["txRerunAcl"]) {
			if mongo.Equal(group, allowed) {
				return true
			}
		}
	}
	return false
}

// taskName is how 4.0.5 names a task in its errors: it forgot the dollar sign.
func (c *call) taskName(id string) string {
	if c.modern {
		return id
	}
	return "{taskId}"
}

// getTask wants filters as getTasks does. 4.0.5 reads them before the task.
func (c *call) getTask() error {
	id := c.param(0)
	task, err := c.filteredTask(id)
	switch {
	case err != nil:
		c.answer(http.StatusInternalServerError, "Could not fetch Task by ID %s via the API: %s", c.taskName(id), mongo.JSText(err))
	case task == nil:
		c.answer(http.StatusNotFound, "We could not find a Task with this ID: %s.", id)
	default:
		c.setBody(task)
	}
	return nil
}

func (c *call) filteredTask(id string) (mongo.Doc, error) {
	filters, badFilters := c.parseFilters()
	if badFilters != nil && !c.modern {
		return nil, badFilters
	}
	key, err := c.castID(model.Tasks, "_id", id)
	if err != nil {
		return nil, err
	}
	task, has := c.collection(model.Tasks).Get(key)
	switch {
	case !has && !c.modern:
		return nil, readingNull("transactions")
	case !has:
		return nil, nil //nolint:nilnil // no task is an answer of its own
	case badFilters != nil:
		return nil, badFilters
	}
	kept := []any{}
	for _, element := range listOf(task["transactions"]) {
		if taskMatches(docOf(element), filters) {
			kept = append(kept, element)
		}
	}
	task["totalFilteredTransactions"] = len(kept)
	limit := c.queryInt("filterLimit")
	from := min(max(0, c.queryInt("filterPage")*limit), len(kept))
	to := min(from+max(0, limit), len(kept))
	task["transactions"] = kept[from:to]
	return task, nil
}

func taskMatches(transaction, filters mongo.Doc) bool {
	for _, key := range []string{"tstatus", "rerunStatus"} {
		if truthy(filters[key]) && !mongo.Equal(filters[key], transaction[key]) {
			return false
		}
	}
	hasErrors := truthy(transaction["hasErrors"])
	switch filters["hasErrors"] {
	case "yes":
		return hasErrors
	case "no":
		return !hasErrors
	default:
		return true
	}
}

func (c *call) updateTask() error {
	id := c.param(0)
	given := c.input.doc()
	delete(given, "_id")
	key, err := c.castID(model.Tasks, "_id", id)
	if err == nil {
		err = c.update(model.Tasks, key, given)
	}
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not update Task by ID %s via the API: %s", c.taskName(id), mongo.JSText(err))
		return nil
	}
	if given["status"] == "Queued" { // a paused task goes on
		c.Backend.EnqueueTask(c.r.Context(), key)
	}
	c.setBody("The Task was successfully updated")
	return nil
}

func (c *call) removeTask() error {
	id := c.param(0)
	key, err := c.castID(model.Tasks, "_id", id)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not remove Task by ID %s via the API: %s", c.taskName(id), mongo.JSText(err))
		return nil
	}
	c.collection(model.Tasks).Delete(key)
	c.setBody("The Task was successfully deleted")
	return nil
}

// timeOf is a stored time.
func timeOf(v any) (time.Time, bool) { t, ok := v.(time.Time); return t, ok }
