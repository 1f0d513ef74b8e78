package aggregate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
)

// exchange is one that was recorded on a server.
type exchange struct {
	Name    string `json:"name"`
	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int             `json:"status"`
		Headers map[string]any  `json:"headers"`
		Body    json.RawMessage `json:"body"`
	} `json:"response"`
}

func recorded(t *testing.T, version string) []exchange {
	t.Helper()
	var file struct {
		Exchanges []exchange `json:"exchanges"`
	}
	require.NoError(t, json.Unmarshal(readShared(t, "fixtures/dhis2/recorded/"+version+"/aggregate.json"), &file))
	require.NotEmpty(t, file.Exchanges)
	return file.Exchanges
}

func named(t *testing.T, version, name string) exchange {
	t.Helper()
	all := recorded(t, version)
	i := slices.IndexFunc(all, func(e exchange) bool { return e.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return all[i]
}

// sent is a request that a server got.
type sent struct {
	Method, Path string
	Query        url.Values
	Header       http.Header
	Body         []byte
}

// server answers with what it is given, in order, the last again and again.
type server struct {
	*httptest.Server

	mu      sync.Mutex
	got     []sent
	answers []http.HandlerFunc
}

func newServer(t *testing.T, version string, answers ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/system/info" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"version":%q,"serverTimeZoneId":"Africa/Nairobi","serverDate":%q}`, version, time.Now().Format("2006-01-02T15:04:05.000"))
			return
		}
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.got = append(s.got, sent{r.Method, r.URL.Path, r.URL.Query(), r.Header, body})
		answer := s.answers[min(len(s.got), len(s.answers))-1]
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) requests() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

func (s *server) client(t *testing.T) *dhis2.Client {
	t.Helper()
	c, err := dhis2.New(t.Context(), dhis2.Config{URL: s.URL, Auth: dhis2.Basic("admin", "district"), MinWait: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func (e exchange) answer() http.HandlerFunc {
	body := string(e.Response.Body)
	var text string
	if json.Unmarshal(e.Response.Body, &text) == nil {
		body = text
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		if media, ok := e.Response.Headers["content-type"].(string); ok {
			w.Header().Set("Content-Type", media)
		}
		w.WriteHeader(e.Response.Status)
		if body != "null" {
			_, _ = io.WriteString(w, body)
		}
	}
}

// wireSet is a recorded body.
type wireSet struct {
	DataSet      string `json:"dataSet"`
	Period       string `json:"period"`
	OrgUnit      string `json:"orgUnit"`
	CompleteDate string `json:"completeDate"`
	DataValues   []struct {
		DataElement          string `json:"dataElement"`
		Period               string `json:"period"`
		OrgUnit              string `json:"orgUnit"`
		CategoryOptionCombo  string `json:"categoryOptionCombo"`
		AttributeOptionCombo string `json:"attributeOptionCombo"`
		Value                any    `json:"value"`
		Deleted              bool   `json:"deleted"`
	} `json:"dataValues"`
}

func (w wireSet) set() aggregate.DataValueSet {
	set := aggregate.DataValueSet{DataSet: w.DataSet, Period: w.Period, OrgUnit: w.OrgUnit, CompleteDate: w.CompleteDate}
	for _, v := range w.DataValues {
		value := ""
		if v.Value != nil {
			value = fmt.Sprint(v.Value)
		}
		set.Values = append(set.Values, aggregate.DataValue{
			DataElement: v.DataElement, Period: v.Period, OrgUnit: v.OrgUnit, Value: value, Deleted: v.Deleted,
			CategoryOptionCombo: v.CategoryOptionCombo, AttributeOptionCombo: v.AttributeOptionCombo,
		})
	}
	return set
}

// Each import that was recorded is sent by the client as it was, and its
// answer is read as what it says of each row.
func TestRecordedImportsAreUnderstood(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.42.5.2", "2.43.1"} {
		passed, total := 0, 0
		for _, e := range recorded(t, version) {
			u, err := url.Parse(e.Request.Path)
			require.NoError(t, err)
			var wire wireSet
			isJSON := e.Request.Headers["Content-Type"] == "application/json"
			if e.Request.Method != http.MethodPost || u.Path != "/api/dataValueSets" || !isJSON || json.Unmarshal(e.Request.Body, &wire) != nil {
				continue
			}
			known := []string{"", "CREATE_AND_UPDATE", "CREATE", "UPDATE", "DELETE"}
			if wire.DataSet == "" || u.Query().Get("async") == "true" || !slices.Contains(known, u.Query().Get("importStrategy")) {
				continue // what the client never sends
			}
			total++
			if t.Run(version+"/"+e.Name, func(t *testing.T) { understands(t, version, e, u.Query(), wire) }) {
				passed++
			}
		}
		fmt.Printf("conformance: dhis2/recorded/%s/aggregate-client %d/%d\n", version, passed, total)
		assert.Greater(t, total, 25)
	}
}

// understands sends a recorded import and compares what the client makes of the
// answer. A second request is answered as the first: it was not recorded.
func understands(t *testing.T, version string, e exchange, query url.Values, wire wireSet) {
	t.Helper()
	s := newServer(t, version, e.answer())
	set := wire.set()
	o := aggregate.Options{
		Strategy:  aggregate.Strategy(query.Get("importStrategy")),
		IDSchemes: aggregate.IDSchemes{ID: dhis2.IDScheme(query.Get("idScheme")), OrgUnit: dhis2.IDScheme(query.Get("orgUnitIdScheme"))},
		DryRun:    query.Get("dryRun") == "true",
	}
	send := aggregate.Import
	if o.Strategy == "DELETE" {
		o.Strategy, send = "", aggregate.Delete
	}
	result, err := send(t.Context(), s.client(t), set, o)
	if strict := strings.HasPrefix(version, "2.43"); strict && (o.Strategy == aggregate.CreateOnly || o.Strategy == aggregate.UpdateOnly) {
		require.ErrorIs(t, err, dhis2.ErrUnsupported)
		return
	}
	said := readAnswer(t, e)
	sent := make([]int, 0, len(set.Values)) // the rows of the request
	for i := range set.Values {
		local := slices.IndexFunc(result.Rejections, func(r aggregate.Rejection) bool { return r.Row == i && r.Local })
		if local < 0 {
			sent = append(sent, i)
			continue
		}
		if set.Values[i].Value == "" && len(said.Response.Conflicts) > 0 {
			assert.Equal(t, said.Response.Conflicts[0].ErrorCode, result.Rejections[local].Code)
		}
	}
	if len(sent) < len(set.Values) {
		return // what no server stores as it is meant was kept back
	}
	if len(set.Values) == 0 && set.CompleteDate == "" {
		require.NoError(t, err)
		assert.Empty(t, s.requests())
		return
	}
	requests := s.requests()
	require.NotEmpty(t, requests)
	var body wireSet
	require.NoError(t, json.Unmarshal(requests[0].Body, &body))
	got := body.set()
	assert.Equal(t, withoutEnvelope(set), withoutEnvelope(got))
	assert.Equal(t, set.CompleteDate, got.CompleteDate)
	assert.Equal(t, "XMLHttpRequest", requests[0].Header.Get("X-Requested-With"))

	total := said.Response.ImportCount.Total()
	switch {
	case said.Response.Status == "", said.Response.Status == "ERROR" && len(said.Response.Conflicts) == 0:
		var bad *dhis2.Error
		require.ErrorAs(t, err, &bad)
		assert.Equal(t, e.Response.Status, bad.Status)
		return
	case said.Response.Status != "ERROR" && total != len(sent):
		var count *aggregate.CountError
		require.ErrorAs(t, err, &count)
		return
	}
	require.NoError(t, err)
	if len(requests) > 1 {
		assert.Contains(t, result.Statuses, aggregate.Rejected)
		return // see TestOneUnknownDataElementDoesNotTakeTheOthersAlong
	}
	compareRows(t, said, result)
}

// summaryAnswer is a recorded answer, as far as rows go.
type summaryAnswer struct {
	Response struct {
		Status          string
		ImportCount     aggregate.Count
		RejectedIndexes []int
		Conflicts       []struct {
			ErrorCode string
			Indexes   []int
		}
		DataSetComplete string
	}
}

func readAnswer(t *testing.T, e exchange) (said summaryAnswer) {
	t.Helper()
	require.NoError(t, json.Unmarshal(e.Response.Body, &said))
	return said
}

func compareRows(t *testing.T, said summaryAnswer, result *aggregate.Result) {
	t.Helper()
	codes := map[int][]string{}
	for _, c := range said.Response.Conflicts {
		about := slices.DeleteFunc(slices.Clone(c.Indexes), func(i int) bool { return i < 0 })
		if len(about) == 0 {
			for i := range result.Statuses {
				about = append(about, i)
			}
		}
		for _, i := range about {
			codes[i] = append(codes[i], c.ErrorCode)
		}
	}
	for i, status := range result.Statuses {
		switch {
		case len(codes[i]) > 0:
			assert.Equal(t, aggregate.Rejected, status, i)
		case slices.Contains(said.Response.RejectedIndexes, i):
			assert.Equal(t, aggregate.Skipped, status, i)
		default:
			assert.Equal(t, aggregate.Accepted, status, i)
		}
	}
	assert.Len(t, result.Rejections, len(codes))
	for _, r := range result.Rejections {
		assert.Contains(t, codes[r.Row], r.Code)
		assert.False(t, r.Local)
		assert.Contains(t, result.Conflicts[r.Conflict].Rows, r.Row)
	}
	if said.Response.DataSetComplete != "false" {
		assert.Equal(t, said.Response.DataSetComplete, result.DataSetComplete)
	}
	assert.Equal(t, said.Response.ImportCount, result.Count)
}

// withoutEnvelope is what each row says, whatever stands in the envelope.
func withoutEnvelope(set aggregate.DataValueSet) []aggregate.DataValue {
	out := make([]aggregate.DataValue, len(set.Values))
	for i, v := range set.Values {
		if v.Period == "" {
			v.Period = set.Period
		}
		if v.OrgUnit == "" {
			v.OrgUnit = set.OrgUnit
		}
		out[i] = v
	}
	return out
}

func TestRecordedReadsAreUnderstood(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.42.5.2", "2.43.1"} {
		for _, e := range recorded(t, version) {
			u, err := url.Parse(e.Request.Path)
			require.NoError(t, err)
			if e.Request.Method != http.MethodGet || u.Path != "/api/dataValueSets" || e.Request.Headers["Accept"] != "application/json" || u.Query().Get("lastUpdated") != "" {
				continue
			}
			s := newServer(t, version, e.answer())
			q := aggregate.Query{
				DataSets: u.Query()["dataSet"], Periods: u.Query()["period"], OrgUnits: u.Query()["orgUnit"],
				Children: u.Query().Get("children") == "true", IncludeDeleted: u.Query().Get("includeDeleted") == "true",
			}
			values, err := aggregate.Read(t.Context(), s.client(t), q)
			assert.Equal(t, u.Query(), s.requests()[0].Query, e.Name)
			if e.Response.Status != http.StatusOK {
				var bad *dhis2.Error
				require.ErrorAs(t, err, &bad, e.Name)
				assert.Equal(t, e.Response.Status, bad.Status)
				continue
			}
			require.NoError(t, err, e.Name)
			var want wireSet
			require.NoError(t, json.Unmarshal(e.Response.Body, &want))
			require.Len(t, values, len(want.DataValues), e.Name)
			for i, v := range values {
				assert.Equal(t, want.DataValues[i].Value, v.Value)
				assert.Equal(t, want.DataValues[i].Deleted, v.Deleted)
				assert.Equal(t, u.Query().Get("period"), v.Period)
				assert.Equal(t, "lgY4CHs5HtP", v.OrgUnit)
				assert.Equal(t, "admin", v.StoredBy)
				assert.NotEmpty(t, v.LastUpdated)
			}
		}
	}
}

func TestRecordedRegistrationsAreUnderstood(t *testing.T) {
	t.Parallel()
	one := []aggregate.Registration{{DataSet: "X5fFRSmDgYM", Period: "202610", OrgUnit: "lgY4CHs5HtP", Completed: true}}
	s := newServer(t, "2.42.5.2", named(t, "2.42.5.2", "complete-post").answer())
	summary, err := aggregate.Register(t.Context(), s.client(t), one, aggregate.IDSchemes{})
	require.NoError(t, err)
	assert.Equal(t, 1, summary.Count.Imported)
	assert.JSONEq(t, string(named(t, "2.42.5.2", "complete-post").Request.Body), string(s.requests()[0].Body))

	s = newServer(t, "2.43.1", named(t, "2.43.1", "complete-post").answer())
	_, err = aggregate.Register(t.Context(), s.client(t), one, aggregate.IDSchemes{})
	require.ErrorIs(t, err, aggregate.ErrRegistrations)
	var bad *dhis2.Error
	require.ErrorAs(t, err, &bad)

	for _, version := range []string{"2.42.5.2", "2.43.1"} {
		s = newServer(t, version, named(t, version, "complete-read").answer())
		all, err := aggregate.Registrations(t.Context(), s.client(t), aggregate.Query{
			DataSets: []string{"X5fFRSmDgYM"}, Periods: []string{"202609"}, OrgUnits: []string{"lgY4CHs5HtP"},
		})
		require.NoError(t, err)
		assert.Equal(t, []aggregate.Registration{{
			DataSet: "X5fFRSmDgYM", Period: "202609", OrgUnit: "lgY4CHs5HtP", AttributeOptionCombo: "HllvX50cXC0",
			Date: "2026-10-05", StoredBy: "admin", Completed: true,
		}}, all)
	}
	s = newServer(t, "2.42.5.2", answer(http.StatusNoContent, ""))
	require.NoError(t, aggregate.Unregister(t.Context(), s.client(t), "X5fFRSmDgYM", "202610", "lgY4CHs5HtP"))
	assert.Equal(t, url.Values{"ds": {"X5fFRSmDgYM"}, "pe": {"202610"}, "ou": {"lgY4CHs5HtP"}}, s.requests()[0].Query)
}

func TestRecordedADXAnswersAreUnderstood(t *testing.T) {
	t.Parallel()
	message := readShared(t, "fixtures/dhis2/seed-payloads/adx.xml")
	for name, want := range map[string]string{"adx": "SUCCESS", "adx-bad-value": "WARNING", "adx-unknown-ou": "WARNING", "adx-uid": "ERROR", "adx-malformed": "ERROR"} {
		s := newServer(t, "2.42.5.2", named(t, "2.42.5.2", name).answer())
		summary, err := aggregate.PostADX(t.Context(), s.client(t), message, aggregate.Options{})
		assert.Equal(t, want == "ERROR", err != nil, name)
		require.NotNil(t, summary, name)
		assert.Equal(t, want, summary.Status, name)
		assert.True(t, bytes.Equal(message, s.requests()[0].Body))
		assert.Equal(t, aggregate.ADXContentType, s.requests()[0].Header.Get("Content-Type"))
		if err != nil {
			assert.NotContains(t, err.Error(), "X5fFRSmDgYM")
		}
	}
	s := newServer(t, "2.43.1", answer(http.StatusOK, `{}`))
	_, err := aggregate.PostADX(t.Context(), s.client(t), message, aggregate.Options{})
	require.ErrorIs(t, err, dhis2.ErrUnsupported)
	assert.Empty(t, s.requests())
	// What the server writes is read.
	e := named(t, "2.42.5.2", "read-adx")
	var text string
	require.NoError(t, json.Unmarshal(e.Response.Body, &text))
	adx, err := aggregate.ParseADX([]byte(text))
	require.NoError(t, err)
	assert.Len(t, adx.Groups[0].Values, 2)
}
