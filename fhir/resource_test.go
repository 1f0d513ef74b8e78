package fhir_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// parsed is Parse of a text known to be good.
func parsed(tb testing.TB, text string) fhir.Resource {
	tb.Helper()
	r, err := fhir.Parse([]byte(text))
	require.NoError(tb, err)
	return r
}

func TestParseSaysWhereATextIsNoResource(t *testing.T) {
	t.Parallel()
	deep := `{"resourceType":"Patient","x":` + strings.Repeat("[", fhir.MaxDepth) + strings.Repeat("]", fhir.MaxDepth) + "}"
	for name, c := range map[string]struct {
		text, problem string
		line, column  int
	}{
		"nothing":                    {"", "the text is empty", 1, 1},
		"white space":                {" \n ", "the text is empty", 2, 2},
		"an array":                   {"[]", "the text is not a JSON object", 1, 1},
		"no resourceType":            {"\n {}", "the object has no resourceType", 2, 2},
		"a number as resourceType":   {`{"resourceType":1}`, "resourceType is not a name", 1, 17},
		"an empty resourceType":      {`{"resourceType":""}`, "resourceType is not a name", 1, 17},
		"a missing comma":            {"{\"resourceType\":\"Ä\"\n\"id\":\"1\"}", "a comma or a closing brace is missing", 2, 1},
		"a column in characters":     {`{"resourceType":"ÄÖ" "x":1}`, "a comma or a closing brace is missing", 1, 22},
		"an end too early":           {`{"resourceType":"Patient"`, "the text ends too early: a comma or a closing brace is missing", 1, 26},
		"an open string":             {`{"resourceType":"Patient`, "the text ends too early: the end of a string is missing", 1, 25},
		"a second object":            {`{"resourceType":"Patient"} {}`, "something follows the end of the object", 1, 28},
		"two members of one name":    {`{"resourceType":"Patient","id":"1","id":"2"}`, "the object has two members of this name", 1, 36},
		"one of them with an escape": {`{"resourceType":"Patient","id":"1","i\u0064":"2"}`, "the object has two members of this name", 1, 36},
		"such a pair further down":   {`{"resourceType":"Patient","name":[{"use":"a","use":"b"}]}`, "the object has two members of this name", 1, 46},
		"a leading zero":             {`{"resourceType":"Patient","x":01}`, "a number is malformed", 1, 31},
		"a bare point":               {`{"resourceType":"Patient","x":1.}`, "a number is malformed", 1, 31},
		"a bare exponent":            {`{"resourceType":"Patient","x":1e}`, "a number is malformed", 1, 31},
		"a bare minus":               {`{"resourceType":"Patient","x":-}`, "a number is malformed", 1, 31},
		"not a number":               {`{"resourceType":"Patient","x":NaN}`, "a value is missing", 1, 31},
		"a trailing comma":           {`{"resourceType":"Patient",}`, "a name in quotes is missing", 1, 27},
		"an unknown escape":          {`{"resourceType":"\x"}`, "a string holds an unknown escape sequence", 1, 18},
		"a line end in a string":     {"{\"resourceType\":\"a\nb\"}", "a control character in a string is not escaped", 1, 19},
		"bytes that are not UTF-8":   {"{\"resourceType\":\"\xff\"}", "the text is not UTF-8", 1, 18},
		"a byte order mark":          {"\xef\xbb\xbf{}", "the text begins with a byte order mark", 1, 1},
		"too deep":                   {deep, "arrays and objects are nested too deeply", 1, 30 + fhir.MaxDepth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fhir.Parse([]byte(c.text))
			var p *fhir.ParseError
			require.ErrorAs(t, err, &p)
			assert.Equal(t, c.problem, p.Problem)
			assert.Equal(t, []int{c.line, c.column}, []int{p.Line, p.Column})
			assert.Equal(t, fhir.Issue{
				Severity: fhir.SeverityFatal, Code: fhir.IssueInvalid, Details: c.problem, Line: c.line, Column: c.column,
			}, p.Issue())
		})
	}
}

func TestParseAgreesWithEncodingJSONOnWhatIsJSON(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		`0`, `-0`, `-1.5e+10`, `1E5`, `""`, `"\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00"`, `true`, `false`, `null`, `[]`, `{}`, `[ 1 , [ ] ]`, `{ "a" : { } }`,
		`+1`, `.5`, `1.5.2`, `"\u12g4"`, `tru`, `nul`, `[1,]`, `{,}`, `{"a"}`, `{"a":}`, `{1:2}`, `'a'`, `0x1`, `"` + "\t" + `"`, `[1 2]`,
	} {
		text := []byte(`{"resourceType":"X","v":` + value + `}`)
		_, err := fhir.Parse(text)
		assert.Equal(t, json.Valid(text), err == nil, value)
	}
}

func TestAHugeObjectIsCheckedInOnePass(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"resourceType":"X"`)
	for i := range 100_000 {
		fmt.Fprintf(&b, `,"n%d":0`, i)
	}
	parsed(t, b.String()+"}")
	_, err := fhir.Parse([]byte(b.String() + `,"n5":0}`))
	assert.ErrorContains(t, err, "two members of this name")
}

func TestTheZeroResourceHoldsNothing(t *testing.T) {
	t.Parallel()
	var r fhir.Resource
	assert.True(t, r.IsZero())
	assert.Nil(t, r.Bytes())
	assert.Equal(t, "no resource", r.String())
	assert.Equal(t, fhir.Meta{}, r.Meta())
	assert.False(t, r.Get("id").Exists())
	assert.Empty(t, r.References())
	assert.Empty(t, r.Contained())
	assert.Empty(t, r.Extensions())
	for _, err := range []error{
		second(fhir.As[map[string]any](r)),
		second(fhir.Edit(r, func(*map[string]any) error { return nil })),
		second(r.Set("id", "1")), second(r.Delete("id")), second(r.XML()),
	} {
		assert.ErrorContains(t, err, "the resource holds nothing")
	}
	text, err := json.Marshal(r)
	require.NoError(t, err)
	assert.Equal(t, "null", string(text))
	require.NoError(t, json.Unmarshal([]byte("null"), &r))
	assert.True(t, r.IsZero())
}

func second[T any](_ T, err error) error { return err }

func TestAResourceIsAMemberOfOtherStructs(t *testing.T) {
	t.Parallel()
	var wrapped struct {
		Resource fhir.Resource `json:"resource"`
	}
	require.NoError(t, json.Unmarshal([]byte(`{"resource":{"resourceType":"Patient","id":"1","multipleBirthInteger":2.0}}`), &wrapped))
	assert.Equal(t, "Patient/1", wrapped.Resource.Reference())
	text, err := json.Marshal(wrapped)
	require.NoError(t, err)
	assert.Equal(t, `{"resource":{"resourceType":"Patient","id":"1","multipleBirthInteger":2.0}}`, string(text))
	assert.Error(t, json.Unmarshal([]byte(`{"resource":{"id":"1"}}`), &wrapped))
}

func TestLoggingAResourceShowsNothingOfIt(t *testing.T) {
	t.Parallel()
	r := parsed(t, `{"resourceType":"Patient","name":[{"family":"Secret"}]}`)
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("got", "resource", r)
	slog.New(slog.NewTextHandler(&b, nil)).Info("got", "resource", r)
	fmt.Fprintf(&b, "%v %s %+v", r, r, r)
	assert.NotContains(t, b.String(), "Secret")
	assert.Contains(t, b.String(), "Patient (55 bytes)")
}

func TestMetaIsReadInAnyVersionOfFHIR(t *testing.T) {
	t.Parallel()
	m := parsed(t, `{"resourceType":"Thing","meta":{"versionId":"3","lastUpdated":"2024-02-03T04:05:06.789+02:00","source":"urn:s",
		"profile":["http://p|1.0",7,"http://q"],"tag":[{"system":"s","code":"t","display":"T"},1],"security":[{"system":"s","code":"R"}]}}`).Meta()
	assert.Equal(t, "3", m.VersionID)
	assert.Equal(t, "urn:s", m.Source)
	assert.True(t, m.LastUpdated.Equal(time.Date(2024, 2, 3, 2, 5, 6, 789_000_000, time.UTC)))
	assert.Equal(t, []string{"http://p|1.0", "http://q"}, m.Profiles)
	assert.Equal(t, []fhir.Coding{{System: "s", Code: "t", Display: "T"}}, m.Tags)
	assert.True(t, m.HasProfile("http://p"))
	assert.True(t, m.HasProfile("http://p|1.0"))
	assert.False(t, m.HasProfile("http://p|2.0"))
	assert.True(t, m.HasTag("s", "t"))
	assert.True(t, m.HasSecurity("s", "R"))
	assert.False(t, m.HasSecurity("s", "t"))
	assert.Equal(t, fhir.Meta{}, parsed(t, `{"resourceType":"X","meta":[1]}`).Meta())
}
