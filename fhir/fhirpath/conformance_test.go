package fhirpath_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirpath"
)

// sharedDir is where the corpora lie.
func sharedDir() string {
	if dir := os.Getenv("SHARED_DIR"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared")
}

// shared reads a file of the corpora. Without them the test is skipped, but not in CI.
func shared(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(sharedDir(), filepath.FromSlash(name)))
	if err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatalf("the corpus is missing: %v; set SHARED_DIR", err)
		}
		tb.Skipf("the corpus is missing: %v; set SHARED_DIR", err)
	}
	return data
}

// contested are cases that are not met, and why. The test fails when one of them is met.
var contested = map[string]string{
	"testPlusDate19": "0.1 's' is wanted to add nothing. N1, Date/Time Arithmetic: the decimal part of a quantity is ignored for precisions above seconds, " +
		"so at seconds and below it counts: 100 ms, which the left side has the precision for.",
	"HighBoundaryDateTimeMillisecond1": "the minutes of @2014-01-01T08 are not known, so the greatest value has minute 59, not 00: " +
		"it could be 08:30 and would be above its own high boundary. lowBoundary and @T10:30.highBoundary() of the same suite fill what is missing.",
	"HighBoundaryDateTimeMillisecond3": "as HighBoundaryDateTimeMillisecond1, the same expression",
	"m-c5f202f7":                       "1.0, 1.00, 1.0, 1E-22, 1e18, 1e-245 and -1e245 are five numbers; the engine takes 1E-22 and 1e-245 for equal",
	"m-9e9f9391":                       "effective is a Period; the engine gives the name of its Java class ('org.hl7…'). toString() of what has no text is empty (N1, toString)",
}

// suiteCase is a case of the public HL7 suite.
type suiteCase struct {
	Group, Name, Expr    string
	Input, Mode, Invalid *string
	Predicate            *string
	Outputs              []output
}

// output is what a case expects.
type output struct {
	Type  string          `json:"type"`
	Value *string         `json:"value"`
	JSON  json.RawMessage `json:"json"`
}

func TestTheHL7SuiteIsMet(t *testing.T) {
	t.Parallel()
	var cases []suiteCase
	require.NoError(t, json.Unmarshal(shared(t, "conformance/fhirpath/tests.json"), &cases))
	engine, err := fhirpath.New(fhirpath.Config{})
	require.NoError(t, err)
	docs := documents{t, "conformance/fhirpath/inputs", map[string]*fhirpath.Document{}}
	met := tally{name: "fhirpath/tests"}
	groups := map[string][]suiteCase{}
	var order []string
	for _, c := range cases {
		if groups[c.Group] == nil {
			order = append(order, c.Group)
		}
		groups[c.Group] = append(groups[c.Group], c)
	}
	for _, group := range order { //nolint:paralleltest // they count in met
		t.Run(group, func(t *testing.T) {
			for _, c := range groups[group] {
				met.count(t, c.Name, suiteProblem(engine, &docs, c))
			}
		})
	}
	met.print()
}

// suiteProblem runs a case and returns what is wrong, or nil.
func suiteProblem(engine *fhirpath.Engine, docs *documents, c suiteCase) error {
	x, err := engine.Compile(c.Expr)
	var doc *fhirpath.Document
	if c.Input != nil {
		doc = docs.get(strings.TrimSuffix(*c.Input, ".xml"))
	}
	// What is semantically invalid, or invalid in strict mode, is found by the types before
	// there are data; everything else that is invalid is refused by Compile or by Eval.
	if c.Invalid != nil && (*c.Invalid == "semantic" || c.Mode != nil && *c.Mode == "strict") {
		if err == nil && doc != nil {
			_, typ := doc.Root().Type()
			err = x.Check(typ)
		}
		return mustFail(err, "is valid by its types")
	}
	var got fhirpath.Collection
	if err == nil {
		if doc != nil {
			got, err = x.Eval(context.Background(), doc)
		} else {
			got, err = x.EvalOn(context.Background(), fhirpath.Item{})
		}
	}
	if c.Invalid != nil {
		return mustFail(err, fmt.Sprintf("should be refused, gives %v", show(got)))
	}
	if err != nil {
		return err
	}
	if c.Predicate != nil && *c.Predicate == "true" {
		value, known := got.Bool()
		got = fhirpath.Collection{fhirpath.NewBoolean(known && value)}
	}
	return differ(got, c.Outputs, false)
}

func mustFail(err error, problem string) error {
	if err == nil {
		return errors.New(problem)
	}
	return nil
}

// documents reads inputs once.
type documents struct {
	tb     testing.TB
	folder string
	parsed map[string]*fhirpath.Document
}

func (d *documents) get(name string) *fhirpath.Document {
	name = strings.TrimSuffix(name, ".json")
	if doc := d.parsed[name]; doc != nil {
		return doc
	}
	doc, err := fhirpath.ParseDocument(shared(d.tb, d.folder+"/"+name+".json"))
	require.NoError(d.tb, err)
	d.parsed[name] = doc
	return doc
}

// mediatorCase is an expression as mediators write it, and what the Java engine answers.
type mediatorCase struct {
	ID, Example, Expression string
	Outputs                 []output
	Error, Contested        *string
	Unordered               bool
}

func TestTheExpressionsOfMediatorsAreMet(t *testing.T) {
	t.Parallel()
	var corpus struct{ Cases []mediatorCase }
	require.NoError(t, json.Unmarshal(shared(t, "conformance/fhirpath/mediator-expressions.json"), &corpus))
	engine, err := fhirpath.New(fhirpath.Config{})
	require.NoError(t, err)
	docs := documents{t, "fixtures/fhir-r4-examples", map[string]*fhirpath.Document{}}
	met := tally{name: "fhirpath/mediator-expressions"}
	for _, c := range corpus.Cases {
		if c.Contested != nil {
			// The README: not counted. It must not panic, though.
			if x, err := engine.Compile(c.Expression); err == nil {
				_, _ = x.Eval(t.Context(), docs.get(c.Example))
			}
			fmt.Printf("conformance-apart: %s %s: %s\n", met.name, c.ID, *c.Contested)
			continue
		}
		met.count(t, c.ID, mediatorProblem(engine, &docs, c))
	}
	met.print()
}

func mediatorProblem(engine *fhirpath.Engine, docs *documents, c mediatorCase) error {
	x, err := engine.Compile(c.Expression)
	parseError := c.Error != nil && strings.HasPrefix(*c.Error, "HAPI-2409")
	if parseError {
		if err == nil {
			return fmt.Errorf("%s: should not compile", c.Expression)
		}
		return nil
	}
	if err != nil && c.Error == nil {
		return fmt.Errorf("%s: %w", c.Expression, err)
	}
	var got fhirpath.Collection
	if err == nil {
		got, err = x.Eval(context.Background(), docs.get(c.Example))
	}
	if c.Error != nil {
		if err == nil && len(got) > 0 {
			return fmt.Errorf("%s: should be refused or empty, gives %v", c.Expression, show(got))
		}
		return nil
	}
	if err == nil {
		err = differ(got, c.Outputs, c.Unordered)
	}
	if err != nil {
		return fmt.Errorf("%s on %s: %w", c.Expression, c.Example, err)
	}
	return nil
}

// differ compares a result with what is expected.
func differ(got fhirpath.Collection, want []output, unordered bool) error {
	if len(got) != len(want) {
		return fmt.Errorf("gives %v, want %v", show(got), wanted(want))
	}
	used := make([]bool, len(got))
	for i, w := range want {
		found := false
		for j, g := range got {
			if !used[j] && (unordered || i == j) && matches(g, w) {
				used[j], found = true, true
				break
			}
		}
		if !found {
			return fmt.Errorf("gives %v, want %v", show(got), wanted(want))
		}
	}
	return nil
}

func show(c fhirpath.Collection) []string {
	list := make([]string, len(c))
	for i, item := range c {
		namespace, name := item.Type()
		list[i] = namespace + "." + name + ":" + item.String()
	}
	return list
}

func wanted(list []output) []string {
	texts := make([]string, len(list))
	for i, o := range list {
		texts[i] = o.Type + ":" + string(o.JSON)
		if o.Value != nil {
			texts[i] = o.Type + ":" + *o.Value
		}
	}
	return texts
}

// families are types that the README counts as equal.
var families = [][]string{
	{"string", "code", "id", "uri", "url", "canonical", "oid", "uuid", "markdown", "base64Binary", "xhtml"},
	{"integer", "positiveInt", "unsignedInt"},
	{"dateTime", "instant"},
}

func sameType(got, want string) bool {
	if want == "" || strings.EqualFold(got, want) {
		return true
	}
	for _, f := range families {
		has := func(name string) bool {
			return slices.ContainsFunc(f, func(s string) bool { return strings.EqualFold(s, name) })
		}
		if has(got) && has(want) {
			return true
		}
	}
	return false
}

func matches(got fhirpath.Item, want output) bool {
	_, name := got.Type()
	if !sameType(name, want.Type) {
		return false
	}
	if want.JSON != nil {
		return matchesJSON(got, want)
	}
	if want.Value == nil {
		return got.String() == ""
	}
	value := *want.Value
	switch strings.ToLower(name) {
	case "date", "datetime", "time", "instant":
		return strings.TrimPrefix(strings.TrimPrefix(value, "@"), "T") == got.String()
	case "decimal":
		return sameNumber(value, got.String(), got.IsElement())
	case "quantity":
		number, unit, ok := got.Quantity()
		wantNumber, wantUnit, _ := strings.Cut(value, " ")
		return ok && sameNumber(wantNumber, number, false) && strings.Trim(wantUnit, "'") == unit
	default:
		return value == got.String()
	}
}

// sameNumber compares by value, and by spelling where a number comes from the data.
func sameNumber(want, got string, spelling bool) bool {
	if spelling {
		return want == got
	}
	w, errW := strconv.ParseFloat(want, 64)
	g, errG := strconv.ParseFloat(got, 64)
	if errW != nil || errG != nil {
		return false
	}
	x, err := fhirpath.MustCompile("%a = %b").EvalOn(context.Background(), fhirpath.Item{},
		fhirpath.WithVariable("a", number(want)), fhirpath.WithVariable("b", number(got)))
	equal, _ := x.Bool()
	return err == nil && equal && w == g
}

func number(text string) fhirpath.Collection {
	item, err := fhirpath.NewDecimal(text)
	if err != nil {
		return nil
	}
	return fhirpath.Collection{item}
}

func matchesJSON(got fhirpath.Item, want output) bool {
	var g, w any
	if json.Unmarshal([]byte(got.JSON()), &g) != nil || json.Unmarshal(want.JSON, &w) != nil {
		return false
	}
	if m, ok := g.(map[string]any); ok && !got.IsElement() {
		delete(m, "unit") // the engine gives the code alone
		if wm, ok := w.(map[string]any); ok {
			delete(wm, "unit")
		}
	}
	return assert.ObjectsAreEqual(w, g)
}

// tally counts the cases of a corpus.
type tally struct {
	name          string
	passed, total int
	unmet         []string
}

func (m *tally) count(t *testing.T, id string, problem error) {
	t.Helper()
	m.total++
	reason, known := contested[id]
	switch {
	case problem == nil && known:
		t.Errorf("%s is met now: take it from the table", id)
	case problem == nil:
	case known:
		m.unmet = append(m.unmet, fmt.Sprintf("conformance-unmet: %s %s: %s", m.name, id, reason))
		return
	default:
		t.Errorf("%s: %v", id, problem)
		return
	}
	m.passed++
}

func (m *tally) print() {
	for _, line := range m.unmet {
		fmt.Println(line)
	}
	fmt.Printf("conformance: %s %d/%d\n", m.name, m.passed, m.total)
}
