package main

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

// newValidator validates against FHIR R4. The package of a country's own guide goes into
// Options.Packages; a profile nobody gave it is warned of, not refused.
func newValidator() (*validate.Validator, error) {
	return validate.New(validate.Options{AllowUnknownProfiles: true})
}

// check says everything that is wrong or doubtful about a message at once: what FHIR does not
// allow, what the mediator does not take, what cannot be mapped. Without errors among the issues
// the registration is what DHIS2 gets.
func (h *handler) check(ctx context.Context, in incoming, issues []fhir.Issue) (registration, []fhir.Issue, error) {
	outcome, err := h.validator.Validate(ctx, in.message)
	if err != nil {
		return registration{}, nil, err
	}
	for _, i := range outcome.Issues {
		issues = append(issues, unquoted(i))
	}
	if in.patient.IsZero() {
		return registration{}, issues, nil
	}
	body, complaints, err := h.mapper.register(ctx, in, h.now())
	if err != nil {
		return registration{}, nil, err
	}
	return body, append(issues, untold(complaints, outcome.Issues)...), nil
}

// untold are the complaints of the mapping about elements that the validator has not found fault
// with: a name that is no name cannot be in use either.
func untold(complaints, told []fhir.Issue) []fhir.Issue {
	return slices.DeleteFunc(complaints, func(c fhir.Issue) bool {
		return slices.ContainsFunc(told, func(t fhir.Issue) bool { return t.IsError() && within(t, c) })
	})
}

var index = regexp.MustCompile(`\[\d+\]`)

// within reports whether an issue is about the element of another one, or about a part of it.
func within(part, whole fhir.Issue) bool {
	inner, outer := strings.Join(part.Expression, ""), strings.Join(whole.Expression, "")
	return strings.HasPrefix(index.ReplaceAllString(inner, "")+".", index.ReplaceAllString(outer, "")+".")
}

var quotation = regexp.MustCompile(`"[^"]*"`)

// unquoted leaves out the code that an issue quotes, which may be a name that stands in the wrong
// column at the sender's. Expression, line and column tell where it is.
func unquoted(i fhir.Issue) fhir.Issue {
	if i.Code == fhir.IssueCodeInvalid {
		i.Details = quotation.ReplaceAllString(i.Details, `"…"`)
	}
	return i
}
