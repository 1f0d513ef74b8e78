package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir"
)

// importReport is DHIS2's answer to an import.
type importReport struct {
	Status           string `json:"status"`
	ValidationReport *struct {
		ErrorReports []importError `json:"errorReports"`
	} `json:"validationReport"`
	BundleReport struct {
		TypeReportMap map[string]struct {
			Stats struct {
				Created int `json:"created"`
				Updated int `json:"updated"`
			} `json:"stats"`
			ObjectReports []struct {
				UID string `json:"uid"`
			} `json:"objectReports"`
		} `json:"typeReportMap"`
	} `json:"bundleReport"`
}

type importError struct {
	Message   string `json:"message"`
	ErrorCode string `json:"errorCode"`
	UID       string `json:"uid"`
}

// object is one object that was sent.
type object struct{ trackerType, name, uid string }

// objects are those of a payload, parents first.
func (p *payload) objects() []object {
	var out []object
	for _, e := range p.TrackedEntities {
		out = append(out, object{"TRACKED_ENTITY", "tracked entity", e.TrackedEntity})
		for _, n := range e.Enrollments {
			out = append(out, object{"ENROLLMENT", "enrollment", n.Enrollment})
		}
	}
	return out
}

// result is what became of one object.
type result struct {
	object
	stored, created bool
	errors          []importError
}

// results reads a report object by object. Neither HTTP 200 nor status OK says
// that an object was stored (dhis2.md section 0, fact 1): it was when the
// report lists it and has no error for it.
func (r importReport) results(p payload) []result {
	var out []result
	for _, o := range p.objects() {
		res := result{object: o}
		if r.ValidationReport != nil {
			for _, e := range r.ValidationReport.ErrorReports {
				if e.UID == o.uid {
					res.errors = append(res.errors, e)
				}
			}
		}
		of := r.BundleReport.TypeReportMap[o.trackerType]
		listed := false
		for _, stored := range of.ObjectReports {
			listed = listed || stored.UID == o.uid
		}
		res.stored = listed && len(res.errors) == 0
		res.created = res.stored && of.Stats.Created > 0 // one object of each type is sent
		out = append(out, res)
	}
	return out
}

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
		"E5000": {http.StatusUnprocessableEntity, "processing", "", "the object it belongs to was refused"},
		"E1000": {http.StatusBadGateway, "forbidden", ".managingOrganization", "the mediator's account may not write to the org unit"},
		"E1005": {http.StatusBadGateway, "exception", "", "the tracked entity type is not known"},
		"E1006": {http.StatusBadGateway, "exception", "", "an attribute is not known"},
		"E1069": {http.StatusBadGateway, "exception", "", "the program is not known to the mediator's account"},
	}
}

// failures makes issues of what was not stored, and the HTTP status that fits
// all of them: our own faults (502) before conflicts before the sender's.
func failures(results []result, path string) (status int, issues []fhir.Issue) {
	for _, r := range results {
		if r.stored {
			continue
		}
		if len(r.errors) == 0 {
			issues = append(issues, problem(fhir.IssueProcessing, "", fmt.Sprintf("DHIS2 did not store %s %s", r.name, r.uid)))
		}
		for _, e := range r.errors {
			meaning, known := refusals()[e.ErrorCode]
			if !known {
				meaning = refusal{http.StatusUnprocessableEntity, "processing", "", "see the DHIS2 tracker documentation"}
			}
			if meaning.element == "" {
				meaning.element = elementNamed(e.Message)
			}
			expression := path + meaning.element
			if meaning.status == http.StatusBadGateway && meaning.element == "" {
				expression = "" // nothing in the message is at fault
			}
			status = graver(status, meaning.status)
			issues = append(issues, problem(meaning.code, expression,
				fmt.Sprintf("DHIS2 refused %s %s with %s: %s", r.name, r.uid, e.ErrorCode, meaning.text)))
		}
	}
	if len(issues) > 0 && status == 0 {
		status = http.StatusBadGateway
	}
	return status, issues
}

func graver(a, b int) int {
	order := []int{0, http.StatusUnprocessableEntity, http.StatusConflict, http.StatusBadGateway}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// elementNamed finds the attribute a message names in back-ticks, as far as it
// is one of ours. It only helps to point at an element: what is done depends
// on the code alone, for texts change with every version of DHIS2.
func elementNamed(message string) string {
	for i, part := range strings.Split(message, "`") {
		if i%2 == 1 {
			if element, ok := elements()[part]; ok {
				return element
			}
		}
	}
	return ""
}
