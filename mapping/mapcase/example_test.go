package mapcase_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/openhim/mediator-go/mapping/mapcase"
)

func Example() {
	fsys := fstest.MapFS{
		"patient.yaml": {Data: []byte(`
mapping: v1
tables: {sex: {map: {F: female, M: male}, unmapped: error}}
map:
  gender: {$from: sex, $translate: sex}
  active: {$if: dead, $then: false, $else: true}
`)},
		"patient.cases.yaml": {Data: []byte(`
cases:
  - name: a woman
    input: {sex: F}
    want: {gender: female, active: true}
  - name: a code that nobody knows
    input: {sex: "9"}
    want: {active: true}
`)},
	}
	runner := mapcase.New(fsys, mapcase.Options{})
	suite, err := runner.Load("patient.cases.yaml")
	if err != nil {
		panic(err)
	}
	for _, c := range suite.Cases() {
		result := suite.Run(context.Background(), c)
		fmt.Println(c.Name(), result.OK())
	}
	for _, coverage := range runner.Coverage() {
		fmt.Println(coverage)
		for _, rule := range coverage.Missed() {
			fmt.Println("never reached:", rule.Rule)
		}
	}
	// Output:
	// a woman true
	// a code that nobody knows false
	// patient.yaml: 80.0 % of the rules (4 of 5)
	// never reached: /active#then
}
