package rest

import (
	"net/http"
	"slices"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/shape"
)

// validate is $validate: 200 whatever is found, for the resource in the body, in the
// parameter resource, or stored.
func validate(x *exchange) (*answer, *failure) {
	var n *jsontree.Node
	prefix := ""
	text := x.body
	switch {
	case len(x.body) > 0 || x.resource != nil:
		body, f := x.parse("", "EXTENDED_OPERATION_TYPE")
		if f != nil {
			return nil, f
		}
		n = body
		if body.Str("resourceType") == "Parameters" && x.typ != "Parameters" {
			n, prefix = nil, "Parameters"
			for i, p := range body.List("parameter") {
				if p.Str("name") == "resource" {
					n, prefix = p.Get("resource"), "Parameters.parameter["+itoa(i)+"].resource"
				}
			}
		}
	case x.id != "":
		v := x.tx.Current(x.typ, x.id)
		if v == nil {
			return nil, notKnown(x.typ, x.id)
		}
		if v.Deleted {
			_, f := x.found(v)
			return nil, f
		}
		n, text = v.Tree, v.Body
	}
	if n == nil || !x.e.table.IsResource(n.Str("resourceType")) {
		return nil, fail(http.StatusBadRequest, "required", "there is no resource to validate").
			hapi(0, "HAPI-0992: No resource supplied for $validate operation (resource is required unless mode is \"delete\")")
	}
	var profiles []string
	if p := x.param("profile"); p != "" {
		profiles = append(profiles, p)
	}
	issues, f := x.findings(n, text, prefix, profiles)
	if f != nil {
		return nil, f
	}
	if len(issues) == 0 {
		issues = []Issue{{Severity: "information", Code: "informational", Text: "nothing is wrong"}}
	}
	if x.e.config.HAPI {
		return &answer{status: http.StatusOK, tree: hapiFindings(issues)}, nil
	}
	return &answer{status: http.StatusOK, tree: outcome(issues...)}, nil
}

// hapiFindings are findings as HAPI's validator tells them: all of the code processing,
// the text in diagnostics, the place in extensions and as Line[1] Col[2].
func hapiFindings(issues []Issue) *jsontree.Node {
	const url = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-"
	list := jsontree.NewArray()
	for _, i := range issues {
		n := jsontree.NewObject()
		location := []string{i.Expression}
		if i.Line > 0 {
			n.Set("extension", jsontree.NewArray(
				jsontree.NewObject("url", url+"line", "valueInteger", jsontree.NewNumber(itoa(i.Line))),
				jsontree.NewObject("url", url+"col", "valueInteger", jsontree.NewNumber(itoa(i.Column)))))
			location = append(location, "Line["+itoa(i.Line)+"] Col["+itoa(i.Column)+"]")
		}
		n.Set("severity", jsontree.NewString(i.Severity))
		n.Set("code", jsontree.NewString("processing"))
		n.Set("diagnostics", jsontree.NewString(i.Text))
		if i.Expression != "" {
			n.Set("location", texts(location...))
			n.Set("expression", texts(i.Expression))
		}
		list.Items = append(list.Items, n)
	}
	return jsontree.NewObject("resourceType", "OperationOutcome", "issue", list)
}

// findings are those of the shape and of the validator.
func (x *exchange) findings(n *jsontree.Node, text []byte, prefix string, profiles []string) ([]Issue, *failure) {
	var issues []Issue
	if problems := shape.Check(x.e.table, n); len(problems) > 0 {
		issues = shapeFailure(problems, text, prefix).more
	}
	if x.e.config.Validate == nil {
		return issues, nil
	}
	more, err := x.e.config.Validate(x.ctx, n.Bytes(), profiles)
	if err != nil {
		return nil, fail(http.StatusInternalServerError, "exception", "the validator failed: %v", err)
	}
	for _, m := range more { // what the shape found already counts once
		if !slices.ContainsFunc(issues, func(i Issue) bool { return i.Expression == m.Expression && i.Code == m.Code }) {
			issues = append(issues, m)
		}
	}
	return issues, nil
}

// validateWrite refuses what the validator finds errors in, if it is to look at writes.
func (x *exchange) validateWrite(n *jsontree.Node) *failure {
	if !x.e.config.EveryWrite || x.e.config.Validate == nil {
		return nil
	}
	issues, err := x.e.config.Validate(x.ctx, n.Bytes(), nil)
	if err != nil {
		return fail(http.StatusInternalServerError, "exception", "the validator failed: %v", err)
	}
	if !slices.ContainsFunc(issues, func(i Issue) bool { return i.Severity == "error" || i.Severity == "fatal" }) {
		return nil
	}
	f := fail(http.StatusUnprocessableEntity, "invalid", "the resource is not valid")
	f.more = issues
	return f
}
