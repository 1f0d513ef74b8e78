package main

import (
	"net/http"
	"strconv"

	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/mediator"
)

// outcome is the answer to a message. It holds no value of it: who sent it has them.
type outcome struct {
	// Status is saved, partial (some values were), rejected (none was) or unreadable.
	Status string `json:"status"`
	// Values of the message, Saved and Rejected ones.
	Values   int `json:"values"`
	Saved    int `json:"saved"`
	Rejected int `json:"rejected"`
	// Complete says for how many groups the data set was registered as complete.
	Complete int `json:"complete,omitempty"`
	// Findings are what is wrong, and where in the message, at most 50 of them.
	Findings []finding `json:"findings,omitempty"`
	// MoreFindings is how many there are besides.
	MoreFindings int `json:"moreFindings,omitempty"`
}

// finding is one thing that is wrong.
type finding struct {
	Severity string `json:"severity"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Rule     string `json:"rule"`
	Code     string `json:"code,omitempty"` // of DHIS2
	Message  string `json:"message"`
}

const maxFindings = 50

func newOutcome(report *aggregate.Report) *outcome {
	o := &outcome{Values: report.Values}
	for _, f := range report.Findings {
		o.tell(finding{
			Severity: f.Severity.String(), Line: f.Line, Column: f.Column, Rule: string(f.Rule), Code: f.Code, Message: f.Message,
		})
	}
	return o
}

func (o *outcome) tell(f finding) {
	if len(o.Findings) == maxFindings {
		o.MoreFindings++
		return
	}
	o.Findings = append(o.Findings, f)
}

// add counts what became of a set, and tells what DHIS2 rejected.
func (o *outcome) add(set aggregate.CheckedSet, result *aggregate.Result) {
	o.Saved += result.Accepted()
	if result.DataSetComplete != "" {
		o.Complete++
	}
	for _, r := range result.Rejections {
		at := set.Places[r.Row]
		o.tell(finding{
			Severity: "error", Line: at.Line, Column: at.Column, Rule: "refused-by-dhis2", Code: r.Code, Message: "DHIS2 refused the value",
		})
	}
}

// describe puts on the transaction what an operator looks for.
func (o *outcome) describe(tx *mediator.Transaction) {
	tx.SetProperty("adx-values", strconv.Itoa(o.Values))
	tx.SetProperty("adx-saved", strconv.Itoa(o.Saved))
	tx.SetProperty("adx-findings", strconv.Itoa(len(o.Findings)+o.MoreFindings))
}

// response is 200 if all was saved, else 422.
func (o *outcome) response() (*mediator.Response, error) {
	errors := 0
	for _, f := range o.Findings {
		if f.Severity == "error" {
			errors++
		}
	}
	o.Rejected = o.Values - o.Saved
	status := http.StatusUnprocessableEntity
	switch {
	case errors == 0 && o.Rejected == 0:
		status, o.Status = http.StatusOK, "saved"
	case o.Saved > 0:
		o.Status = "partial"
	default:
		o.Status = "rejected"
	}
	return mediator.JSON(status, o)
}

// unreadable answers to what is no ADX.
func unreadable(bad *aggregate.ADXError) (*mediator.Response, error) {
	return mediator.JSON(http.StatusBadRequest, outcome{Status: "unreadable", Findings: []finding{
		{Severity: "error", Line: bad.Line, Column: bad.Column, Rule: "adx", Message: bad.Reason},
	}})
}

// renderError gives every error that the framework answers the same form: a body too large, a
// timeout, DHIS2 out of reach.
func renderError(_ *mediator.Request, failure *mediator.Error) *mediator.Response {
	resp, err := mediator.JSON(failure.Status, outcome{Status: "failed", Findings: []finding{
		{Severity: "error", Rule: "processing", Message: failure.Message},
	}})
	if err != nil {
		return nil // the framework then answers in its own form
	}
	return resp
}
