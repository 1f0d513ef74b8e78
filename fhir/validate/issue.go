package validate

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/openhim/mediator-go/fhir"
)

// found is an issue as the walk notes it; places are worked out at the end, for those that are kept.
type found struct {
	severity, code string
	at             node
	child          string // below at: what is missing there
	offset         int    // in bytes, when at does not tell; -1 otherwise
	text           string
}

// report notes an issue, unless it was noted before (two profiles may ask for the same), or there are enough already.
func (r *run) report(f found) {
	for i := range r.found {
		if r.found[i].at == f.at && r.found[i].text == f.text {
			return
		}
	}
	if f.severity == fhir.SeverityError {
		r.errors++
	}
	if len(r.found) >= r.v.limits.Issues {
		// Errors push warnings out: a flood of advice must not hide what is wrong.
		if f.severity != fhir.SeverityError || !r.dropWarning() {
			r.dropped++
			return
		}
	}
	r.found = append(r.found, f)
}

func (r *run) dropWarning() bool {
	for i := len(r.found) - 1; i >= 0; i-- {
		if r.found[i].severity != fhir.SeverityError {
			r.found = append(r.found[:i], r.found[i+1:]...)
			r.dropped++
			return true
		}
	}
	return false
}

func (r *run) fail(at node, code, format string, args ...any) {
	r.report(found{severity: fhir.SeverityError, code: code, at: at, offset: -1, text: sprintf(format, args)})
}

func (r *run) warn(at node, code, format string, args ...any) {
	r.report(found{severity: fhir.SeverityWarning, code: code, at: at, offset: -1, text: sprintf(format, args)})
}

func sprintf(format string, args []any) string {
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// missing notes that a required element is not there, at the object that lacks it.
func (r *run) missing(at node, name, format string, args ...any) {
	r.report(found{severity: fhir.SeverityError, code: fhir.IssueRequired, at: at, child: name, offset: -1, text: sprintf(format, args)})
}

// quoted makes a name from the text fit for a message: short, without control characters.
func quoted(name string) string {
	const most = 64
	name = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) && c != '"' {
			return c
		}
		return '?'
	}, name)
	if len(name) > most {
		cut := most
		for cut > 0 && name[cut]&0xC0 == 0x80 {
			cut--
		}
		name = name[:cut] + "..."
	}
	return `"` + name + `"`
}
