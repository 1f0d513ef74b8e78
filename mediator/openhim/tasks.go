package openhim

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/openhim/mediator-go/internal/httpx"
)

// taskPage is how many tasks, or transactions of a task, are read at once.
const taskPage = 500

// TaskFilter says which tasks are meant. Empty fields do not filter.
type TaskFilter struct {
	// Status is "Queued", "Processing", "Paused", "Cancelled" or "Completed".
	Status string
	// User is the e-mail address of who created the task.
	User string
}

// Tasks walks over the tasks that match the filter, the newest first, without
// their transactions. It ends with the first error, which comes with an empty
// task.
func (a *API) Tasks(ctx context.Context, filter TaskFilter) iter.Seq2[Task, error] {
	fields := map[string]string{}
	if filter.Status != "" {
		fields["status"] = filter.Status
	}
	if filter.User != "" {
		fields["user"] = filter.User
	}
	return func(yield func(Task, error) bool) {
		filters, err := json.Marshal(fields)
		if err != nil {
			yield(Task{}, fmt.Errorf("openhim: list tasks: filter: %w", err))
			return
		}
		for page := 0; ; page++ {
			var list []Task
			err := a.document(ctx, exchange{
				op: "list tasks", method: http.MethodGet, path: "/tasks",
				query: pageQuery(page, string(filters)), retry: httpx.RetrySafe, limit: maxList,
			}, &list)
			if err != nil {
				yield(Task{}, err)
				return
			}
			for _, t := range list {
				if !yield(t, nil) {
					return
				}
			}
			if len(list) < taskPage {
				return
			}
		}
	}
}

// pageQuery asks for a page. Cores answer 500 when filters are not given.
func pageQuery(page int, filters string) url.Values {
	return url.Values{
		"filterLimit": {strconv.Itoa(taskPage)},
		"filterPage":  {strconv.Itoa(page)},
		"filters":     {filters},
	}
}

// Task returns one task with all of its transactions. An unknown ID is a
// *[StatusError] 404.
func (a *API) Task(ctx context.Context, id string) (Task, error) {
	if err := checkID("task", id); err != nil {
		return Task{}, err
	}
	var all Task
	for page := 0; ; page++ {
		var t Task
		err := a.document(ctx, exchange{
			op: "read task", method: http.MethodGet, path: "/tasks/" + id,
			query: pageQuery(page, "{}"), retry: httpx.RetrySafe, limit: maxList,
		}, &t)
		if err != nil {
			return Task{}, err
		}
		transactions := append(all.Transactions, t.Transactions...) //nolint:gocritic // all is replaced
		all = t
		all.Transactions = transactions
		if len(t.Transactions) < taskPage {
			return all, nil
		}
	}
}

// NewTask is a batch of reruns to create.
type NewTask struct {
	// TransactionIDs of what is repeated. At least one.
	TransactionIDs []string
	// BatchSize is how many are repeated at once. Defaults to 1.
	BatchSize int
	// Paused creates the task without starting it.
	Paused bool
}

// CreateTask makes the core repeat transactions and returns the task. Each
// rerun is a transaction of its own, whose ParentID is the original. Requests
// with PATCH, and those whose body was cut, cannot be repeated.
//
// A core tells the task's ID in a text that is not stable, so the task is
// found again by its transactions; should that fail, the error says so, and
// the reruns take place all the same.
func (a *API) CreateTask(ctx context.Context, t NewTask) (Task, error) {
	r := newRules(nil)
	if len(t.TransactionIDs) == 0 {
		r.add("tids", "at least one is required")
	}
	for i, id := range t.TransactionIDs {
		if !objectID.MatchString(id) {
			r.add(index("tids", i), "must be the core's ID of a transaction, 24 hexadecimal digits")
		}
	}
	if t.BatchSize < 0 {
		r.add("batchSize", "is %d; it must be at least 1", t.BatchSize)
	}
	if err := r.result("task"); err != nil {
		return Task{}, err
	}
	_, err := a.do(ctx, exchange{
		op: "create task", method: http.MethodPost, path: "/tasks", retry: httpx.RetryUnsent,
		body: struct {
			TIDs      []string `json:"tids"`
			BatchSize int      `json:"batchSize"`
			Paused    bool     `json:"paused"`
		}{t.TransactionIDs, max(1, t.BatchSize), t.Paused},
	})
	if err != nil {
		return Task{}, err
	}
	return a.findTask(ctx, t.TransactionIDs)
}

// Rerun repeats transactions one after the other, see [API.CreateTask].
func (a *API) Rerun(ctx context.Context, ids ...string) (Task, error) {
	return a.CreateTask(ctx, NewTask{TransactionIDs: ids})
}

// findTask returns the newest task of this user with exactly these
// transactions, among its last ones.
func (a *API) findTask(ctx context.Context, ids []string) (Task, error) {
	const most = 20
	looked := 0
	for t, err := range a.Tasks(ctx, TaskFilter{}) {
		if err != nil {
			return Task{}, fmt.Errorf("the task was created, but not found again: %w", err)
		}
		if t.TotalTransactions != len(ids) {
			continue
		}
		if looked++; looked > most {
			break
		}
		full, err := a.Task(ctx, t.ID)
		if err != nil {
			continue // deleted in between
		}
		if slices.EqualFunc(full.Transactions, ids, func(t TaskTransaction, id string) bool { return t.ID == id }) {
			return full, nil
		}
	}
	return Task{}, &ReplyError{
		Op: "create task", Status: http.StatusCreated, ContentType: "text/plain",
		Err: fmt.Errorf("the task was created, but not found again among the last %d", most),
	}
}

// BulkRerun repeats all transactions that match the filter. Cores before 7.1
// do not know it: a *[VersionError]. The tasks are made after the answer; see
// [API.Tasks].
func (a *API) BulkRerun(ctx context.Context, filter TransactionFilter, batchSize int, paused bool) error {
	const op = "bulk rerun"
	if err := filter.validate(); err != nil {
		return err
	}
	version, err := a.Version(ctx)
	if err != nil {
		return err
	}
	if !version.AtLeast(VersionBulkRerun) {
		return &VersionError{Op: op, Since: VersionBulkRerun, Core: version}
	}
	_, err = a.do(ctx, exchange{
		op: op, method: http.MethodPost, path: "/bulkrerun", retry: httpx.RetryUnsent,
		body: struct {
			Filters   map[string]any `json:"filters"`
			BatchSize int            `json:"batchSize"`
			Pause     bool           `json:"pauseQueue"`
		}{filter.fields(), max(1, batchSize), paused},
	})
	return err
}
