package main

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/fhir"
)

// refusal is what a validation code means to the sender of a Patient.
type refusal struct {
	status  int
	code    string // of the OperationOutcome's issue
	element string // of the Patient, where the code alone tells it
	text    string
}

// refusals by code (dhis2.md 2.1). DHIS2's own messages are not handed on:
// several quote the patient's data.
func refusals() map[string]refusal {
	return map[string]refusal{
		"E1064": {http.StatusConflict, "duplicate", ".identifier", "another tracked entity has this identifier"},
		"E1015": {http.StatusConflict, "conflict", "", "there is another active enrollment in the program"},
		"E1016": {http.StatusConflict, "conflict", "", "the program allows one enrollment only"},
		"E1114": {http.StatusConflict, "deleted", ".identifier", "the tracked entity was deleted"},
		"E1113": {http.StatusConflict, "deleted", ".identifier", "the enrollment was deleted"},
		"E1090": {http.StatusUnprocessableEntity, "required", "", "an attribute is mandatory for the tracked entity type"},
		"E1018": {http.StatusUnprocessableEntity, "required", "", "an attribute is mandatory in the program"},
		"E1076": {http.StatusUnprocessableEntity, "required", "", "an attribute is mandatory and has no value"},
		"E1007": {http.StatusUnprocessableEntity, "value", "", "a value does not fit its type"},
		"E1077": {http.StatusUnprocessableEntity, "too-long", "", "a value has more than 1200 characters"},
		"E1125": {http.StatusUnprocessableEntity, "code-invalid", "", "a value is no code of its option set"},
		"E1049": {http.StatusUnprocessableEntity, "not-found", ".managingOrganization", "the org unit is not known"},
		"E1070": {http.StatusUnprocessableEntity, "not-found", ".managingOrganization", "the org unit is not known"},
		"E1041": {http.StatusUnprocessableEntity, "business-rule", ".managingOrganization", "the program is not offered in the org unit"},
		"E1000": {http.StatusBadGateway, "forbidden", ".managingOrganization", "the mediator's account may not write to the org unit"},
		"E1005": {http.StatusBadGateway, "exception", "", "the tracked entity type is not known"},
		"E1006": {http.StatusBadGateway, "exception", "", "an attribute is not known"},
		"E1069": {http.StatusBadGateway, "exception", "", "the program is not known to the mediator's account"},
	}
}

func meaning(code string) refusal {
	r, known := refusals()[code]
	switch {
	case known:
		return r
	case dhis2.ClassOf(code) == dhis2.ClassPermission:
		return refusal{http.StatusBadGateway, "forbidden", "", "the mediator's account may not do this"}
	default:
		return refusal{http.StatusUnprocessableEntity, "processing", "", "see the DHIS2 tracker documentation"}
	}
}

// nameOf names a kind of object to people.
func nameOf(kind tracker.Type) string {
	if kind == tracker.TypeTrackedEntity {
		return "tracked entity"
	}
	return "enrollment"
}

// foreseen makes issues of what DHIS2 would refuse, each with its element: what hangs on an object
// that fails is not told, and what is said of an element once is not said of it again.
func foreseen(problems []tracker.Problem, path string) (status int, issues []fhir.Issue) {
	for _, p := range problems {
		if p.Code == "E5000" {
			continue
		}
		why := meaning(p.Code)
		issue := problem(why.code, expressionOf(why, path, elements()[p.FieldCode]),
			fmt.Sprintf("DHIS2 would refuse the %s with %s: %s", nameOf(p.Ref.Type), p.Code, strings.TrimSpace(p.FieldCode+" "+p.Reason)))
		status = graver(status, why.status)
		if !slices.ContainsFunc(issues, func(told fhir.Issue) bool {
			return told.Code == issue.Code && slices.Equal(told.Expression, issue.Expression)
		}) {
			issues = append(issues, issue)
		}
	}
	return status, issues
}

// refused are the results of objects that did not land.
func refused(results []tracker.Result) []tracker.Result {
	return slices.DeleteFunc(slices.Clone(results), func(r tracker.Result) bool { return r.Fate.Landed() })
}

// failures makes issues of what did not land, and the HTTP status that fits all of them: our own
// faults (502) before conflicts before the sender's.
func failures(results []tracker.Result, path string) (status int, issues []fhir.Issue) {
	for _, r := range refused(results) {
		object := nameOf(r.Ref.Type) + " " + r.UID
		switch {
		case r.Root != (tracker.Ref{}): // another object, whose codes are told of it
			issues = append(issues, problem(fhir.IssueProcessing, path,
				fmt.Sprintf("DHIS2 refused %s because of %s %s", object, nameOf(r.Root.Type), r.Root.UID)))
		case len(r.Codes) == 0: // the whole request was refused, or nobody knows
			status = http.StatusBadGateway
			issues = append(issues, problem(fhir.IssueProcessing, "",
				fmt.Sprintf("DHIS2 did not store %s: %s", object, cmp.Or(r.Reason, "it does not say why"))))
		default:
			for _, code := range r.Codes {
				why := meaning(code)
				status = graver(status, why.status)
				issues = append(issues, problem(why.code, expressionOf(why, path, ""),
					fmt.Sprintf("DHIS2 refused %s with %s: %s", object, code, why.text)))
			}
		}
	}
	if len(issues) > 0 && status == 0 {
		status = http.StatusBadGateway
	}
	return status, issues
}

// expressionOf names the element of a refusal; none where nothing in the message is at fault.
func expressionOf(why refusal, path, element string) string {
	element = cmp.Or(why.element, element)
	if why.status == http.StatusBadGateway && element == "" {
		return ""
	}
	return path + element
}

func graver(a, b int) int {
	order := []int{0, http.StatusUnprocessableEntity, http.StatusConflict, http.StatusBadGateway}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}
