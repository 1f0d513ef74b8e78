package fhirtest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/testutil/fhirtest"
)

const colours = `{"resourceType":"CodeSystem","id":"colours","url":"http://x/colours","status":"active","content":"complete","concept":[
 {"code":"red","display":"Red","concept":[{"code":"crimson","display":"Crimson"}]},{"code":"blue","display":"Blue"}]}`

func TestExpansionsHaveWhatARealServerHas(t *testing.T) {
	t.Parallel()
	for _, flavour := range []fhirtest.Flavour{fhirtest.Strict, fhirtest.HAPI} {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			s := fhirtest.New(t, fhirtest.Options{Flavour: flavour})
			valueSet := func(id, compose string) string {
				return `{"resourceType":"ValueSet","id":"` + id + `","url":"http://x/` + id + `","status":"active","compose":` + compose + `}`
			}
			_, err := s.Seed(colours,
				valueSet("all", `{"include":[{"system":"http://x/colours"}]}`),
				valueSet("reds", `{"include":[{"system":"http://x/colours","filter":[{"property":"concept","op":"is-a","value":"red"}]}]}`),
				valueSet("others", `{"include":[{"valueSet":["http://x/all"]}],"exclude":[{"valueSet":["http://x/reds"]}]}`),
				valueSet("snomed", `{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"404684003"}]}]}`))
			require.NoError(t, err)
			for id, want := range map[string]string{"all": `["red","crimson","blue"]`, "reds": `["red","crimson"]`, "others": `["blue"]`} {
				got := send(t, s, http.MethodGet, "/ValueSet/"+id+"/$expand", "")
				require.Equal(t, http.StatusOK, got.status, got.body)
				assert.Equal(t, want, got.get("expansion.contains.#.code").Raw, id)
			}
			page := send(t, s, http.MethodGet, "/ValueSet/all/$expand?offset=1&count=1", "")
			assert.Equal(t, `["crimson"]`, page.get("expansion.contains.#.code").Raw)
			assert.Equal(t, int64(3), page.get("expansion.total").Int())
			crimson := "&system=http://x/colours&code=crimson"
			assert.True(t, send(t, s, http.MethodGet, "/ValueSet/$validate-code?url=http://x/reds"+crimson, "").get("parameter.0.valueBoolean").Bool())
			assert.False(t, send(t, s, http.MethodGet, "/ValueSet/$validate-code?url=http://x/others"+crimson, "").get("parameter.0.valueBoolean").Bool())
			unknown := send(t, s, http.MethodGet, "/ValueSet/snomed/$expand", "")
			assert.GreaterOrEqual(t, unknown.status, 400, "not an empty expansion")
		})
	}
}

func TestRequestsAfterCloseAreNotBegun(t *testing.T) {
	t.Parallel()
	s, err := fhirtest.NewHandler(fhirtest.Options{})
	require.NoError(t, err)
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() {
			defer func() { _ = recover() }() // http.ErrAbortHandler
			s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/fhir/metadata", nil))
		})
	}
	s.Close() // the race detector looks at what the two do
	asking.Wait()
	before := len(s.Requests())
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/fhir/metadata", nil))
	})
	assert.Len(t, s.Requests(), before)
}

func TestARaceGoesOnWithoutAClientThatGaveUp(t *testing.T) {
	t.Parallel()
	s, err := fhirtest.NewHandler(fhirtest.Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	s.Race(2)
	put := func(ctx context.Context) int {
		r := httptest.NewRequest(http.MethodPut, "/fhir/Patient/a", strings.NewReader(`{"resourceType":"Patient","id":"a"}`)).WithContext(ctx)
		r.Header.Set("Content-Type", "application/fhir+json")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, http.StatusConflict, put(gone))
	found := httptest.NewRecorder()
	search := httptest.NewRequest(http.MethodPost, "/fhir/Patient/_search", strings.NewReader("name=x"))
	search.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.Handler().ServeHTTP(found, search)
	require.Equal(t, http.StatusOK, found.Code, "a search is not held")
	answers := make(chan int, 2)
	for range 2 {
		go func() { answers <- put(context.Background()) }()
	}
	got := map[int]int{<-answers: 1}
	got[<-answers]++
	assert.Equal(t, map[int]int{http.StatusCreated: 1, http.StatusConflict: 1}, got)
	s.Race(1)
	assert.Equal(t, http.StatusOK, put(t.Context()))
	s.Race(0)
	assert.Equal(t, http.StatusOK, put(t.Context()))
}

func TestTheTextOfAnOutcomeFaultMayBeAnything(t *testing.T) {
	t.Parallel()
	const text = "a \"bell\" \a, a line\nand \u2028"
	f := fhirtest.OutcomeFault(http.StatusBadRequest, "invalid", text)
	require.True(t, gjson.Valid(f.Body))
	assert.Equal(t, text, gjson.Get(f.Body, "issue.0.details.text").String())
}

func TestAFailedTransactionTakesBackWhatAnOperationChanged(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	_, err := s.Seed(`{"resourceType":"Patient","id":"a"}`)
	require.NoError(t, err)
	body := `{"resourceType":"Bundle","type":"transaction","entry":[
	 {"request":{"method":"POST","url":"Patient/a/$meta-add"},"resource":{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"s","code":"t"}]}}]}},
	 {"request":{"method":"PUT","url":"Patient/b"},"resource":{"resourceType":"Patient","id":"other"}}]}`
	require.Equal(t, http.StatusBadRequest, send(t, s, http.MethodPost, "", body).status)
	stored, _ := s.Resource("Patient/a")
	assert.False(t, stored.Get("meta.tag").Exists())
}

// The bubble of synctest ends only when every goroutine has, and the race detector looks on.
func TestManyAtOnceLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	for _, flavour := range []fhirtest.Flavour{fhirtest.Strict, fhirtest.HAPI} {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, err := fhirtest.Start(fhirtest.Options{Flavour: flavour, Memory: true})
				require.NoError(t, err)
				_, err = s.Seed(`{"resourceType":"Subscription","id":"s","status":"active","reason":"r","criteria":"Patient?","channel":{"type":"rest-hook","endpoint":"http://127.0.0.1:1/"}}`, colours,
					`{"resourceType":"ValueSet","id":"v","url":"http://x/v","status":"active","compose":{"include":[{"system":"http://x/colours"}]}}`)
				require.NoError(t, err)
				client := s.Client()
				var asking sync.WaitGroup
				for n := range 8 {
					asking.Go(func() {
						for i := range 12 {
							method, path, body := http.MethodGet, "/Patient?_count=2&name=x&_include=*", ""
							switch (n + i) % 6 {
							case 0:
								method, path, body = http.MethodPost, "/Patient", onePatient
							case 1:
								method, path, body = http.MethodPut, "/Patient/a", `{"resourceType":"Patient","id":"a","name":[{"family":"x"}]}`
							case 2:
								path = "/ValueSet/v/$expand"
							case 3:
								path = "/_history"
							case 4:
								s.Fail(fhirtest.Fault{Cut: true, CutAfter: 10})
								s.Forget()
							}
							req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
							if !assert.NoError(t, err) {
								return
							}
							req.Header.Set("Content-Type", "application/fhir+json")
							if res, err := client.Do(req); err == nil {
								_ = res.Body.Close()
							}
							_, _ = s.Requests(), s.Resources("Patient")
						}
					})
				}
				asking.Wait()
				s.Close()
				client.CloseIdleConnections()
				assert.NotEmpty(t, s.Requests())
			})
		})
	}
}

// An issue without a severity is an error wherever an OperationOutcome is written.
func TestAFindingWithoutSeverityRefuses(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{ValidateWrites: true, Validate: func(context.Context, fhir.Resource, []string) (fhir.OperationOutcome, error) {
		return fhir.OperationOutcome{Issues: []fhir.Issue{{Details: "no"}}}, nil
	}})
	got := send(t, s, http.MethodPost, "/Patient", onePatient)
	require.Equal(t, http.StatusUnprocessableEntity, got.status)
	assert.Equal(t, "error processing", got.get("issue.0.severity").String()+" "+got.get("issue.0.code").String())
	assert.Empty(t, s.Resources("Patient"))
}
