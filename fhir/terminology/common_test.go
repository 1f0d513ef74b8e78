package terminology_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
)

// examplesDir is the folder of FHIR's examples. A test that needs it is skipped without it, and
// fails in CI.
func examplesDir(tb testing.TB) string {
	tb.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "fixtures", "fhir-r4-examples")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the examples are not there: %v (set SHARED_DIR)", err)
		}
		tb.Skipf("the examples are not there: %v (set SHARED_DIR)", err)
	}
	return dir
}

func mustParse(text string) fhir.Resource {
	r, err := fhir.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return r
}

func localOf(tb testing.TB, texts ...string) *terminology.Local {
	tb.Helper()
	var resources []fhir.Resource
	for _, text := range texts {
		resources = append(resources, mustParse(text))
	}
	l, err := terminology.NewLocal(terminology.LocalConfig{}, resources...)
	require.NoError(tb, err)
	return l
}

// caller answers operations as a server would.
type caller func(ctx context.Context, op fhir.Operation) (fhir.Resource, error)

func (c caller) Call(ctx context.Context, op fhir.Operation, _ ...fhir.OperationOption) (fhir.Resource, error) {
	return c(ctx, op)
}

var (
	_ terminology.Caller = (*fhir.Client)(nil)
	_ terminology.Caller = caller(nil)
)

const (
	animals = `{"resourceType":"CodeSystem","url":"http://x/animals","version":"1.0","name":"Animals","content":"complete","caseSensitive":true,"hierarchyMeaning":"is-a",
	 "valueSet":"http://x/vs/all-animals",
	 "property":[{"code":"legs","type":"integer"},{"code":"status","type":"code"}],
	 "concept":[
	  {"code":"animal","display":"Animal","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[
	   {"code":"dog","display":"Dog","definition":"Barks.","property":[{"code":"legs","valueInteger":4}],"designation":[{"language":"fr","value":"Chien"},{"language":"sw","value":"Mbwa"}],
	    "concept":[{"code":"puppy","display":"Puppy","property":[{"code":"legs","valueInteger":4}]}]},
	   {"code":"hen","display":"Hen","property":[{"code":"legs","valueInteger":2}]},
	   {"code":"dodo","display":"Dodo","property":[{"code":"legs","valueInteger":2},{"code":"status","valueCode":"retired"}]}]},
	  {"code":"pet","display":"Pet","property":[{"code":"child","valueCode":"dog"}]},
	  {"code":"stone","display":"Stone"}]}`
	folded = `{"resourceType":"CodeSystem","url":"http://x/folded","content":"complete","caseSensitive":false,"hierarchyMeaning":"grouped-by","concept":[{"code":"Red","display":"Red","concept":[{"code":"Pink"}]},{"code":"Blue"}]}`
	part   = `{"resourceType":"CodeSystem","url":"http://x/part","content":"fragment","concept":[{"code":"a","display":"A"}]}`
)

func vs(name, compose string) string {
	return `{"resourceType":"ValueSet","url":"http://x/vs/` + name + `","compose":` + compose + `}`
}

// saidNo is a refusal with the server's words.
func saidNo(status int) error {
	return &fhir.OutcomeError{Status: status, Outcome: fhir.OperationOutcome{Issues: []fhir.Issue{{Severity: "error", Code: "processing", Diagnostics: "no"}}}}
}
