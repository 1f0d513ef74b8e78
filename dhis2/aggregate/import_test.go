package aggregate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
)

// rule is a server that stores all values but those that bad gives a code.
func rule(bad func(aggregate.DataValue) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var wire wireSet
		if json.NewDecoder(r.Body).Decode(&wire) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		type conflict struct {
			ErrorCode string `json:"errorCode"`
			Property  string `json:"property"`
			Indexes   []int  `json:"indexes"`
		}
		conflicts, rejected := []conflict{}, []int{}
		for i, v := range withoutEnvelope(wire.set()) {
			if code := bad(v); code != "" {
				conflicts = append(conflicts, conflict{code, "value", []int{i}})
				rejected = append(rejected, i)
			}
		}
		status, text := http.StatusOK, "SUCCESS"
		if len(rejected) > 0 {
			status, text = http.StatusConflict, "WARNING"
		}
		body, _ := json.Marshal(map[string]any{"httpStatusCode": status, "response": map[string]any{
			"responseType": "ImportSummary", "status": text, "conflicts": conflicts, "rejectedIndexes": rejected,
			"importCount": aggregate.Count{Imported: len(wire.DataValues) - len(rejected), Ignored: len(rejected)},
		}})
		answer(status, string(body))(w, r)
	}
}

func never(aggregate.DataValue) string { return "" }

// again serves a handler that reads the body itself.
func again(h http.HandlerFunc) http.HandlerFunc { return h }

// manyValues are n values of one data set, by different data elements.
func manyValues(n int) aggregate.DataValueSet {
	set := aggregate.DataValueSet{DataSet: "X5fFRSmDgYM", Period: "202601", OrgUnit: "lgY4CHs5HtP"}
	for i := range n {
		set.Values = append(set.Values, aggregate.DataValue{DataElement: fmt.Sprintf("e%010d", i), Value: strconv.Itoa(i)})
	}
	return set
}

// bodyServer is newServer with handlers that can read the body.
func bodyServer(t *testing.T, version string, handlers ...http.HandlerFunc) *server {
	t.Helper()
	var s *server
	wrapped := make([]http.HandlerFunc, len(handlers))
	for i, h := range handlers {
		wrapped[i] = func(w http.ResponseWriter, r *http.Request) {
			body := s.got[len(s.got)-1].Body // one request at a time
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			h(w, r)
		}
	}
	s = newServer(t, version, wrapped...)
	return s
}

func TestRowsAreSentInChunksAndAnsweredByRow(t *testing.T) {
	t.Parallel()
	s := bodyServer(t, "2.42.5", rule(func(v aggregate.DataValue) string {
		if strings.HasSuffix(v.DataElement, "7") {
			return "E7619"
		}
		return ""
	}))
	result, err := aggregate.Import(t.Context(), s.client(t), manyValues(25), aggregate.Options{ChunkRows: 10})
	require.NoError(t, err)
	assert.Len(t, s.requests(), 3)
	assert.Equal(t, 3, result.Requests)
	assert.Equal(t, 23, result.Accepted())
	assert.Equal(t, 2, result.Rejected())
	assert.Equal(t, aggregate.Count{Imported: 23, Ignored: 2}, result.Count)
	assert.Equal(t, []aggregate.Rejection{{Row: 7, Code: "E7619", Conflict: 0}, {Row: 17, Code: "E7619", Conflict: 1}}, result.Rejections)
	assert.Equal(t, []int{17}, result.Conflicts[1].Rows)
	var rejected *aggregate.RejectedError
	require.ErrorAs(t, result.Err(), &rejected)
	assert.Equal(t, []string{"E7619"}, rejected.Codes)
	require.EqualError(t, result.Err(), "aggregate: 2 of 25 rows were rejected (E7619)")
}

func TestThousandRowsAreARequestUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	s := bodyServer(t, "2.43.1", rule(never))
	result, err := aggregate.Import(t.Context(), s.client(t), manyValues(2001), aggregate.Options{})
	require.NoError(t, err)
	require.NoError(t, result.Err())
	assert.Len(t, s.requests(), 3)
}

// 2.43 refuses all of a request because of one data element, and says which.
func TestOneUnknownDataElementDoesNotTakeTheOthersAlong(t *testing.T) {
	t.Parallel()
	e := named(t, "2.43.1", "conflict-de")
	s := bodyServer(t, "2.43.1", e.answer(), rule(never))
	var wire wireSet
	require.NoError(t, json.Unmarshal(e.Request.Body, &wire))
	result, err := aggregate.Import(t.Context(), s.client(t), wire.set(), aggregate.Options{})
	require.NoError(t, err)
	assert.Equal(t, []aggregate.Status{aggregate.Rejected, aggregate.Accepted}, result.Statuses)
	assert.Equal(t, []aggregate.Rejection{{Row: 0, Code: "E8020", Conflict: 0}}, result.Rejections)
	assert.Equal(t, []int{0}, result.Conflicts[0].Rows)
}

// 2.43 refuses all of a request because of two rows for one value, which the
// client cannot always see: with codes the default option combo has two names.
func TestRowsThatAreOneValueDoNotTakeTheOthersAlong(t *testing.T) {
	t.Parallel()
	refused := `{"httpStatusCode":409,"response":{"responseType":"ImportSummary","status":"ERROR","importCount":{},"rejectedIndexes":[0,1,2],
		"conflicts":[{"errorCode":"E8128","indexes":[0,2],"objects":{"args":"[0, 2]-DataValueKey[dataElement=a, period=202601]"}}]}}`
	s := bodyServer(t, "2.43.1", answer(http.StatusConflict, refused), rule(never))
	result, err := aggregate.Import(t.Context(), s.client(t), manyValues(3), aggregate.Options{})
	require.NoError(t, err)
	assert.Equal(t, []aggregate.Status{aggregate.Rejected, aggregate.Accepted, aggregate.Rejected}, result.Statuses)
	assert.Len(t, s.requests(), 2)
}

// A refusal that names no row is of all of them, and nothing is tried again.
func TestAnUnknownDataSetIsAskedForOnce(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.42.5.2", "2.43.1"} {
		e := named(t, version, "conflict-dataset")
		s := newServer(t, version, e.answer())
		var wire wireSet
		require.NoError(t, json.Unmarshal(e.Request.Body, &wire))
		result, err := aggregate.Import(t.Context(), s.client(t), wire.set(), aggregate.Options{})
		require.NoError(t, err)
		assert.Len(t, s.requests(), 1)
		assert.Equal(t, len(wire.DataValues), result.Rejected())
	}
}

// 2.43 answers 200 SUCCESS to what it could not read.
func TestASuccessThatDoesNotAccountForAllRowsIsAnError(t *testing.T) {
	t.Parallel()
	s := newServer(t, "2.43.1", named(t, "2.43.1", "malformed").answer())
	result, err := aggregate.Import(t.Context(), s.client(t), manyValues(3), aggregate.Options{})
	var count *aggregate.CountError
	require.ErrorAs(t, err, &count)
	assert.Equal(t, 3, count.Sent)
	assert.Zero(t, count.Counted)
	assert.Equal(t, []aggregate.Status{aggregate.Unknown, aggregate.Unknown, aggregate.Unknown}, result.Statuses)
	assert.Zero(t, result.Accepted())
}

func TestABodyThatCouldNotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	s := newServer(t, "2.42.5.2", named(t, "2.42.5.2", "malformed").answer())
	result, err := aggregate.Import(t.Context(), s.client(t), manyValues(3), aggregate.Options{})
	var bad *dhis2.Error
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, http.StatusConflict, bad.Status)
	assert.Equal(t, aggregate.Unknown, result.Statuses[2])
}

func TestAnAnswerThatDoesNotTellTheRowsLeavesThemUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		summary string
		want    []aggregate.Status
		isError bool
	}{
		"a conflict without a row": {
			`{"status":"WARNING","importCount":{"imported":1,"ignored":1},"conflicts":[{"errorCode":"E7600"},{"errorCode":"E7619","indexes":[1]}]}`,
			[]aggregate.Status{aggregate.Unknown, aggregate.Rejected},
			false,
		},
		"an error about one row": {
			`{"status":"ERROR","importCount":{"ignored":2},"conflicts":[{"errorCode":"E8122","indexes":[0]}]}`,
			[]aggregate.Status{aggregate.Rejected, aggregate.Unknown},
			false,
		},
		"an error that counts less": {
			`{"status":"ERROR","importCount":{"ignored":1},"conflicts":[{"errorCode":"E8001"}]}`,
			[]aggregate.Status{aggregate.Rejected, aggregate.Rejected},
			false,
		},
		"an error without a reason": {
			`{"status":"ERROR","importCount":{},"conflicts":[]}`,
			[]aggregate.Status{aggregate.Unknown, aggregate.Unknown},
			true,
		},
	} {
		s := newServer(t, "2.43.1", answer(http.StatusOK, c.summary))
		result, err := aggregate.Import(t.Context(), s.client(t), manyValues(2), aggregate.Options{})
		assert.Equal(t, c.isError, err != nil, name)
		assert.Equal(t, c.want, result.Statuses, name)
		require.Error(t, result.Err(), name)
	}
}

func TestAnAnswerWithoutSummaryIsAnError(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", "[]", `{"httpStatusCode":200,"status":"OK"}`, `{"httpStatusCode":200,"response":{"responseType":"JobConfiguration","id":"x"}}`} {
		s := newServer(t, "2.42.5", answer(http.StatusOK, body))
		result, err := aggregate.Import(t.Context(), s.client(t), manyValues(1), aggregate.Options{})
		require.ErrorIs(t, err, aggregate.ErrNoSummary, body)
		assert.Equal(t, aggregate.Unknown, result.Statuses[0])
	}
}

// A lost race, a proxy's fault and a busy server are tried again with the same
// bytes.
func TestWhatMayPassIsTriedAgainWithTheSameBytes(t *testing.T) {
	t.Parallel()
	race := `{"httpStatusCode":409,"httpStatus":"Conflict","status":"ERROR","message":"ERROR: deadlock detected\n  Detail: Process 1"}`
	s := bodyServer(t, "2.42.5", answer(http.StatusConflict, race), answer(http.StatusBadGateway, "<html>"), rule(never))
	result, err := aggregate.Import(t.Context(), s.client(t), manyValues(3), aggregate.Options{})
	require.NoError(t, err)
	assert.Equal(t, 3, result.Accepted())
	requests := s.requests()
	require.Len(t, requests, 3)
	assert.Equal(t, string(requests[0].Body), string(requests[1].Body))
	assert.Equal(t, string(requests[0].Body), string(requests[2].Body))
}

// A server that fails over one row is asked about halves until it is found.
func TestTheRowAServerFailsOverIsFound(t *testing.T) {
	t.Parallel()
	handler := rule(never)
	s := bodyServer(t, "2.43.1", again(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"e0000000005"`) {
			answer(http.StatusInternalServerError, `{"httpStatusCode":500,"httpStatus":"Internal Server Error","status":"ERROR","message":"boom"}`)(w, r)
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		handler(w, r)
	}))
	result, err := aggregate.Import(t.Context(), s.client(t), manyValues(10), aggregate.Options{})
	require.NoError(t, err)
	assert.Equal(t, 9, result.Accepted())
	require.Len(t, result.Rejections, 1)
	assert.Equal(t, 5, result.Rejections[0].Row)
	assert.Contains(t, result.Conflicts[result.Rejections[0].Conflict].Text, "500")
}

func TestAServerThatIsGoneLeavesRowsUnsent(t *testing.T) {
	t.Parallel()
	s := newServer(t, "2.42.5", answer(http.StatusOK, "{}"))
	c, err := dhis2.New(t.Context(), dhis2.Config{URL: s.URL, Auth: dhis2.Basic("admin", "district"), MaxAttempts: 1})
	require.NoError(t, err)
	s.Close()
	c.Close() // the connection that is open would be tried
	result, err := aggregate.Import(t.Context(), c, manyValues(1), aggregate.Options{})
	require.Error(t, err)
	assert.False(t, dhis2.ReachedServer(err))
	assert.Equal(t, aggregate.NotSent, result.Statuses[0])
}

func TestAServerThatFailsOverEverythingEndsTheImport(t *testing.T) {
	t.Parallel()
	s := newServer(t, "2.43.1", answer(http.StatusInternalServerError, `{"httpStatusCode":500,"status":"ERROR","message":"boom"}`))
	result, err := aggregate.Import(t.Context(), s.client(t), manyValues(1000), aggregate.Options{ChunkRows: 500})
	var bad *dhis2.Error
	require.ErrorAs(t, err, &bad)
	assert.Zero(t, result.Accepted()+result.Rejected())
	assert.Equal(t, aggregate.NotSent, result.Statuses[999])
	assert.Less(t, len(s.requests()), 3*2*64)
}

func TestRowsThatNoServerWouldStoreAreNotSent(t *testing.T) {
	t.Parallel()
	s := bodyServer(t, "2.42.5", rule(never))
	set := aggregate.DataValueSet{DataSet: "X5fFRSmDgYM", Period: "202601", OrgUnit: "lgY4CHs5HtP", Values: []aggregate.DataValue{
		{DataElement: "a", Value: "1"},
		{DataElement: "b"},             // no value
		{DataElement: "c", Value: "1"}, // twice, differently
		{DataElement: "c", Value: "2"},
		{DataElement: "d", Value: "4"}, // twice, the same
		{DataElement: "d", Value: "4", CategoryOptionCombo: "HllvX50cXC0"},
		{Value: "5"},
		{DataElement: "d", Value: "4", Period: "202602"},
	}}
	result, err := aggregate.Import(t.Context(), s.client(t), set, aggregate.Options{})
	require.NoError(t, err)
	assert.Equal(t, []aggregate.Status{
		aggregate.Accepted, aggregate.Rejected, aggregate.Rejected, aggregate.Rejected,
		aggregate.Accepted, aggregate.Accepted, aggregate.Rejected, aggregate.Accepted,
	}, result.Statuses)
	assert.Equal(t, []aggregate.Rejection{
		{Row: 1, Code: "E7618", Local: true, Conflict: -1},
		{Row: 2, Local: true, Conflict: -1},
		{Row: 3, Local: true, Conflict: -1},
		{Row: 6, Local: true, Conflict: -1},
	}, result.Rejections)
	var body wireSet
	require.NoError(t, json.Unmarshal(s.requests()[0].Body, &body))
	assert.Len(t, body.DataValues, 3)
	assert.Empty(t, body.Period, "there are several")
	assert.Equal(t, "lgY4CHs5HtP", body.OrgUnit)

	s = bodyServer(t, "2.43.1", rule(never))
	result, err = aggregate.Import(t.Context(), s.client(t), set, aggregate.Options{Empty: aggregate.EmptySkipped})
	require.NoError(t, err)
	assert.Equal(t, aggregate.Skipped, result.Statuses[1])
	assert.Equal(t, "E8128", result.Rejections[0].Code)
}

func TestArgumentsThatCannotBeMeantAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, "2.42.5", answer(http.StatusOK, "{}"))
	c := s.client(t)
	good := manyValues(1)
	for name, change := range map[string]func(*aggregate.DataValueSet, *aggregate.Options){
		"no data set":   func(d *aggregate.DataValueSet, _ *aggregate.Options) { d.DataSet = "" },
		"complete date": func(d *aggregate.DataValueSet, _ *aggregate.Options) { d.CompleteDate = "today" },
		"complete when": func(d *aggregate.DataValueSet, _ *aggregate.Options) { d.CompleteDate, d.Period = "2026-01-01", "" },
		"complete and more": func(d *aggregate.DataValueSet, _ *aggregate.Options) {
			d.CompleteDate = "2026-01-01"
			d.Values = []aggregate.DataValue{{DataElement: "a", Value: "1", Period: "202602"}}
		},
		"strategy": func(_ *aggregate.DataValueSet, o *aggregate.Options) { o.Strategy = "REPLACE" },
		"scheme":   func(_ *aggregate.DataValueSet, o *aggregate.Options) { o.IDSchemes.DataElement = "code" },
	} {
		set, o := good, aggregate.Options{}
		change(&set, &o)
		_, err := aggregate.Import(t.Context(), c, set, o)
		var bad *dhis2.ArgumentError
		require.ErrorAs(t, err, &bad, name)
	}
	assert.Empty(t, s.requests())
}

func TestOptionsAreParameters(t *testing.T) {
	t.Parallel()
	s := bodyServer(t, "2.42.5", rule(never))
	_, err := aggregate.Import(t.Context(), s.client(t), manyValues(1), aggregate.Options{
		IDSchemes: aggregate.IDSchemes{ID: dhis2.SchemeCode, DataSet: dhis2.SchemeUID, CategoryOptionCombo: dhis2.SchemeName, AttributeOptionCombo: dhis2.SchemeUID},
		Strategy:  aggregate.CreateOnly, DryRun: true, SkipAudit: true, Force: true, Strict: aggregate.AllStrict(),
	})
	require.NoError(t, err)
	q := s.requests()[0].Query
	for _, name := range []string{
		"dryRun", "skipAudit", "force", "strictPeriods", "strictDataElements", "strictOrganisationUnits", "strictCategoryOptionCombos",
		"strictAttributeOptionCombos", "strictDataSetApproval", "strictDataSetLocking", "strictDataSetInputPeriods",
	} {
		assert.Equal(t, "true", q.Get(name), name)
	}
	assert.Equal(t, "CREATE", q.Get("importStrategy"))
	assert.Equal(t, "CODE", q.Get("idScheme"))
	assert.Equal(t, "UID", q.Get("dataSetIdScheme"))
	assert.Equal(t, "NAME", q.Get("categoryOptionComboIdScheme"))
	assert.Equal(t, "false", q.Get("async"))
	assert.Len(t, q, 17)
}

func TestTheLastRequestSaysThatTheSetIsComplete(t *testing.T) {
	t.Parallel()
	for bad, want := range map[string]string{"": "2026-02-05", "e0000000000": "", "e0000000004": "2026-02-05"} {
		s := bodyServer(t, "2.42.5", rule(func(v aggregate.DataValue) string {
			if v.DataElement == bad {
				return "E7619"
			}
			return ""
		}))
		set := manyValues(5)
		set.CompleteDate = "2026-02-05"
		_, err := aggregate.Import(t.Context(), s.client(t), set, aggregate.Options{ChunkRows: 2})
		require.NoError(t, err)
		requests := s.requests()
		require.Len(t, requests, 3)
		for i, r := range requests {
			var body wireSet
			require.NoError(t, json.Unmarshal(r.Body, &body))
			if i < 2 {
				assert.Empty(t, body.CompleteDate)
			} else {
				assert.Equal(t, want, body.CompleteDate)
			}
		}
	}
	s := bodyServer(t, "2.42.5", rule(never))
	set := manyValues(0)
	set.CompleteDate = "2026-02-05"
	_, err := aggregate.Import(t.Context(), s.client(t), set, aggregate.Options{})
	require.NoError(t, err)
	assert.Contains(t, string(s.requests()[0].Body), `"completeDate":"2026-02-05","period":"202601","orgUnit":"lgY4CHs5HtP","dataValues":[]`)
}

// seq gives rows, then an error if there is one.
func seq(rows []aggregate.Row, last error) iter.Seq2[aggregate.Row, error] {
	return func(yield func(aggregate.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
		if last != nil {
			yield(aggregate.Row{}, last)
		}
	}
}

func manyRows(n int) []aggregate.Row {
	rows := make([]aggregate.Row, n)
	for i := range rows {
		rows[i] = aggregate.Row{DataSet: "A", DataValue: aggregate.DataValue{
			DataElement: fmt.Sprintf("e%010d", i), Period: "202601", OrgUnit: "o", Value: "1",
		}}
	}
	return rows
}

func TestAStreamOfRowsIsAnsweredInItsOrder(t *testing.T) {
	t.Parallel()
	s := bodyServer(t, "2.42.5", rule(func(v aggregate.DataValue) string {
		if strings.HasSuffix(v.DataElement, "5") {
			return "E7619"
		}
		return ""
	}))
	rows := manyRows(25)
	for i := 12; i < 25; i++ {
		rows[i].DataSet = "B"
	}
	rows[3].Value = ""
	n := 0
	for out, err := range aggregate.ImportRows(t.Context(), s.client(t), seq(rows, nil), aggregate.Options{ChunkRows: 10}) {
		require.NoError(t, err)
		assert.Equal(t, n, out.Row)
		switch {
		case n == 3:
			assert.Equal(t, aggregate.Outcome{Row: 3, Status: aggregate.Rejected, Code: "E7618", Local: true}, out)
		case n%10 == 5:
			assert.Equal(t, aggregate.Rejected, out.Status)
			assert.Equal(t, []int{n}, out.Conflict.Rows)
		default:
			assert.Equal(t, aggregate.Accepted, out.Status)
		}
		n++
	}
	assert.Equal(t, 25, n)
	assert.Len(t, s.requests(), 4) // 10, 2 of A; 10, 3 of B
}

func TestAStreamEndsWithItsFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("the file ends")
	s := bodyServer(t, "2.42.5", rule(never))
	var last error
	accepted := 0
	for out, err := range aggregate.ImportRows(t.Context(), s.client(t), seq(manyRows(5), broken), aggregate.Options{ChunkRows: 2}) {
		if err != nil {
			last = err
			continue
		}
		assert.Equal(t, aggregate.Accepted, out.Status)
		accepted++
	}
	require.ErrorIs(t, last, broken)
	assert.Equal(t, 5, accepted)

	var calls atomic.Int32
	s = newServer(t, "2.42.5", func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusForbidden)
	})
	var statuses []aggregate.Status
	for out, err := range aggregate.ImportRows(t.Context(), s.client(t), seq(manyRows(5), nil), aggregate.Options{ChunkRows: 2}) {
		if err != nil {
			last = err
			continue
		}
		statuses = append(statuses, out.Status)
	}
	require.ErrorIs(t, last, dhis2.ErrForbidden)
	assert.Equal(t, []aggregate.Status{aggregate.Unknown, aggregate.Unknown}, statuses)
	assert.Equal(t, int32(1), calls.Load())
}

func TestAStreamCanBeLeft(t *testing.T) {
	t.Parallel()
	s := bodyServer(t, "2.42.5", rule(never))
	for out, err := range aggregate.ImportRows(t.Context(), s.client(t), seq(manyRows(100), nil), aggregate.Options{ChunkRows: 2}) {
		require.NoError(t, err)
		assert.Zero(t, out.Row)
		break
	}
	assert.Len(t, s.requests(), 1)
}

// No error tells a value, whatever the server says.
func TestErrorsHoldNoValues(t *testing.T) {
	t.Parallel()
	secret := "SECRET"
	set := manyValues(2)
	set.Values[0].Value = secret
	for _, h := range []http.HandlerFunc{
		answer(http.StatusConflict, `{"httpStatusCode":409,"status":"ERROR","message":"SECRET"}`),
		answer(http.StatusInternalServerError, `{"httpStatusCode":500,"status":"ERROR","message":"SECRET"}`),
		answer(http.StatusConflict, `{"httpStatusCode":409,"response":{"responseType":"ImportSummary","status":"ERROR","description":"SECRET","importCount":{},"conflicts":[]}}`),
		answer(http.StatusOK, `SECRET`),
		answer(http.StatusOK, `{"response":{"status":"SUCCESS","importCount":{"imported":"SECRET"}}}`),
	} {
		s := newServer(t, "2.42.5", h)
		_, err := aggregate.Import(t.Context(), s.client(t), set, aggregate.Options{})
		require.Error(t, err)
		assert.NotContains(t, err.Error(), secret)
	}
}

func FuzzParseSummary(f *testing.F) {
	f.Add([]byte(`{"httpStatusCode":409,"response":{"status":"WARNING","importCount":{"imported":1},"conflicts":[{"objects":{"args":"a-[b, c]"},"indexes":[-1,0]}],"rejectedIndexes":[0]}}`))
	f.Add([]byte(`{"status":"SUCCESS","importCount":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := aggregate.ParseSummary(body)
		if (s == nil) == (err == nil) {
			t.Fatal("neither a summary nor an error")
		}
		if s == nil {
			return
		}
		for _, c := range s.Conflicts {
			for _, i := range c.Rows {
				if i < 0 {
					t.Fatal("a row below 0")
				}
			}
		}
	})
}
