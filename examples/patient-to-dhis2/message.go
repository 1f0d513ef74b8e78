package main

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mediator"
)

// incoming is a message: a Patient, or a transaction Bundle around one.
type incoming struct {
	message fhir.Resource
	patient fhir.Resource // zero when there is none that is taken
	path    string        // of the Patient in the message, for expressions
}

// readMessage reads the body. A *fhir.ParseError says where it is no resource.
func readMessage(req *mediator.Request) (fhir.Resource, error) {
	text, err := req.Text() // in UTF-8, whatever charset Content-Type names
	if refusal, ok := errors.AsType[*mediator.Error](err); ok && refusal.Status == http.StatusBadRequest {
		text = req.Body // it is not UTF-8: Parse says where
	} else if err != nil {
		return fhir.Resource{}, err
	}
	return fhir.Parse(bytes.TrimPrefix(text, []byte("\ufeff")))
}

// findPatient finds the one Patient. What the mediator would have to leave out
// it refuses: nothing of a message is dropped in silence.
func findPatient(message fhir.Resource) (incoming, []fhir.Issue) {
	in := incoming{message: message}
	switch message.Type() {
	case "Patient":
		in.patient, in.path = message, "Patient"
		return in, nil
	case "Bundle":
		return findInBundle(in)
	default:
		return in, []fhir.Issue{problem(fhir.IssueNotSupported, message.Type(), "only a Patient or a transaction Bundle with one is taken")}
	}
}

func findInBundle(in incoming) (incoming, []fhir.Issue) {
	bundle, err := fhir.BundleOf(in.message)
	if err != nil || bundle.Type() != fhir.BundleTransaction {
		return in, []fhir.Issue{problem(fhir.IssueNotSupported, "Bundle.type", "only transactions are taken")}
	}
	var issues []fhir.Issue
	for i, entry := range bundle.Entries() {
		path := "Bundle.entry[" + strconv.Itoa(i) + "]"
		request, _ := entry.Request()
		switch {
		case entry.Resource().Type() != "Patient":
			issues = append(issues, problem(fhir.IssueNotSupported, path+".resource", "only a Patient is taken"))
		case request.Method != http.MethodPost && request.Method != http.MethodPut:
			issues = append(issues, problem(fhir.IssueNotSupported, path+".request.method", "only POST and PUT are taken"))
		case !in.patient.IsZero():
			issues = append(issues, problem(fhir.IssueNotSupported, path, "only one Patient a transaction is taken"))
		default:
			in.patient, in.path = entry.Resource(), path+".resource"
		}
	}
	if bundle.Len() == 0 {
		issues = append(issues, problem(fhir.IssueRequired, "Bundle.entry", "no Patient"))
	}
	return in, issues
}
