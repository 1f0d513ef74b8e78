package fhir_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

type mutation struct {
	ID, Example, Text, Base64 string
	Ops                       []patchOp
}

type patchOp struct {
	Op, Path string
	Value    json.RawMessage
}

// mutations are the broken variants of examples in conformance/fhir-validation, by their id.
func mutations(t *testing.T) map[string][]byte {
	t.Helper()
	examples := map[string][]byte{}
	dir := ""
	for _, f := range officialExamples(t) {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		examples[filepath.Base(f)], dir = data, filepath.Dir(f)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "..", "..", "conformance", "fhir-validation", "mutations.json"))
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skipf("no mutations: %v", err)
	}
	require.NoError(t, err)
	var file struct{ Cases []mutation }
	require.NoError(t, json.Unmarshal(raw, &file))
	all := map[string][]byte{}
	for _, m := range file.Cases {
		switch {
		case m.Text != "":
			all[m.ID] = []byte(m.Text)
		case m.Base64 != "":
			data, err := base64.StdEncoding.DecodeString(m.Base64)
			require.NoError(t, err)
			all[m.ID] = data
		case examples[m.Example] != nil:
			all[m.ID] = mutate(t, examples[m.Example], m.Ops)
		}
	}
	return all
}

// mutate applies add, replace and remove of RFC 6902.
func mutate(t *testing.T, data []byte, ops []patchOp) []byte {
	t.Helper()
	var root any = tree(t, data)
	for _, op := range ops {
		var value any
		if op.Op != "remove" {
			d := json.NewDecoder(bytes.NewReader(op.Value))
			d.UseNumber()
			require.NoError(t, d.Decode(&value))
		}
		unescape := strings.NewReplacer("~1", "/", "~0", "~")
		var steps []string
		for s := range strings.SplitSeq(strings.TrimPrefix(op.Path, "/"), "/") {
			steps = append(steps, unescape.Replace(s))
		}
		root = patched(root, steps, op.Op, value)
	}
	out, err := json.Marshal(root)
	require.NoError(t, err)
	return out
}

func patched(v any, steps []string, op string, value any) any {
	last := len(steps) == 1
	switch here := v.(type) {
	case map[string]any:
		switch {
		case !last:
			here[steps[0]] = patched(here[steps[0]], steps[1:], op, value)
		case op == "remove":
			delete(here, steps[0])
		default:
			here[steps[0]] = value
		}
		return here
	case []any:
		i, err := strconv.Atoi(steps[0])
		if err != nil {
			i = len(here)
		}
		switch {
		case !last:
			here[i] = patched(here[i], steps[1:], op, value)
		case op == "remove":
			return slices.Delete(here, i, i+1)
		case op == "add":
			return slices.Insert(here, i, value)
		default:
			here[i] = value
		}
		return here
	default:
		return v
	}
}

func TestBrokenResourcesLoseNothingInTypedEdits(t *testing.T) {
	t.Parallel()
	types := samplyTypes()
	parsedOnes, lossy := 0, 0
	for id, data := range mutations(t) {
		r, err := fhir.Parse(data)
		if err != nil {
			var p *fhir.ParseError
			require.ErrorAs(t, err, &p, id)
			continue
		}
		typ, ok := types[r.Type()]
		if !ok {
			continue
		}
		parsedOnes++
		same, err := typ.edit(r, func(reflect.Value) {})
		if assert.NoError(t, err, id) {
			assert.True(t, r.Equal(same), id)
		}
		if _, err := typ.as(r); err != nil {
			var e *fhir.DecodeError
			require.ErrorAs(t, err, &e, id)
			lossy++
		}
		e := appendProfile()
		if meta := r.Get("meta"); meta.IsArray() || meta.Get("profile").IsObject() {
			_, err := typ.edit(r, e.view) // what cannot be read cannot be added to
			var p *fhir.PathError
			assert.ErrorAs(t, err, &p, id)
			continue
		}
		// A single value that cannot be read is replaced.
		if meta := r.Get("meta"); !meta.Get("_profile").Exists() && (!meta.Exists() || meta.IsObject()) && (!meta.Get("profile").Exists() || meta.Get("profile").IsArray()) {
			e.run(t, typ, r, id)
		}
		if set := setID(); !r.Get("id").Exists() || r.Get("id").Type.String() == "String" {
			set.run(t, typ, r, id)
		}
		if strings.HasPrefix(id, "narrative-") || strings.HasPrefix(id, "primitive-extension-list-") {
			continue // entities, namespace and nulls are put right on the way: see TestWhatXMLPutsRight
		}
		text, err := r.XML()
		if err != nil {
			continue // broken in a way that XML cannot show
		}
		back, err := fhir.ParseXML(text)
		if assert.NoError(t, err, id) {
			assert.Equal(t, tree(t, r.Bytes()), tree(t, back.Bytes()), id)
		}
	}
	assert.Greater(t, parsedOnes, 1000)
	assert.Positive(t, lossy)
}
