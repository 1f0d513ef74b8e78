package fhir_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/validate"
)

// The codes that a value set wants where samply has a text, or a first code that R4 does not
// have.
func rightCodes() map[string]map[string]string {
	return map[string]map[string]string{
		"Immunization":             {"status": "completed"},
		"ImmunizationEvaluation":   {"status": "completed"},
		"MedicationAdministration": {"status": "completed"},
		"MedicationDispense":       {"status": "completed"},
		"MedicationRequest":        {"status": "active", "intent": "order"},
		"MedicationStatement":      {"status": "active"},
		"Task":                     {"intent": "order"},
		"VerificationResult":       {"status": "attested"},
		"ClinicalImpression":       {"status": "completed"},
		"DetectedIssue":            {"status": "final"},
	}
}

// TestBuiltResourcesPassTheValidator is the opinion of another reader of the definitions. The
// builder heeds neither invariants nor value sets, so those are not judged but for the codes
// put right above.
func TestBuiltResourcesPassTheValidator(t *testing.T) {
	t.Parallel()
	validator, err := validate.New(validate.Options{})
	require.NoError(t, err)
	codes := rightCodes()
	valid, wrong := 0, 0
	for name, typ := range samplyTypes() {
		table, ok := elements.Lookup(name)
		require.True(t, ok)
		b := &builder{}
		for b.pick = 0; b.pick == 0 || b.pick < b.most; b.pick++ {
			v := reflect.New(reflect.TypeOf(typ.zero())).Elem()
			b.fill(v, table, 0)
			r, err := fhir.New(v.Interface())
			require.NoError(t, err)
			for path, code := range codes[name] {
				r, err = r.Set(path, code)
				require.NoError(t, err)
			}
			outcome, err := validator.Validate(t.Context(), r)
			require.NoError(t, err)
			clean := true
			for _, issue := range outcome.Issues {
				clean = clean && !issue.IsError()
				if !issue.IsError() || slices.Contains([]string{fhir.IssueInvariant, fhir.IssueCodeInvalid}, issue.Code) {
					continue
				}
				assert.Fail(t, "not valid", "%s %d: %v: %s", name, b.pick, issue.Expression, issue.Details)
			}
			if b.pick > 0 {
				continue
			}
			raw, err := json.Marshal(v.Interface())
			require.NoError(t, err)
			if len(flaws(tree(t, raw), table, name)) > 0 {
				wrong++
				if clean {
					valid++
				}
			}
		}
	}
	// The rest break invariants that take more than the required elements: a
	// Questionnaire needs items that differ, a Bundle of type document a Composition ...
	assert.GreaterOrEqual(t, valid, 34, "of %d types that samply marshals wrongly", wrong)
}
