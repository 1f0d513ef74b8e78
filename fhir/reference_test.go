package fhir_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/fhir"
)

func TestReferencesAreTakenApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]fhir.Reference{
		"Patient/1":                             {Kind: fhir.ReferenceRelative, Type: "Patient", ID: "1"},
		"Patient/1/_history/2":                  {Kind: fhir.ReferenceRelative, Type: "Patient", ID: "1", Version: "2"},
		"Patient/1#p":                           {Kind: fhir.ReferenceRelative, Type: "Patient", ID: "1", Fragment: "p"},
		"NewType9/1":                            {Kind: fhir.ReferenceRelative, Type: "NewType9", ID: "1"},
		"http://x/fhir/Patient/1":               {Kind: fhir.ReferenceAbsolute, Base: "http://x/fhir", Type: "Patient", ID: "1"},
		"https://x:80/a/b/Patient/1/_history/2": {Kind: fhir.ReferenceAbsolute, Base: "https://x:80/a/b", Type: "Patient", ID: "1", Version: "2"},
		"http://x/Patient/1":                    {Kind: fhir.ReferenceAbsolute, Base: "http://x", Type: "Patient", ID: "1"},
		"urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9": {Kind: fhir.ReferenceURN},
		"urn:oid:1.2.3":                      {Kind: fhir.ReferenceURN},
		"#p1":                                {Kind: fhir.ReferenceFragment, Fragment: "p1"},
		"#":                                  {Kind: fhir.ReferenceFragment},
		"Patient?identifier=a|b":             {Kind: fhir.ReferenceConditional, Type: "Patient", Query: "identifier=a|b"},
		"http://x/fhir/Patient?a=http://y/z": {Kind: fhir.ReferenceConditional, Base: "http://x/fhir", Type: "Patient", Query: "a=http://y/z"},
		"":                                   {},
		"Patient":                            {},
		"Patient/":                           {},
		"Patient/a b":                        {},
		"Patient/" + strings.Repeat("a", 65): {},
		"patient/1":                          {},
		"a/Patient/1":                        {},
		"/Patient/1":                         {},
		"http://Patient/1":                   {},
		"http://example.org/some/thing":      {},
		"Patient/1/_history/":                {},
		"what?identifier=1":                  {},
		"x/Patient?identifier=1":             {},
		"urn:isbn:1":                         {},
	} {
		want.Text = text
		got := fhir.ParseReference(text)
		assert.Equal(t, want, got, text)
		assert.Equal(t, text, got.String())
		relative := ""
		if want.ID != "" {
			relative = want.Type + "/" + want.ID
		}
		assert.Equal(t, relative, got.Relative())
	}
	var kinds []string
	for k := range fhir.ReferenceLogical + 1 {
		kinds = append(kinds, k.String())
	}
	assert.Equal(t, []string{"other", "relative", "absolute", "urn", "fragment", "conditional", "logical"}, kinds)
}

const linked = `{"resourceType":"Observation","identifier":[{"system":"s","value":"v"}],
  "contained":[{"resourceType":"Patient","id":"p","identifier":[{"value":"q"}],"link":[{"other":{"reference":"Patient/old"},"type":"seealso"}]}],
  "subject":{"reference" : "#p","display":"P"},
  "performer":[{"type":"Practitioner","identifier":{"system":"s","value":"1"}},{"reference":"urn:uuid:1","extension":[{"url":"u","valueReference":{"reference":"Group/1"}}]},{"display":"D"}],
  "note":[{"text":"\"reference\": \"Patient/old\""}],"code":{"text":"reference"},"component":[{"code":{"coding":[{"code":"reference","display":"x"}]},"valueString":"Patient/old"}]}`

func TestReferencesAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	r := parsed(t, linked)
	var found []string
	for _, l := range r.References() {
		found = append(found, l.Path+" "+l.Reference.Kind.String()+" "+l.Reference.Text+l.Type+l.System+l.Value+l.Display)
		assert.True(t, r.Get(l.Path).IsObject(), l.Path)
	}
	assert.Equal(t, []string{
		"contained.0.link.0.other relative Patient/old",
		"subject fragment #pP",
		"performer.0 logical Practitioners1",
		"performer.1 urn urn:uuid:1",
		"performer.1.extension.0.valueReference relative Group/1",
	}, found)
	assert.Equal(t, "Observation.performer[1].extension[0].valueReference", fhir.Expression(r.Type(), "performer.1.extension.0.valueReference"))
}

func TestReferencesAreRewrittenAndNothingElse(t *testing.T) {
	t.Parallel()
	rewrite := func(ref string) string { return strings.Replace(ref, "Patient/old", "Patient/<new>", 1) }
	r := parsed(t, linked)
	want := strings.Replace(linked, `"reference":"Patient/old"`, `"reference":"Patient/<new>"`, 1)
	assert.Equal(t, want, string(r.RewriteReferences(rewrite).Bytes()))
	assert.Equal(t, linked, string(r.Bytes()), "the resource itself stays as it was")

	escaped := strings.Replace(linked, `"reference":"Patient/old"`, `"ref\u0065rence":"Patient\/old"`, 1)
	want = strings.Replace(linked, `"reference":"Patient/old"`, `"ref\u0065rence":"Patient/<new>"`, 1)
	assert.Equal(t, want, string(parsed(t, escaped).RewriteReferences(rewrite).Bytes()))
	assert.Equal(t, escaped, string(parsed(t, escaped).RewriteReferences(func(ref string) string { return ref }).Bytes()))
}
