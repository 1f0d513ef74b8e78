package validate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFilesOfPackagesAreBounded(t *testing.T) {
	t.Parallel()
	data, err := readBounded(strings.NewReader("12345"), 5)
	require.NoError(t, err)
	assert.Equal(t, "12345", string(data))
	_, err = readBounded(strings.NewReader("123456"), 5)
	require.ErrorContains(t, err, "larger than 5 bytes")
}

func TestValueSetsThatIncludeEachOtherEnd(t *testing.T) {
	t.Parallel()
	book := newCodebook()
	for _, text := range []string{
		`{"url":"http://a","compose":{"include":[{"valueSet":["http://b"]},{"system":"http://s","concept":[{"code":"x"}]}]}}`,
		`{"url":"http://b","compose":{"include":[{"valueSet":["http://a"]}]}}`,
		`{"url":"http://c","compose":{"include":[{"system":"http://s","concept":[{"code":"x"},{"code":"y"}],"valueSet":["http://d"]}],"exclude":[{"system":"http://s","concept":[{"code":"y"}]}]}}`,
		`{"url":"http://d","expansion":{"contains":[{"system":"http://s","code":"x","contains":[{"system":"http://s","code":"y"}]}]}}`,
	} {
		set, err := readValueSet([]byte(text))
		require.NoError(t, err)
		book.ownValueSets[set.URL] = set
	}
	a := book.valueSet("http://a")
	require.NotNil(t, a)
	assert.Equal(t, yes, a.contains("http://s", "x"))
	assert.Equal(t, unknown, a.contains("http://s", "y")) // b could not be worked out
	c := book.valueSet("http://c|1")
	require.NotNil(t, c)
	assert.Equal(t, yes, c.containsCode("x"))
	assert.Equal(t, no, c.contains("http://s", "y"))
	assert.Equal(t, no, c.contains("http://other", "x"))
	assert.Nil(t, book.valueSet("http://nosuch"))
}

func TestCurrenciesAreThoseOfISO4217(t *testing.T) {
	t.Parallel()
	set := newCodebook().valueSet("http://hl7.org/fhir/ValueSet/currencies|4.0.1")
	require.NotNil(t, set)
	assert.Equal(t, yes, set.containsCode("ETB"))
	for _, code := range []string{"XXY", "eur", "EU", " EU", "EUR ", ""} {
		assert.Equal(t, no, set.containsCode(code), code)
	}
}

func TestUnitsWithMetricPrefixesCompare(t *testing.T) {
	t.Parallel()
	const ucum = "http://unitsofmeasure.org"
	kilo, ok := scaled("0.5", ucum, "kg")
	require.True(t, ok)
	gram, ok := scaled("500", ucum, "g")
	require.True(t, ok)
	assert.Equal(t, gram.unit, kilo.unit)
	assert.Zero(t, kilo.value.Cmp(gram.value))
	_, ok = scaled("1", "http://other", "g")
	assert.False(t, ok)
	_, ok = scaled("1E999999999", ucum, "g")
	assert.False(t, ok)
}
