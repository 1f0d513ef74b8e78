package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
	"github.com/openhim/mediator-go/mediator"
)

// handler takes patients to DHIS2: read, validate and map, check, send, answer. It is safe for
// concurrent use.
type handler struct {
	validator *validate.Validator
	mapper    *mapper
	server    *server
	sender    *sender
	now       func() time.Time
}

func newHandler(s settings, logger *slog.Logger) (*handler, error) {
	v, err := newValidator()
	if err != nil {
		return nil, err
	}
	m, err := newMapper(s)
	if err != nil {
		return nil, err
	}
	server, err := newServer(s)
	if err != nil {
		return nil, err
	}
	sender, err := newSender(server, s, logger)
	if err != nil {
		return nil, err
	}
	return &handler{validator: v, mapper: m, server: server, sender: sender, now: time.Now}, nil
}

// warm asks for version and metadata before the first message has to wait for them. An error is no
// reason not to start: the message asks again.
func (h *handler) warm(ctx context.Context) error {
	if _, err := h.server.client.Server(ctx); err != nil {
		return err
	}
	_, err := h.server.metadata.Get(ctx)
	return err
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
	snapshot, problems, err := h.server.check(ctx, &body, h.now())
	if err != nil {
		return nil, failure(err)
	}
	if status, issues := foreseen(problems, in.path); len(issues) > 0 {
		return refuse(status, message, issues)
	}
	results, err := h.sender.upsert(ctx, body, snapshot)
	if err != nil {
		return nil, failure(err)
	}
	describe(mediator.TransactionFrom(ctx), &body, results)
	if status, issues := failures(results, in.path); len(issues) > 0 {
		return refuse(status, message, issues)
	}
	return success(in, results, issues)
}

// describe puts on the transaction what an operator looks for.
func describe(tx *mediator.Transaction, body *registration, results []tracker.Result) {
	tx.SetProperty("dhis2-program", body.program)
	tx.SetProperty("dhis2-tracked-entity", results[0].UID)
	tx.SetProperty("birth-date-precision", body.birthDatePrecision())
	fates := map[tracker.Fate]int{}
	for _, r := range results {
		fates[r.Fate]++
	}
	for fate, n := range fates {
		tx.SetProperty("dhis2-"+string(fate), strconv.Itoa(n))
	}
}

// success answers 201 for a new patient and 200 for a known one, with what was done and then
// the warnings.
func success(in incoming, results []tracker.Result, warnings []fhir.Issue) (*mediator.Response, error) {
	status := http.StatusOK
	var issues []fhir.Issue
	for _, r := range results {
		if r.Fate == tracker.FateCreated && r.Ref.Type == tracker.TypeTrackedEntity {
			status = http.StatusCreated
		}
		text := fmt.Sprintf("%s %s %s", nameOf(r.Ref.Type), r.UID, r.Fate)
		if r.Fate == tracker.FateStale {
			text += ": a newer version of the patient came before"
		}
		issues = append(issues, information(text))
	}
	outcome := fhir.OperationOutcome{Issues: bounded(append(issues, warnings...))}
	location := "Patient/" + results[0].UID
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
