package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/openhim/mediator-go/mediator"
)

// incoming is a message: a Patient, or a transaction Bundle around one.
type incoming struct {
	bundle  bool
	path    string // of the Patient, for expressions
	patient []byte
}

type fhirBundle struct {
	ResourceType string `json:"resourceType"`
	Type         string `json:"type"`
	Entry        []struct {
		Resource json.RawMessage `json:"resource"`
		Request  struct {
			Method string `json:"method"`
		} `json:"request"`
	} `json:"entry"`
}

// readMessage finds the one Patient. What the mediator would have to leave out
// it refuses: nothing of a message is dropped in silence.
func readMessage(req *mediator.Request) (incoming, []issue, error) {
	var doc fhirBundle
	if err := req.Decode(&doc); err != nil {
		return incoming{}, nil, err
	}
	switch {
	case doc.ResourceType == "Patient":
		body, err := req.Text()
		return incoming{path: "Patient", patient: body}, nil, err
	case doc.ResourceType != "Bundle":
		return incoming{}, []issue{problem("not-supported", "", "only a Patient or a transaction Bundle with one is taken")}, nil
	case doc.Type != "transaction":
		return incoming{}, []issue{problem("not-supported", "Bundle.type", "only transactions are taken")}, nil
	}
	in := incoming{bundle: true}
	var issues []issue
	for i, entry := range doc.Entry {
		path := "Bundle.entry[" + strconv.Itoa(i) + "]"
		var resource struct {
			ResourceType string `json:"resourceType"`
		}
		if err := json.Unmarshal(entry.Resource, &resource); err != nil || resource.ResourceType != "Patient" {
			issues = append(issues, problem("not-supported", path+".resource", "only a Patient is taken"))
			continue
		}
		if entry.Request.Method != http.MethodPost && entry.Request.Method != http.MethodPut {
			issues = append(issues, problem("not-supported", path+".request.method", "only POST and PUT are taken"))
			continue
		}
		if in.patient != nil {
			issues = append(issues, problem("not-supported", path, "only one Patient a transaction is taken"))
			continue
		}
		in.path, in.patient = path+".resource", entry.Resource
	}
	if in.patient == nil && len(issues) == 0 {
		issues = append(issues, problem("required", "Bundle.entry", "no Patient"))
	}
	return in, issues, nil
}

// bundleResponse is the answer to a transaction: one entry with its outcome.
func bundleResponse(status int, location string, outcome operationOutcome) map[string]any {
	return map[string]any{
		"resourceType": "Bundle", "type": "transaction-response",
		"entry": []any{map[string]any{"response": map[string]any{
			"status":   fmt.Sprintf("%d %s", status, http.StatusText(status)),
			"location": location, "outcome": outcome,
		}}},
	}
}
