package dhis2test_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// recorder keeps what an assertion says instead of failing the test.
type recorder struct {
	testing.TB

	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func said(t *testing.T, assertion func(testing.TB)) []string {
	t.Helper()
	r := &recorder{TB: t}
	assertion(r)
	return r.said
}

func TestAnObjectImportedTwiceIsFound(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	post := func() {
		_, _, err := fetch(t.Context(), t, s, http.MethodPost, importPath, patient)
		require.NoError(t, err)
	}
	s.Inject(dhis2test.Fault{CommitThenDrop: true})
	_, _, err := fetch(t.Context(), t, s, http.MethodPost, importPath, patient)
	require.Error(t, err)
	post()
	assert.Empty(t, said(t, s.NoObjectImportedTwice), "the first answer was lost, so the second import was right")
	post()
	found := said(t, s.NoObjectImportedTwice)
	require.Len(t, found, 3, "the person, the enrollment and the event")
	assert.Contains(t, found[0], "trackedEntity GzM5NSbpoxx")
}

func TestARetryWithOtherUIDsIsFound(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	for range 2 {
		_, _, err := fetch(t.Context(), t, s, http.MethodPost, importPath, patient)
		require.NoError(t, err)
	}
	assert.Empty(t, said(t, s.SameUIDsOnRetry))
	_, _, err := fetch(t.Context(), t, s, http.MethodPost, importPath, strings.ReplaceAll(patient, "pvRERiwgpCQ", "pvRERiwgpCX"))
	require.NoError(t, err)
	found := said(t, s.SameUIDsOnRetry)
	require.Len(t, found, 1)
	assert.Contains(t, found[0], "pvRERiwgpCX")
}

func TestTwoImportsOfOnePersonAtOnceAreFound(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	release := make(chan struct{})
	arrived := make(chan struct{}, 2)
	s.Intercept(func(http.ResponseWriter, *http.Request) bool {
		arrived <- struct{}{}
		<-release
		return false
	})
	done := make(chan error, 2)
	for _, body := range []string{patient, `{"events":[{"event":"pvRERiwgpCX","enrollment":"toxdZQNeSuL","trackedEntity":"GzM5NSbpoxx"}]}`} {
		go func() {
			_, _, err := fetch(t.Context(), t, s, http.MethodPost, importPath, body)
			done <- err
		}()
	}
	<-arrived
	<-arrived
	close(release)
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	assert.Len(t, said(t, s.NoTwoInFlightWithOneTE), 1)
	assert.Equal(t, 2, s.MaxInFlight())

	one := handler(t, dhis2test.Options{})
	for range 2 {
		_, _, err := fetch(t.Context(), t, one, http.MethodPost, importPath, patient)
		require.NoError(t, err)
	}
	assert.Empty(t, said(t, one.NoTwoInFlightWithOneTE), "one after the other")
}
