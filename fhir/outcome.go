package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/tidwall/gjson"
)

// Severities of an [Issue], the codes of
// http://hl7.org/fhir/issue-severity (R4).
const (
	SeverityFatal       = "fatal"       // the action could not be begun or finished
	SeverityError       = "error"       // the action failed for this reason
	SeverityWarning     = "warning"     // the action was done; something needs a look
	SeverityInformation = "information" // nothing is wrong
)

// Codes of an [Issue] that mediators and servers use most, from
// http://hl7.org/fhir/issue-type (R4). Any other code of that list may stand
// in an issue too.
const (
	IssueInvalid         = "invalid"          // content is wrong
	IssueStructure       = "structure"        // not the shape FHIR asks for
	IssueRequired        = "required"         // something due is not there
	IssueValue           = "value"            // a value is wrong
	IssueInvariant       = "invariant"        // a rule does not hold
	IssueSecurity        = "security"         // authentication or authorization
	IssueLogin           = "login"            // credentials are needed
	IssueUnknown         = "unknown"          // credentials are not known
	IssueForbidden       = "forbidden"        // this user may not
	IssueProcessing      = "processing"       // the content cannot be processed
	IssueNotSupported    = "not-supported"    // the server cannot do this
	IssueDuplicate       = "duplicate"        // it is there already
	IssueMultipleMatches = "multiple-matches" // a condition selected more than one
	IssueNotFound        = "not-found"        // the reference leads nowhere
	IssueDeleted         = "deleted"          // it was there once
	IssueTooLong         = "too-long"         // larger than the server takes
	IssueCodeInvalid     = "code-invalid"     // not a code of its value set
	IssueBusinessRule    = "business-rule"    // against a rule of the server
	IssueConflict        = "conflict"         // a concurrent change
	IssueTransient       = "transient"        // may work later
	IssueLockError       = "lock-error"       // a lock could not be had
	IssueException       = "exception"        // an unexpected internal fault
	IssueTimeout         = "timeout"          // it took too long
	IssueThrottled       = "throttled"        // too many requests
	IssueInformational   = "informational"    // for information only
)

// Issue is one issue of an [OperationOutcome] (R4 OperationOutcome.issue).
// Details and Diagnostics are texts of a server: they may name patients, and
// belong neither into logs nor into errors.
type Issue struct {
	// Severity is one of the Severity constants.
	Severity string
	// Code says what kind of issue it is: one of the Issue constants, or
	// another code of http://hl7.org/fhir/issue-type.
	Code string
	// Details is details.text.
	Details string
	// DetailsCode is details.coding.
	DetailsCode []Coding
	// Diagnostics is more about the issue, for a developer.
	Diagnostics string
	// Expression holds FHIRPaths of the elements concerned, such as
	// "Patient.name[0].given[1]".
	Expression []string
	// Location holds XPaths, and places in the text such as "line 3, column 14".
	Location []string
	// Line and Column, counted from 1 (the column in characters), are the
	// place in the text of the resource; 0 means it is not known. Written, they
	// become an entry of Location. Read, they come from an entry of Location
	// or from the extensions operationoutcome-issue-line and -col.
	Line, Column int
}

// IsError reports whether the issue's severity is error or fatal. An unknown
// severity is no error: R5 has "success".
func (i Issue) IsError() bool { return i.Severity == SeverityError || i.Severity == SeverityFatal }

// OperationOutcome is what a server, a validator or a mediator says about an
// action (R4 OperationOutcome), reduced to its issues. It marshals to a
// complete resource and can be built as a literal:
//
//	fhir.OperationOutcome{Issues: []fhir.Issue{{
//		Severity: fhir.SeverityError, Code: fhir.IssueRequired,
//		Details: "a patient needs an identifier", Expression: []string{"Patient.identifier"},
//	}}}
type OperationOutcome struct {
	// Issues in the order they were found.
	Issues []Issue
}

// HasErrors reports whether an issue is an error or fatal.
func (o OperationOutcome) HasErrors() bool {
	for _, i := range o.Issues {
		if i.IsError() {
			return true
		}
	}
	return false
}

// HasCode reports whether an issue has this code.
func (o OperationOutcome) HasCode(code string) bool {
	for _, i := range o.Issues {
		if i.Code == code {
			return true
		}
	}
	return false
}

// wireOutcome is the resource as it is written.
type wireOutcome struct {
	ResourceType string      `json:"resourceType"`
	Issue        []wireIssue `json:"issue"`
}

type wireIssue struct {
	Severity    string       `json:"severity"`
	Code        string       `json:"code"`
	Details     *wireDetails `json:"details,omitempty"`
	Diagnostics string       `json:"diagnostics,omitempty"`
	Location    []string     `json:"location,omitempty"`
	Expression  []string     `json:"expression,omitempty"`
}

type wireDetails struct {
	Coding []Coding `json:"coding,omitempty"`
	Text   string   `json:"text,omitempty"`
}

// MarshalJSON returns the outcome as a resource. An issue without severity
// becomes an error, one without code "processing"; an outcome without issues
// gets an informational one, as the resource needs one (issue 1..*).
func (o OperationOutcome) MarshalJSON() ([]byte, error) {
	w := wireOutcome{ResourceType: "OperationOutcome", Issue: make([]wireIssue, 0, max(1, len(o.Issues)))}
	for _, i := range o.Issues {
		w.Issue = append(w.Issue, i.wire())
	}
	if len(w.Issue) == 0 {
		w.Issue = append(w.Issue, Issue{
			Severity: SeverityInformation, Code: IssueInformational, Details: "no issues",
		}.wire())
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(w); err != nil {
		return nil, fmt.Errorf("fhir: marshal OperationOutcome: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (i Issue) wire() wireIssue {
	w := wireIssue{
		Severity: i.Severity, Code: i.Code, Diagnostics: i.Diagnostics,
		Location: i.Location, Expression: i.Expression,
	}
	if w.Severity == "" {
		w.Severity = SeverityError
	}
	if w.Code == "" {
		w.Code = IssueProcessing
	}
	if i.Details != "" || len(i.DetailsCode) > 0 {
		w.Details = &wireDetails{Coding: i.DetailsCode, Text: i.Details}
	}
	if line, _ := placeIn(i.Location); i.Line > 0 && line == 0 {
		place := "line " + strconv.Itoa(i.Line)
		if i.Column > 0 {
			place += ", column " + strconv.Itoa(i.Column)
		}
		w.Location = append([]string{place}, i.Location...)
	}
	return w
}

// errNoOutcome means that a JSON text is not an OperationOutcome.
var errNoOutcome = errors.New("fhir: not an OperationOutcome")

// UnmarshalJSON reads an OperationOutcome resource. Members of a wrong type
// are left out rather than refused: an outcome is read when something has gone
// wrong already. Anything but an OperationOutcome is an error.
func (o *OperationOutcome) UnmarshalJSON(data []byte) error {
	if !json.Valid(data) { // gjson would recurse as deep as the text is nested
		return fmt.Errorf("%w: not JSON", errNoOutcome)
	}
	r := gjson.ParseBytes(data)
	if r.Get("resourceType").String() != "OperationOutcome" {
		return errNoOutcome
	}
	o.Issues = readIssues(r.Get("issue"))
	return nil
}

func readIssues(r gjson.Result) []Issue {
	var issues []Issue
	for _, i := range items(r) {
		if !i.IsObject() {
			continue
		}
		issues = append(issues, readIssue(i))
	}
	return issues
}

func readIssue(r gjson.Result) Issue {
	i := Issue{
		Severity:    text(r.Get("severity")),
		Code:        text(r.Get("code")),
		Details:     text(r.Get("details.text")),
		DetailsCode: readCodings(r.Get("details.coding")),
		Diagnostics: text(r.Get("diagnostics")),
		Expression:  issueTexts(r.Get("expression")),
		Location:    issueTexts(r.Get("location")),
	}
	for _, e := range items(r.Get("extension")) {
		switch text(e.Get("url")) {
		case "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line":
			i.Line = int(e.Get("valueInteger").Int())
		case "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col":
			i.Column = int(e.Get("valueInteger").Int())
		default: // of no concern here
		}
	}
	if i.Line <= 0 {
		i.Line, i.Column = placeIn(i.Location)
	}
	return i
}

func issueTexts(r gjson.Result) []string {
	var out []string
	for _, v := range items(r) {
		if s := text(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// issuePlace matches "line 3, column 14" and "Line[3] Col[14]", as HAPI and the
// Java validator write it.
var issuePlace = regexp.MustCompile(`(?i)\bline\s*\[?(\d{1,9})\]?(?:,?\s*col(?:umn)?\s*\[?(\d{1,9})\]?)?`)

// placeIn finds the first place in the text among locations.
func placeIn(locations []string) (line, column int) {
	for _, l := range locations {
		if m := issuePlace.FindStringSubmatch(l); m != nil {
			line, _ = strconv.Atoi(m[1])
			column, _ = strconv.Atoi(m[2])
			if line > 0 {
				return line, column
			}
		}
	}
	return 0, 0
}

// Resource returns the outcome as a resource, as MarshalJSON writes it.
func (o OperationOutcome) Resource() Resource {
	data, err := o.MarshalJSON()
	if err != nil {
		return Resource{} // cannot be: there is nothing in it that JSON refuses
	}
	r, err := Parse(data)
	if err != nil {
		return Resource{}
	}
	return r
}

// ParseOutcome reads an OperationOutcome. A resource of another type is an
// error.
func ParseOutcome(r Resource) (OperationOutcome, error) {
	var o OperationOutcome
	if err := r.needType("OperationOutcome"); err != nil {
		return o, err
	}
	return o, o.UnmarshalJSON(r.Bytes())
}
