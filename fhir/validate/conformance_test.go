package validate_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/validate"
)

// Why the validator does not agree with the Java validator about some cases.
const (
	requiredAlone = "a concept bound to a required value set needs one coding of it (terminologies.html#required): codings of other systems may stand beside it"
	emptyArray    = "FHIR JSON has no empty arrays (json.html#primitive); the Java validator overlooks those of primitives, as cases contested for that say"
	blankCode     = "a code has at least one character and no white space around it (datatypes.html#code); the Java validator takes a blank alone"
)

func TestMutatedExamplesAreJudgedAsByTheJavaValidator(t *testing.T) {
	t.Parallel()
	shared := sharedDir(t)
	examples := filepath.Join(shared, "fixtures", "fhir-r4-examples")
	var corpus struct {
		InvalidExamples map[string]struct {
			Errors []expectedError `json:"errors"`
		} `json:"invalidExamples"`
		Cases []mutation `json:"cases"`
	}
	readJSON(t, filepath.Join(shared, "conformance", "fhir-validation", "mutations.json"), &corpus)
	files, err := os.ReadDir(examples)
	require.NoError(t, err)
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(examples, file.Name()))
		require.NoError(t, err)
		text := string(data)
		bad, invalid := corpus.InvalidExamples[file.Name()]
		c := mutation{ID: file.Name(), Kind: "example", Text: &text, Valid: !invalid, Errors: bad.Errors}
		if invalid {
			c.Contested = "an example that the Java validator rejects"
		}
		corpus.Cases = append(corpus.Cases, c)
	}
	validator, err := validate.New(validate.Options{MaxIssues: 1000})
	require.NoError(t, err)
	count := newTally("fhir-validation/mutations", map[string]string{
		"coding-required-24fe83": requiredAlone, "coding-required-505201": requiredAlone, "coding-required-eafd4a": requiredAlone,
		"primitive-extension-list-6ef2f2": emptyArray, "primitive-extension-list-ee9bd9": emptyArray,
		"bad-primitive-5b807e": blankCode, "bad-primitive-e6dac9": blankCode,
		"invariant-misc-1af360": "#### is no base64; the Java validator looks at base64 in attachments only, as other cases contested for that say",
		"profile-171901":        "a canonical URL may carry a version, and 4.0.1 is the one that the definition of Patient has",
		"choice-17627f":         "_deceasedDateTime beside deceasedBoolean is a second alternative, and an element with an id alone breaks ele-1",
	})
	inParallel(len(corpus.Cases), func(i int) {
		c := &corpus.Cases[i]
		apart := ""
		switch {
		case c.Contested != "":
			apart = "contested"
		case c.Terminology:
			apart = "terminology"
		}
		data, err := c.resource(examples)
		if err != nil {
			count.add(c.Kind, c.ID, err.Error(), apart)
			return
		}
		outcome, err := validator.ValidateJSON(context.Background(), data)
		if err != nil {
			count.add(c.Kind, c.ID, err.Error(), apart)
			return
		}
		count.add(c.Kind, c.ID, disagreement(outcome, c.Valid, c.Errors), apart)
	})
	count.finish(t, 0.97)
}
