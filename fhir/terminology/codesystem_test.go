package terminology_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
)

func TestLookupTellsWhatACodeMeans(t *testing.T) {
	t.Parallel()
	l := localOf(t, animals, folded, part,
		`{"resourceType":"CodeSystem","url":"http://x/more","content":"supplement","supplements":"http://x/animals","concept":[{"code":"dog","designation":[{"language":"de","value":"Hund"}],"property":[{"code":"sound","valueString":"woof"}]},{"code":"none"}]}`)
	dog, err := l.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "http://x/animals", Code: "dog"}})
	require.NoError(t, err)
	assert.Equal(t, fhir.Coding{System: "http://x/animals", Version: "1.0", Code: "dog", Display: "Dog"}, dog.Coding)
	assert.Equal(t, "Animals", dog.Name)
	assert.Equal(t, "Barks.", dog.Definition)
	assert.Len(t, dog.Designations, 3, "with the supplement's")
	assert.Equal(t, []terminology.Property{
		{Code: "legs", Type: "integer", Value: "4"},
		{Code: "sound", Type: "string", Value: "woof"},
		{Code: "parent", Type: "code", Value: "animal", Display: "Animal"},
		{Code: "parent", Type: "code", Value: "pet", Display: "Pet"},
		{Code: "child", Type: "code", Value: "puppy", Display: "Puppy"},
	}, dog.Properties)
	german, err := l.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "http://x/animals", Code: "dog"}, Language: "de"})
	require.NoError(t, err)
	assert.Equal(t, "Hund", german.Coding.Display)
	red, err := l.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "http://x/folded", Code: "rED"}})
	require.NoError(t, err)
	assert.Equal(t, "Red", red.Coding.Code, "as the system writes it")

	for _, test := range []struct {
		system, code string
		want         error
	}{
		{"http://x/animals", "DOG", terminology.ErrUnknownCode},
		{"http://x/none", "dog", terminology.ErrNotSupplied},
		{"http://x/part", "b", terminology.ErrOffline},
	} {
		_, err := l.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: test.system, Code: test.code}})
		require.ErrorIs(t, err, test.want)
		assert.NotContains(t, err.Error(), "DOG", "a code may be a patient's")
	}
}

func TestSubsumes(t *testing.T) {
	t.Parallel()
	l := localOf(t, animals, folded, part)
	for _, test := range []struct {
		a, b, want string
	}{
		{"dog", "dog", terminology.SubsumptionEquivalent},
		{"animal", "puppy", terminology.SubsumptionSubsumes},
		{"puppy", "pet", terminology.SubsumptionSubsumedBy},
		{"hen", "dog", terminology.SubsumptionNone},
	} {
		got, err := l.Subsumes(t.Context(), "http://x/animals|1.0", test.a, test.b)
		require.NoError(t, err)
		assert.Equal(t, test.want, got, "%s %s", test.a, test.b)
	}
	same, err := l.Subsumes(t.Context(), "http://x/folded", "RED", "red")
	require.NoError(t, err)
	assert.Equal(t, terminology.SubsumptionEquivalent, same)
	_, err = l.Subsumes(t.Context(), "http://x/folded", "Red", "Pink")
	require.ErrorIs(t, err, terminology.ErrOffline, "a hierarchy of groups says nothing of meaning")
	_, err = l.Subsumes(t.Context(), "http://x/animals", "dog", "cat")
	require.ErrorIs(t, err, terminology.ErrUnknownCode)
	_, err = l.Subsumes(t.Context(), "http://x/animals", "cat", "dog")
	require.ErrorIs(t, err, terminology.ErrUnknownCode)
}

func TestNewLocalRefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"resourceType":"Patient"}`: "not a CodeSystem",
		`{"resourceType":"CodeSystem","url":"u","concept":[{"code":"a"},{"code":"a"}]}`:                                                                                               "twice",
		`{"resourceType":"CodeSystem","url":"u","concept":[{"display":"a"}]}`:                                                                                                         "no code",
		`{"resourceType":"CodeSystem","url":"u","concept":[{"code":"a","property":[{"code":"parent","valueCode":"b"}]},{"code":"b","property":[{"code":"parent","valueCode":"a"}]}]}`: "circle",
		`{"resourceType":"CodeSystem","url":"u","concept":7}`:                                                                                                                         "read it",
		`{"resourceType":"ValueSet","url":"u","compose":7}`:                                                                                                                           "read it",
		`{"resourceType":"ConceptMap","url":"u","group":7}`:                                                                                                                           "read it",
		`{"resourceType":"ConceptMap","url":"u","group":[{"unmapped":{"mode":"wild"}}]}`:                                                                                              "wild",
		`{"resourceType":"ConceptMap","url":"u","group":[{"unmapped":{"mode":"fixed"}}]}`:                                                                                             "no code",
		`{"resourceType":"ConceptMap","url":"u","group":[{"unmapped":{"mode":"other-map"}}]}`:                                                                                         "names none",
		`{"resourceType":"CodeSystem","url":"u","content":"supplement","supplements":"http://x"}`:                                                                                     "http://x",
		`{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"CodeSystem","url":"u","concept":[{"code":""}]}}]}`:                                        "no code",
	} {
		_, err := terminology.NewLocal(terminology.LocalConfig{}, mustParse(text))
		require.ErrorContains(t, err, want, text)
	}
	l := localOf(t, `{"resourceType":"Bundle","type":"collection","entry":[{"resource":`+animals+`},{"resource":`+folded+`}]}`)
	is, err := l.MemberOf(t.Context(), "http://x/vs/all-animals", "", "dog")
	require.NoError(t, err)
	assert.True(t, is)
}
