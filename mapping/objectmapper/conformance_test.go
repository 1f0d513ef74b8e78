package objectmapper_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/mapping/objectmapper"
)

// testFunctions are the functions the fork has under NODE_ENV=test, as functions of the host.
func testFunctions() map[string]objectmapper.TransformFunc {
	value := func(v any) (objectmapper.TransformOutcome, error) {
		text, err := json.Marshal(v)
		return objectmapper.TransformOutcome{Value: text}, err
	}
	manual := func(v any) (objectmapper.TransformOutcome, error) {
		text, err := json.Marshal(map[string]any{"manual": v})
		return objectmapper.TransformOutcome{Merge: text}, err
	}
	joined := func(call objectmapper.TransformCall) string {
		var b strings.Builder
		for _, a := range gjson.GetBytes(call.Value, "#.a").Array() {
			b.WriteString(a.Str)
		}
		return b.String()
	}
	return map[string]objectmapper.TransformFunc{
		"test-foo": func(call objectmapper.TransformCall) (objectmapper.TransformOutcome, error) {
			return value(gjson.ParseBytes(call.Value).String() + "-foo")
		},
		"test-destination": func(call objectmapper.TransformCall) (objectmapper.TransformOutcome, error) {
			return manual(gjson.GetBytes(call.Value, "a").Str + gjson.GetBytes(call.Value, "b").Str)
		},
		"test-empty-array": func(objectmapper.TransformCall) (objectmapper.TransformOutcome, error) {
			return objectmapper.TransformOutcome{}, nil
		},
		"test-array-to-single": func(call objectmapper.TransformCall) (objectmapper.TransformOutcome, error) {
			return value(joined(call))
		},
		"test-array-without-dest": func(call objectmapper.TransformCall) (objectmapper.TransformOutcome, error) {
			return manual(joined(call))
		},
		"test-override": func(objectmapper.TransformCall) (objectmapper.TransformOutcome, error) {
			return value("over-ridden-sku")
		},
	}
}

func bare(mapping string) (*objectmapper.Plan, error) {
	doc, err := objectmapper.ParseMapping([]byte(mapping))
	if err != nil {
		return nil, err
	}
	return objectmapper.Compile(doc, objectmapper.Options{Functions: testFunctions()})
}

// mapValue runs a bare mapping on one source.
func mapValue(t *testing.T, mapping, source, dest string) outcome {
	t.Helper()
	plan, err := bare(mapping)
	if err != nil {
		return outcome{err: err}
	}
	var into []byte
	if dest != "" {
		into = []byte(dest)
	}
	out, _, err := plan.MapValue(t.Context(), []byte(source), into)
	return outcome{out: out, err: err}
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func raw(r gjson.Result) []byte {
	if !r.Exists() || r.Type == gjson.Null {
		return nil
	}
	return []byte(r.Raw)
}

func data(all gjson.Result) objectmapper.Data {
	return objectmapper.Data{
		RequestBody: raw(all.Get("requestBody")), RequestHeaders: raw(all.Get("requestHeaders")), Query: raw(all.Get("query")),
		URLParams: raw(all.Get("urlParams")), LookupRequests: raw(all.Get("lookupRequests")), Transforms: raw(all.Get("transforms")),
		Constants: raw(all.Get("constants")), State: raw(all.Get("state")), Timestamps: raw(all.Get("timestamps")),
		Now: time.Date(2026, 11, 22, 21, 38, 0, 0, time.UTC),
	}
}

func TestMappingCorpus(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"mapping-fork-tests", "mapping-semantics"} {
		replay(t, file, func(t *testing.T, c gjson.Result) outcome {
			t.Helper()
			return mapValue(t, c.Get("mapping").Raw, c.Get("input").Raw, c.Get("dest").Raw)
		})
	}
}

func TestPathCorpus(t *testing.T) {
	t.Parallel()
	replay(t, "path-get", func(t *testing.T, c gjson.Result) outcome {
		t.Helper()
		got := mapValue(t, `{`+quote(c.Get("path").Str)+`: "out?"}`, c.Get("input").Raw, "")
		if got.err == nil {
			got.out = []byte(gjson.GetBytes(got.out, "out").Raw)
		}
		return got
	})
	replay(t, "path-set", func(t *testing.T, c gjson.Result) outcome {
		t.Helper()
		return mapValue(t, `{"in": `+quote(c.Get("path").Str)+`}`, `{"in":`+c.Get("value").Raw+`}`, c.Get("dest").Raw)
	})
}

func TestTransformFunctionCorpus(t *testing.T) {
	t.Parallel()
	replay(t, "transform-functions", func(t *testing.T, c gjson.Result) outcome {
		t.Helper()
		params := ""
		if p := c.Get("parameters"); p.Exists() {
			params = `, "parameters": ` + p.Raw
		}
		mapping := `{"in": {"key": "out?", "transform": {"function": ` + quote(c.Get("function").Str) + params + `}}}`
		dest := c.Get("dest").Raw
		source := `{"in": null}`
		if v := c.Get("value"); v.Exists() {
			source = `{"in":` + v.Raw + `}`
		}
		got := mapValue(t, mapping, source, dest)
		if got.err != nil {
			return got
		}
		if after := c.Get("destAfter"); after.Exists() {
			requireSame(t, after.Raw, string(got.out), false)
			return outcome{}
		}
		out := gjson.GetBytes(got.out, "out")
		if !out.Exists() {
			return outcome{}
		}
		return outcome{out: []byte(out.Raw)}
	})
}

// endpoint wraps members into an endpoint document.
func endpoint(members string) string {
	return `{"name":"t","endpoint":{"pattern":"/t"},"transformation":{"input":"JSON","output":"JSON"},` + members + `}`
}

func compile(text string, opts objectmapper.Options) (*objectmapper.Plan, error) {
	doc, err := objectmapper.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	return objectmapper.Compile(doc, opts)
}

func TestMediatorMapperCorpus(t *testing.T) {
	t.Parallel()
	replay(t, "mediator-mapper", func(t *testing.T, c gjson.Result) outcome {
		t.Helper()
		mapping := "null"
		if m := c.Get("inputMapping"); m.Exists() {
			mapping = m.Raw
		}
		plan, err := compile(endpoint(`"inputMapping":`+mapping), objectmapper.Options{})
		if err != nil {
			return outcome{err: err}
		}
		out, _, err := plan.Map(t.Context(), data(c.Get("allData")))
		return outcome{out: out, err: err}
	})
}

func TestMediatorTransformsCorpus(t *testing.T) {
	t.Parallel()
	replay(t, "mediator-transforms", func(t *testing.T, c gjson.Result) outcome {
		t.Helper()
		expressions := "null"
		if e := c.Get("inputTransforms"); e.Exists() {
			expressions = e.Raw
		}
		plan, err := compile(endpoint(`"inputTransforms":`+expressions), objectmapper.Options{})
		if err != nil {
			return outcome{err: err}
		}
		out, err := plan.Transform(t.Context(), data(c.Get("allData")))
		return outcome{out: out, err: err}
	})
}

func TestMediatorValidationCorpus(t *testing.T) {
	t.Parallel()
	replay(t, "mediator-validation", func(t *testing.T, c gjson.Result) outcome {
		t.Helper()
		schema := "null"
		if s := c.Get("schema"); s.Exists() {
			schema = s.Raw
		}
		plan, err := compile(endpoint(`"inputValidation":`+schema), objectmapper.Options{})
		if err != nil {
			return outcome{err: err}
		}
		if err := plan.Validate(data(c)); err != nil {
			if strings.HasPrefix(c.Get("error").Str, "Validation failed: ") {
				_, messages, _ := strings.Cut(c.Get("error").Str, ": ")
				require.Equal(t, "objectmapper: validation failed: "+messages, err.Error())
			}
			return outcome{err: err}
		}
		require.True(t, c.Get("valid").Bool() || c.Get("error").Exists())
		return outcome{}
	})
}

func TestMediatorXMLCorpus(t *testing.T) {
	t.Parallel()
	replay(t, "mediator-xml-out", func(t *testing.T, c gjson.Result) outcome {
		t.Helper()
		out, err := objectmapper.EncodeXML([]byte(c.Get("input").Raw), objectmapper.Limits{})
		if err != nil {
			return outcome{err: err}
		}
		if c.Get("him").Bool() {
			// The envelope is package mediator's; its orchestration holds the XML.
			require.Equal(t, gjson.Get(c.Get("output").Str, "orchestrations.0.response.body").Str, string(out))
			return outcome{out: []byte(c.Get("output").Raw)}
		}
		return outcome{out: []byte(quote(string(out)))}
	})
}

// requestCase is a document with one lookup, and data keyed as templates name it.
func requestCase(t *testing.T, c gjson.Result) ([]objectmapper.Batch, error) {
	t.Helper()
	config := c.Get("request").Raw
	if !c.Get("request.url").Exists() {
		config = strings.Replace(config, "{", `{"url":"http://test.org",`, 1)
	}
	plan, err := compile(endpoint(`"requests":{"lookup":[{"id":"x","config":`+config+`}]}`), objectmapper.Options{})
	if err != nil {
		return nil, err
	}
	all := c.Get("data")
	d := data(all)
	d.RequestBody, d.ResponseBody, d.Item = raw(all.Get("payload")), raw(all.Get("responseBody")), raw(all.Get("item"))
	return plan.Lookups(d)
}

func TestMediatorTemplateCorpus(t *testing.T) {
	t.Parallel()
	replay(t, "mediator-url-params", func(t *testing.T, c gjson.Result) outcome {
		t.Helper()
		batches, err := requestCase(t, c)
		if err != nil {
			return outcome{err: err}
		}
		return outcome{out: []byte(quote(batches[0].Requests[0].URL))}
	})
	replay(t, "mediator-query-params", func(t *testing.T, c gjson.Result) outcome {
		t.Helper()
		batches, err := requestCase(t, c)
		if err != nil {
			return outcome{err: err}
		}
		var members []string
		for _, q := range batches[0].Requests[0].Query {
			members = append(members, quote(q.Name)+":"+quote(q.Value))
		}
		return outcome{out: []byte("{" + strings.Join(members, ",") + "}")}
	})
}

// TestMediatorMiscCorpus replays what belongs to documents: state and routes. Status texts, orchestrations and envelopes are the work of
// package mediator, which has its own corpus for them.
func TestMediatorMiscCorpus(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(corpusDir(t), "mediator-misc.json"))
	require.NoError(t, err)
	passed, total := 0, 0
	var notes []string
	for _, c := range gjson.GetBytes(text, "cases").Array() {
		total++
		run := map[string]func(*testing.T, gjson.Result){"extractByType": stateCase, "extractRegexFromPattern": routeCase}[c.Get("kind").Str]
		if run == nil {
			notes = append(notes, fmt.Sprintf("conformance-apart: mapping-mediator/mediator-misc %s: %s is package mediator's",
				c.Get("id").Str, c.Get("kind").Str))
			continue
		}
		if t.Run(c.Get("id").Str, func(t *testing.T) { run(t, c) }) {
			passed++
		}
	}
	for _, note := range notes {
		fmt.Println(note)
	}
	fmt.Printf("conformance: mapping-mediator/mediator-misc %d/%d\n", passed, total)
}

func stateCase(t *testing.T, c gjson.Result) {
	t.Helper()
	extract := "null"
	if e := c.Get("extract"); e.Exists() {
		extract = e.Raw
	}
	plan, err := compile(endpoint(`"state":{"extract":`+extract+`}`), objectmapper.Options{})
	require.NoError(t, err)
	out, err := plan.ExtractState(data(c.Get("allData")))
	require.NoError(t, err)
	got := gjson.GetBytes(out, c.Get("type").Str)
	if c.Get("type").Str == "" || !got.Exists() {
		got = gjson.Parse("{}")
	}
	requireSame(t, c.Get("output").Raw, got.Raw, false)
}

// routeCase checks that the route matches what the peer's expression matches from the start of the path on.
func routeCase(t *testing.T, c gjson.Result) {
	t.Helper()
	pattern := c.Get("pattern").Str
	doc := strings.Replace(endpoint(`"x":1`), `"/t"`, quote(pattern), 1)
	plan, err := compile(doc, objectmapper.Options{})
	require.NoError(t, err)
	path := pattern
	want := map[string]string{}
	for i, part := range strings.Split(pattern, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			want[name] = "v" + strconv.Itoa(i)
			path = strings.Replace(path, part, want[name], 1)
		}
	}
	params, ok := plan.Match("POST", path)
	require.True(t, ok)
	require.Equal(t, want, params)
	for _, other := range []string{path + "more", "/before" + path, path + "/after/", "/"} {
		_, ok = plan.Match("POST", other)
		require.False(t, ok, other)
	}
	_, ok = plan.Match("GET", path)
	require.False(t, ok)
}
