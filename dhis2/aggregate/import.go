package aggregate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/internal/httpx"
)

// Import sends the values of a data set and tells what became of each.
//
// Rows go in requests of Options.ChunkRows, one after the other. A request is
// repeated with the same bytes where package dhis2 holds that worthwhile: to
// store a value twice is like once. A partial success (409 WARNING before 2.43,
// 200 WARNING since) is no error: see [Result].Err. Where 2.43 refuses all of a
// request because of some org units, periods or data elements, the other rows
// are sent again without them; and where a server fails over a request, or it is
// too long for the client or for a proxy, its halves are, to find the row.
//
// Rows that no server would store as they are meant are rejected without being
// sent: those without a value (see Options.Empty), data element, period or org
// unit, those whose texts are not UTF-8 or hold a NUL, and those that give one
// value twice, differently (E8128): 2.42 would store one of them, 2.43 neither. If
// they are given twice and the same, one is sent for all.
//
// CompleteDate goes with the last request, and only if no row was rejected
// before.
//
// An error, of the arguments or an *[dhis2.Error], a *[CountError], a *[JobError]
// or [ErrNoSummary], ends the import; the Result then tells how far it came, and
// is nil only if nothing was sent.
func Import(ctx context.Context, c *dhis2.Client, set DataValueSet, o Options) (*Result, error) {
	o = o.withDefaults()
	if set.DataSet == "" {
		return nil, &dhis2.ArgumentError{Argument: "DataSet", Reason: "is missing: send each data set by itself"}
	}
	if err := set.checkComplete(); err != nil {
		return nil, err
	}
	server, err := c.Version(ctx)
	if err != nil {
		return nil, fmt.Errorf("import data values: %w", err)
	}
	query, err := o.query(server)
	if err != nil {
		return nil, err
	}
	j := &job{client: c, version: server, query: query, options: o, set: &set, result: &Result{Statuses: make([]Status, len(set.Values))}}
	err = j.run(ctx)
	j.result.sort()
	if err != nil {
		return j.result, fmt.Errorf("import data values: %w", err)
	}
	return j.result, nil
}

func (s *DataValueSet) checkComplete() error {
	if s.CompleteDate == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, s.CompleteDate); err != nil {
		return &dhis2.ArgumentError{Argument: "CompleteDate", Reason: "is no date, as 2026-02-05"}
	}
	if s.Period == "" || s.OrgUnit == "" {
		return &dhis2.ArgumentError{Argument: "CompleteDate", Reason: "needs Period and OrgUnit of the set"}
	}
	for _, v := range s.Values {
		if (v.Period != "" && v.Period != s.Period) || (v.OrgUnit != "" && v.OrgUnit != s.OrgUnit) ||
			(v.AttributeOptionCombo != "" && v.AttributeOptionCombo != s.AttributeOptionCombo) {
			return &dhis2.ArgumentError{Argument: "CompleteDate", Reason: "is for one period, org unit and attribute option combo: a value has others"}
		}
	}
	return nil
}

// job is an import on its way.
type job struct {
	client  *dhis2.Client
	version dhis2.Version
	query   url.Values
	options Options
	set     *DataValueSet
	result  *Result
	same    map[int][]int // rows that are sent for others, and those
	spare   int           // how many requests more may be made for the chunk
}

// maxSpare bounds the requests that are made to find the rows at fault in one.
const maxSpare = 64

func (j *job) run(ctx context.Context) error {
	pending := j.prepare()
	if len(pending) == 0 {
		if j.set.CompleteDate != "" && len(j.result.Rejections) == 0 {
			return j.send(ctx, nil, true)
		}
		return nil
	}
	for from := 0; from < len(pending); from += j.options.ChunkRows {
		to := min(from+j.options.ChunkRows, len(pending))
		j.spare = maxSpare
		isLast := to == len(pending)
		if err := j.send(ctx, pending[from:to], isLast && len(j.result.Rejections) == 0); err != nil {
			return err
		}
	}
	return nil
}

// prepare returns the rows to be sent, and settles the others.
func (j *job) prepare() []int {
	pending := make([]int, 0, len(j.set.Values))
	first := make(map[Key]int, len(j.set.Values))
	j.same = map[int][]int{}
	differ := map[int]bool{}
	for i := range j.set.Values {
		v := j.set.row(i)
		switch {
		case v.DataElement == "" || v.Period == "" || v.OrgUnit == "", !v.storable():
			j.reject(i, "")
			continue
		case v.empty() && j.options.Strategy != deleteOnly:
			if j.options.Empty == EmptySkipped {
				j.result.Statuses[i] = Skipped
			} else {
				j.reject(i, RuleNoValue.Code(j.version))
			}
			continue
		}
		key := v.Key()
		one, seen := first[key]
		if !seen {
			first[key] = i
			pending = append(pending, i)
			continue
		}
		j.same[one] = append(j.same[one], i)
		if other := j.set.row(one); other.Value != v.Value || other.Comment != v.Comment || other.Deleted != v.Deleted || other.Followup != v.Followup {
			differ[one] = true
		}
	}
	if len(differ) == 0 {
		return pending
	}
	return slices.DeleteFunc(pending, func(i int) bool {
		if !differ[i] {
			return false
		}
		for _, row := range append([]int{i}, j.same[i]...) {
			j.reject(row, RuleDuplicate.Code(j.version))
		}
		return true
	})
}

func (j *job) reject(row int, code string) {
	j.result.Statuses[row] = Rejected
	j.result.Rejections = append(j.result.Rejections, Rejection{Row: row, Code: code, Local: true, Conflict: -1})
}

func (j *job) settleAll(rows []int, s Status) {
	for _, row := range rows {
		j.settle(row, s)
	}
}

// settle notes a status of a row, and of those that are the same.
func (j *job) settle(row int, s Status) {
	j.result.Statuses[row] = s
	for _, other := range j.same[row] {
		j.result.Statuses[other] = s
	}
}

// send posts rows and notes what became of them.
func (j *job) send(ctx context.Context, rows []int, complete bool) error {
	body, err := j.body(rows, complete && j.set.CompleteDate != "")
	if err != nil {
		return err
	}
	summary, err := j.post(ctx, body)
	if summary == nil || summary.aborted() {
		if err == nil {
			err = errAborted
		}
		if isPoison(err) && len(rows) > 1 && j.spare > 1 {
			return j.halves(ctx, rows, complete)
		}
		if !neverSent(err) {
			j.settleAll(rows, Unknown)
		}
		return err
	}
	j.result.Requests++
	return j.apply(ctx, summary, rows, complete)
}

// neverSent reports whether it is certain that no attempt reached the server.
func neverSent(err error) bool {
	var e *dhis2.Error
	return isTooLong(err) || errors.As(err, &e) && e.Attempts <= 1 && httpx.NeverSent(err)
}

// isTooLong reports whether the client did not send a request for its length.
func isTooLong(err error) bool {
	var e *dhis2.ArgumentError
	return errors.As(err, &e) && e.Argument == "body"
}

// isPoison reports whether a server failed over what it was sent, not over the
// sending: then it may take a part of it.
func isPoison(err error) bool {
	var e *dhis2.Error
	if !errors.As(err, &e) {
		return isTooLong(err)
	}
	switch e.Verdict {
	case dhis2.VerdictBisect:
		return true
	case dhis2.VerdictSplit:
		return e.Status >= http.StatusInternalServerError || e.Status == http.StatusRequestEntityTooLarge || e.Class == dhis2.ClassData
	default:
		return false
	}
}

// halves sends rows in two requests. A row that the server fails over, while it
// takes the others, is rejected.
func (j *job) halves(ctx context.Context, rows []int, complete bool) error {
	j.spare -= 2
	middle := len(rows) / 2
	first, second := rows[:middle], rows[middle:]
	errFirst := j.send(ctx, first, false)
	if errFirst != nil && !isPoison(errFirst) {
		return errFirst
	}
	errSecond := j.send(ctx, second, complete && errFirst == nil && len(j.result.Rejections) == 0)
	switch {
	case errFirst == nil && isPoison(errSecond) && len(second) == 1:
		j.conflict(Conflict{Text: errSecond.Error()}, []int{0}, second)
		return nil
	case errSecond == nil && errFirst != nil && len(first) == 1:
		j.conflict(Conflict{Text: errFirst.Error()}, []int{0}, first)
		return nil
	default:
		return errors.Join(errFirst, errSecond)
	}
}

func (r *Result) sort() {
	slices.SortStableFunc(r.Rejections, func(a, b Rejection) int { return a.Row - b.Row })
}
