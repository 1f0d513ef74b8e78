package fhirpath_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/fhir/fhirpath"
)

const observation = `{"resourceType":"Observation","status":"final",
 "code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
 "subject":{"reference":"Patient/1"},"effectiveDateTime":"2024-03",
 "valueQuantity":{"value":107.50,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}`

func Example() {
	x := fhirpath.MustCompile("value.ofType(Quantity).value")
	result, err := x.EvalBytes(context.Background(), []byte(observation))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Strings()) // with the digits of the data
	// Output: [107.50]
}

// A Document is parsed once for several expressions.
func ExampleExpression_Eval() {
	doc, err := fhirpath.ParseDocument([]byte(observation))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, source := range []string{
		"value > 14 'kPa'",
		"effective < @2024-04",
		"effective < @2024-03-15", // March: nobody knows
		"code.coding.where(system = 'http://loinc.org').code",
	} {
		result, err := fhirpath.MustCompile(source).Eval(context.Background(), doc)
		fmt.Println(source, "->", result.Strings(), err)
	}
	// Output:
	// value > 14 'kPa' -> [true] <nil>
	// effective < @2024-04 -> [true] <nil>
	// effective < @2024-03-15 -> [] <nil>
	// code.coding.where(system = 'http://loinc.org').code -> [8480-6] <nil>
}

// An Engine keeps compiled expressions and holds what they may ask for.
func ExampleEngine() {
	engine, err := fhirpath.New(fhirpath.Config{
		Constants: map[string]fhirpath.Collection{"site": {fhirpath.NewString("clinic-7")}},
		Functions: map[string]fhirpath.Function{
			"mask": {Call: func(_ context.Context, input fhirpath.Collection, _ []fhirpath.Collection) (fhirpath.Collection, error) {
				var out fhirpath.Collection
				for range input {
					out = append(out, fhirpath.NewString("***"))
				}
				return out, nil
			}},
		},
		Resolver: fhirpath.ResolverFunc(func(_ context.Context, reference string) (*fhirpath.Document, error) {
			return fhirpath.ParseDocument([]byte(`{"resourceType":"Patient","gender":"female"}`))
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, source := range []string{"%site & '/' & status", "status.mask()", "subject.resolve().gender"} {
		x, err := engine.Compile(source)
		if err != nil {
			fmt.Println(err)
			return
		}
		result, err := x.EvalBytes(context.Background(), []byte(observation))
		fmt.Println(result, err)
	}
	// Output:
	// clinic-7/final <nil>
	// *** <nil>
	// female <nil>
}

// Mistakes come with their place and a hint.
func ExampleCompile() {
	for _, source := range []string{"code.coding.wher(code = 'x')", "status == 'final'"} {
		_, err := fhirpath.Compile(source)
		fmt.Println(err)
	}
	// Output:
	// fhirpath: line 1, column 13: there is no function wher() (is it where()?)
	// fhirpath: line 1, column 8: the character = has no meaning here (write =)
}

// Check finds misspelt names, which evaluation takes for empty.
func ExampleExpression_Check() {
	x := fhirpath.MustCompile("Observation.valueQuantity.value | Observation.statu")
	fmt.Println(x.Check("Observation"))
	fmt.Println(fhirpath.MustCompile("Observation.statu").Check("Observation"))
	// Output:
	// fhirpath: line 1, column 13: valueQuantity is the JSON name of a choice (write value and ofType(…), the name without the type)
	// fhirpath: line 1, column 13: Observation has no statu (is it status?)
}

// Evaluating what does not fit is an error that says where; it holds no data.
func ExampleEvalError() {
	_, err := fhirpath.MustCompile("status + 1").EvalBytes(context.Background(), []byte(observation))
	var fault *fhirpath.EvalError
	fmt.Println(errors.As(err, &fault), err)
	// Output: true fhirpath: line 1, column 8: + does not go with FHIR.code and System.Integer
}

// Items tell where they stand, as an expression and as a position.
func ExampleItem_Path() {
	result, err := fhirpath.MustCompile("descendants().where(code = '8480-6')").EvalBytes(context.Background(), []byte(observation))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range result {
		line, column := item.Position()
		_, typ := item.Type()
		fmt.Println(item.Path(), typ, line, column)
	}
	// Output: Observation.code.coding[0] Coding 2 20
}
