package main

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/openhim/mediator-go/mediator"
)

// issue is one entry of an OperationOutcome. Neither its diagnostics nor its
// expression hold patient data: they name elements and codes, not values.
type issue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"`
	Diagnostics string   `json:"diagnostics,omitempty"`
	Expression  []string `json:"expression,omitempty"`
}

func problem(code, expression, diagnostics string) issue {
	i := issue{Severity: "error", Code: code, Diagnostics: diagnostics}
	if expression != "" {
		i.Expression = []string{expression}
	}
	return i
}

func information(diagnostics string) issue {
	return issue{Severity: "information", Code: "informational", Diagnostics: diagnostics}
}

type operationOutcome struct {
	ResourceType string  `json:"resourceType"`
	Issue        []issue `json:"issue"`
}

func newOutcome(issues ...issue) operationOutcome {
	return operationOutcome{ResourceType: "OperationOutcome", Issue: issues}
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
// malformed JSON, a body too large, a timeout, DHIS2 out of reach.
func renderError(_ *mediator.Request, failure *mediator.Error) *mediator.Response {
	code := "processing"
	switch failure.Status {
	case http.StatusBadRequest:
		code = "structure"
	case http.StatusRequestEntityTooLarge:
		code = "too-long"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		code = "transient"
	}
	resp, err := fhirResponse(failure.Status, newOutcome(problem(code, "", failure.Message)))
	if err != nil {
		return nil // the framework then answers in its own form
	}
	return resp
}
