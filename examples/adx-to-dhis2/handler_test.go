package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

func sample(t *testing.T, name string) []byte {
	t.Helper()
	body, err := samples.ReadFile("testdata/messages/" + name)
	require.NoError(t, err)
	return body
}

// fixture is a mediator without a core, and its DHIS2.
type fixture struct {
	url   string
	dhis2 *dhis2test.Server
}

func newFixture(t *testing.T, version string, change func(*settings)) *fixture {
	t.Helper()
	day := time.Date(2026, 2, 10, 9, 0, 0, 0, time.UTC)
	server := dhis2test.New(t, dhis2test.Options{Version: version, Now: func() time.Time { return day }})
	metadata, err := samples.ReadFile("testdata/metadata.json")
	require.NoError(t, err)
	require.NoError(t, server.Seed(metadata))
	s, err := readSettings(env(nil))
	require.NoError(t, err)
	s.dhis2URL, s.auth = server.URL, dhis2.Basic("ohm", "Ohm-Test-1!")
	if change != nil {
		change(&s)
	}
	m, _, err := newMediator(s, mediator.Config{Registration: s.registration(8091, false), Unregistered: true})
	require.NoError(t, err)
	var listening net.ListenConfig
	listener, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	web := &http.Server{Handler: m, ReadHeaderTimeout: time.Second}
	done := make(chan error, 1)
	go func() { done <- web.Serve(listener) }()
	t.Cleanup(func() {
		_ = web.Close()
		assert.ErrorIs(t, <-done, http.ErrServerClosed)
	})
	return &fixture{url: "http://" + listener.Addr().String(), dhis2: server}
}

// post sends a message and reads the outcome out of the envelope.
func (f *fixture) post(t *testing.T, body []byte) (int, outcome) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/adx", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", aggregate.ADXContentType)
	req.Header.Set("X-OpenHIM-TransactionID", "5f0c0e9b8d1c4b0012345678")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var envelope struct {
		Response struct {
			Status int    `json:"status"`
			Body   string `json:"body"`
		} `json:"response"`
	}
	require.NoError(t, json.Unmarshal(raw, &envelope), string(raw))
	var out outcome
	require.NoError(t, json.Unmarshal([]byte(envelope.Response.Body), &out), string(raw))
	return envelope.Response.Status, out
}

// stored is how many values DHIS2 has of a data set.
func (f *fixture) stored(t *testing.T, set, period string) []aggregate.DataValue {
	t.Helper()
	client, err := dhis2.New(t.Context(), dhis2.Config{URL: f.dhis2.URL, Auth: dhis2.Basic("admin", "district")})
	require.NoError(t, err)
	defer client.Close()
	values, err := aggregate.Read(t.Context(), client, aggregate.Query{
		DataSets: []string{set}, Periods: []string{period}, OrgUnits: []string{"lgY4CHs5HtP", "iPrqVTs7evU"},
	})
	require.NoError(t, err)
	return values
}

func TestAReportIsSavedInEveryVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, version, nil)
			status, out := f.post(t, sample(t, "01-monthly.xml"))
			assert.Equal(t, http.StatusOK, status)
			assert.Equal(t, outcome{Status: "saved", Values: 3, Saved: 3, Complete: 1}, out)
			assert.Len(t, f.stored(t, "X5fFRSmDgYM", "202601"), 3)

			status, out = f.post(t, sample(t, "02-weekly-by-sex.xml"))
			assert.Equal(t, http.StatusOK, status, out)
			assert.Len(t, f.stored(t, "OhmDsMal001", "2026W6"), 4)

			status, out = f.post(t, sample(t, "01-monthly.xml")) // again
			assert.Equal(t, http.StatusOK, status)
			assert.Equal(t, 3, out.Saved)
		})
	}
}

func TestAReportWithErrorsIsRejectedAsAWhole(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "2.42", nil)
	status, out := f.post(t, sample(t, "05-wrong-values.xml"))
	assert.Equal(t, http.StatusUnprocessableEntity, status)
	assert.Equal(t, "rejected", out.Status)
	assert.Len(t, out.Findings, 6)
	assert.Equal(t, finding{
		Severity: "error", Line: 4, Column: 5, Rule: "value-type", Code: "E7619", Message: "the value is no INTEGER_ZERO_OR_POSITIVE",
	}, out.Findings[0])
	assert.Empty(t, f.stored(t, "OhmDsMal001", "2026W5"))
}

func TestTheGoodPartIsSavedIfThatIsWanted(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "2.42", func(s *settings) { s.partial = true })
	status, out := f.post(t, sample(t, "05-wrong-values.xml"))
	assert.Equal(t, http.StatusUnprocessableEntity, status)
	assert.Equal(t, "partial", out.Status)
	assert.Equal(t, []int{7, 1, 6}, []int{out.Values, out.Saved, out.Rejected})
	assert.Len(t, f.stored(t, "OhmDsMal001", "2026W5"), 1)
}

func TestGroupsWithoutDataSetUseTheOneOfTheSettings(t *testing.T) {
	t.Parallel()
	body := strings.Replace(string(sample(t, "03-monthly-corrected.xml")), ` dataSet="OHM_MONTHLY"`, "", 1)
	_, out := newFixture(t, "2.42", nil).post(t, []byte(body))
	assert.Equal(t, "data-set-missing", out.Findings[0].Rule)
	status, _ := newFixture(t, "2.42", func(s *settings) { s.dataSet = "OHM_MONTHLY" }).post(t, []byte(body))
	assert.Equal(t, http.StatusOK, status)
}

// What the check does not see, as who may write where, DHIS2 says.
func TestWhatDHIS2RefusesIsToldByLine(t *testing.T) {
	t.Parallel()
	for version, code := range map[string]string{"2.42": "E7617", "2.43": "E8011"} {
		f := newFixture(t, version, func(s *settings) { s.auth = dhis2.Basic("ohmfac2", "Ohm-Test-1!") })
		status, out := f.post(t, sample(t, "03-monthly-corrected.xml"))
		assert.Equal(t, http.StatusUnprocessableEntity, status, version)
		require.Len(t, out.Findings, 2, version)
		assert.Equal(t, "refused-by-dhis2", out.Findings[1].Rule)
		assert.Equal(t, code, out.Findings[1].Code)
		assert.Equal(t, 5, out.Findings[1].Line)
	}
}

func TestWhatIsNoADXIsUnreadable(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "2.42", nil)
	for _, body := range []string{"", "{}", "<adx/>", string(sample(t, "06-no-adx.xml"))} {
		status, out := f.post(t, []byte(body))
		assert.Equal(t, http.StatusBadRequest, status)
		assert.Equal(t, "unreadable", out.Status)
		assert.Len(t, out.Findings, 1)
	}
}

func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	value := `<dataValue dataElement="OHM_AGG_BCG" value="x"/>`
	body := strings.Replace(string(sample(t, "01-monthly.xml")), "</group>", strings.Repeat(value, 100)+"</group>", 1)
	_, out := newFixture(t, "2.42", nil).post(t, []byte(body))
	assert.Len(t, out.Findings, 50)
	assert.Equal(t, 50, out.MoreFindings)
}

func TestTroubleWithDHIS2IsTheMediatorsOwn(t *testing.T) {
	t.Parallel()
	gone := newFixture(t, "2.42", func(s *settings) { s.dhis2URL = "http://127.0.0.1:1" })
	status, out := gone.post(t, sample(t, "01-monthly.xml"))
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Equal(t, "DHIS2 could not be reached", out.Findings[0].Message)

	stranger := newFixture(t, "2.42", func(s *settings) { s.auth = dhis2.Basic("ohm", "wrong") })
	status, out = stranger.post(t, sample(t, "01-monthly.xml"))
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Contains(t, out.Findings[0].Message, "does not let the mediator in")
}
