package fhir_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// officialExamples are the files of fixtures/fhir-r4-examples. A test that needs them is
// skipped without them, and fails in CI.
func officialExamples(tb testing.TB) []string {
	tb.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(shared, "fixtures", "fhir-r4-examples", "*.json"))
	require.NoError(tb, err)
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("no examples below %s: set SHARED_DIR", shared)
		}
		tb.Skipf("no examples below %s: set SHARED_DIR to run this test", shared)
	}
	return files
}

func readExample(tb testing.TB, file string) fhir.Resource {
	tb.Helper()
	data, err := os.ReadFile(file)
	require.NoError(tb, err)
	r, err := fhir.Parse(data)
	require.NoError(tb, err)
	return r
}

// eachExample runs check on every example, one subtest a resource type, and prints how many
// passed.
func eachExample(t *testing.T, name string, check func(t *testing.T, file string) bool) {
	t.Helper()
	files := officialExamples(t)
	byType := map[string][]string{}
	for _, f := range files {
		typ, _, _ := strings.Cut(filepath.Base(f), "-")
		byType[typ] = append(byType[typ], f)
	}
	var passed atomic.Int64
	t.Run("of", func(t *testing.T) {
		t.Parallel()
		for typ, files := range byType {
			t.Run(typ, func(t *testing.T) {
				t.Parallel()
				for _, f := range files {
					if check(t, f) {
						passed.Add(1)
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		fmt.Printf("conformance: fhir-r4-examples/%s %d/%d\n", name, passed.Load(), len(files))
	})
}

// samplyType is a type of samply's, to use without naming it.
type samplyType struct {
	as   func(fhir.Resource) (reflect.Value, error)
	edit func(fhir.Resource, func(reflect.Value)) (fhir.Resource, error)
	zero func() any
}

func samplyOf[T any]() samplyType {
	return samplyType{
		as: func(r fhir.Resource) (reflect.Value, error) {
			v, err := fhir.As[T](r)
			return reflect.ValueOf(&v).Elem(), err
		},
		edit: func(r fhir.Resource, change func(reflect.Value)) (fhir.Resource, error) {
			return fhir.Edit(r, func(v *T) error {
				change(reflect.ValueOf(v).Elem())
				return nil
			})
		},
		zero: func() any { return *new(T) },
	}
}

func TestExamplesThatNobodyTouchesStayTheSameBytes(t *testing.T) {
	t.Parallel()
	types := samplyTypes()
	eachExample(t, "untouched", func(t *testing.T, file string) bool {
		t.Helper()
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		r := readExample(t, file)
		check := func(how string, got fhir.Resource, err error) bool {
			return assert.NoError(t, err, how) && assert.True(t, bytes.Equal(want, got.Bytes()), "%s: %s", file, how)
		}
		ok := check("parsed", r, nil)
		var inner fhir.Resource
		ok = check("unmarshalled", inner, json.Unmarshal(want, &inner)) && ok
		edited, err := fhir.Edit(r, func(*map[string]any) error { return nil })
		ok = check("edited as a map", edited, err) && ok
		ok = check("references rewritten to themselves", r.RewriteReferences(func(ref string) string { return ref }), nil) && ok
		deleted, err := r.Delete("noSuchMember.0.x")
		ok = check("nothing deleted", deleted, err) && ok
		same, err := r.Set("resourceType", r.Type())
		ok = check("set to what it is", same, err) && ok
		if typ, found := types[r.Type()]; found {
			_, err = typ.as(r)
			ok = assert.NoError(t, err, file) && ok
			edited, err = typ.edit(r, func(reflect.Value) {})
			ok = check("edited", edited, err) && ok
		}
		return ok
	})
}

func TestExamplesLoseNothingInTypedEdits(t *testing.T) {
	t.Parallel()
	types := samplyTypes()
	eachExample(t, "edited", func(t *testing.T, file string) bool {
		t.Helper()
		r := readExample(t, file)
		typ, found := types[r.Type()]
		if !assert.True(t, found, "samply has no %s", r.Type()) {
			return false
		}
		view, err := typ.as(r)
		require.NoError(t, err)
		ok := true
		for _, e := range editsOf(view, r) {
			ok = e.run(t, typ, r, file) && ok
		}
		return ok
	})
}

// edit is an edit of a typed view, and what it means for the JSON.
type edit struct {
	name string
	top  string // the top-level member that changes
	view func(reflect.Value)
	json func(map[string]any)
}

func (e edit) run(t *testing.T, typ samplyType, r fhir.Resource, file string) bool {
	t.Helper()
	edited, err := typ.edit(r, e.view)
	if !assert.NoError(t, err, "%s: %s", file, e.name) {
		return false
	}
	// The members that are edited are compared as trees, all others by their bytes.
	before, after := topLevel(t, r.Bytes()), topLevel(t, edited.Bytes())
	want, got := e.takeEdited(t, before), e.takeEdited(t, after)
	e.json(want)
	if !reflect.DeepEqual(want, got) {
		w, _ := json.Marshal(want)
		g, _ := json.Marshal(got)
		return assert.Equal(t, string(w), string(g), "%s: %s", file, e.name)
	}
	return maps.Equal(before, after) || assert.Equal(t, before, after, "%s: %s", file, e.name)
}

// takeEdited takes the members that the edit changes out of an object, and decodes them.
func (e edit) takeEdited(t *testing.T, members map[string]string) map[string]any {
	t.Helper()
	taken := map[string]any{}
	for _, name := range []string{e.top, "_" + e.top} {
		if text, ok := members[name]; ok {
			taken[name] = tree(t, []byte(`{"x":`+text+`}`))["x"]
			delete(members, name)
		}
	}
	return taken
}

// tree decodes JSON and keeps the text of numbers.
func tree(t *testing.T, data []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v map[string]any
	require.NoError(t, d.Decode(&v))
	return v
}

// topLevel is the text of each top-level member.
func topLevel(t *testing.T, data []byte) map[string]string {
	t.Helper()
	var v map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &v))
	texts := map[string]string{}
	for k, raw := range v {
		texts[k] = string(raw)
	}
	return texts
}
