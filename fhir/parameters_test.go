package fhir_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestParametersAreWrittenAndReadAgain(t *testing.T) {
	t.Parallel()
	patient := asResource(t, `{ "resourceType": "Patient", "x": 1.10 }`)
	p := fhir.Parameters{}.
		String("s", "a <b>").Code("c", "x").URI("u", "urn:x").Canonical("ca", "http://x|1").
		Boolean("b", true).Integer("i", -3).Decimal("d", "1.10").DateTime("dt", "2026-02").
		Instant("in", time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)).
		Coding("co", fhir.Coding{System: "http://loinc.org", Code: "8867-4"}).
		Value("n", "HumanName", map[string]any{"family": "Doe"}).
		Of("resource", patient).
		Group("g", fhir.Parameters{}.String("p", "1").Group("q", fhir.Parameters{}.Boolean("r", false))).
		String("s", "again")
	r, err := p.Resource()
	require.NoError(t, err)
	assert.Equal(t, `{"resourceType":"Parameters","parameter":[`+strings.Join([]string{
		`{"name":"s","valueString":"a <b>"}`, `{"name":"c","valueCode":"x"}`, `{"name":"u","valueUri":"urn:x"}`,
		`{"name":"ca","valueCanonical":"http://x|1"}`, `{"name":"b","valueBoolean":true}`, `{"name":"i","valueInteger":-3}`,
		`{"name":"d","valueDecimal":1.10}`, `{"name":"dt","valueDateTime":"2026-02"}`, `{"name":"in","valueInstant":"2026-03-01T10:00:00.000Z"}`,
		`{"name":"co","valueCoding":{"system":"http://loinc.org","code":"8867-4"}}`, `{"name":"n","valueHumanName":{"family":"Doe"}}`,
		`{"name":"resource","resource":{ "resourceType": "Patient", "x": 1.10 }}`,
		`{"name":"g","part":[{"name":"p","valueString":"1"},{"name":"q","part":[{"name":"r","valueBoolean":false}]}]}`,
		`{"name":"s","valueString":"again"}`,
	}, ",")+`]}`, string(r.Bytes()))

	got, err := fhir.ParseParameters(r)
	require.NoError(t, err)
	assert.Equal(t, "a <b>", got.Get("s").Text())
	assert.Len(t, got.All("s"), 2)
	assert.True(t, got.Has("b"))
	assert.False(t, got.Has("nothing"))
	assert.False(t, got.Has(""))
	b, ok := got.Get("b").Bool()
	assert.True(t, b && ok)
	_, ok = got.Get("s").Bool()
	assert.False(t, ok)
	i, ok := got.Get("i").Int()
	assert.True(t, ok)
	assert.Equal(t, int64(-3), i)
	_, ok = got.Get("d").Int()
	assert.False(t, ok)
	assert.Equal(t, "1.10", got.Get("d").Number())
	assert.Empty(t, got.Get("s").Number())
	assert.Equal(t, "dateTime", got.Get("dt").Type)
	assert.Equal(t, "HumanName", got.Get("n").Type)
	assert.Equal(t, "Doe", got.Get("n").JSON().Get("family").String())
	assert.Equal(t, string(patient.Bytes()), string(got.Get("resource").Resource.Bytes()))
	r2, ok := got.Get("g").Parts.Get("q").Parts.Get("r").Bool()
	assert.False(t, r2)
	assert.True(t, ok)
	again, err := got.Resource()
	require.NoError(t, err)
	assert.Equal(t, string(r.Bytes()), string(again.Bytes()))
}

func TestParametersAreValues(t *testing.T) {
	t.Parallel()
	base := fhir.Parameters{}.String("a", "1")
	one, two := base.String("b", "1"), base.String("c", "2")
	assert.Len(t, base, 1)
	assert.Equal(t, "b", one[1].Name)
	assert.Equal(t, "c", two[1].Name)
}

func TestParametersThatCannotBeSentAreNamed(t *testing.T) {
	t.Parallel()
	deep := fhir.Parameters{}
	for range 50 {
		deep = fhir.Parameters{}.Group("g", deep.String("x", "y"))
	}
	for name, p := range map[string]fhir.Parameters{
		"no name":                 fhir.Parameters{}.String("", "x"),
		"no decimal":              fhir.Parameters{}.Decimal("d", "1,5"),
		"no date":                 fhir.Parameters{}.DateTime("d", "today"),
		"no resource":             fhir.Parameters{}.Of("r", fhir.Resource{}),
		"a value that is no JSON": fhir.Parameters{}.Value("v", "string", math.Inf(1)),
		"a value that is nothing": fhir.Parameters{}.Value("v", "Coding", nil),
		"a type that is none":     fhir.Parameters{}.Value("v", `x":1,"y`, 1),
		"too deep":                deep,
	} {
		_, err := p.Resource()
		var argument *fhir.ArgumentError
		require.ErrorAs(t, err, &argument, name)
	}
}

func TestParametersOfOthersAreReadAsFarAsTheyGo(t *testing.T) {
	t.Parallel()
	p, err := fhir.ParseParameters(asResource(t, `{"resourceType":"Parameters","parameter":[{"name":"a","valueUnknownThing":1,"extension":[{}]},{"valueString":"x"},{"name":7}]}`))
	require.NoError(t, err)
	assert.Equal(t, "UnknownThing", p.Get("a").Type)
	assert.Len(t, p, 3)
	_, err = fhir.ParseParameters(asResource(t, annJSON))
	require.Error(t, err)
	_, err = fhir.ParseParameters(asResource(t, `{"resourceType":"Parameters","parameter":[{"name":"r","resource":{"x":1}}]}`))
	require.Error(t, err)
	deep := strings.Repeat(`{"name":"g","part":[`, 60) + strings.Repeat(`]}`, 60)
	_, err = fhir.ParseParameters(asResource(t, `{"resourceType":"Parameters","parameter":[`+deep+`]}`))
	require.Error(t, err)
}

func FuzzParseParameters(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Parameters","parameter":[{"name":"a","valueString":"x"},{"name":"g","part":[{"name":"r","resource":{"resourceType":"Patient"}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := fhir.Parse(data)
		if err != nil {
			return
		}
		p, err := fhir.ParseParameters(r)
		if err != nil {
			return
		}
		written, err := p.Resource()
		if err != nil {
			return // names are missing
		}
		again, err := fhir.ParseParameters(written)
		if err != nil {
			t.Fatalf("parameters that were written cannot be read: %v", err)
		}
		twice, err := again.Resource()
		if err != nil || !twice.Equal(written) {
			t.Fatalf("%s became %s (%v)", written.Bytes(), twice.Bytes(), err)
		}
	})
}
