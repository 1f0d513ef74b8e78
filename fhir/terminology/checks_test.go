package terminology_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirpath"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/fhir/validate"
)

var (
	_ fhirpath.Terminology = terminology.Checks{}
	_ validate.Terminology = terminology.Checks{}
)

func TestChecksTellNoFromNotKnown(t *testing.T) {
	t.Parallel()
	checks := terminology.NewService(localOf(t, animals), nil).Checks()
	for _, test := range []struct {
		set, system, code string
		member, known     bool
	}{
		{"http://x/vs/all-animals", "http://x/animals", "dog", true, true},
		{"http://x/vs/all-animals", "http://x/animals", "cat", false, true},
		{"http://x/vs/none", "http://x/animals", "dog", false, false},
		{"", "http://x/animals", "dog", true, true},
		{"", "http://x/animals", "cat", false, true},
		{"", "http://loinc.org", "cat", false, false},
	} {
		member, known, err := checks.ValidateCode(t.Context(), test.set, test.system, test.code)
		require.NoError(t, err)
		assert.Equal(t, test.member, member, "%v", test)
		assert.Equal(t, test.known, known, "%v", test)
	}
	subsumes, known, err := checks.Subsumes(t.Context(), "http://x/animals", "animal", "dog")
	require.NoError(t, err)
	assert.True(t, subsumes && known)
	subsumes, known, err = checks.Subsumes(t.Context(), "http://x/animals", "dog", "animal")
	require.NoError(t, err)
	assert.True(t, !subsumes && known)
	_, known, err = checks.Subsumes(t.Context(), "http://loinc.org", "dog", "animal")
	require.NoError(t, err)
	assert.False(t, known)

	for status, fault := range map[int]bool{404: false, 422: false, 503: true, 401: true} {
		r, err := terminology.NewRemote(terminology.RemoteConfig{Client: caller(func(context.Context, fhir.Operation) (fhir.Resource, error) {
			return fhir.Resource{}, saidNo(status)
		})})
		require.NoError(t, err)
		_, known, err := terminology.NewService(nil, r).Checks().MemberOf(t.Context(), "v", "s", "c")
		assert.False(t, known)
		assert.Equal(t, fault, err != nil, status)
	}
}

func TestChecksServeFHIRPath(t *testing.T) {
	t.Parallel()
	engine, err := fhirpath.New(fhirpath.Config{Terminology: terminology.NewService(localOf(t, animals), nil).Checks()})
	require.NoError(t, err)
	x, err := engine.Compile("Observation.code.coding.where(memberOf('http://x/vs/all-animals')).code")
	require.NoError(t, err)
	c, err := x.EvalBytes(t.Context(), []byte(`{"resourceType":"Observation","code":{"coding":[{"system":"http://x/animals","code":"dog"},{"system":"http://x/animals","code":"cat"}]}}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"dog"}, c.Strings())
}
