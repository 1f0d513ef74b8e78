package validate_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

// officialCase is one case of the public FHIR test cases.
type officialCase struct {
	Name       string   `json:"name"`
	Module     string   `json:"module"`
	File       string   `json:"file"`
	Supporting []string `json:"supporting"`
	Profile    string   `json:"profile"`
	Valid      bool     `json:"valid"`
	Security   bool     `json:"security-checks"`
	NoHTML     bool     `json:"noHtmlInMarkdown"`
	Examples   *bool    `json:"examples"`
	Domain     string   `json:"allowed-extension-domain"`
	Issues     []struct {
		Severity   string   `json:"severity"`
		Code       string   `json:"code"`
		Expression []string `json:"expression"`
		Text       string   `json:"text"`
	} `json:"issues"`
}

// needsServer reports whether only a terminology server explains the errors: displays and codes of LOINC, SNOMED CT and the like.
func (c *officialCase) needsServer() bool {
	if c.Valid {
		return false
	}
	for _, issue := range c.Issues {
		if issue.Severity != "error" && issue.Severity != "fatal" {
			continue
		}
		if !strings.Contains(issue.Text, "Wrong Display Name") && !strings.Contains(issue.Text, "in the CodeSystem 'http://snomed.info") &&
			!strings.Contains(issue.Text, "in the CodeSystem 'http://loinc.org") && !strings.Contains(issue.Text, "Terminology Error") {
			return false
		}
	}
	return true
}

func (c *officialCase) expected() []expectedError {
	var list []expectedError
	for _, issue := range c.Issues {
		if issue.Severity != "error" && issue.Severity != "fatal" {
			continue
		}
		at := ""
		if len(issue.Expression) > 0 {
			at = issue.Expression[0]
		}
		list = append(list, expectedError{Severity: issue.Severity, Code: issue.Code, At: at, Message: issue.Text})
	}
	return list
}

func (c *officialCase) judge(files string) (fhir.OperationOutcome, error) {
	options := validate.Options{MaxIssues: 1000, AllowUnknownProfiles: true, RejectHTML: c.Security || c.NoHTML}
	options.UnknownExtensions = func(url string) bool {
		// Java knows the extensions that HL7 published after R4.
		return strings.HasPrefix(url, "http://hl7.org/fhir/StructureDefinition/") ||
			strings.Contains(url, "example.org") && (c.Examples == nil || *c.Examples) || c.Domain != "" && strings.HasPrefix(url, c.Domain)
	}
	names := c.Supporting
	var url []string
	if c.Profile != "" {
		names = append(names, c.Profile)
	}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(files, name))
		if err != nil {
			return fhir.OperationOutcome{}, err
		}
		resource, err := fhir.Parse(data)
		if err != nil {
			continue // supporting files may be packages or XML
		}
		options.Definitions = append(options.Definitions, resource)
		if name == c.Profile {
			var head struct{ URL string }
			if err := json.Unmarshal(data, &head); err != nil {
				return fhir.OperationOutcome{}, err
			}
			url = []string{head.URL}
		}
	}
	validator, err := validate.New(options)
	if err != nil {
		return fhir.OperationOutcome{}, err
	}
	data, err := os.ReadFile(filepath.Join(files, c.File))
	if err != nil {
		return fhir.OperationOutcome{}, err
	}
	return validator.ValidateJSON(context.Background(), data, url...)
}

func TestOfficialCasesAreJudgedAsByTheJavaValidator(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(sharedDir(t), "conformance", "fhir-validation")
	var corpus struct {
		Cases []officialCase `json:"cases"`
	}
	readJSON(t, filepath.Join(dir, "cases.json"), &corpus)
	require.NotEmpty(t, corpus.Cases)
	count := newTally("fhir-validation/cases", map[string]string{
		"contained-resource-bad-id-ignore#base":       "the Java side was told to ignore the bad id, by a setting that the case does not show",
		"signatures-example-2#base":                   "digital signatures are not verified: that takes certificates and a canonical form of the Bundle",
		"ext-derived-circle#base":                     "rules for what HL7 publishes (owning committee), and filters on SNOMED CT's properties",
		"extension-version-restriction-range-r4#base": "the extension is among Java's own definitions for tests, not among those of the case",
	})
	inParallel(len(corpus.Cases), func(i int) {
		c := &corpus.Cases[i]
		apart := ""
		if c.needsServer() {
			apart = "terminology"
		}
		outcome, err := c.judge(filepath.Join(dir, "files"))
		wrong := ""
		if err != nil {
			wrong = err.Error()
		} else if outcome.HasErrors() == c.Valid {
			wrong = disagreement(outcome, c.Valid, c.expected())
		}
		count.add(c.Module, c.Name, wrong, apart)
	})
	count.finish(t, 0.90)
}
