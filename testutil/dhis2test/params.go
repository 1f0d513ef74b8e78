package dhis2test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// importParams are the query parameters of POST /api/tracker (dhis2.md 1.1).
type importParams struct {
	async     bool
	validate  bool // importMode=VALIDATE
	strategy  string
	perObject bool // atomicMode=OBJECT
	skip      bool // validationMode=SKIP
	failFast  bool
	skipRules bool

	// What changes nothing and is shown in a job's notification only.
	flushMode, validationMode string
	skipPatterns, skipEffects bool
	reportMode                string

	scheme scheme // tracked entity types, attributes, relationship types
	dataElement, orgUnit, program, programStage,
	categoryOption, categoryOptionCombo scheme
}

var attributeScheme = regexp.MustCompile(`^ATTRIBUTE:[a-zA-Z][a-zA-Z0-9]{10}$`)

// readImportParams refuses what DHIS2 refuses, with its texts. Unknown names
// are ignored, as there.
func readImportParams(q url.Values, v version) (importParams, *httpError) {
	r := paramReader{q: q}
	p := importParams{
		async:      r.async(v),
		validate:   r.choice("importMode", "COMMIT", "COMMIT", "VALIDATE") == "VALIDATE",
		strategy:   r.choice("importStrategy", "CREATE_AND_UPDATE", "CREATE", "UPDATE", "CREATE_AND_UPDATE", "DELETE"),
		perObject:  r.choice("atomicMode", "ALL", "ALL", "OBJECT") == "OBJECT",
		reportMode: r.choice("reportMode", "ERRORS", "FULL", "ERRORS", "WARNINGS"),
	}
	p.flushMode = r.choice("flushMode", "AUTO", "OBJECT", "AUTO")
	p.validationMode = r.choice("validationMode", "FULL", "FULL", "FAIL_FAST", "SKIP")
	p.skip, p.failFast = p.validationMode == "SKIP", p.validationMode == "FAIL_FAST"
	p.skipPatterns = r.flag("skipPatternValidation", false)
	p.skipEffects = r.flag("skipSideEffects", false)
	p.skipRules = r.flag("skipRuleEngine", false)

	p.scheme = r.scheme("idScheme", "UID")
	p.dataElement = r.scheme("dataElementIdScheme", p.scheme)
	p.orgUnit = r.scheme("orgUnitIdScheme", p.scheme)
	p.program = r.scheme("programIdScheme", p.scheme)
	p.programStage = r.scheme("programStageIdScheme", p.scheme)
	p.categoryOption = r.scheme("categoryOptionIdScheme", p.scheme)
	p.categoryOptionCombo = r.scheme("categoryOptionComboIdScheme", p.scheme)
	return p, r.err
}

// async: up to 2.41 the one text async=false makes an import synchronous.
func (r *paramReader) async(v version) bool {
	if v.before(2, 42) {
		return !slices.Equal(r.q["async"], []string{"false"})
	}
	return r.flag("async", true)
}

// paramReader keeps the first parameter that could not be read.
type paramReader struct {
	q   url.Values
	err *httpError
}

func (r *paramReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = badRequest(format, args...)
	}
}

// choice reads an enum, without regard to case; a repeated one is refused.
func (r *paramReader) choice(name, fallback string, values ...string) string {
	sent := r.q[name]
	if len(sent) == 0 || (len(sent) == 1 && sent[0] == "") {
		return fallback
	}
	value := sent[0]
	if len(sent) > 1 {
		value = "[Ljava.lang.String;@0" // the array's identity, as Spring prints it
	}
	if v := strings.ToUpper(value); slices.Contains(values, v) {
		return v
	}
	r.fail("Value '%s' is not valid for parameter %s. Valid values are: [%s]", value, name, strings.Join(values, ", "))
	return fallback
}

func (r *paramReader) flag(name string, fallback bool) bool {
	switch v := r.q.Get(name); strings.ToLower(v) {
	case "":
		return fallback
	case "true", "on", "yes", "1":
		return true
	case "false", "off", "no", "0":
		return false
	default:
		r.fail("Value '%s' is not valid for parameter %s. It should be of type boolean", v, name)
		return fallback
	}
}

func (r *paramReader) scheme(name string, fallback scheme) scheme {
	const valid = "Valid values are: [UID, CODE, NAME, ATTRIBUTE:attributeUid]"
	if !r.q.Has(name) {
		return fallback
	}
	v := r.q.Get(name)
	switch {
	case v == "":
		r.fail("%s cannot be empty. %s", name, valid)
	case v == "UID", v == "CODE", v == "NAME", attributeScheme.MatchString(v):
		return scheme(v)
	default:
		r.fail("Value '%s' is not valid for parameter %s. %s", v, name, valid)
	}
	return fallback
}

// javaIdentifier is how a metadata reference looks in the args of a report: a
// Java toString, of no use to a client (dhis2.md 1.1).
func (s scheme) javaIdentifier(given string) string {
	name, attribute := string(s), "null"
	if a, ok := strings.CutPrefix(name, "ATTRIBUTE:"); ok {
		name, attribute = "ATTRIBUTE", given
		given = a
	}
	if given == "" {
		given = "null"
	}
	return fmt.Sprintf("MetadataIdentifier(idScheme=%s, identifier=%s, attributeValue=%s)", name, given, attribute)
}
