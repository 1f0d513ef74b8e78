package main

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mapping"
)

// complaints makes issues for the sender of what a mapping reports. They name elements of the
// Patient and hold no values.
func (m *mapper) complaints(report *mapping.Report, path string) []fhir.Issue {
	var all []fhir.Issue
	for _, found := range report.Issues {
		if found.Severity == mapping.SeverityError {
			all = append(all, m.complaint(found, path))
		}
	}
	if len(all) == 0 {
		all = append(all, problem(fhir.IssueProcessing, path, "cannot be mapped"))
	}
	return all
}

// sources says for the values that mapping/patient.yaml names from which element they are.
func sources() map[string]string {
	return map[string]string{
		"values": ".identifier", "distinct": ".identifier", "known": ".identifier", "second": ".identifier", "identifier": ".identifier",
		"name": ".name", "born": ".birthDate", "orgUnit": ".managingOrganization.identifier",
	}
}

func (m *mapper) complaint(found mapping.Issue, path string) fhir.Issue {
	name, _, _ := strings.Cut(found.Rule, "#")
	name = strings.TrimSuffix(name, "/*")
	name = name[strings.LastIndexByte(name, '/')+1:]
	element, known := sources()[name]
	if !known {
		element = elements()[name]
	}
	if element == "" && found.Pointer != nil {
		element = fhirPath(*found.Pointer)
	}
	switch {
	case found.Code == mapping.CodeRequired && name == "identifier":
		return problem(fhir.IssueMultipleMatches, path+element, "several identifiers of the system "+m.system)
	case found.Code == mapping.CodeRequired && name == "known":
		return problem(fhir.IssueRequired, path+element, "no identifier of the system "+m.system)
	case found.Code == mapping.CodeRequired && name == "name":
		return problem(fhir.IssueRequired, path+element, "no name in use")
	}
	// What the validator lets through and the mapping does not is told in the engine's words.
	return problem(outcomeCode(found.Code), path+element, found.Message)
}

func outcomeCode(code string) string {
	switch code {
	case mapping.CodeRequired:
		return fhir.IssueRequired
	case mapping.CodeUnmapped:
		return fhir.IssueCodeInvalid
	case mapping.CodeFormat:
		return fhir.IssueValue
	case mapping.CodeLimit:
		return "too-costly"
	default:
		return fhir.IssueProcessing
	}
}

// fhirPath makes a path of FHIR of a JSON pointer: ".name[0].family" of /name/0/family.
func fhirPath(pointer string) string {
	var path strings.Builder
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch {
		case token == "":
		case strings.Trim(token, "0123456789") == "":
			path.WriteString("[" + token + "]")
		default:
			path.WriteString("." + token)
		}
	}
	return path.String()
}
