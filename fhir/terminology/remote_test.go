package terminology_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
)

// remoteOf answers each operation with a text, and notes what was asked.
func remoteOf(tb testing.TB, answer string, config terminology.RemoteConfig) (*terminology.Remote, *[]string) {
	tb.Helper()
	asked := &[]string{}
	config.Client = caller(func(_ context.Context, op fhir.Operation) (fhir.Resource, error) {
		in, err := op.Input.Resource()
		require.NoError(tb, err)
		assert.True(tb, op.ReadOnly)
		*asked = append(*asked, op.Type+"$"+op.Name+" "+string(in.Bytes()))
		return mustParse(answer), nil
	})
	r, err := terminology.NewRemote(config)
	require.NoError(tb, err)
	return r, asked
}

func TestRemoteTranslate(t *testing.T) {
	t.Parallel()
	r, asked := remoteOf(t, `{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":true},{"name":"message","valueString":"fine"},
	 {"name":"match","part":[{"name":"equivalence","valueCode":"wider"},{"name":"concept","valueCoding":{"system":"t","code":"1"}}]},
	 {"name":"match","part":[{"name":"equivalence","valueCode":"equal"},{"name":"concept","valueCoding":{"system":"t","code":"2","display":"Two"}},{"name":"source","valueUri":"m"},{"name":"product","part":[{"name":"element","valueUri":"e"},{"name":"concept","valueCoding":{"system":"p","code":"3"}}]}]},
	 {"name":"match","part":[{"name":"relationship","valueCode":"not-related-to"}]}]}`, terminology.RemoteConfig{})
	got, err := r.Translate(t.Context(), terminology.TranslateRequest{
		URL: "m|1", Coding: fhir.Coding{System: "s", Code: "a"}, SourceScope: "v", TargetScope: "w", TargetSystem: "t", Reverse: true,
		DependsOn: []terminology.Dependency{{Property: "d", System: "q", Value: "y"}, {Property: "f", Value: "text"}},
	})
	require.NoError(t, err)
	assert.True(t, got.Result)
	assert.Equal(t, "fine", got.Message)
	require.Len(t, got.Matches, 3)
	assert.Equal(t, terminology.Match{Coding: fhir.Coding{System: "t", Code: "2", Display: "Two"}, Equivalence: terminology.Equal, Map: "m", Product: []terminology.Dependency{{Property: "e", System: "p", Value: "3"}}}, got.Matches[0])
	assert.Equal(t, terminology.Disjoint, got.Matches[2].Equivalence)
	assert.Equal(t, []string{`ConceptMap$translate {"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"m"},{"name":"conceptMapVersion","valueString":"1"},{"name":"code","valueCode":"a"},{"name":"system","valueUri":"s"},{"name":"source","valueUri":"v"},{"name":"target","valueUri":"w"},{"name":"targetsystem","valueUri":"t"},` +
		`{"name":"dependency","part":[{"name":"element","valueUri":"d"},{"name":"concept","valueCodeableConcept":{"coding":[{"system":"q","code":"y"}]}}]},{"name":"dependency","part":[{"name":"element","valueUri":"f"},{"name":"concept","valueCodeableConcept":{"text":"text"}}]},{"name":"reverse","valueBoolean":true}]}`}, *asked)
	precise, err := r.Translate(t.Context(), terminology.TranslateRequest{Coding: fhir.Coding{Code: "a"}, AtLeast: terminology.Equivalent})
	require.NoError(t, err)
	assert.Len(t, precise.Matches, 2, "wider is not precise enough")
	assert.Contains(t, (*asked)[1], `{"name":"code","valueCode":"a"}`)
}

func TestRemoteLookup(t *testing.T) {
	t.Parallel()
	r, asked := remoteOf(t, `{"resourceType":"Parameters","parameter":[{"name":"name","valueString":"LOINC"},{"name":"version","valueString":"2.7"},{"name":"display","valueString":"Rate"},
	 {"name":"designation","part":[{"name":"language","valueCode":"fr"},{"name":"value","valueString":"Taux"}]},
	 {"name":"property","part":[{"name":"code","valueCode":"parent"},{"name":"value","valueCode":"LP1"},{"name":"description","valueString":"Parent"}]},
	 {"name":"property","part":[{"name":"code","valueCode":"CLASS"},{"name":"value","valueCoding":{"system":"l","code":"LP2","display":"Two"}}]},
	 {"name":"property","part":[{"name":"code","valueCode":"inactive"},{"name":"value","valueBoolean":true}]},
	 {"name":"property","part":[{"name":"code","valueCode":"definition"},{"name":"value","valueString":"What it is"}]}]}`, terminology.RemoteConfig{})
	got, err := r.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "http://loinc.org", Version: "2", Code: "1-1", Display: "x"}, Language: "fr"})
	require.NoError(t, err)
	assert.Equal(t, fhir.Coding{System: "http://loinc.org", Version: "2.7", Code: "1-1", Display: "Rate"}, got.Coding)
	assert.True(t, got.Inactive)
	assert.Equal(t, "What it is", got.Definition)
	assert.Equal(t, []terminology.Designation{{Language: "fr", Value: "Taux"}}, got.Designations)
	assert.Equal(t, terminology.Property{Code: "CLASS", Type: "Coding", Value: "LP2", System: "l", Display: "Two"}, got.Properties[1])
	assert.Equal(t, []string{`CodeSystem$lookup {"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"1-1"},{"name":"system","valueUri":"http://loinc.org"},{"name":"version","valueString":"2"},{"name":"displayLanguage","valueCode":"fr"}]}`}, *asked)
}

func TestRemoteValidateCode(t *testing.T) {
	t.Parallel()
	r, asked := remoteOf(t, `{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":true},{"name":"display","valueString":"Rate"},{"name":"message","valueString":"wrong display"}]}`, terminology.RemoteConfig{})
	got, err := r.ValidateCode(t.Context(), terminology.ValidateRequest{ValueSet: "v|3", Coding: fhir.Coding{System: "s", Code: "c", Display: "Weight"}})
	require.NoError(t, err)
	assert.Equal(t, terminology.Validation{Result: true, WrongDisplay: true, Message: "wrong display", Coding: fhir.Coding{System: "s", Code: "c", Display: "Rate"}}, got)
	_, err = r.ValidateCode(t.Context(), terminology.ValidateRequest{Coding: fhir.Coding{System: "s", Code: "c"}})
	require.NoError(t, err)
	is, err := r.MemberOf(t.Context(), "v", "", "c")
	require.NoError(t, err)
	assert.True(t, is)
	assert.Equal(t, []string{
		`ValueSet$validate-code {"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"v"},{"name":"valueSetVersion","valueString":"3"},{"name":"code","valueCode":"c"},{"name":"system","valueUri":"s"},{"name":"display","valueString":"Weight"}]}`,
		`CodeSystem$validate-code {"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"s"},{"name":"code","valueCode":"c"}]}`,
		`ValueSet$validate-code {"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"v"},{"name":"code","valueCode":"c"},{"name":"inferSystem","valueBoolean":true}]}`,
	}, *asked)
}

func TestRemoteExpand(t *testing.T) {
	t.Parallel()
	r, asked := remoteOf(t, `{"resourceType":"ValueSet","expansion":{"total":9,"offset":2,"contains":[{"system":"s","code":"1","display":"One","designation":[{"language":"fr","value":"Un"}]},{"system":"s","code":"2","inactive":true}]}}`, terminology.RemoteConfig{})
	got, err := r.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "v|1", Filter: "o", Offset: 2, Count: 2, ActiveOnly: true, Language: "fr"})
	require.NoError(t, err)
	assert.Equal(t, terminology.Expansion{ValueSet: "v|1", Total: 9, Offset: 2, Codes: []terminology.ExpansionCode{{Coding: fhir.Coding{System: "s", Code: "1", Display: "Un"}}}}, got)
	_, err = r.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "v", Count: -1})
	require.NoError(t, err)
	assert.Equal(t, []string{
		`ValueSet$expand {"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"v"},{"name":"valueSetVersion","valueString":"1"},{"name":"filter","valueString":"o"},{"name":"offset","valueInteger":2},{"name":"count","valueInteger":2},{"name":"activeOnly","valueBoolean":true},{"name":"includeDesignations","valueBoolean":true},{"name":"displayLanguage","valueCode":"fr"}]}`,
		`ValueSet$expand {"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"v"},{"name":"count","valueInteger":0}]}`,
	}, *asked)
}

func TestRemoteSubsumes(t *testing.T) {
	t.Parallel()
	r, asked := remoteOf(t, `{"resourceType":"Parameters","parameter":[{"name":"outcome","valueCode":"subsumes"}]}`, terminology.RemoteConfig{})
	got, err := r.Subsumes(t.Context(), "s|1", "a", "b")
	require.NoError(t, err)
	assert.Equal(t, terminology.SubsumptionSubsumes, got)
	assert.Equal(t, []string{`CodeSystem$subsumes {"resourceType":"Parameters","parameter":[{"name":"codeA","valueCode":"a"},{"name":"codeB","valueCode":"b"},{"name":"system","valueUri":"s"},{"name":"version","valueString":"1"}]}`}, *asked)
}

func TestRemoteRefusesAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"resourceType":"Parameters"}`, `{"resourceType":"ValueSet"}`, `{"resourceType":"Patient"}`, `{"resourceType":"ValueSet","expansion":7}`} {
		r, _ := remoteOf(t, answer, terminology.RemoteConfig{})
		_, err := r.Translate(t.Context(), terminology.TranslateRequest{})
		require.Error(t, err)
		_, err = r.ValidateCode(t.Context(), terminology.ValidateRequest{})
		require.Error(t, err)
		_, err = r.Expand(t.Context(), terminology.ExpandRequest{})
		require.Error(t, err)
		_, err = r.Subsumes(t.Context(), "", "", "")
		require.Error(t, err)
	}
	_, err := terminology.NewRemote(terminology.RemoteConfig{})
	require.ErrorContains(t, err, "Client")
}

func TestRemoteKeepsAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, asked := remoteOf(t, `{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":true}]}`, terminology.RemoteConfig{TTL: time.Minute, Size: 2})
		ask := func(code string) {
			_, err := r.MemberOf(t.Context(), "v", "s", code)
			require.NoError(t, err)
		}
		ask("a")
		ask("a")
		assert.Len(t, *asked, 1)
		<-time.After(59 * time.Second)
		ask("a")
		assert.Len(t, *asked, 1)
		<-time.After(time.Second)
		ask("a")
		assert.Len(t, *asked, 2, "for a minute")
		ask("b")
		ask("a")
		ask("c")
		assert.Len(t, *asked, 4)
		ask("a")
		assert.Len(t, *asked, 4, "the one used last stays")
		ask("b")
		assert.Len(t, *asked, 5, "two are kept")
	})
}

func TestRemoteKeepsNoExpansionLargerThanTheCache(t *testing.T) {
	t.Parallel()
	r, asked := remoteOf(t, `{"resourceType":"ValueSet","expansion":{"contains":[{"code":"1"},{"code":"2"},{"code":"3"}]}}`, terminology.RemoteConfig{Size: 2})
	for range 2 {
		got, err := r.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "v"})
		require.NoError(t, err)
		assert.Equal(t, -1, got.Total)
	}
	assert.Len(t, *asked, 2)
	r, asked = remoteOf(t, `{"resourceType":"ValueSet","expansion":{}}`, terminology.RemoteConfig{TTL: -1})
	for range 2 {
		_, err := r.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "v"})
		require.NoError(t, err)
	}
	assert.Len(t, *asked, 2, "a negative TTL keeps none")
}

func TestRemoteKeepsRefusalsThatAreAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var status, calls int
		r, err := terminology.NewRemote(terminology.RemoteConfig{NegativeTTL: time.Minute, Client: caller(func(context.Context, fhir.Operation) (fhir.Resource, error) {
			calls++
			if status == 0 {
				return fhir.Resource{}, errors.New("no route to host")
			}
			return fhir.Resource{}, saidNo(status)
		})})
		require.NoError(t, err)
		for i, test := range []struct {
			status int
			kept   bool
		}{{404, true}, {400, true}, {422, true}, {429, false}, {401, false}, {500, false}, {503, false}, {0, false}} {
			status, calls = test.status, 0
			for range 2 {
				_, err := r.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "s", Code: strconv.Itoa(i)}})
				require.Error(t, err)
				assert.Equal(t, test.status == 404, errors.Is(err, terminology.ErrUnknownCode))
			}
			assert.Equal(t, test.kept, calls == 1, test.status)
			<-time.After(time.Minute)
			_, err := r.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "s", Code: strconv.Itoa(i)}})
			require.Error(t, err)
			assert.NotEqual(t, 1, calls, "not for ever")
		}
	})
}

func TestRemoteAsksOnceAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		r, err := terminology.NewRemote(terminology.RemoteConfig{Client: caller(func(ctx context.Context, _ fhir.Operation) (fhir.Resource, error) {
			calls.Add(1)
			select {
			case <-ctx.Done():
				return fhir.Resource{}, ctx.Err()
			case <-time.After(time.Second):
			}
			return mustParse(`{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":true}]}`), nil
		})})
		require.NoError(t, err)
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				is, err := r.MemberOf(t.Context(), "v", "s", "a")
				assert.NoError(t, err)
				assert.True(t, is)
			})
		}
		wait.Wait()
		assert.EqualValues(t, 1, calls.Load())

		// Whoever asks goes away: one who waits asks again, and nobody else is harmed.
		calls.Store(0)
		gone, cancel := context.WithCancel(t.Context())
		wait.Go(func() {
			_, err := r.MemberOf(gone, "v", "s", "b")
			assert.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		for range 5 {
			wait.Go(func() {
				is, err := r.MemberOf(t.Context(), "v", "s", "b")
				assert.NoError(t, err)
				assert.True(t, is)
			})
		}
		impatient, stop := context.WithCancelCause(t.Context())
		wait.Go(func() {
			_, err := r.MemberOf(impatient, "v", "s", "b")
			assert.ErrorContains(t, err, "enough")
		})
		synctest.Wait()
		stop(errors.New("enough"))
		synctest.Wait()
		cancel()
		wait.Wait()
		assert.EqualValues(t, 2, calls.Load())
	})
}

func TestRemoteThroughAClient(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		if !strings.HasSuffix(r.URL.Path, "/fhir/CodeSystem/$lookup") || r.Method != http.MethodPost {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write([]byte(`{"resourceType":"Parameters","parameter":[{"name":"display","valueString":"Rate"}]}`))
	}))
	t.Cleanup(server.Close)
	client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL + "/fhir", HTTPClient: server.Client()})
	require.NoError(t, err)
	r, err := terminology.NewRemote(terminology.RemoteConfig{Client: client})
	require.NoError(t, err)
	got, err := r.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "s", Code: "c"}})
	require.NoError(t, err)
	assert.Equal(t, "Rate", got.Coding.Display)
}

func TestServiceAsksTheServerForTheRestOnly(t *testing.T) {
	t.Parallel()
	local := localOf(t, animals, vs("far", `{"include":[{"system":"http://loinc.org"}]}`), sexMap)
	r, asked := remoteOf(t, `{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":true},{"name":"display","valueString":"Rate"},{"name":"outcome","valueCode":"subsumes"}]}`, terminology.RemoteConfig{})
	s := terminology.NewService(local, r)
	is, err := s.MemberOf(t.Context(), "http://x/vs/all-animals", "http://x/animals", "cat")
	require.NoError(t, err)
	assert.False(t, is)
	_, err = s.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "http://x/animals", Code: "cat"}})
	require.ErrorIs(t, err, terminology.ErrUnknownCode)
	translated, err := s.Translate(t.Context(), terminology.TranslateRequest{Coding: fhir.Coding{System: "http://moh/sex", Code: "X"}})
	require.NoError(t, err)
	assert.False(t, translated.Result)
	assert.Empty(t, *asked, "what Local can tell is final")

	is, err = s.MemberOf(t.Context(), "http://x/vs/far", "http://loinc.org", "1")
	require.NoError(t, err)
	assert.True(t, is)
	v, err := s.ValidateCode(t.Context(), terminology.ValidateRequest{ValueSet: "http://x/vs/none", Coding: fhir.Coding{System: "s", Code: "c"}})
	require.NoError(t, err)
	assert.True(t, v.Result)
	found, err := s.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "http://loinc.org", Code: "1"}})
	require.NoError(t, err)
	assert.Equal(t, "Rate", found.Coding.Display)
	outcome, err := s.Subsumes(t.Context(), "http://loinc.org", "a", "b")
	require.NoError(t, err)
	assert.Equal(t, terminology.SubsumptionSubsumes, outcome)
	_, err = s.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/far"})
	require.Error(t, err, "the answer is no value set")
	assert.Len(t, *asked, 5)

	_, err = terminology.NewService(local, nil).MemberOf(t.Context(), "http://x/vs/far", "http://loinc.org", "1")
	require.ErrorIs(t, err, terminology.ErrOffline)
	_, err = terminology.NewService(nil, nil).Subsumes(t.Context(), "s", "a", "b")
	require.ErrorIs(t, err, terminology.ErrOffline)
	is, err = terminology.NewService(nil, r).MemberOf(t.Context(), "v", "s", "c")
	require.NoError(t, err)
	assert.True(t, is)
}
