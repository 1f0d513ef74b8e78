package fhir_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestWhatTheClientRepeats(t *testing.T) {
	t.Parallel()
	lost := func(w http.ResponseWriter, _ *http.Request) { fail(w, syscall.ECONNRESET) }
	halfLost := func(w http.ResponseWriter, r *http.Request) {
		says(200, `{"resourceType":`)(w, r)
		cut(w, io.ErrUnexpectedEOF)
	}
	race := refuses(409, "processing", "HAPI-0550: HAPI-2745: The operation has failed")
	conflict := refuses(409, "conflict", "")
	referenced := refuses(409, "processing", "Unable to delete because at least one resource has a reference")
	busy := says(503, "")
	throttled := says(429, "")
	gateway := says(504, "")

	read := func(t *testing.T, c *fhir.Client) error {
		t.Helper()
		_, err := c.Read(t.Context(), "Patient", "7")
		return err
	}
	create := func(opts ...fhir.CreateOption) func(*testing.T, *fhir.Client) error {
		return func(t *testing.T, c *fhir.Client) error {
			t.Helper()
			_, err := c.Create(t.Context(), asResource(t, annJSON), opts...)
			return err
		}
	}
	conditional := create(fhir.IfNoneExist(fhir.ByToken("identifier", "urn:mrn", "7")))
	update := func(opts ...fhir.UpdateOption) func(*testing.T, *fhir.Client) error {
		return func(t *testing.T, c *fhir.Client) error {
			t.Helper()
			_, err := c.Update(t.Context(), asResource(t, annJSON), opts...)
			return err
		}
	}
	patch := func(opts ...fhir.UpdateOption) func(*testing.T, *fhir.Client) error {
		return func(t *testing.T, c *fhir.Client) error {
			t.Helper()
			_, err := c.Patch(t.Context(), "Patient", "7", fhir.JSONPatch{}.Add("/name/-", 1), opts...)
			return err
		}
	}
	remove := func(t *testing.T, c *fhir.Client) error {
		t.Helper()
		_, err := c.Delete(t.Context(), "Patient", "7")
		return err
	}
	search := func(t *testing.T, c *fhir.Client) error {
		t.Helper()
		_, err := c.SearchPage(t.Context(), "Patient", fhir.ByPost(), fhir.ByString("name", "Ann"))
		return err
	}
	transaction := func(entry string) func(*testing.T, *fhir.Client) error {
		return func(t *testing.T, c *fhir.Client) error {
			t.Helper()
			b, err := fhir.ParseBundle([]byte(`{"resourceType":"Bundle","type":"transaction","entry":[` + entry + `]}`))
			require.NoError(t, err)
			_, err = c.Transaction(t.Context(), b)
			return err
		}
	}
	const (
		get          = `{"request":{"method":"GET","url":"Patient/7"}}`
		put          = `{"resource":{"resourceType":"Patient","id":"7"},"request":{"method":"PUT","url":"Patient/7"}}`
		putIfMatch   = `{"resource":{"resourceType":"Patient","id":"7"},"request":{"method":"PUT","url":"Patient/7","ifMatch":"W/\"1\""}}`
		post         = `{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}`
		postIfNone   = `{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=urn:mrn|7"}}`
		patchEntry   = `{"resource":{"resourceType":"Parameters"},"request":{"method":"PATCH","url":"Patient/7"}}`
		deleteEntry  = `{"request":{"method":"DELETE","url":"Patient/7"}}`
		idempotentTx = get + "," + put + "," + postIfNone + "," + deleteEntry
	)
	tests := []struct {
		name     string
		call     func(*testing.T, *fhir.Client) error
		answer   func(http.ResponseWriter, *http.Request)
		attempts int
	}{
		{"a read after 503", read, busy, 4},
		{"a read after a lost connection", read, lost, 4},
		{"a read after half an answer", read, halfLost, 4},
		{"a read not after 500", read, says(500, ""), 1},
		{"a read not after 409", read, race, 1},
		{"a search by POST after 503", search, busy, 4},
		{"a search by POST after half an answer", search, halfLost, 4},
		{"a create after 429: it was not looked at", create(), throttled, 4},
		{"a create not after 503: it may have been done", create(), busy, 1},
		{"a create not after 504", create(), gateway, 1},
		{"a create not after a lost connection", create(), lost, 1},
		{"a create not after half an answer", create(), halfLost, 1},
		{"a create not after 409", create(), race, 1},
		{"a conditional create after 503", conditional, busy, 4},
		{"a conditional create after a lost connection", conditional, lost, 4},
		{"a conditional create after half an answer", conditional, halfLost, 4},
		{"a conditional create after a race", conditional, race, 4},
		{"a conditional create once", create(fhir.IfNoneExist(fhir.ByToken("identifier", "urn:mrn", "7")), fhir.Once()), race, 1},
		{"an update after 504", update(), gateway, 4},
		{"an update after a lost connection", update(), lost, 4},
		{"an update after a race", update(), race, 4},
		{"an update after a race that is told by its code", update(), conflict, 4},
		{"an update with If-Match not after 504: a repetition would conflict with itself", update(fhir.IfMatch("1")), gateway, 1},
		{"an update with If-Match after 429", update(fhir.IfMatch("1")), throttled, 4},
		{"an update with If-Match not after 409", update(fhir.IfMatch("1")), conflict, 1},
		{"an update if there is none not after 504", update(fhir.IfNoMatch()), gateway, 1},
		{"a patch not after 504: it would add twice", patch(), gateway, 1},
		{"a patch after a race: nothing was done", patch(), race, 4},
		{"a patch that is idempotent after 504", patch(fhir.Idempotent()), gateway, 4},
		{"a delete after 504", remove, gateway, 4},
		{"a delete not where others refer to it", remove, referenced, 1},
		{"a delete after a race", remove, race, 4},
		{"a delete after another race of HAPI", remove, refuses(409, "processing", "HAPI-0550: HAPI-0826: The operation"), 4},
		{"a transaction that may be done twice after 504", transaction(idempotentTx), gateway, 4},
		{"a transaction with a create not after 504", transaction(put + "," + post), gateway, 1},
		{"a transaction with a create after 429", transaction(post), throttled, 4},
		{"a transaction with a create after a race", transaction(post), race, 4},
		{"a transaction with ifMatch not after 504", transaction(putIfMatch), gateway, 1},
		{"a transaction with ifMatch not after 409", transaction(putIfMatch), conflict, 1},
		{"a transaction with a patch not after 504", transaction(patchEntry), gateway, 1},
		{"a transaction that deletes not after any 409", transaction(deleteEntry), referenced, 1},
		{"a transaction that deletes after a race", transaction(deleteEntry), race, 4},
		{"nothing after 400", update(), refuses(400, "invalid", ""), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, w := connect(t, answers(tt.answer))
				require.Error(t, tt.call(t, client))
				all := w.requests()
				assert.Len(t, all, tt.attempts)
				for _, r := range all {
					assert.Equal(t, all[0].Body, r.Body, "each attempt sends the same bytes")
					assert.Equal(t, all[0].URL, r.URL)
					assert.Equal(t, all[0].Header, r.Header)
				}
			})
		})
	}
}

func TestRaceThatIsWonBackIsNoError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, w := connect(t, answers(
			refuses(409, "processing", "HAPI-0550: HAPI-2745"), refuses(409, "processing", "HAPI-0550: HAPI-2745"),
			says(200, annJSON, "Location", serverURL+"/Patient/7/_history/1"),
		))
		got, err := client.Create(t.Context(), asResource(t, `{"resourceType":"Patient"}`), fhir.IfNoneExist(fhir.ByToken("identifier", "urn:mrn", "7")))
		require.NoError(t, err)
		assert.Equal(t, "7", got.ID)
		assert.False(t, got.Created)
		assert.Len(t, w.requests(), 3)
	})
}

func TestRetryAfterIsHeededAndTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, w := connect(t, answers(says(429, "", "Retry-After", "7"), says(200, annJSON)))
		started := time.Now()
		_, err := client.Create(t.Context(), asResource(t, `{"resourceType":"Patient"}`))
		require.NoError(t, err)
		assert.Equal(t, 7*time.Second, time.Since(started))
		assert.Len(t, w.requests(), 2)
	})
	synctest.Test(t, func(t *testing.T) {
		client, w := connect(t, answers(says(503, "", "Retry-After", "3600")))
		_, err := client.Read(t.Context(), "Patient", "7")
		var outcome *fhir.OutcomeError
		require.ErrorAs(t, err, &outcome)
		assert.Equal(t, time.Hour, outcome.RetryAfter)
		assert.Len(t, w.requests(), 1, "the server wants more patience than the client has")
	})
}

func TestMaxAttemptsOfOneSwitchesRepetitionsOff(t *testing.T) {
	t.Parallel()
	for _, answer := range []func(http.ResponseWriter, *http.Request){says(503, ""), refuses(409, "conflict", "")} {
		client, w := connect(t, answers(answer), func(c *fhir.ClientConfig) { c.MaxAttempts = 1 })
		_, err := client.Update(t.Context(), asResource(t, annJSON))
		require.Error(t, err)
		assert.Len(t, w.requests(), 1)
	}
}

func TestCommitThenDropOverARealConnection(t *testing.T) {
	t.Parallel()
	var stored atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Header.Get("If-None-Exist") == "" {
			stored.Add(1)
			panic(http.ErrAbortHandler) // stored, but nobody hears of it
		}
		if stored.CompareAndSwap(0, 1) {
			panic(http.ErrAbortHandler)
		}
		says(200, annJSON)(w, r)
	}))
	defer server.Close()
	client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL, MinWait: time.Nanosecond})
	require.NoError(t, err)
	defer client.Close()
	patient := asResource(t, `{"resourceType":"Patient"}`)
	got, err := client.Create(t.Context(), patient, fhir.IfNoneExist(fhir.ByToken("identifier", "urn:mrn", "7")))
	require.NoError(t, err)
	assert.Equal(t, "7", got.ID)
	assert.Equal(t, int32(1), stored.Load())
	_, err = client.Create(t.Context(), patient)
	var transport *fhir.TransportError
	require.ErrorAs(t, err, &transport)
	assert.Equal(t, int32(2), stored.Load(), "sent once only")
}
