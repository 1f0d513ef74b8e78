package objectmapper_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/objectmapper"
)

// TestMappingRules holds what the corpus does not show.
func TestMappingRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ mapping, in, want string }{
		"numbers keep their digits":           {`{"a":"x"}`, `{"a":9007199254740993}`, `{"x":9007199254740993}`},
		"decimals keep their zeros":           {`{"a":"x"}`, `{"a":70.0}`, `{"x":70.0}`},
		"numberify keeps digits":              {`{"a":{"key":"x","transform":{"function":"numberify"}}}`, `{"a":"12345678901234567890.10"}`, `{"x":12345678901234567890.1}`},
		"integer-like sources run first":      {`{"b":"x","1":"x","0":"y"}`, `{"0":"zero","1":"one","b":"b"}`, `{"y":"zero","x":"b"}`},
		"integer-like members are first":      {`{"a":"b","c":"1"}`, `{"a":1,"c":2}`, `{"1":2,"b":1}`},
		"false is a default":                  {`{"a":{"key":"x","default":false}}`, `{}`, `{"x":false}`},
		"an unmapped code skips one target":   {`{"g":[{"key":"x","transform":{"function":"mapCodes","parameters":{"F":"f"}}},"y"]}`, `{"g":"M"}`, `{"y":"M"}`},
		"nested lists come as one list":       {`{"a[].b[].c":"x[].z"}`, `{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":3}]}]}`, `{"x":[{"z":1},{"z":2},{"z":3}]}`},
		"nested appends stay with the parent": {`{"a[].b[].c":"x[].y[]+"}`, `{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":3}]}]}`, `{"x":[{"y":[1,2]},{"y":[3]}]}`},
		"lists of elements stay with them":    {`{"a[].t":"x[].t"}`, `{"a":[{"t":[1,2]},{"t":[3]}]}`, `{"x":[{"t":[1,2]},{"t":[3]}]}`},
		"oneToAllElements gives each its own": {
			`{"a[].b":"x[].p","k":{"key":"x[].r.l","transform":{"function":"oneToAllElements"}},"a[].c":"x[].r.l[].q"}`,
			`{"a":[{"b":1,"c":7},{"b":2,"c":8}],"k":[{"z":0}]}`, `{"x":[{"p":1,"r":{"l":[{"z":0,"q":7}]}},{"p":2,"r":{"l":[{"z":0,"q":8}]}}]}`,
		},
		"an escaped dot in a target":        {`{"a":"x\\.y"}`, `{"a":1}`, `{"x.y":1}`},
		"a later rule does not change data": {`{"a":["x","y"],"b":"x.c"}`, `{"a":{"c":1},"b":2}`, `{"x":{"c":2},"y":{"c":1}}`},
		"globs skip names with a dot":       {`{"*":"x"}`, `{".a":1,"b":2}`, `{"x":[2]}`},
		"a literal name wins over a glob":   {`{"a*":"x"}`, `{"a*":1,"ab":2}`, `{"x":1}`},
		"nested indexes":                    {`{"a[1][0]":"x"}`, `{"a":[[1],[2]]}`, `{"x":2}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := mapValue(t, c.mapping, c.in, "")
			require.NoError(t, got.err)
			assert.Equal(t, c.want, string(got.out))
		})
	}
}

func TestReportsUnmappedCodesOnceWithACount(t *testing.T) {
	t.Parallel()
	plan, err := bare("{\n \"a[].g\": {\"key\": \"x[].g\", \"transform\": {\"function\": \"mapCodes\", \"parameters\": {\"F\": \"f\"}}}}")
	require.NoError(t, err)
	_, report, err := plan.MapValue(t.Context(), []byte(`{"a":[{"g":"F"},{"g":"SECRET"},{"g":"M"}]}`), nil)
	require.NoError(t, err)
	require.Len(t, report.Issues, 1)
	issue := report.Issues[0]
	assert.Equal(t, objectmapper.CodeUnmappedCode, issue.Code)
	assert.Equal(t, 2, issue.Count)
	assert.Equal(t, 2, issue.Position.Line)
	assert.Equal(t, "x[].g", issue.Target)
	assert.NotContains(t, issue.Message, "SECRET")
}

func TestReportsWhatALaterRuleReplaced(t *testing.T) {
	t.Parallel()
	plan, err := bare(`{"a": "x.y", "b": "x"}`)
	require.NoError(t, err)
	out, report, err := plan.MapValue(t.Context(), []byte(`{"a":1,"b":2}`), nil)
	require.NoError(t, err)
	assert.JSONEq(t, `{"x":2}`, string(out))
	require.Len(t, report.Issues, 1)
	assert.Equal(t, objectmapper.CodeOverwritten, report.Issues[0].Code)
}

func TestParseReportsFieldsThePeerDrops(t *testing.T) {
	t.Parallel()
	doc, err := objectmapper.Parse([]byte(`{
 "name": "n", "name": "m", "colour": 1,
 "endpoint": {"pattern": "/a", "auth": true},
 "requests": {"response": {"id": "r", "primary": true, "allowedStatuses": ["201"], "config": {"url": "http://x", "timeout": 3}}}
}`))
	require.NoError(t, err)
	var places []string
	for _, remark := range doc.Remarks {
		places = append(places, string(remark.Code)+" "+remark.Position.Pointer)
	}
	assert.Equal(t, []string{
		"duplicate-member ", "unknown-field /colour", "unknown-field /endpoint/auth",
		"unknown-field /requests/response/primary", "unknown-field /requests/response/allowedStatuses",
		"unknown-field /requests/response/config/timeout",
	}, places)
	assert.Equal(t, 2, doc.Remarks[1].Position.Line)
	assert.Equal(t, 28, doc.Remarks[1].Position.Column)
	assert.Equal(t, "m", doc.Name)
}

func TestCompileNamesEveryMistakeWithItsPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, want string }{
		"unknown transform":    {endpoint(`"inputMapping":{"a":{"key":"x","transform":{"function":"nope"}}}`), `there is no transform "nope"`},
		"no table":             {endpoint(`"inputMapping":{"a":{"key":"x","transform":{"function":"mapCodes"}}}`), "mapCodes needs parameters"},
		"engine needed":        {endpoint(`"inputTransforms":{"a":"$sum(a)\n + $sort(b)"}`), "line 2, column 4 of the expression: the function $sort is not converted"},
		"assignment":           {endpoint(`"inputTransforms":{"a":"($x := 1; $x)"}`), "the variable $x is not converted"},
		"broken schema":        {endpoint(`"inputValidation":{"type":"objekt"}`), "the schema cannot be compiled"},
		"foreign schema":       {endpoint(`"inputValidation":{"$ref":"file:///etc/passwd"}`), "the schema cannot be compiled"},
		"host from the input":  {endpoint(`"requests":{"lookup":[{"id":"x","config":{"url":"http://:h/x","params":{"url":{"h":{"path":"payload.h"}}}}}]}`), "only a constant may stand there"},
		"target without place": {endpoint(`"inputMapping":{"a":{"default":1}}`), "neither a path nor a transform"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := compile(c.doc, objectmapper.Options{})
			var bad *objectmapper.DocumentError
			require.ErrorAs(t, err, &bad)
			assert.Contains(t, err.Error(), c.want)
			assert.Positive(t, bad.Position.Line)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, want string }{
		"no JSON":               {`{"a":`, "1:6: the JSON text ends too early"},
		"no endpoint":           {`{"name":"x"}`, "the document has no endpoint"},
		"the peer's own route":  {`{"endpoint":{"pattern":"/endpoints/x"}}`, "the peer's own"},
		"a method it has not":   {`{"endpoint":{"pattern":"/x","method":"PATCH"}}`, "none of GET, POST, PUT and DELETE"},
		"an unknown format":     {`{"endpoint":{"pattern":"/x"},"transformation":{"input":"CSV"}}`, "none of JSON, XML"},
		"an empty target":       {`{"endpoint":{"pattern":"/x"},"inputMapping":{"a":""}}`, "the target path is empty"},
		"a target that is null": {`{"endpoint":{"pattern":"/x"},"inputMapping":{"a":["x",null]}}`, "a target is a path"},
		"an index far out":      {`{"endpoint":{"pattern":"/x"},"inputMapping":{"a":"x[99999999]"}}`, "as the index of a target"},
		"too deep":              {strings.Repeat("[", 200), "levels of nesting"},
		"a template's path":     {`{"endpoint":{"pattern":"/x"},"requests":{"lookup":{"id":"a","config":{"params":{"query":{"q":{"path":"body.x"}}}}}}}`, `begins with "body"`},
		"one id twice":          {`{"endpoint":{"pattern":"/x"},"requests":{"lookup":[{"id":"a"},{"id":"a"}]}}`, "two requests"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := objectmapper.Parse([]byte(c.doc))
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	in := `{"a":{"n":12345678901234567,"s":"x","l":[{"v":1},{"v":2,"w":null}],"one":[{"v":9}]},"p":["q","r"]}`
	for expression, want := range map[string]string{
		`requestBody.a.n`:    `12345678901234567`,
		`requestBody.a.none`: ``,
		`$exists(requestBody.a.s) ? {'dataElement': 'UID', 'value': requestBody.a.s} : null`: `{"dataElement":"UID","value":"x"}`,
		`$exists(requestBody.a.none) ? 1 : ''`:                                               `""`,
		`requestBody.a.l.v`:                                                                  `[1,2]`,
		`requestBody.a.one.v`:                                                                `9`,
		`requestBody.a.l[-1].v`:                                                              `2`,
		`requestBody.a.l[v = 2].v`:                                                           `2`,
		`requestBody.a.l.w`:                                                                  `null`,
		`requestBody.a.s & '-' & requestBody.a.none & 1.5`:                                   `"x-1.5"`,
		`1 + 2 * 3 - -4`:                                                                     `11`,
		`0.1 + 0.2 & ''`:                                                                     `"0.3"`,
		`requestBody.a.none + 1`:                                                             ``,
		`requestBody.a.s = 'x' and $not(false)`:                                              `true`,
		`'q' in requestBody.p ? true : false`:                                                `true`,
		`$count(requestBody.a.l) > 1`:                                                        `true`,
		`$now()`:                                                                             `"2026-11-22T21:38:00.000Z"`,
		`$map(requestBody.a.l, function($v, $i) {$i + $v.v})`:                                `[1,3]`,
		`$filter(requestBody.p, function($v) {$v = 'r'})`:                                    `"r"`,
		`$join(requestBody.p, ',')`:                                                          `"q,r"`,
		`$substring('abcdef', -3, 2)`:                                                        `"de"`,
		`$string(requestBody.a.one)`:                                                         `"[{\"v\":9}]"`,
		"requestBody.`a`.'s'":                                                                `refused`,
		`$$`:                                                                                 `refused`,
		`requestBody.*`:                                                                      `refused`,
		`requestBody.a^(n)`:                                                                  `refused`,
		`function($x){$x}(1)`:                                                                `refused`,
		`$now('[Y]')`:                                                                        `refused`,
		`1 / 0`:                                                                              `error`,
		`'a' * 2`:                                                                            `error`,
		`$number('abc')`:                                                                     `error`,
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			plan, err := compile(endpoint(`"inputTransforms":{"x":`+quote(expression)+`}`), objectmapper.Options{})
			if want == "refused" {
				require.ErrorContains(t, err, "of the expression")
				return
			}
			require.NoError(t, err)
			out, err := plan.Transform(t.Context(), objectmapper.Data{RequestBody: []byte(in), Now: time.Date(2026, 11, 22, 21, 38, 0, 0, time.UTC)})
			if want == "error" {
				var failed *objectmapper.RunError
				require.ErrorAs(t, err, &failed)
				assert.Equal(t, "inputTransforms.x", failed.Source)
				return
			}
			require.NoError(t, err)
			if want != "" {
				want = `"x":` + want
			}
			assert.Equal(t, "{"+want+"}", string(out))
		})
	}
}

type engine struct{}

func (engine) CompileTransform(expression string) (objectmapper.TransformProgram, error) {
	if !strings.HasPrefix(expression, "$sort") {
		return nil, errors.New("no such thing")
	}
	return engine{}, nil
}

func (engine) EvalTransform(_ context.Context, data []byte) ([]byte, error) {
	if !json.Valid(data) {
		return nil, errors.New("no JSON")
	}
	return []byte(`[1,2]`), nil
}

func TestEngineRunsWhatIsNotConverted(t *testing.T) {
	t.Parallel()
	plan, err := compile(endpoint(`"inputTransforms":{"x":"$sort(requestBody)","y":"requestBody[0]"},"inputMapping":{"transforms.x":"x","transforms.y":"y"}`),
		objectmapper.Options{Engine: engine{}})
	require.NoError(t, err)
	result, err := plan.Run(t.Context(), objectmapper.Data{RequestBody: []byte(`[2,1]`)})
	require.NoError(t, err)
	assert.JSONEq(t, `{"x":[1,2],"y":2}`, string(result.Body))

	_, err = compile(endpoint(`"inputTransforms":{"x":"$eval('1')"}`), objectmapper.Options{Engine: engine{}})
	require.ErrorContains(t, err, "the engine refuses the expression")
}

func TestValidation(t *testing.T) {
	t.Parallel()
	schema := `"inputValidation":{"type":"object","properties":{"requestBody":{"type":"object","required":["a","b"],
	 "properties":{"a":{"type":"integer"},"n":{"type":"string","nullable":true},"c":{"type":"string","errorMessage":"c must be text"}},
	 "errorMessage":{"required":{"b":"b is needed"}}}}}`
	check := func(t *testing.T, opts objectmapper.Options, body string) error {
		t.Helper()
		plan, err := compile(endpoint(schema), opts)
		require.NoError(t, err)
		return plan.Validate(objectmapper.Data{RequestBody: []byte(body)})
	}
	t.Run("lists all mistakes without values", func(t *testing.T) {
		t.Parallel()
		err := check(t, objectmapper.Options{}, `{"c":4711}`)
		var failed *objectmapper.ValidationError
		require.ErrorAs(t, err, &failed)
		assert.ElementsMatch(t, []objectmapper.ValidationIssue{
			{Pointer: "/requestBody", Keyword: "required", Message: "should have required property 'a'"},
			{Pointer: "/requestBody", Keyword: "required", Message: "b is needed"},
			{Pointer: "/requestBody/c", Keyword: "type", Message: "c must be text"},
		}, failed.Issues)
		assert.NotContains(t, err.Error(), "4711")
	})
	t.Run("nullable", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, check(t, objectmapper.Options{}, `{"a":1,"b":1,"n":null}`))
		require.Error(t, check(t, objectmapper.Options{RefuseNull: true}, `{"a":1,"b":1,"n":null}`))
	})
	t.Run("coercion", func(t *testing.T) {
		t.Parallel()
		require.Error(t, check(t, objectmapper.Options{}, `{"a":"7","b":1}`))
		require.NoError(t, check(t, objectmapper.Options{CoerceTypes: objectmapper.CoerceScalars}, `{"a":"7","b":1,"c":5}`))
		require.Error(t, check(t, objectmapper.Options{CoerceTypes: objectmapper.CoerceScalars}, `{"a":["7"],"b":1}`))
		require.NoError(t, check(t, objectmapper.Options{CoerceTypes: objectmapper.CoerceArrays}, `{"a":["7"],"b":1}`))
	})
	t.Run("coerced values are mapped", func(t *testing.T) {
		t.Parallel()
		plan, err := compile(endpoint(schema+`,"inputMapping":{"requestBody.a":"a"}`), objectmapper.Options{CoerceTypes: objectmapper.CoerceScalars})
		require.NoError(t, err)
		result, err := plan.Run(t.Context(), objectmapper.Data{RequestBody: []byte(`{"a":"7","b":1}`)})
		require.NoError(t, err)
		assert.JSONEq(t, `{"a":7}`, string(result.Body))
		assert.JSONEq(t, `{"a":7,"b":1}`, string(result.Data.RequestBody))
	})
	t.Run("nothing to validate", func(t *testing.T) {
		t.Parallel()
		plan, err := compile(endpoint(schema), objectmapper.Options{})
		require.NoError(t, err)
		require.ErrorIs(t, plan.Validate(objectmapper.Data{}), objectmapper.ErrNothingToValidate)
	})
}

func TestTemplatesCannotLeadElsewhere(t *testing.T) {
	t.Parallel()
	plan, err := compile(endpoint(`"constants":{"base":"fhir.example.org"},"requests":{"lookup":[{"id":"x","config":{"method":"get",
	 "url":"http://:base/Patient/:id/x/:identifier/:id-v","params":{"url":{"id":{"path":"payload.id","prefix":"p-"},"base":{"path":"constants.base"}},
	 "query":{"q":{"path":"payload.q"}}}}}]}`), objectmapper.Options{})
	require.NoError(t, err)
	batches, err := plan.Lookups(objectmapper.Data{RequestBody: []byte(`{"id":"../../admin?x=1#:id","q":"a&b=c"}`)})
	require.NoError(t, err)
	request := batches[0].Requests[0]
	assert.Equal(t, "http://fhir.example.org/Patient/p-..%2F..%2Fadmin%3Fx=1%23%3Aid/x/:identifier/p-..%2F..%2Fadmin%3Fx=1%23%3Aid-v", request.URL)
	assert.True(t, strings.HasSuffix(request.Address(), "?q=a%26b%3Dc"))

	plan, err = compile(endpoint(`"requests":{"lookup":[{"id":"x","config":{"url":"http://h/a/:id/b","params":{"url":{"id":{"path":"payload.id"}}}}}]}`), objectmapper.Options{})
	require.NoError(t, err)
	_, err = plan.Lookups(objectmapper.Data{RequestBody: []byte(`{"id":".."}`)})
	require.ErrorContains(t, err, "lead to another place")
	_, err = plan.Lookups(objectmapper.Data{RequestBody: []byte(`{"id":{"SECRET":1}}`)})
	require.ErrorContains(t, err, "an object cannot be written into a URL")
	assert.NotContains(t, err.Error(), "SECRET")
}

func TestXML(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"one member is the root":  {`{"a":{"$":{"id":"1<\""},"b":["x",null,{"_":"t&","$":{"y":2}}],"c":"","d":true}}`, "<a id=\"1&lt;&quot;\">\n  <b>x</b>\n  <b/>\n  <b y=\"2\">t&amp;</b>\n  <c/>\n  <d>true</d>\n</a>"},
		"several members":         {`{"a":1,"b":2.50}`, "<root>\n  <a>1</a>\n  <b>2.50</b>\n</root>"},
		"a list below the root":   {`{"a":[1,2]}`, "<root>\n  <a>1</a>\n  <a>2</a>\n</root>"},
		"nothing":                 {`""`, "<root/>"},
		"a list has no name":      {`[1]`, ""},
		"names cannot break out":  {`{"a><b":1,"c":2}`, ""},
		"a control character":     {`{"a":"\u0000"}`, ""},
		"a list directly in list": {`{"a":[[1]],"b":1}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := objectmapper.EncodeXML([]byte(c.in), objectmapper.Limits{})
			if c.want == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"+c.want, string(out))
		})
	}
	for name, text := range map[string]string{
		"entities":     `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`,
		"two roots":    `<a/><b/>`,
		"wrong end":    `<a></b>`,
		"no end":       `<a>`,
		"only text":    `text`,
		"an encoding":  `<?xml version="1.0" encoding="latin1"?><a/>`,
		"deep nesting": strings.Repeat("<a>", 500),
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			_, err := objectmapper.DecodeXML([]byte(text), objectmapper.Limits{})
			require.Error(t, err)
		})
	}
}

func TestLimitsEndEveryRun(t *testing.T) {
	t.Parallel()
	long := `{"a":[` + strings.Repeat("1,", 5000) + `1]}`
	for name, limits := range map[string]objectmapper.Limits{
		"steps of Limits":     {Steps: 100},
		"bytes of output":     {OutputBytes: 100},
		"bytes of the source": {InputBytes: 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := objectmapper.ParseMapping([]byte(`{"a":"x","a[]":"y"}`))
			require.NoError(t, err)
			plan, err := objectmapper.Compile(doc, objectmapper.Options{Limits: limits})
			require.NoError(t, err)
			_, _, err = plan.MapValue(t.Context(), []byte(long), nil)
			var limit *objectmapper.LimitError
			require.ErrorAs(t, err, &limit)
		})
	}
	t.Run("a cancelled context", func(t *testing.T) {
		t.Parallel()
		plan, err := bare(`{"a":"x"}`)
		require.NoError(t, err)
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("over")
		cancel(cause)
		_, _, err = plan.MapValue(ctx, []byte(long), nil)
		require.ErrorIs(t, err, cause)
	})
}

func TestPlanIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	plan, err := compile(endpoint(`"constants":{"o":{"l":[1]}},"inputMapping":{"constants.o":"o","requestBody.a":"o.l[]+"}`), objectmapper.Options{})
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				result, err := plan.Run(context.Background(), objectmapper.Data{RequestBody: []byte(`{"a":2}`)})
				if assert.NoError(t, err) {
					assert.Equal(t, `{"o":{"l":[1,2]}}`, string(result.Body))
				}
			}
		})
	}
	group.Wait()
}

func TestErrorsNameTheRuleAndNotTheValue(t *testing.T) {
	t.Parallel()
	plan, err := bare("{\n\"a\": \"x\",\n  \"b\": \"x.y\"}")
	require.NoError(t, err)
	_, _, err = plan.MapValue(t.Context(), []byte(`{"a":"SECRET","b":"SECRET"}`), nil)
	var failed *objectmapper.RunError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, 3, failed.Position.Line)
	assert.Equal(t, "x.y", failed.Target)
	assert.NotContains(t, err.Error(), "SECRET")
}

func TestStateFilter(t *testing.T) {
	t.Parallel()
	plan, err := compile(endpoint(`"state":{"config":{"networkErrors":"exclude","includeStatuses":["2xx",300]}}`), objectmapper.Options{})
	require.NoError(t, err)
	assert.True(t, plan.AcceptsState(204, false))
	assert.True(t, plan.AcceptsState(300, false))
	assert.False(t, plan.AcceptsState(404, false))
	assert.False(t, plan.AcceptsState(200, true))
}

func TestValidationRefusesNumbersThatCannotBeComparedInOneOrder(t *testing.T) {
	t.Parallel()
	doc, err := objectmapper.Parse([]byte(endpoint(`"inputValidation":{"type":"object","properties":{"requestBody":{"type":"object","properties":{"n":{"type":"integer","maximum":3},
		"a":{"type":"string"},"b":{"type":"string"},"c":{"type":"string"},"d":{"type":"string"}}}}},"inputMapping":{"requestBody.n":"n"}`)))
	require.NoError(t, err)
	plan, err := objectmapper.Compile(doc, objectmapper.Options{})
	require.NoError(t, err)
	var invalid *objectmapper.ValidationError
	require.Error(t, plan.Validate(objectmapper.Data{RequestBody: []byte(`{"n":1e999999999}`)}))
	require.ErrorAs(t, plan.Validate(objectmapper.Data{RequestBody: []byte(`{"n":1e400}`)}), &invalid)
	assert.Equal(t, "/requestBody/n", invalid.Issues[0].Pointer)
	for range 10 {
		require.ErrorAs(t, plan.Validate(objectmapper.Data{RequestBody: []byte(`{"a":1,"b":2,"c":3,"d":4}`)}), &invalid)
		var pointers []string
		for _, issue := range invalid.Issues {
			pointers = append(pointers, issue.Pointer)
		}
		require.Equal(t, []string{"/requestBody/a", "/requestBody/b", "/requestBody/c", "/requestBody/d"}, pointers)
	}
}
