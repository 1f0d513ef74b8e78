package mapping

import (
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

var errStopped = errors.New("too much is wrong")

// fail reports an error at a value of the input (the zero value for none) and returns what
// a failed rule gives.
func (r *run) fail(ru *rule, code string, at value, message, hint string) value {
	r.errors++
	if len(r.issues) < r.limits.Issues {
		r.issues = append(r.issues, r.issue(ru, code, at, message, hint))
	} else if r.guards == 0 && !r.lookups.pending { // what lacks a lookup's result is done again
		r.err = errStopped
	}
	return failed()
}

func (r *run) issue(ru *rule, code string, at value, message, hint string) Issue {
	issue := Issue{Code: code, Severity: SeverityError, Message: message, Hint: hint}
	if ru != nil {
		issue.Rule, issue.File, issue.Line, issue.Column = ru.path, ru.file, ru.line, ru.column
	}
	place := at
	if place.Doc != &r.in {
		place = r.origin // made on the way, from this
	}
	if place.Doc == &r.in && place.Node != 0 {
		r.locate(&issue, place)
	}
	if r.values && at.Doc != nil && at.Kind() != tape.Missing {
		text := at.AppendJSON(nil)
		if len(text) > maxValue {
			text = append(text[:maxValue], "…"...)
		}
		issue.Value = string(text)
	}
	return issue
}

// maxValue bounds what an issue shows of a value.
const maxValue = 200

func (r *run) locate(issue *Issue, at value) {
	r.located(issue, r.in.Pointer(at.Node), r.in.Offset(at.Node))
}

// located gives an issue its place in the input, and in the source's own terms.
func (r *run) located(issue *Issue, pointer string, offset int) {
	if r.source != nil {
		issue.Source = r.source.Locate(pointer)
		if r.record >= 0 {
			pointer = r.prefix + "/" + itoa(r.record) + pointer
		}
	}
	issue.Pointer, issue.Offset = &pointer, offset
}

// exceeded ends the run because of a limit.
func (r *run) exceeded(ru *rule, what string, limit int) {
	if r.err != nil {
		return
	}
	r.fail(ru, CodeLimit, value{}, fmt.Sprintf("more than %d %s", limit, what), "raise Options.Limits if the input is in order")
	r.err = errStopped
}

// handled turns the errors since a mark into warnings: an $onError has dealt with them.
func (r *run) handled(errorsBefore, issuesBefore int) {
	r.errors = errorsBefore
	for i := issuesBefore; i < len(r.issues); i++ {
		r.issues[i].Severity = SeverityWarning
	}
}
