package aggregate

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
)

// Summary is a server's ImportSummary of one request.
type Summary struct {
	// Status is SUCCESS, WARNING (something was rejected) or ERROR (nothing was
	// stored). WARNING comes with HTTP 409 before 2.43, with 200 since.
	Status string
	// Count is what happened to the rows. See [Count].
	Count Count
	// Conflicts are why rows, or all of the request, were rejected.
	Conflicts []Conflict
	// RejectedIndexes are the request's rows that were not stored.
	RejectedIndexes []int
	// DataSetComplete is the day the request registered the data set as complete
	// since; "" if it did not.
	DataSetComplete string
	// Description is for people, and may hold values.
	Description string
}

// Count is how many rows were stored or not, as the server counts. Before 2.43
// an unchanged row is Ignored, and so is a rejected one; 2.43 counts whatever
// it stores as Updated.
type Count struct {
	Imported int `json:"imported"`
	Updated  int `json:"updated"`
	Ignored  int `json:"ignored"`
	Deleted  int `json:"deleted"`
}

// Total is the sum.
func (c Count) Total() int { return c.Imported + c.Updated + c.Ignored + c.Deleted }

func (c Count) plus(d Count) Count {
	return Count{c.Imported + d.Imported, c.Updated + d.Updated, c.Ignored + d.Ignored, c.Deleted + d.Deleted}
}

// Conflict is why rows were rejected.
type Conflict struct {
	// Code is the server's: E76xx before 2.43, E80xx and E81xx since.
	Code string
	// Property of the row that it is about, as "value"; "" if the server does not
	// say, as 2.43 does not.
	Property string
	// Objects are what it is about, by kind. They hold the row's names of
	// metadata, and with 2.43 its value: keep them out of logs.
	Objects map[string]string
	// Text is for people. It may hold the row's value: keep it out of logs.
	Text string
	// Rows are those it is about: indexes of the request in a [Summary], of the
	// caller's rows in a [Result]. None means all of the request.
	Rows []int
}

// The Status of a request of which nothing, or all, was stored.
const (
	statusError   = "ERROR"
	statusSuccess = "SUCCESS"
)

// aborted reports whether the server gave up and names no row: it could not read
// the request, or failed over it.
func (s *Summary) aborted() bool { return s.Status == statusError && len(s.Conflicts) == 0 }

// errAborted is an aborted import that came with HTTP 200.
var errAborted = errors.New("aggregate: the server gave up on the import and does not say why")

// ErrNoSummary means that an answer holds no ImportSummary.
var ErrNoSummary = errors.New("aggregate: the answer holds no import summary")

// ParseSummary reads the answer to an import, a WebMessage with the summary or
// the summary itself.
func ParseSummary(body []byte) (*Summary, error) {
	if m, ok := dhis2.ParseWebMessage(body); ok {
		body = m.Response
	}
	var wire struct {
		ResponseType string `json:"responseType"`
		Status       string `json:"status"`
		Description  string `json:"description"`
		ImportCount  *Count `json:"importCount"`
		Conflicts    []struct {
			Object    string         `json:"object"`
			Objects   map[string]any `json:"objects"`
			Property  string         `json:"property"`
			Value     string         `json:"value"`
			ErrorCode string         `json:"errorCode"`
			Indexes   []int          `json:"indexes"`
		} `json:"conflicts"`
		RejectedIndexes []int  `json:"rejectedIndexes"`
		DataSetComplete string `json:"dataSetComplete"`
	}
	if len(body) == 0 || json.Unmarshal(body, &wire) != nil || wire.ImportCount == nil || wire.Status == "" {
		return nil, ErrNoSummary
	}
	s := &Summary{
		Status: wire.Status, Count: *wire.ImportCount, Description: wire.Description,
		RejectedIndexes: wire.RejectedIndexes, DataSetComplete: wire.DataSetComplete,
	}
	if s.DataSetComplete == "false" {
		s.DataSetComplete = ""
	}
	for _, c := range wire.Conflicts {
		conflict := Conflict{Code: c.ErrorCode, Property: c.Property, Text: c.Value, Objects: map[string]string{}}
		for kind, name := range c.Objects {
			if text, ok := name.(string); ok {
				conflict.Objects[kind] = text
			}
		}
		if len(conflict.Objects) == 0 && c.Object != "" {
			conflict.Objects["object"] = c.Object
		}
		for _, i := range c.Indexes {
			if i >= 0 { // -1 is how 2.43 says that there is none
				conflict.Rows = append(conflict.Rows, i)
			}
		}
		s.Conflicts = append(s.Conflicts, conflict)
	}
	return s, nil
}

// named are the identifiers that a conflict of 2.43 lists: it refuses all of a
// request for some of its org units, periods or data elements, and says which
// at the end of args, as "X5fFRSmDgYM-[zzzzzzzzzzz, yyyyyyyyyyy]".
func (c *Conflict) named() []string {
	args := c.Objects["args"]
	open := strings.LastIndexByte(args, '[')
	if open < 0 || !strings.HasSuffix(args, "]") {
		return nil
	}
	names := strings.Split(args[open+1:len(args)-1], ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}
