package fhirtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) get(path string) gjson.Result { return gjson.Get(r.body, path) }

// send asks a server; header are names and values in turn.
func send(t *testing.T, s *fhirtest.Server, method, path, body string, header ...string) reply {
	t.Helper()
	r, err := try(t, s, method, path, body, header...)
	require.NoError(t, err)
	return r
}

func try(t *testing.T, s *fhirtest.Server, method, path, body string, header ...string) (reply, error) {
	t.Helper()
	target := path
	if !strings.HasPrefix(path, "http") {
		target = s.URL + path
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := s.Client()
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}, err
	}
	return reply{res.StatusCode, res.Header, string(text)}, res.Body.Close()
}

func TestAServerStoresAndFinds(t *testing.T) {
	t.Parallel()
	for _, flavour := range []fhirtest.Flavour{fhirtest.Strict, fhirtest.HAPI} {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			s := fhirtest.New(t, fhirtest.Options{Flavour: flavour})
			made := send(t, s, http.MethodPost, "/Patient", `{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"}]}`)
			require.Equal(t, http.StatusCreated, made.status, made.body)
			require.Equal(t, `W/"1"`, made.header.Get("ETag"))
			found := send(t, s, http.MethodGet, "/Patient?identifier=urn:x|1", "")
			require.Equal(t, int64(1), found.get("total").Int(), found.body)
			id := found.get("entry.0.resource.id").String()
			stored, ok := s.Resource("Patient/" + id)
			require.True(t, ok)
			require.Equal(t, id, stored.ID())
			require.Len(t, s.Requests(), 2)
			bundle := send(t, s, http.MethodPost, "", `{"resourceType":"Bundle","type":"transaction","entry":[
				{"fullUrl":"urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001","request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient"}},
				{"request":{"method":"POST","url":"Observation"},"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},
				 "subject":{"reference":"urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001"}}}]}`)
			require.Equal(t, http.StatusOK, bundle.status, bundle.body)
			require.Len(t, s.Resources("Patient"), 2)
			subject := s.Resources("Observation")[0].Get("subject.reference").String()
			_, ok = s.Resource(subject)
			require.True(t, ok, subject)
		})
	}
}

func TestAServerInMemoryRunsInFakeTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := fhirtest.New(t, fhirtest.Options{Memory: true})
		s.Fail(fhirtest.Fault{Delay: time.Hour})
		start := time.Now()
		require.Equal(t, http.StatusOK, send(t, s, http.MethodGet, "/Patient", "").status)
		require.Equal(t, time.Hour, time.Since(start))
		require.Equal(t, http.StatusOK, send(t, s, http.MethodGet, "/metadata", "").status)
	})
}
