package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mediator"
)

// problem is an issue of an answer. Neither its text nor its expression hold patient data: they
// name elements and codes, not values.
func problem(code, expression, text string) fhir.Issue {
	i := fhir.Issue{Severity: fhir.SeverityError, Code: code, Details: text}
	if expression != "" {
		i.Expression = []string{expression}
	}
	return i
}

func information(text string) fhir.Issue {
	return fhir.Issue{Severity: fhir.SeverityInformation, Code: fhir.IssueInformational, Details: text}
}

// maxIssues bounds an answer: who mends that many sees the rest the next time.
const maxIssues = 50

func bounded(issues []fhir.Issue) []fhir.Issue {
	if more := len(issues) - maxIssues; more > 0 {
		issues = append(issues[:maxIssues:maxIssues], information(fmt.Sprintf("and %d more", more)))
	}
	return issues
}

// refuse answers with what is wrong with a message, and where in its text. Warnings can wait.
func refuse(status int, message fhir.Resource, issues []fhir.Issue) (*mediator.Response, error) {
	issues = bounded(slices.DeleteFunc(issues, func(i fhir.Issue) bool { return !i.IsError() }))
	for n := range issues {
		if i := &issues[n]; i.Line == 0 && len(i.Expression) > 0 {
			i.Line, i.Column = place(message, i.Expression[0])
		}
	}
	return fhirResponse(status, fhir.OperationOutcome{Issues: issues})
}

// place finds line and column of an element in the text of a message: of the element itself, or
// of the nearest one around it when it is missing.
func place(message fhir.Resource, expression string) (line, column int) {
	_, path, _ := strings.Cut(expression, ".") // from "Patient.name[0].family"
	path = strings.NewReplacer("[", ".", "]", "").Replace(path)
	offset := bytes.IndexByte(message.Bytes(), '{')
	for path != "" {
		if found := message.Get(path); found.Exists() {
			offset = found.Index
			break
		}
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
	}
	before := message.Bytes()[:offset]
	lastLine := before[bytes.LastIndexByte(before, '\n')+1:]
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(lastLine) + 1
}

// fhirResponse answers with a FHIR resource.
func fhirResponse(status int, resource any) (*mediator.Response, error) {
	body, err := encode(resource)
	if err != nil {
		return nil, err
	}
	return mediator.Bytes(status, "application/fhir+json; charset=utf-8", body), nil
}

// encode writes JSON without escaping <, > and &, so that names go out as they
// came in.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// renderError makes an OperationOutcome of every error the framework answers:
// a body too large, a timeout, DHIS2 out of reach.
func renderError(_ *mediator.Request, failure *mediator.Error) *mediator.Response {
	code := fhir.IssueProcessing
	switch failure.Status {
	case http.StatusBadRequest:
		code = fhir.IssueStructure
	case http.StatusRequestEntityTooLarge:
		code = fhir.IssueTooLong
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		code = fhir.IssueTransient
	}
	resp, err := fhirResponse(failure.Status, fhir.OperationOutcome{Issues: []fhir.Issue{problem(code, "", failure.Message)}})
	if err != nil {
		return nil // the framework then answers in its own form
	}
	return resp
}
