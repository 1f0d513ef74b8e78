package fhirpath_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirpath"
)

const patient = `{"resourceType":"Patient","id":"p","gender":"female","name":[{"given":["A","B"]}],"managingOrganization":{"reference":"Organization/1"},"maritalStatus":{"coding":[{"system":"s","code":"M"}]}}`

// terminology knows one value set and one hierarchy.
type terminology struct{}

func (terminology) MemberOf(_ context.Context, valueSet, system, code string) (member, known bool, err error) {
	switch valueSet {
	case "broken":
		return false, false, errors.New("no connection")
	case "vs":
		return code == "M" && system == "s" || code == "female", true, nil
	}
	return false, false, nil
}

func (terminology) Subsumes(_ context.Context, system, a, b string) (subsumes, known bool, err error) {
	return a == b || a == "top", system == "s", nil
}

type profiles struct{}

func (profiles) ConformsTo(_ context.Context, element fhirpath.Item, url string) (bool, error) {
	if url == "broken" {
		return false, errors.New("no such profile")
	}
	_, name := element.Type()
	return name == url, nil
}

func TestTheEngineAsksWhatItWasGiven(t *testing.T) {
	t.Parallel()
	var traced []string
	engine := newEngine(t, fhirpath.Config{
		Functions: map[string]fhirpath.Function{
			"double": {MinArgs: 0, MaxArgs: 1, Call: func(_ context.Context, input fhirpath.Collection, args []fhirpath.Collection) (fhirpath.Collection, error) {
				for _, a := range args {
					input = append(input, a...)
				}
				return append(input, input...), nil
			}},
			"broken": {Call: func(context.Context, fhirpath.Collection, []fhirpath.Collection) (fhirpath.Collection, error) {
				return nil, errors.New("out of order")
			}},
		},
		Constants: map[string]fhirpath.Collection{"site": {fhirpath.NewString("here")}},
		Resolver: fhirpath.ResolverFunc(func(_ context.Context, reference string) (*fhirpath.Document, error) {
			switch reference {
			case "Organization/1":
				return fhirpath.ParseDocument([]byte(`{"resourceType":"Organization","id":"1","name":"N"}`))
			case "broken":
				return nil, errors.New("no connection")
			}
			return nil, nil //nolint:nilnil // there is none
		}),
		Terminology: terminology{}, Profiles: profiles{},
		Tracer: fhirpath.TracerFunc(func(_ context.Context, name string, items fhirpath.Collection) {
			traced = append(traced, name+"="+strings.Join(items.Strings(), ","))
		}),
		Now: func() time.Time { return time.Date(2024, 2, 29, 13, 5, 0, 0, time.FixedZone("", 3600)) },
	})
	table(t, engine, patient, map[string][]string{
		"name.given.double().count()":                            {"4"},
		"name.given.double(id)":                                  {"A", "B", "p", "A", "B", "p"},
		"%site":                                                  {"here"},
		"managingOrganization.resolve().name":                    {"N"},
		"managingOrganization.resolve() is Organization":         {"true"},
		"'Organization/2'.resolve()":                             {},
		"gender.memberOf('vs')":                                  {"true"},
		"maritalStatus.memberOf('vs')":                           {"true"},
		"maritalStatus.coding.memberOf('vs')":                    {"true"},
		"id.memberOf('vs')":                                      {"false"},
		"gender.memberOf('other')":                               {},
		"maritalStatus.subsumedBy(maritalStatus)":                {"true"},
		"maritalStatus.coding.subsumes(maritalStatus)":           {"true"},
		"conformsTo('Patient')":                                  {"true"},
		"conformsTo('Person')":                                   {"false"},
		"now()":                                                  {"2024-02-29T13:05:00.000+01:00"},
		"today() | timeOfDay()":                                  {"2024-02-29", "13:05:00.000"},
		"now().hourOf() | now().timezoneOffsetOf()":              {"13", "1"},
		"today().yearOf() | today().monthOf() | today().dayOf()": {"2024", "2", "29"},
	})
	_, err := eval(t, engine, "name.given.trace('a').first().trace('b', length())", patient)
	require.NoError(t, err)
	assert.Equal(t, []string{"a=A,B", "b=1"}, traced)
	for source, want := range map[string]string{
		"broken()":                  "line 1, column 1: broken(): out of order",
		"id.double(1, 2)":           "double() takes 0 to 1 arguments, not 2",
		"'broken'.resolve()":        "line 1, column 10: resolve(): no connection",
		"gender.memberOf('broken')": "memberOf(): no connection",
		"conformsTo('broken')":      "conformsTo(): no such profile",
		"%sitee":                    "there is no variable %sitee",
	} {
		x, err := engine.Compile(source)
		if err == nil {
			_, err = x.EvalBytes(t.Context(), []byte(patient))
		}
		require.ErrorContains(t, err, want)
	}
}

func TestWithVariableSetsOneEvaluation(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, fhirpath.Config{Constants: map[string]fhirpath.Collection{"a": {fhirpath.NewInteger(1)}}})
	x, err := engine.Compile("%a + 1")
	require.NoError(t, err)
	got, err := x.EvalOn(t.Context(), fhirpath.Item{}, fhirpath.WithVariable("%a", fhirpath.Collection{fhirpath.NewInteger(9)}))
	require.NoError(t, err)
	assert.Equal(t, "10", got.String())
	got, err = x.EvalOn(t.Context(), fhirpath.Item{})
	require.NoError(t, err)
	assert.Equal(t, "2", got.String())
}

func TestAConfigThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	call := func(context.Context, fhirpath.Collection, []fhirpath.Collection) (fhirpath.Collection, error) {
		return nil, nil
	}
	for name, f := range map[string]fhirpath.Function{"where": {Call: call}, "f": {}, "g h": {Call: call}, "i": {MinArgs: 2, MaxArgs: 1, Call: call}} {
		_, err := fhirpath.New(fhirpath.Config{Functions: map[string]fhirpath.Function{name: f}})
		require.ErrorContains(t, err, name)
	}
}

func TestEvaluationsAreBounded(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, fhirpath.Config{Limits: fhirpath.Limits{Steps: 100_000, Items: 1000}})
	for _, source := range []string{
		"(1 | 2).repeatAll($this)",
		"(1|2|3|4|5|6|7|8|9).aggregate($total.combine($total).combine($this), 0)",
		"(1|2|3|4|5|6|7|8|9).select(" + strings.Repeat("(1|2|3|4|5|6|7|8|9).select(", 8) + "1" + strings.Repeat(")", 9),
		"'abcdefgh'" + strings.Repeat(".replace('', 'abcdefgh')", 12),
		"'abcdefgh'" + strings.Repeat(".replaceMatches('.?', 'abcdefghijkl')", 12),
		"'abcdefgh'" + strings.Repeat(".encode('hex')", 40),
		"'abcdefgh'" + strings.Repeat(".escape('html').split('').join('<<<<<')", 12),
		"(1|2|3|4|5|6|7|8|9).aggregate(($total & $total & $total & $total & $total & $total & $total & $total & 'x'), 'x')",
	} {
		started := time.Now()
		_, err := eval(t, engine, source, "")
		require.ErrorIs(t, err, fhirpath.ErrBudget, source[:min(60, len(source))])
		assert.Less(t, time.Since(started), 20*time.Second)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := fhirpath.MustCompile("1").EvalOn(ctx, fhirpath.Item{})
	require.ErrorIs(t, err, context.Canceled)
	loop, err := newEngine(t, fhirpath.Config{Limits: fhirpath.Limits{Steps: 1 << 40}}).Compile("1.repeatAll($this)")
	require.NoError(t, err)
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = loop.EvalOn(ctx, fhirpath.Item{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestCompiledExpressionsAreKeptAndShared(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, fhirpath.Config{CacheSize: 2})
	compile := func(source string) *fhirpath.Expression {
		x, err := engine.Compile(source)
		require.NoError(t, err)
		return x
	}
	a, b := compile("a"), compile("b")
	assert.Same(t, a, compile("a"))
	compile("c") // b makes room
	assert.Same(t, a, compile("a"))
	assert.NotSame(t, b, compile("b"))
	assert.Equal(t, "a", a.String())

	x := compile("name.given.where($this = 'A' or %v = 1).first() & gender")
	doc, err := fhirpath.ParseDocument([]byte(patient))
	require.NoError(t, err)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				got, err := x.Eval(context.Background(), doc, fhirpath.WithVariable("v", fhirpath.Collection{fhirpath.NewInteger(1)}))
				if err != nil || got.String() != "Afemale" {
					t.Errorf("%v %v", got, err)
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestAnEvaluatorAllocatesNothingForNavigation(t *testing.T) { //nolint:paralleltest // counts allocations
	engine := newEngine(t, fhirpath.Config{LooseAs: true})
	doc, err := fhirpath.ParseDocument([]byte(patient))
	require.NoError(t, err)
	x, err := engine.Compile("name.all(given.exists() or family.exists()) and (contact.empty() or contact.all(name.exists()))")
	require.NoError(t, err)
	ev := engine.Evaluator()
	holds, err := ev.Holds(t.Context(), x, doc.Root())
	require.NoError(t, err)
	assert.True(t, holds)
	ctx := t.Context()
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := ev.Holds(ctx, x, doc.Root()); err != nil {
			t.Error(err)
		}
	}))
	// An error leaves it usable.
	bad, err := engine.Compile("(name | id).single()")
	require.NoError(t, err)
	_, err = ev.Holds(t.Context(), bad, doc.Root())
	require.Error(t, err)
	got, err := ev.Eval(t.Context(), x, doc.Root())
	require.NoError(t, err)
	assert.Equal(t, "true", got.String())
}

func TestErrorsAndLogsHoldNoData(t *testing.T) {
	t.Parallel()
	const secret = "Verysecret"
	resource := strings.ReplaceAll(patient, `"A"`, `"`+secret+`"`)
	var logged bytes.Buffer
	engine := newEngine(t, fhirpath.Config{Tracer: fhirpath.LogTracer(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))})
	for _, source := range []string{
		"name.given.first() + 1", "name.given.first() > 1", "name.given.single()", "-name.given.first()", "name.given.first().matches($this & '(')", "name.given.first().encode($this)",
		"name.given.trace('t').first().conformsTo(name.given.first())",
	} {
		_, err := eval(t, engine, source, resource)
		require.Error(t, err, source)
		assert.NotContains(t, err.Error(), secret)
	}
	assert.Contains(t, logged.String(), "items=2")
	assert.NotContains(t, logged.String(), secret)
	fhirpath.LogTracer(nil).Trace(t.Context(), "x", nil)
}

func TestCheckFindsWhatTypesRuleOut(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"name.gven":                  "HumanName has no gven (is it given?)",
		"Observation.value":          "Patient is no Observation",
		"deceasedBoolean":            "deceasedBoolean is the JSON name of a choice",
		"(deceased as Quantity)":     "boolean or dateTime is never Quantity",
		"name.where(use)":            "the criterion of where() is code, no Boolean",
		"name.startsWith('a')":       "startsWith() is for texts, not for HumanName",
		"children().first()":         "first() of children() or descendants(), which have no order",
		"birthDate > 'a'":            "date and String cannot be ordered",
		"contact.name.select(fmily)": "HumanName has no fmily (is it family?)",
		"name.given.family":          "string has no family",
	} {
		x, err := fhirpath.Compile(source)
		require.NoError(t, err)
		err = x.Check("Patient")
		var fault *fhirpath.SyntaxError
		require.ErrorAs(t, err, &fault, source)
		assert.Contains(t, err.Error(), want)
	}
	for _, source := range []string{
		"Patient.name.given", "Resource.id", "contained.name", "deceased.ofType(boolean)", "repeat(contact).name", "extension.value.unit", "name.given.first().length()",
		"name.select(iif(use = 'usual', family, given.first()))", "descendants().reference", "link.other.resolve().name", "%resource.x", "name.aggregate($total + 1, 0)",
		"birthDate.extension('x').value", "telecom.where(system = 'phone').value | name.given", "name.exists(use = 'official' and given.exists())", "generalPractitioner.reference",
	} {
		x, err := fhirpath.Compile(source)
		require.NoError(t, err)
		require.NoError(t, x.Check("Patient"), source)
	}
	require.ErrorContains(t, fhirpath.MustCompile("id").Check("Patint"), "there is no type Patint")
}

func TestAResourceIsEvaluatedAsItsBytes(t *testing.T) {
	t.Parallel()
	r, err := fhir.Parse([]byte(patient))
	require.NoError(t, err)
	got, err := fhirpath.MustCompile("name.given").EvalResource(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, []string{"A", "B"}, got.Strings())
	doc, err := fhirpath.ResourceDocument(r)
	require.NoError(t, err)
	got, err = fhirpath.MustCompile("id").Eval(t.Context(), doc)
	require.NoError(t, err)
	assert.Equal(t, "p", got.String())
}

func TestAnEvaluatorMayBeUsedByWhatItCalls(t *testing.T) {
	t.Parallel()
	var ev *fhirpath.Evaluator
	var inner, outer, outerID *fhirpath.Expression
	engine := newEngine(t, fhirpath.Config{Functions: map[string]fhirpath.Function{
		"nested": {Call: func(ctx context.Context, input fhirpath.Collection, _ []fhirpath.Collection) (fhirpath.Collection, error) {
			_, err := ev.Eval(ctx, outerID, fhirpath.NewInteger(1))
			if err != nil {
				return nil, err
			}
			return ev.Eval(ctx, inner, input[0])
		}},
		"forever": {Call: func(ctx context.Context, input fhirpath.Collection, _ []fhirpath.Collection) (fhirpath.Collection, error) {
			return ev.Eval(ctx, outer, input[0])
		}},
	}})
	compile := func(source string) *fhirpath.Expression {
		x, err := engine.Compile(source)
		require.NoError(t, err)
		return x
	}
	inner, outer = compile("given.select($this & %resource.id).first()"), compile("forever()")
	outerID = compile("iif(%resource.exists(), 1 + 'x', 1)") // a number stands in no resource, whatever the outer one does
	doc, err := fhirpath.ParseDocument([]byte(patient))
	require.NoError(t, err)
	ev = engine.Evaluator()
	got, err := ev.Eval(t.Context(), compile("%resource.name.select(nested() & $index.toString() & given.first() & %context.id) | gender"), doc.Root())
	require.NoError(t, err)
	assert.Equal(t, []string{"Ap0Ap", "female"}, got.Strings())
	_, err = ev.Eval(t.Context(), outer, doc.Root())
	require.ErrorIs(t, err, fhirpath.ErrBudget)
	got, err = ev.Eval(t.Context(), compile("id"), doc.Root())
	require.NoError(t, err)
	assert.Equal(t, "p", got.String())
}
