package mapping

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
)

// Report is what a run found. It belongs to the caller.
type Report struct {
	// Mapping is the ID of the mapping, Name and Version its own.
	Mapping string `json:"mapping"`
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	// Issues are what is wrong, in the order of the output, at most Limits.Issues.
	Issues []Issue `json:"issues,omitempty"`
	// Errors counts the errors, also those beyond Limits.Issues.
	Errors int `json:"errors,omitempty"`
	// Unmapped counts the codes that tables and lookups had not, sorted by table and code.
	Unmapped []Unmapped `json:"unmapped,omitempty"`
	// Coverage counts how often each rule was reached, if Options.Coverage asked for it.
	Coverage []RuleCount `json:"coverage,omitempty"`
	// Records counts the records of a stream.
	Records int `json:"records,omitempty"`
	// Dropped counts the items and records that an $onError: drop left out, also those beyond
	// Limits.Issues.
	Dropped int `json:"dropped,omitempty"`
}

// Unmapped is a code that a table, or a key that a lookup, had not.
type Unmapped struct {
	Table string `json:"table"`
	Code  string `json:"code"`
	Count int    `json:"count"`
}

// OK reports whether there is no error. Warnings may be there.
func (r *Report) OK() bool { return r.Errors == 0 }

// finish makes the report of a run that ended with err, and the error to return with it.
func (m *Mapping) finish(r *run, opts Options, err error) (*Report, error) {
	if err == nil && r.err == nil && r.errors == 0 {
		m.validate(r)
	} else if err == nil {
		m.diagnose(r)
	}
	report := &Report{
		Mapping: m.plan.id, Name: m.plan.document.Name(), Version: m.plan.document.Version(),
		Issues: r.issues, Errors: r.errors, Dropped: r.drops,
	}
	if len(r.unmapped) > 0 {
		report.Unmapped = make([]Unmapped, 0, len(r.unmapped))
		for key, count := range r.unmapped {
			report.Unmapped = append(report.Unmapped, Unmapped{key.table, key.code, count})
		}
		slices.SortFunc(report.Unmapped, func(a, b Unmapped) int {
			return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Code, b.Code))
		})
	}
	if opts.Coverage {
		report.Coverage = m.plan.counts(func(id int) uint64 { return uint64(r.hits[id]) })
	}
	switch {
	case err != nil:
		return report, err
	case r.err != nil && !errors.Is(r.err, errStopped):
		return report, r.err
	case r.errors > 0 || r.err != nil:
		return report, &InputError{report}
	}
	return report, nil
}

// OperationOutcome renders the issues as a FHIR R4 OperationOutcome, as JSON. Values are in
// it only if Options.Values asked for them.
func (r *Report) OperationOutcome() []byte {
	type coding struct {
		Text string `json:"text"`
	}
	type outcomeIssue struct {
		Severity    string   `json:"severity"`
		Code        string   `json:"code"`
		Details     coding   `json:"details"`
		Diagnostics string   `json:"diagnostics"`
		Expression  []string `json:"expression,omitempty"`
	}
	outcome := struct {
		ResourceType string         `json:"resourceType"`
		Issue        []outcomeIssue `json:"issue"`
	}{ResourceType: "OperationOutcome"}
	for _, i := range r.Issues {
		issue := outcomeIssue{string(i.Severity), outcomeCode(i.Code), coding{i.Message}, i.String(), nil}
		if i.Source != "" {
			issue.Expression = []string{i.Source}
		} else if i.Pointer != nil {
			issue.Expression = []string{*i.Pointer}
		}
		outcome.Issue = append(outcome.Issue, issue)
	}
	if len(outcome.Issue) == 0 {
		outcome.Issue = append(outcome.Issue, outcomeIssue{"information", "informational", coding{"All OK"}, "mapped without issues", nil})
	}
	out, _ := json.Marshal(outcome) //nolint:errchkjson // strings only
	return out
}

// outcomeCode maps our codes to FHIR's issue types.
func outcomeCode(code string) string {
	switch code {
	case CodeInput, CodeDuplicate:
		return "structure"
	case CodeRequired:
		return "required"
	case CodeUnmapped:
		return "code-invalid"
	case CodeLookup:
		return "not-found"
	case CodeLimit:
		return "too-costly"
	case CodeType, CodeFormat:
		return "value"
	case CodeSchema:
		return "invalid"
	default:
		return "processing"
	}
}

// OpenHIMError renders the errors as the error object of an OpenHIM response or
// orchestration: {"message": …}, a line for each. It has no values of the input.
func (r *Report) OpenHIMError() []byte {
	message := ""
	for _, i := range r.Issues {
		if i.Severity != SeverityError {
			continue
		}
		if message != "" {
			message += "\n"
		}
		i.Value = ""
		message += i.String()
	}
	out, _ := json.Marshal(struct { //nolint:errchkjson // strings only
		Message string `json:"message"`
	}{message})
	return out
}
