package fhirtest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/fhirtest"
)

const onePatient = `{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"}]}`

func TestFaultsComeOncePerRequestInTheirOrder(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	s.Fail(fhirtest.Throttled(2*time.Second), fhirtest.Unavailable(time.Second), fhirtest.HTMLFault(http.StatusBadGateway))
	throttled := send(t, s, http.MethodPost, "/Patient", onePatient)
	require.Equal(t, http.StatusTooManyRequests, throttled.status)
	require.Equal(t, "2", throttled.header.Get("Retry-After"))
	require.Equal(t, "throttled", throttled.get("issue.0.code").String())
	away := send(t, s, http.MethodPost, "/Patient", onePatient)
	require.Equal(t, http.StatusServiceUnavailable, away.status)
	require.Contains(t, away.header.Get("Content-Type"), "text/html")
	require.Equal(t, http.StatusBadGateway, send(t, s, http.MethodGet, "/metadata", "").status)
	require.Empty(t, s.Resources("Patient"), "nothing was done")
	require.Equal(t, http.StatusCreated, send(t, s, http.MethodPost, "/Patient", onePatient).status)
	require.Len(t, s.Requests(), 4)
}

func TestAConnectionDropsBeforeOrAfterTheWork(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	for done, fault := range map[int]fhirtest.Fault{0: {Drop: true}, 1: fhirtest.CommitThenDrop()} {
		s.Reset()
		s.Fail(fault)
		_, err := try(t, s, http.MethodPost, "/Patient", onePatient)
		require.Error(t, err)
		require.Len(t, s.Resources("Patient"), done)
	}
}

func TestAStatusAfterTheWorkHidesThatItWasDone(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	f := fhirtest.HTMLFault(http.StatusGatewayTimeout)
	f.AfterWork = true
	s.Fail(f)
	require.Equal(t, http.StatusGatewayTimeout, send(t, s, http.MethodPost, "/Patient", onePatient).status)
	require.Len(t, s.Resources("Patient"), 1)
}

func TestATransactionThatFailsInItsMidstLeavesNothing(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	s.Fail(fhirtest.FailAtEntry(1, http.StatusInternalServerError))
	const entry = `{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient"}}`
	body := fmt.Sprintf(`{"resourceType":"Bundle","type":"transaction","entry":[%s,%s,%s]}`, entry, entry, entry)
	failed := send(t, s, http.MethodPost, "", body)
	require.Equal(t, http.StatusInternalServerError, failed.status)
	require.Equal(t, "Bundle.entry[1]", failed.get("issue.0.expression.0").String())
	require.Empty(t, s.Resources("Patient"))
	require.Equal(t, http.StatusOK, send(t, s, http.MethodPost, "", body).status)
	require.Len(t, s.Resources("Patient"), 3)
}

func TestPagesCanLoop(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{PageSize: 1})
	_, err := s.Seed(`{"resourceType":"Patient"}`, `{"resourceType":"Patient"}`, `{"resourceType":"Patient"}`)
	require.NoError(t, err)
	s.Intercept(func(*fhirtest.Call) *fhirtest.Fault { return &fhirtest.Fault{LoopPages: true} })
	first := send(t, s, http.MethodGet, "/Patient", "", "Accept-Encoding", "identity")
	next := first.get(`link.#(relation=="next").url`).String()
	require.Equal(t, s.URL+"/Patient", next)
	again := send(t, s, http.MethodGet, next, "", "Accept-Encoding", "identity")
	require.Equal(t, next, again.get(`link.#(relation=="next").url`).String())
}

func TestBodiesAreCutPaddedAndMislabelled(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	s.Fail(fhirtest.Fault{Cut: true, CutAfter: 10})
	_, err := try(t, s, http.MethodGet, "/metadata", "", "Accept-Encoding", "identity")
	require.True(t, errors.Is(err, io.ErrUnexpectedEOF), "%v", err)
	s.Fail(fhirtest.Fault{ContentType: "text/plain"}, fhirtest.Fault{ContentType: "none"}, fhirtest.Fault{Pad: 1 << 20})
	require.Equal(t, "text/plain", send(t, s, http.MethodGet, "/metadata", "").header.Get("Content-Type"))
	_, has := send(t, s, http.MethodGet, "/metadata", "").header["Content-Type"]
	require.False(t, has)
	require.Greater(t, len(send(t, s, http.MethodGet, "/Patient", "").body), 1<<20)
}

func TestBodiesDripInFakeTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := fhirtest.New(t, fhirtest.Options{Memory: true})
		s.Fail(fhirtest.Fault{Drip: time.Second})
		start := time.Now()
		r := send(t, s, http.MethodGet, "/Patient", "", "Accept-Encoding", "identity")
		require.Equal(t, "Bundle", r.get("resourceType").String())
		require.Equal(t, time.Duration((len(r.body)-1)/64)*time.Second, time.Since(start))
	})
}

func TestAnInterceptorMayLookAndLetPass(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	var seen []string
	remove := s.Intercept(func(c *fhirtest.Call) *fhirtest.Fault {
		seen = append(seen, c.Method+" "+c.Path+"?"+c.Query)
		if strings.Contains(c.Query, "secret") {
			f := fhirtest.OutcomeFault(http.StatusForbidden, "forbidden", "no")
			return &f
		}
		return nil
	})
	require.Equal(t, http.StatusOK, send(t, s, http.MethodGet, "/Patient?family=x", "").status)
	require.Equal(t, http.StatusForbidden, send(t, s, http.MethodGet, "/Patient?family=secret", "").status)
	remove()
	require.Equal(t, http.StatusOK, send(t, s, http.MethodGet, "/Patient?family=secret", "").status)
	require.Equal(t, []string{"GET /fhir/Patient?family=x", "GET /fhir/Patient?family=secret"}, seen)
}

func TestOneOfARaceWins(t *testing.T) {
	t.Parallel()
	for flavour, text := range map[fhirtest.Flavour]string{fhirtest.Strict: `"conflict"`, fhirtest.HAPI: "HAPI-0823"} {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			s := fhirtest.New(t, fhirtest.Options{Flavour: flavour})
			const runners = 5
			s.Race(runners)
			answers := make(chan reply, runners)
			for i := range runners {
				go func() {
					r, err := try(t, s, http.MethodPut, "/Patient/a", fmt.Sprintf(`{"resourceType":"Patient","id":"a","name":[{"family":"f%d"}]}`, i))
					if err != nil {
						r.status = -1
					}
					answers <- r
				}()
			}
			count := map[int]int{}
			for range runners {
				r := <-answers
				count[r.status]++
				if r.status == http.StatusConflict {
					require.Contains(t, r.body, text)
				}
			}
			require.Equal(t, map[int]int{http.StatusCreated: 1, http.StatusConflict: runners - 1}, count)
			require.Len(t, s.Versions("Patient/a"), 1)
			require.Equal(t, http.StatusOK, send(t, s, http.MethodPut, "/Patient/a", `{"resourceType":"Patient","id":"a","active":true}`).status)
		})
	}
}
