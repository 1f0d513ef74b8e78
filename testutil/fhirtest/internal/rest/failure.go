package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/search"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/shape"
)

var (
	errNoType = errors.New("the resource has no known resourceType")
	errBadID  = errors.New("the resource's id is no valid id")
)

// failure is a refusal: what the specification asks for and, beside it, what HAPI says.
type failure struct {
	status     int
	code       string
	text       string
	expression string
	more       []Issue // instead of the one issue of code, text and expression

	hapiStatus int    // 0: status
	hapiCode   string // empty: processing
	hapiText   string // empty: text
	hapiEntry  string // the text inside a batch, where it differs
	header     http.Header
}

func (f *failure) Error() string { return f.text }

func fail(status int, code, format string, args ...any) *failure {
	return &failure{status: status, code: code, text: fmt.Sprintf(format, args...)}
}

// hapi says how HAPI puts it; status 0 means the same one.
func (f *failure) hapi(status int, format string, args ...any) *failure {
	f.hapiStatus, f.hapiText = status, fmt.Sprintf(format, args...)
	return f
}

// at names the element.
func (f *failure) at(expression string) *failure {
	f.expression = expression
	return f
}

func (x *exchange) statusOf(f *failure) int {
	if x.e.config.HAPI && f.hapiStatus != 0 {
		return f.hapiStatus
	}
	return f.status
}

// outcomeOf is the OperationOutcome of a failure.
func (x *exchange) outcomeOf(f *failure, inBatch bool) *jsontree.Node {
	if !x.e.config.HAPI {
		if len(f.more) > 0 {
			return outcome(f.more...)
		}
		return outcome(Issue{Severity: "error", Code: f.code, Text: f.text, Expression: f.expression})
	}
	code, text := f.hapiCode, f.hapiText
	if code == "" {
		code = "processing"
	}
	if inBatch {
		code = "exception"
		if f.hapiEntry != "" {
			text = f.hapiEntry
		}
	}
	if text == "" {
		text = f.text
	}
	return jsontree.NewObject("resourceType", "OperationOutcome", "issue", jsontree.NewArray(
		jsontree.NewObject("severity", "error", "code", code, "diagnostics", text)))
}

// outcome is an OperationOutcome with details.text, and the place in the text as HAPI's
// extensions and in location.
func outcome(issues ...Issue) *jsontree.Node {
	list := jsontree.NewArray()
	for _, i := range issues {
		n := jsontree.NewObject("severity", i.Severity, "code", i.Code)
		if i.Text != "" {
			n.Set("details", jsontree.NewObject("text", i.Text))
		}
		if i.Line > 0 {
			n.Set("location", jsontree.NewArray(jsontree.NewString(fmt.Sprintf("line %d, column %d", i.Line, i.Column))))
		}
		if i.Expression != "" {
			n.Set("expression", jsontree.NewArray(jsontree.NewString(i.Expression)))
		}
		list.Items = append(list.Items, n)
	}
	return jsontree.NewObject("resourceType", "OperationOutcome", "issue", list)
}

// storageOutcome is what HAPI says of something done.
func storageOutcome(severity, issueCode, code, display, diagnostics string) *jsontree.Node {
	coding := jsontree.NewObject("system", "https://hapifhir.io/fhir/CodeSystem/hapi-fhir-storage-response-code", "code", code, "display", display)
	return jsontree.NewObject("resourceType", "OperationOutcome", "issue", jsontree.NewArray(jsontree.NewObject(
		"severity", severity, "code", issueCode, "details", jsontree.NewObject("coding", jsontree.NewArray(coding)), "diagnostics", diagnostics)))
}

func unknownType(name string) *failure {
	return fail(http.StatusNotFound, "not-supported", "there is no resource type %s", name).
		hapi(0, "HAPI-0302: Unknown resource type '%s'", name)
}

func notKnown(typ, id string) *failure {
	return fail(http.StatusNotFound, "not-found", "%s/%s is not known", typ, id).
		hapi(0, "HAPI-2001: Resource %s/%s is not known", typ, id)
}

// searchFailure turns a search that cannot be run into a refusal; matchURL is set for the
// condition of another request.
func searchFailure(err error, matchURL string) *failure {
	var e *search.Error
	if !errors.As(err, &e) {
		return fail(http.StatusInternalServerError, "exception", "%v", err)
	}
	f := fail(http.StatusBadRequest, "invalid", "the parameter %s of a search for %s cannot be used", e.Name, e.Type)
	switch e.Problem {
	case search.UnknownParameter:
		f = fail(http.StatusBadRequest, "not-supported", "%s has no search parameter %s", e.Type, e.Name)
		if matchURL != "" {
			return f.hapi(0, "HAPI-0488: Failed to parse match URL[%s] - Resource type %s does not have a parameter with name: %s", matchURL, e.Type, e.Name)
		}
		return f.hapi(0, "HAPI-0524: Unknown search parameter %q for resource type %q. ", e.Name, e.Type)
	case search.UnknownModifier:
		return fail(http.StatusBadRequest, "not-supported", "the modifier of %s is not supported", e.Name)
	case search.BadDate, search.BadNumber:
		f.code = "value"
		return f.hapi(0, "HAPI-1940: Invalid date/time/quantity format: %q", e.Value)
	case search.BadPrefix:
		f.code = "value"
		return f.hapi(0, "HAPI-1941: Invalid prefix: %q", e.Value)
	case search.BadCount:
		f.code = "value"
		if e.Name == "_offset" {
			return f.hapi(0, "HAPI-0461: Invalid _offset value: %s", e.Value)
		}
		return f.hapi(0, "HAPI-0375: Invalid %s value: %s", e.Name, e.Value)
	case search.BadInclude:
		return f.hapi(0, "HAPI-2015: Invalid %s parameter value: %q. ", e.Name, e.Value)
	case search.BadSort:
		return f.hapi(0, "HAPI-1194: Unknown _sort parameter value %q for resource type %q ", e.Name, e.Type)
	case search.ContainsDisabled:
		return f.hapi(http.StatusMethodNotAllowed, "HAPI-1258: :contains modifier is disabled on this server")
	case search.BadTarget:
		return f.hapi(0, "HAPI-1935: Invalid search parameter %q. Chains are not supported for this parameter", e.Name)
	case search.BadIncludeType:
		return f.hapi(0, "HAPI-2017: Invalid %s parameter value: %q. Invalid/unsupported resource type", e.Name, e.Value)
	case search.BadIncludeForm:
		return f.hapi(0, "HAPI-2018: Invalid %s parameter value: %q. ", e.Name, e.Value)
	case search.BadChain:
		return f.hapi(0, "HAPI-1243: Invalid parameter chain: %s", e.Name)
	case search.BadChainType:
		return f.hapi(0, "HAPI-1250: Invalid/unsupported resource type: %q", e.Value)
	case search.BadHas:
		return f.hapi(0, "HAPI-1208: Invalid resource type: %s", e.Value)
	case search.DateOr:
		return f.hapi(0, "HAPI-1930: DateRange parameter does not support OR queries")
	case search.OfTypeDisabled:
		return f.hapi(http.StatusMethodNotAllowed, "HAPI-2012: The :of-type modifier is not enabled on this server")
	case search.FulltextDisabled:
		return f.hapi(0, "HAPI-1192: Fulltext search is not enabled on this service, can not process parameter: %s", e.Name)
	}
	return f
}

// shapeFailure turns what is wrong with a resource into a refusal: 400 when it cannot be
// read, 422 when only elements are missing (R4 http 3.1.0.8).
func shapeFailure(problems []shape.Problem, text []byte, prefix string) *failure {
	f := fail(http.StatusUnprocessableEntity, "", "")
	for _, p := range problems {
		if p.Code != "required" {
			f.status = http.StatusBadRequest
		}
		expression := p.Expression
		if prefix != "" {
			_, rest, found := cut(p.Expression, ".")
			expression = prefix
			if found {
				expression += "." + rest
			}
		}
		i := Issue{Severity: "error", Code: p.Code, Text: p.Text, Expression: expression}
		if len(text) > 0 {
			i.Line, i.Column = jsontree.Position(text, p.Offset)
		}
		f.more = append(f.more, i)
	}
	return f
}

func coerceFailure(p *shape.Problem) *failure {
	f := fail(http.StatusBadRequest, p.Code, "%s is wrong", p.Element)
	if p.Code == "code-invalid" {
		return f.hapi(0, "HAPI-0450: Failed to parse request body as JSON resource. Error was: HAPI-1821: [element=%q] Invalid attribute value %q: Unknown %s code '%s'",
			p.Element, p.Value, p.System, p.Value)
	}
	return f.hapi(0, "HAPI-0450: Failed to parse request body as JSON resource. Error was: HAPI-1821: [element=%q] Invalid attribute value %q: Invalid date/time format: %q",
		p.Element, p.Value, p.Value)
}

func itoa(n int) string { return strconv.Itoa(n) }
