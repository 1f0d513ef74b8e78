package fhir_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, s := range []string{
		written, linked, extended, `{"resourceType":"Patient","gender":"M","name":[null,{"given":["a",null],"_given":[null,{"id":"x"}]}]}`,
		`{"resourceType":"Patient","id":"\ud800","x":[[[]],{},"",null,1e-7]}`, `{"resourceType":"Patient","name":{"family":1},"NAME":[]}`,
		`{"resourceType":"Task","input":[{"valueInteger":0},{}]}`, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":""}}]}`,
		"{}", "[", `{"resourceType":"P"`, "\xef\xbb\xbf{}",
	} {
		f.Add([]byte(s))
	}
}

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := fhir.Parse(data)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.True(t, json.Valid(data))
		require.Equal(t, string(data), string(r.Bytes()))
		require.NotEmpty(t, r.Type())
		r.Meta()
		r.Contained()
		r.Extensions()
		for _, l := range r.References() {
			require.True(t, r.Get(l.Path).Exists() || strings.ContainsAny(l.Path, `\#|@*?!{}[]()=<>%"'`) || strings.Contains(l.Path, "..") || l.Path == "" ||
				strings.HasPrefix(l.Path, ".") || strings.HasSuffix(l.Path, ".") || strings.Contains(l.Path, ":"), l.Path)
		}
		same := r.RewriteReferences(func(ref string) string { return ref })
		require.True(t, r.Equal(same))
		_, err = fhir.Parse(r.RewriteReferences(func(string) string { return "\"\\\n<" }).Bytes())
		require.NoError(t, err)
	})
}

func FuzzEdit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := fhir.Parse(data)
		if err != nil {
			return
		}
		for _, typ := range []string{"Patient", "Task", "Bundle"} {
			if r.Type() != typ {
				continue
			}
			edited, err := samplyTypes()[typ].edit(r, func(reflect.Value) {})
			if err == nil {
				require.True(t, r.Equal(edited), "nothing was edited")
			}
			edited, err = samplyTypes()[typ].edit(r, func(v reflect.Value) {
				fieldNamed(v, "id").Set(reflect.ValueOf(new("fuzzed")))
			})
			if err == nil {
				require.Equal(t, "fuzzed", edited.ID())
				back, err := edited.Set("id", "other")
				require.NoError(t, err)
				before, after := treeOf(r), treeOf(back)
				delete(before, "id")
				delete(before, "_id")
				delete(after, "id")
				delete(after, "_id")
				require.Equal(t, before, after)
			}
		}
		edited, err := fhir.Edit(r, func(m *map[string]any) error {
			(*m)["added"] = []any{1, "x"}
			return nil
		})
		if err == nil {
			require.Equal(t, "x", edited.Get("added.1").String())
		}
	})
}

func FuzzSetAndDelete(f *testing.F) {
	for _, path := range []string{"name.0.given.-1", "id", "_birthDate.extension.0.url", "name.0._given.1.id", "x.y.z", `a\.b`, "name.-1.family", "contained.0.id"} {
		f.Add([]byte(written), path, "v")
		f.Add([]byte(extended), path, "")
	}
	f.Fuzz(func(t *testing.T, data []byte, path, value string) {
		r, err := fhir.Parse(data)
		if err != nil {
			return
		}
		if set, err := r.Set(path, value); err == nil {
			_, err = fhir.Parse(set.Bytes())
			require.NoError(t, err)
			require.Equal(t, r.Type(), set.Type())
		}
		deleted, err := r.Delete(path)
		if err == nil {
			_, err = fhir.Parse(deleted.Bytes())
			require.NoError(t, err)
			require.LessOrEqual(t, len(deleted.Bytes()), len(data))
		}
	})
}

func FuzzNew(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return
		}
		r, err := fhir.New(json.RawMessage(data))
		if err != nil {
			return
		}
		again, err := fhir.New(json.RawMessage(r.Bytes()))
		require.NoError(t, err)
		require.Equal(t, string(r.Bytes()), string(again.Bytes()), "what is clean stays as it is")
	})
}

func FuzzXML(f *testing.F) {
	for _, s := range []string{
		`<Patient xmlns="http://hl7.org/fhir"><id value="1"/><name id="a"><given value="x"><extension url="u"/></given></name></Patient>`,
		`<Patient xmlns="http://hl7.org/fhir"><text><div xmlns="http://www.w3.org/1999/xhtml">&#13;<b a="&#10;">x</b><!-- c --></div></text></Patient>`,
		`<f:Patient xmlns:f="http://hl7.org/fhir"><f:contained><f:Basic/></f:contained></f:Patient>`,
		`<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>`,
		`<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.0e5"/></valueQuantity></Observation>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := fhir.ParseXML(data)
		if err != nil {
			var p *fhir.ParseError
			require.ErrorAs(t, err, &p)
			return
		}
		text, err := r.XML()
		if err != nil {
			return // what was empty in XML has no place in JSON either
		}
		back, err := fhir.ParseXML(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, treeOf(r), treeOf(back), "%s", text)
	})
}

func TestHostileTextsDoNotRunAway(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`{"other":{"reference":"Patient/1"}},`, 20_000)
	r := parsed(t, `{"resourceType":"Patient","link":[`+strings.TrimSuffix(many, ",")+`]}`)
	p, err := fhir.As[models.Patient](r)
	require.NoError(t, err)
	assert.Equal(t, models.LinkType(-1), p.Link[19_999].Type)
	bad := strings.Repeat(`{"use":"bad"},`, 20_000)
	_, err = fhir.As[models.Patient](parsed(t, `{"resourceType":"Patient","name":[`+strings.TrimSuffix(bad, ",")+`]}`))
	var e *fhir.DecodeError
	require.ErrorAs(t, err, &e)
	assert.Len(t, e.Issues, 1000)
	edited, err := fhir.Edit(r, func(p *models.Patient) error {
		p.Link = p.Link[1:]
		return nil
	})
	require.NoError(t, err)
	assert.Len(t, edited.References(), 19_999)
	deep := strings.Repeat(`{"extension":[`, fhir.MaxDepth/2-1) + strings.Repeat(`]}`, fhir.MaxDepth/2-1)
	_, err = parsed(t, `{"resourceType":"Patient","extension":[`+deep+`]}`).Set("id", "1")
	require.NoError(t, err)
	_, err = fhir.ParseXML([]byte(`<Patient xmlns="http://hl7.org/fhir">` + strings.Repeat("<", 1_000_000)))
	require.Error(t, err)
}

func FuzzReference(f *testing.F) {
	for _, s := range []string{"Patient/1", "http://x/y/Patient/1/_history/2#z", "Patient?a=b", "#", "urn:uuid:", "://", "a://?"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := fhir.ParseReference(text)
		require.Equal(t, text, r.String())
		if r.Kind == fhir.ReferenceRelative {
			require.True(t, strings.HasPrefix(text, r.Relative()))
		}
	})
}
