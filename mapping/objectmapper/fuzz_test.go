package objectmapper_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/mapping/objectmapper"
)

// small keeps fuzzing fast.
func small() objectmapper.Limits {
	return objectmapper.Limits{InputBytes: 1 << 16, OutputBytes: 1 << 20, Depth: 32, Items: 100, Steps: 50_000}
}

// seeds adds the mappings and inputs of the corpus, when it is there.
func seeds(f *testing.F, add func(mapping, input []byte)) {
	f.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "conformance", "mapping-mediator")
	for _, file := range []string{"mapping-semantics.json", "mapping-fork-tests.json"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			continue
		}
		for _, c := range gjson.GetBytes(text, "cases").Array() {
			add([]byte(c.Get("mapping").Raw), []byte(c.Get("input").Raw))
		}
	}
	add([]byte(`{"a[].b[0]":["x[].y[]+",{"key":"z?","default":1}],"*.{a,b}":"[1].q"}`), []byte(`{"a":[{"b":[1]}]}`))
}

// FuzzParse checks that no document makes Parse panic or hang, and that what compiles compiles again.
func FuzzParse(f *testing.F) {
	seeds(f, func(mapping, _ []byte) {
		f.Add([]byte(endpoint(`"inputMapping":` + string(mapping))))
	})
	f.Add([]byte(endpoint(`"inputTransforms":{"x":"$exists(a.b[0]) ? {'v': a & 'x'} : $map(a, function($v){$v.b})"}`)))
	f.Add([]byte(endpoint(`"requests":{"lookup":{"id":"x","forEach":{"items":"payload.a"},"config":{"url":"http://h/:id","params":{"url":{"id":{"path":"item.b"}}}}}}`)))
	f.Add([]byte(endpoint(`"inputValidation":{"type":"object","properties":{"requestBody":{"type":"string","nullable":true}}}`)))
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, err := objectmapper.Parse(src)
		if err != nil {
			return
		}
		_, err = objectmapper.Compile(doc, objectmapper.Options{Limits: small()})
		_, again := objectmapper.Compile(doc, objectmapper.Options{Limits: small()})
		require.Equal(t, err == nil, again == nil)
	})
}

// FuzzRun checks that every run ends, gives JSON, and gives the same bytes twice, whatever the mapping and the input.
func FuzzRun(f *testing.F) {
	seeds(f, func(mapping, input []byte) { f.Add(mapping, input) })
	f.Fuzz(func(t *testing.T, mapping, input []byte) {
		doc, err := objectmapper.ParseMapping(mapping)
		if err != nil {
			return
		}
		plan, err := objectmapper.Compile(doc, objectmapper.Options{Limits: small()})
		if err != nil {
			return
		}
		out, _, err := plan.MapValue(t.Context(), input, nil)
		if err != nil {
			return
		}
		require.True(t, json.Valid(out), "%s", out)
		again, _, err := plan.MapValue(t.Context(), input, nil)
		require.NoError(t, err)
		require.True(t, bytes.Equal(out, again))
	})
}

// FuzzExpression checks that every expression that is converted ends with JSON or an error.
func FuzzExpression(f *testing.F) {
	for _, expression := range []string{
		"$exists(requestBody.a) and $exists(requestBody.a[0]) ? {'p': requestBody.a[0].v} : null", "$round(requestBody.(w / h / h) * 10000, 2)",
		"$append([], $map(requestBody.a, function($v) {{'o': {'r': 'P/' & $v.u}}}))", "$join(requestBody.a[v > 1].s, ', ')", "-1 + 2 * (3 - `x y`) % 4",
	} {
		f.Add(expression, []byte(`{"a":[{"v":1,"s":"x","u":true}],"w":80,"h":177}`))
	}
	f.Fuzz(func(t *testing.T, expression string, body []byte) {
		plan, err := compile(endpoint(`"inputTransforms":{"x":`+quote(expression)+`}`), objectmapper.Options{Limits: small()})
		if err != nil {
			return
		}
		out, err := plan.Transform(t.Context(), objectmapper.Data{RequestBody: body, Now: time.Unix(0, 0)})
		if err == nil {
			require.True(t, json.Valid(out), "%s", out)
		}
	})
}

// FuzzXML checks that XML that is read is JSON, and that what can be written as XML is read again.
func FuzzXML(f *testing.F) {
	f.Add([]byte(`<a x="1"><b>1</b><b y="2">2</b><c/><ns:d xmlns:ns="u">t</ns:d><e>mixed<f/>text</e><g><![CDATA[<raw>]]></g></a>`))
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := objectmapper.DecodeXML(src, small())
		if err != nil {
			return
		}
		require.True(t, json.Valid(out), "%s", out)
		text, err := objectmapper.EncodeXML(out, small())
		if err != nil {
			return
		}
		_, err = objectmapper.DecodeXML(text, objectmapper.Limits{})
		require.NoError(t, err, "%s", text)
	})
}
