package validate_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

func newValidator(tb testing.TB, options validate.Options) *validate.Validator {
	tb.Helper()
	v, err := validate.New(options)
	require.NoError(tb, err)
	return v
}

func outcomeOf(tb testing.TB, v *validate.Validator, text string, profiles ...string) fhir.OperationOutcome {
	tb.Helper()
	outcome, err := v.ValidateJSON(context.Background(), []byte(text), profiles...)
	require.NoError(tb, err)
	return outcome
}

// errorsOf lists the errors as "place: text".
func errorsOf(outcome fhir.OperationOutcome) []string {
	var list []string
	for _, issue := range outcome.Issues {
		if issue.IsError() {
			place := ""
			if len(issue.Expression) > 0 {
				place = issue.Expression[0]
			}
			list = append(list, place+": "+issue.Details)
		}
	}
	return list
}

func valid(tb testing.TB, outcome fhir.OperationOutcome) {
	tb.Helper()
	assert.Empty(tb, errorsOf(outcome))
}

// invalidAt wants an error at a place, with words of its text.
func invalidAt(tb testing.TB, outcome fhir.OperationOutcome, place, words string) {
	tb.Helper()
	list := errorsOf(outcome)
	assert.True(tb, slices.ContainsFunc(list, func(line string) bool {
		return len(line) > len(place) && line[:len(place)+1] == place+":" && strings.Contains(line, words)
	}), "no error at %s with %q in %q", place, words, list)
}

func parse(tb testing.TB, text string) fhir.Resource {
	tb.Helper()
	resource, err := fhir.Parse([]byte(text))
	require.NoError(tb, err)
	return resource
}

func definitionsOf(tb testing.TB, texts ...string) []fhir.Resource {
	tb.Helper()
	list := make([]fhir.Resource, len(texts))
	for i, text := range texts {
		list[i] = parse(tb, text)
	}
	return list
}
