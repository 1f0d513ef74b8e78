package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
	"github.com/openhim/mediator-go/mediator"
)

// handler takes patients to DHIS2: read, validate and map, send, answer.
type handler struct {
	validator *validate.Validator
	mapper    *mapper
	sender    *sender
	now       func() time.Time
}

func newHandler(s settings) (*handler, error) {
	v, err := newValidator()
	if err != nil {
		return nil, err
	}
	m, err := newMapper(s)
	if err != nil {
		return nil, err
	}
	return &handler{validator: v, mapper: m, sender: &sender{dhis2: newDHIS2(s), lanes: newLanes()}, now: time.Now}, nil
}

// receive handles POST /fhir/Patient and POST /fhir.
func (h *handler) receive(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
	message, err := readMessage(req)
	if fault, ok := errors.AsType[*fhir.ParseError](err); ok {
		return refuse(http.StatusBadRequest, message, []fhir.Issue{fault.Issue()})
	}
	if err != nil {
		return nil, err
	}
	in, issues := findPatient(message)
	body, issues, err := h.check(ctx, in, issues)
	if err != nil {
		return nil, err
	}
	if (fhir.OperationOutcome{Issues: issues}).HasErrors() {
		return refuse(http.StatusUnprocessableEntity, message, issues)
	}
	results, err := h.sender.upsert(ctx, body)
	if err != nil {
		return nil, err
	}
	if status, issues := failures(results, in.path); len(issues) > 0 {
		return refuse(status, message, issues)
	}
	return success(in, results, issues)
}

// success answers 201 for a new patient and 200 for a known one, with what was done and then
// the warnings.
func success(in incoming, results []result, warnings []fhir.Issue) (*mediator.Response, error) {
	status := http.StatusOK
	var issues []fhir.Issue
	for _, r := range results {
		done := "updated"
		if r.created {
			done = "created"
			if r.trackerType == "TRACKED_ENTITY" {
				status = http.StatusCreated
			}
		}
		issues = append(issues, information(fmt.Sprintf("%s %s %s", r.name, r.uid, done)))
	}
	outcome := fhir.OperationOutcome{Issues: bounded(append(issues, warnings...))}
	location := "Patient/" + results[0].uid
	if in.message.Type() == "Bundle" {
		return fhirResponse(http.StatusOK, bundleResponse(status, location, outcome))
	}
	resp, err := fhirResponse(status, outcome)
	if err == nil {
		resp.Header.Set("Location", "/fhir/"+location)
	}
	return resp, err
}

// bundleResponse is the answer to a transaction: one entry with its outcome.
func bundleResponse(status int, location string, outcome fhir.OperationOutcome) map[string]any {
	return map[string]any{
		"resourceType": "Bundle", "type": fhir.BundleTransactionResponse,
		"entry": []any{map[string]any{"response": map[string]any{
			"status":   fmt.Sprintf("%d %s", status, http.StatusText(status)),
			"location": location, "outcome": outcome,
		}}},
	}
}
