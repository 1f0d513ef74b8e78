package dhis2_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

func TestWebMessagesAreRead(t *testing.T) {
	t.Parallel()
	m, ok := dhis2.ParseWebMessage([]byte(` {"httpStatus":"OK","httpStatusCode":200,"status":"OK","message":"Tracker job added","code":7,
		"response":{"responseType":"TrackerJob","id":"cHh2OCTJvRw"},"devMessage":"d","errorCode":"E1","more":1}`))
	require.True(t, ok)
	assert.Equal(t, "OK", m.HTTPStatus)
	assert.Equal(t, 200, m.HTTPStatusCode)
	assert.Equal(t, 7, m.Code)
	assert.Equal(t, "Tracker job added", m.Message)
	assert.JSONEq(t, `{"responseType":"TrackerJob","id":"cHh2OCTJvRw"}`, string(m.Response))
	m, ok = dhis2.ParseWebMessage([]byte(`{"httpStatusCode":"x","message":["y"],"status":"ERROR","response":"no object"}`))
	require.True(t, ok)
	assert.Equal(t, dhis2.WebMessage{Status: "ERROR"}, m, "what has a wrong type is left out")
	for _, body := range []string{"", "null", "[]", "7", "{", `{"status":"OK"}`, `{"httpStatusCode":409`, `<html>`, "\xff"} {
		_, ok := dhis2.ParseWebMessage([]byte(body))
		assert.False(t, ok, body)
	}
}

func FuzzParseWebMessage(f *testing.F) {
	f.Add([]byte(`{"httpStatusCode":409,"message":"x","response":{"responseType":"ImportSummary"}}`))
	f.Add([]byte(report409))
	f.Add([]byte(page))
	f.Add([]byte(strings.Repeat(`{"response":`, 20000)))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, ok := dhis2.ParseWebMessage(body)
		if ok {
			assert.True(t, json.Valid(body))
			assert.True(t, len(m.Response) == 0 || json.Valid(m.Response))
		}
		// Whatever it is, it makes an error whose text is bounded.
		w := &wire{answer: always(http.StatusConflict, string(body))}
		c := newClient(t, w, withAuth(dhis2.Token(goodTokens[0])))
		_, err := c.Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Repeat: dhis2.RepeatNever})
		var e *dhis2.Error
		require.ErrorAs(t, err, &e)
		assert.Less(t, len(e.Error()), 400)
	})
}
