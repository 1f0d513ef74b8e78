package fhir_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// What servers say that are broken, overloaded or hostile.

func TestLongJobIsAskedForWithPausesToItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const questions = 300
		client, w := connect(t, func(n int, w http.ResponseWriter, r *http.Request) {
			switch {
			case n == 1:
				says(202, "", "Content-Location", "/base/job")(w, r)
			case n <= questions:
				says(202, "")(w, r)
			default:
				says(200, emptySet)(w, r)
			}
		})
		job, err := client.Start(t.Context(), fhir.Request{Path: "Patient"})
		require.NoError(t, err)
		started := time.Now()
		_, err = job.Wait(t.Context(), fhir.PollOptions{})
		require.NoError(t, err)
		assert.Len(t, w.requests(), questions+1)
		assert.Greater(t, time.Since(started), (questions-20)*30*time.Second, "the pauses stay at MaxWait")
	})
}

func TestJobOutlastsAServerThatIsAskedTooOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, _ := connect(t, answers(
			says(202, "", "Content-Location", "/base/job"),
			refuses(429, "throttled", "", "Retry-After", "120"), refuses(429, "throttled", "", "Retry-After", "864000"), says(200, emptySet),
		))
		job, err := client.Start(t.Context(), fhir.Request{Path: "Patient"})
		require.NoError(t, err)
		started := time.Now()
		_, err = job.Wait(t.Context(), fhir.PollOptions{MaxWait: 3 * time.Minute})
		require.NoError(t, err)
		assert.Equal(t, 5*time.Minute, time.Since(started))
	})
}

func TestWhatTheServerSentIsInNoErrorOfTheTransport(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"a location that is none": says(302, "", "Location", "http://fhir.test/%zz/Patient?name=Planted"),
		"an answer that is none": func(w http.ResponseWriter, _ *http.Request) {
			fail(w, errors.New(`malformed HTTP response "Planted \"x\" Planted"`))
		},
		"a header that is none": func(w http.ResponseWriter, _ *http.Request) {
			fail(w, errors.New(`malformed MIME header line: X Planted`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := connect(t, answers(answer), func(c *fhir.ClientConfig) { c.MaxAttempts = 1 })
			_, err := client.Read(t.Context(), "Patient", "7")
			var transport *fhir.TransportError
			require.ErrorAs(t, err, &transport)
			assert.NotContains(t, err.Error(), "Planted")
			auth, _ := smart(t, answers(answer))
			_, err = auth.Token(t.Context())
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "Planted")
		})
	}
}

func TestErrorsOfBundlesQuoteNoText(t *testing.T) {
	t.Parallel()
	_, err := fhir.BundleOf(asResource(t, `{"resourceType":"Planted: Ann"}`))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "Planted")
	odd := bundleOf(t, `{"resourceType":"Bundle","type":"Planted: Ann"}`)
	_, err = odd.Results(odd)
	require.ErrorIs(t, err, fhir.ErrBundleMismatch)
	assert.NotContains(t, err.Error(), "Planted")
	_, err = odd.Split(fhir.BundleLimits{Entries: 1})
	require.ErrorIs(t, err, fhir.ErrBundleEntry)
	assert.NotContains(t, err.Error(), "Planted")
}

func TestAddressesBelowTheBaseAreToldWithoutNames(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(says(404, "")))
	for path, told := range map[string]string{
		"Patient/7/Observation": "/Patient/{id}/Observation",
		"files/AnnPlanted":      "/{…}/{…}",
		"$x/AnnPlanted":         "/$x/{…}",
		"Patient/7/x/Planted":   "/Patient/{id}/{…}/{…}",
	} {
		_, err := client.Do(t.Context(), fhir.Request{Path: path})
		var outcome *fhir.OutcomeError
		require.ErrorAs(t, err, &outcome)
		assert.Equal(t, serverURL+told, outcome.URL)
	}
}

func TestBatchOfCreatesIsNotRepeatedAfterAConflict(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(refuses(409, "conflict", "HAPI-0550: x"), says(200, `{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"201"}}]}`)))
	batch := fhir.NewBatch()
	batch.Create(asResource(t, `{"resourceType":"Patient"}`))
	b, err := batch.Build()
	require.NoError(t, err)
	_, err = client.Batch(t.Context(), b)
	require.ErrorIs(t, err, fhir.ErrConflict)
	assert.Len(t, w.requests(), 1, "some of its entries may have been done")
}

func TestOnceIsOnceAfterRefusedCredentialsToo(t *testing.T) {
	t.Parallel()
	auth := func(c *fhir.ClientConfig) { c.Auth = &renewing{} }
	client, w := connect(t, answers(refuses(401, "login", "")), auth)
	_, err := client.Read(t.Context(), "Patient", "7", fhir.Once())
	require.ErrorIs(t, err, fhir.ErrUnauthorized)
	assert.Len(t, w.requests(), 1)
}

func TestOnceIsOnceWhateverStandsBesideIt(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]fhir.CreateOption{
		{fhir.Once(), fhir.IfNoneExist(fhir.ByID("7"))}, {fhir.IfNoneExist(fhir.ByID("7")), fhir.Once()}, {fhir.Once(), fhir.Idempotent()},
	} {
		client, w := connect(t, answers(refuses(503, "transient", "")))
		_, err := client.Create(t.Context(), asResource(t, annJSON), opts...)
		require.ErrorIs(t, err, fhir.ErrUnavailable)
		assert.Len(t, w.requests(), 1)
	}
}

func TestWriteThatWasAnsweredWithAnotherPlaceIsRefused(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(says(200, "", "Location", serverURL+"/Patient/8/_history/1")))
	_, err := client.Update(t.Context(), asResource(t, annJSON), fhir.Return(fhir.ReturnMinimal))
	var response *fhir.ResponseError
	require.ErrorAs(t, err, &response)
}

func TestMatchWithoutResourceIsNotPassedOver(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(says(200, `{"resourceType":"Bundle","type":"searchset","total":2,"entry":[{"resource":`+annJSON+`},{"fullUrl":"http://fhir.test/base/Patient/8","search":{"mode":"match"}}]}`)))
	n := 0
	var last error
	for _, err := range client.Search(t.Context(), "Patient") {
		if last = err; err == nil {
			n++
		}
	}
	var response *fhir.ResponseError
	require.ErrorAs(t, last, &response)
	assert.Zero(t, n)
}

func TestVersionThatWouldNameSeveralIsNotSent(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	for _, version := range []string{`1", "2`, "1\r\nX: y", "1\x00"} {
		var argument *fhir.ArgumentError
		_, err := client.Update(t.Context(), asResource(t, annJSON), fhir.IfMatch(version))
		require.ErrorAs(t, err, &argument)
		_, err = client.Read(t.Context(), "Patient", "7", fhir.IfNoneMatch(version))
		require.ErrorAs(t, err, &argument)
	}
	assert.Empty(t, w.requests())
}

func TestHeadWithCompressionHasNoBody(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", "200")
		w.WriteHeader(http.StatusOK)
	}))
	_, err := client.Do(t.Context(), fhir.Request{Method: http.MethodHead, Path: "Patient/7"})
	require.NoError(t, err)
}

func TestFilesOfASecureServerAreReadSecurely(t *testing.T) {
	t.Parallel()
	client, w := connect(t, exporter(manifestJSON(`"requiresAccessToken":false,`, `{"type":"Patient","url":"http://store.test/1.ndjson"}`), nil),
		func(c *fhir.ClientConfig) { c.URL = strings.Replace(serverURL, "http:", "https:", 1) })
	files := exported(t, client)
	before := len(w.requests())
	for _, err := range files.Resources(t.Context()) {
		require.Error(t, err)
	}
	assert.Len(t, w.requests(), before)
}

func TestOldTokenServesAtOnceWhileTheAuthServerHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		good := authServer("ES384", 300)
		hangs := false
		asked := 0
		auth, _ := smart(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if hangs {
				asked++
				<-r.Context().Done()
				fail(w, context.Cause(r.Context()))
				return
			}
			good(n, w, r)
		})
		_, err := auth.Token(t.Context())
		require.NoError(t, err)
		hangs = true
		<-time.After(4*time.Minute + time.Second)
		go func() { _, _ = auth.Token(t.Context()) }() // waits for the server that hangs
		synctest.Wait()
		started := time.Now()
		token, err := auth.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "token-1", token)
		assert.Zero(t, time.Since(started), "nobody else waits with it")
		<-time.After(31 * time.Second) // it has given up
		before := asked
		_, err = auth.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, before, asked, "and is not asked anew by each call")
		synctest.Wait()
	})
}

func TestVersionsThatBeginAnewAreHandled(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	h.send("POST", "/hook", versionJSON("3", 1))
	h.send("POST", "/hook", versionJSON("1", 9)) // expunged, and made again under its id
	h.send("POST", "/hook", versionJSON("3", 11))
	h.send("POST", "/hook", versionJSON("3", 11))
	h.send("POST", "/hook", versionJSON("2", 10))
	assert.Len(t, h.notes, 3)
}

func TestNestedRefusalsDoNotExhaustTheStack(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 32<<20)
	client, _ := connect(t, answers(says(400, deep)))
	_, err := client.Read(t.Context(), "Patient", "7")
	require.ErrorIs(t, err, fhir.ErrInvalid)
	var outcome fhir.OperationOutcome
	require.Error(t, outcome.UnmarshalJSON([]byte(deep)))
	client, _ = connect(t, exporter(deep, nil))
	job, err := client.StartExport(t.Context(), fhir.Export{})
	require.NoError(t, err)
	_, err = job.Wait(t.Context(), fhir.PollOptions{})
	var response *fhir.ResponseError
	require.ErrorAs(t, err, &response)
}
