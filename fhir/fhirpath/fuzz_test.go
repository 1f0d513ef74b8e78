package fhirpath_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/openhim/mediator-go/fhir/fhirpath"
)

// seeds are expressions that reach most of the language.
func seeds() []string {
	return []string{
		"Patient.name.given", "telecom.where(system='phone' and use='work').value.first()", "name.select(given.join(' ') & ' ' & family)", "1 + 2 * 3.50 - 4 'mg' / 2",
		"@2014-01-05T10:30:00.120+05:30 + 7.7 days", "@T10:30 < @T10:30:00", "-1.convertsToInteger()", "'a\\u0041'.matches('^[a-z]+$', 'i')", "%`vs-x` | %resource.id", "repeat(contact | $this.link).ofType(FHIR.Patient)",
		"name.sort(-family, given.first() desc)", "(1|2|3).aggregate($total + $this * $index, {})", "descendants().where($this is Extension).value as string", "iif({}, 1/0, 'x').toQuantity('g') ~ 4 weeks",
		"name.defineVariable('x', given).select(%x)", "'2020-01-02'.replaceMatches('(\\\\d+)', '$1${a}')", "1.587.lowBoundary(2).power(0.5).log(10)", "a[0]['b'].`c d`.htmlChecks()", "/* c */ true implies false // x",
		"birthDate.extension('u').value.timezoneOffsetOf()", "resolve().trace('x', id).conformsTo('y') xor memberOf('z')", "children().as(HumanName).comparable(1 'cm')", "{}.coalesce({}, 1).min()",
	}
}

// FuzzCompile: whatever the text, Compile and Check end without a panic, and what compiles
// compiles again from its String.
func FuzzCompile(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		x, err := fhirpath.Compile(source)
		if err != nil {
			var fault *fhirpath.SyntaxError
			if !errors.As(err, &fault) || fault.Line < 1 || fault.Column < 1 {
				t.Fatalf("%v has no place", err)
			}
			return
		}
		if _, err = fhirpath.Compile(x.String()); err != nil {
			t.Fatal(err)
		}
		_ = x.Check("Patient")
	})
}

// FuzzEval: whatever the expression, evaluating it on an example ends without a panic, and
// gives the same twice.
func FuzzEval(f *testing.F) {
	data := []byte(primitives)
	if example, err := os.ReadFile(filepath.Join(sharedDir(), "conformance/fhirpath/inputs/patient-example.json")); err == nil {
		data = example
	}
	doc, err := fhirpath.ParseDocument(data)
	if err != nil {
		f.Fatal(err)
	}
	engine := newEngine(f, fhirpath.Config{Limits: fhirpath.Limits{Steps: 20_000, Items: 5000}, CacheSize: -1, LooseAs: true})
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		x, err := engine.Compile(source)
		if err != nil {
			return
		}
		got, err := x.Eval(t.Context(), doc)
		if err != nil {
			var fault *fhirpath.EvalError
			if !errors.As(err, &fault) || fault.Line < 1 {
				t.Fatalf("%v has no place", err)
			}
			return
		}
		for _, item := range got {
			_, _ = item.Type()
			_, _ = item.String(), item.JSON()
			if item.IsElement() && item.Path() == "" {
				t.Fatal("an element without a path")
			}
		}
		again, err := x.Eval(t.Context(), doc)
		if err != nil || len(again) != len(got) {
			t.Fatalf("%d items, then %d (%v)", len(got), len(again), err)
		}
	})
}

// FuzzDocument: whatever the data, reading all of it ends without a panic.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{primitives, quantities, bundle, `{"resourceType":"Patient","name":[[1],null,{"given":"x","_given":[{}]}],"_name":[null,1]}`, `[]`, `"x"`} {
		f.Add([]byte(s))
	}
	var expressions []*fhirpath.Expression
	engine := newEngine(f, fhirpath.Config{Limits: fhirpath.Limits{Steps: 100_000}})
	for _, source := range []string{
		"descendants().count()", "descendants().distinct().count()", "name.given | value.value", "descendants().resolve()", "entry.resource.where($this is Patient).name.family",
		"descendants().select(iif($this is Quantity, $this > 1, false))", "descendants().extension('x').value.toString()", "%rootResource.contained.id", "component.value.exists()",
	} {
		x, err := engine.Compile(source)
		if err != nil {
			f.Fatal(err)
		}
		expressions = append(expressions, x)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := fhirpath.ParseDocument(data)
		if err != nil {
			return
		}
		for _, x := range expressions {
			got, _ := x.Eval(t.Context(), doc)
			for _, item := range got {
				_, _, _ = item.String(), item.JSON(), item.Path()
				_, _ = item.Position()
			}
		}
	})
}
