package aggregate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
)

// Status is what became of a row.
type Status uint8

const (
	// NotSent is a row before whose turn an error came.
	NotSent Status = iota
	// Accepted is a row that is stored, or was so already; or would be, of a dry run.
	Accepted
	// Rejected is a row that is not stored, see [Result].Rejections.
	Rejected
	// Skipped is a row that was not to be stored: there was no value, CreateOnly met one that
	// exists or UpdateOnly one that does not, or it was gone before it was deleted.
	Skipped
	// Unknown is a row that was sent, and no answer tells what became of it. Sending
	// it again is safe.
	Unknown
)

// String is the status in a word.
func (s Status) String() string {
	names := [...]string{"not sent", "accepted", "rejected", "skipped", "unknown"}
	if int(s) < len(names) {
		return names[s]
	}
	return "no status"
}

// Rejection is why a row was not stored.
type Rejection struct {
	// Row is the index of the caller's row.
	Row int
	// Code is the server's, or the one it would have given; "" if there is none.
	Code string
	// Local says that the row was not sent.
	Local bool
	// Conflict is the server's in full, an index of [Result].Conflicts; -1 of a
	// Local one.
	Conflict int
}

// Result is what became of an import.
type Result struct {
	// Statuses has one entry for each of the caller's rows.
	Statuses []Status
	// Rejections are by row, ascending; one with several conflicts is there once,
	// with the first.
	Rejections []Rejection
	// Conflicts are the server's, with the caller's rows.
	Conflicts []Conflict
	// Count sums what the server counted of the requests it took.
	Count Count
	// Requests is how many were answered.
	Requests int
	// DataSetComplete is as that of [Summary].
	DataSetComplete string
}

// Accepted is how many rows were.
func (r *Result) Accepted() int { return r.count(Accepted) }

// Rejected is how many rows were.
func (r *Result) Rejected() int { return r.count(Rejected) }

func (r *Result) count(s Status) int {
	n := 0
	for _, status := range r.Statuses {
		if status == s {
			n++
		}
	}
	return n
}

// Err is nil if all rows were accepted or skipped, and a *[RejectedError]
// otherwise.
func (r *Result) Err() error {
	e := &RejectedError{Rejected: len(r.Rejections), Unknown: r.count(Unknown) + r.count(NotSent), Rows: len(r.Statuses)}
	if e.Rejected+e.Unknown == 0 {
		return nil
	}
	for _, rejection := range r.Rejections {
		if rejection.Code != "" && !slices.Contains(e.Codes, rejection.Code) {
			e.Codes = append(e.Codes, rejection.Code)
		}
	}
	slices.Sort(e.Codes)
	return e
}

// RejectedError says that rows were not stored. It holds no value.
type RejectedError struct {
	// Rejected of all Rows, and those of which it is not known: Unknown or NotSent.
	Rejected, Unknown, Rows int
	// Codes are the server's, sorted, each once.
	Codes []string
}

// Error implements error.
func (e *RejectedError) Error() string {
	text := fmt.Sprintf("aggregate: %d of %d rows were rejected", e.Rejected, e.Rows)
	if e.Unknown > 0 {
		text += fmt.Sprintf(", of %d it is not known", e.Unknown)
	}
	if len(e.Codes) > 0 {
		text += " (" + strings.Join(e.Codes[:min(len(e.Codes), 8)], " ") + ")"
	}
	return text
}

// CountError means that a server says that all went well and accounts for other
// rows than it was sent: it did not read them. 2.43 answers so to JSON that is
// cut short. The rows are [Unknown].
type CountError struct {
	// Sent rows, and Counted ones.
	Sent, Counted int
	// Version of the server.
	Version dhis2.Version
}

// Error implements error.
func (e *CountError) Error() string {
	return fmt.Sprintf("aggregate: the server (%s) took the request and accounts for %d of %d rows: what became of them is not known", e.Version, e.Counted, e.Sent)
}
