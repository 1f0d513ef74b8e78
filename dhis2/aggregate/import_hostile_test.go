package aggregate_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
)

func TestARowThatTheServerListsAsRejectedIsNeverFine(t *testing.T) {
	t.Parallel()
	rejected, accepted, skipped, unknown := aggregate.Rejected, aggregate.Accepted, aggregate.Skipped, aggregate.Unknown
	for name, c := range map[string]struct {
		strategy aggregate.Strategy
		summary  string
		want     []aggregate.Status
		isFine   bool
	}{
		"by a conflict without a row": {
			aggregate.CreateAndUpdate,
			`{"status":"WARNING","importCount":{"imported":1,"ignored":1},"conflicts":[{"errorCode":"E7619","value":"planted"}],"rejectedIndexes":[1]}`,
			[]aggregate.Status{unknown, rejected},
			false,
		},
		"without a conflict": {
			aggregate.CreateAndUpdate,
			`{"status":"WARNING","importCount":{"imported":1,"ignored":1},"conflicts":[],"rejectedIndexes":[1]}`,
			[]aggregate.Status{accepted, rejected},
			false,
		},
		"as it is there already": {
			aggregate.CreateOnly,
			`{"status":"SUCCESS","importCount":{"imported":1,"ignored":1},"conflicts":[],"rejectedIndexes":[1]}`,
			[]aggregate.Status{accepted, skipped},
			true,
		},
		"for one of two reasons": {
			aggregate.CreateOnly,
			`{"status":"WARNING","importCount":{"ignored":2},"conflicts":[{"errorCode":"E7619"}],"rejectedIndexes":[0,1]}`,
			[]aggregate.Status{unknown, unknown},
			false,
		},
		"and is none of the request's": {
			aggregate.CreateAndUpdate,
			`{"status":"WARNING","importCount":{"imported":2},"conflicts":[{"errorCode":"E7619","indexes":[7,-3]}],"rejectedIndexes":[7,-1]}`,
			[]aggregate.Status{unknown, unknown},
			false,
		},
	} {
		s := newServer(t, "2.42.5.2", answer(http.StatusConflict, `{"httpStatusCode":409,"response":`+strings.Replace(c.summary, `{`, `{"responseType":"ImportSummary",`, 1)+`}`))
		result, err := aggregate.Import(t.Context(), s.client(t), manyValues(2), aggregate.Options{Strategy: c.strategy})
		require.NoError(t, err, name)
		assert.Equal(t, c.want, result.Statuses, name)
		assert.Equal(t, c.isFine, result.Err() == nil, name)
		for _, r := range result.Rejections {
			assert.GreaterOrEqual(t, r.Conflict, 0, name)
		}
	}
}

// JSON would turn the one into another text, and no server can store the other.
func TestTextsThatCannotBeStoredAsTheyAreAreNotSent(t *testing.T) {
	t.Parallel()
	s := bodyServer(t, "2.42.5", rule(never))
	set := manyValues(5)
	set.Values[1].Value = "caf\xe9"
	set.Values[2].Value = "a\x00b"
	set.Values[3].Comment = "\xff"
	result, err := aggregate.Import(t.Context(), s.client(t), set, aggregate.Options{})
	require.NoError(t, err)
	assert.Equal(t, 2, result.Accepted())
	assert.Equal(t, []aggregate.Rejection{
		{Row: 1, Local: true, Conflict: -1}, {Row: 2, Local: true, Conflict: -1}, {Row: 3, Local: true, Conflict: -1},
	}, result.Rejections)
	var body wireSet
	require.NoError(t, json.Unmarshal(s.requests()[0].Body, &body))
	assert.Len(t, body.DataValues, 2)
}

func TestARequestThatIsTooLargeIsSentInParts(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]http.HandlerFunc{
		"for a proxy":       answer(http.StatusRequestEntityTooLarge, "<html><title>413 Request Entity Too Large</title></html>"),
		"for the data base": answer(http.StatusConflict, `{"httpStatusCode":409,"status":"ERROR","message":"could not execute statement; SQL [n/a]; constraint [planted]"}`),
	} {
		s := bodyServer(t, "2.42.5", again(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if strings.Count(string(body), "dataElement") > 3 {
				refusal(w, r)
				return
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			rule(never)(w, r)
		}))
		result, err := aggregate.Import(t.Context(), s.client(t), manyValues(10), aggregate.Options{})
		require.NoError(t, err, name)
		assert.Equal(t, 10, result.Accepted(), name)
	}
}

// A page of a proxy in the place of an answer says nothing of the rows.
func TestAPageWithStatus200LeavesRowsUnknown(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<html>planted</html>", "null", "[]", `"SUCCESS"`, `{"status":"SUCCESS"}`, `{"status":"SUCCESS","importCount":{"imported":"2"}}`, `{"status":1,"importCount":{}}`} {
		s := newServer(t, "2.43.1", answer(http.StatusOK, body))
		c, err := dhis2.New(t.Context(), dhis2.Config{URL: s.URL, Auth: dhis2.Basic("admin", "district"), MaxAttempts: 1})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		result, err := aggregate.Import(t.Context(), c, manyValues(2), aggregate.Options{})
		require.Error(t, err, body)
		assert.NotContains(t, err.Error(), "planted")
		assert.Equal(t, []aggregate.Status{aggregate.Unknown, aggregate.Unknown}, result.Statuses, body)
	}
}

func TestARequestThatTheClientWouldNotSendIsSentInParts(t *testing.T) {
	t.Parallel()
	s := bodyServer(t, "2.42.5", rule(never))
	c, err := dhis2.New(t.Context(), dhis2.Config{URL: s.URL, Auth: dhis2.Basic("admin", "district"), MaxRequest: 700})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	set := manyValues(40)
	set.Values[17].Comment = strings.Repeat("planted", 200)
	result, err := aggregate.Import(t.Context(), c, set, aggregate.Options{})
	require.NoError(t, err)
	assert.Equal(t, 39, result.Accepted())
	require.Len(t, result.Rejections, 1)
	assert.Equal(t, 17, result.Rejections[0].Row)
	assert.NotContains(t, result.Err().Error(), "planted")

	result, err = aggregate.Import(t.Context(), c, aggregate.DataValueSet{DataSet: set.DataSet, Period: "202601", OrgUnit: "a", Values: set.Values[17:18]}, aggregate.Options{})
	require.Error(t, err)
	assert.Equal(t, aggregate.NotSent, result.Statuses[0])
}
