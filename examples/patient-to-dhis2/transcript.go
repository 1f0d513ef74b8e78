package main

import (
	"fmt"
	"io"

	"github.com/openhim/mediator-go/examples/internal/transcript"
	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// printTransaction shows a transaction with the codes and elements of the
// OperationOutcome that the mediator answered, which name no patient.
func printTransaction(out io.Writer, title string, tx openhim.Transaction) error {
	var answer []string
	if tx.Response != nil {
		for _, i := range issuesOf(tx.Response.Body) {
			where := ""
			if len(i.Expression) > 0 {
				where = fmt.Sprintf(" at %s (line %d, column %d)", i.Expression[0], i.Line, i.Column)
			}
			answer = append(answer, fmt.Sprintf("%s, %s%s: %s", i.Severity, i.Code, where, i.Details))
		}
	}
	return transcript.Print(out, title, tx, answer)
}

// issuesOf finds the issues of an OperationOutcome, also in a
// transaction-response.
func issuesOf(body string) []fhir.Issue {
	answer, err := fhir.Parse([]byte(body))
	if err != nil {
		return nil
	}
	bundle, err := fhir.BundleOf(answer)
	if err != nil {
		outcome, _ := fhir.ParseOutcome(answer) // none: no issues
		return outcome.Issues
	}
	var issues []fhir.Issue
	for _, entry := range bundle.Entries() {
		if response, _ := entry.Response(); response.Outcome != nil {
			issues = append(issues, response.Outcome.Issues...)
		}
	}
	return issues
}
