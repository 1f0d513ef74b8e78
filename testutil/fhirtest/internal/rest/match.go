package rest

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// What an agreement weighs in $match; the sum of all is 1. An identifier alone is enough
// to be certain.
const (
	weightFamily    = 0.35
	weightGiven     = 0.25
	weightBirthDate = 0.30
	weightGender    = 0.10

	gradeCertain  = 0.95
	gradeProbable = 0.75
	gradePossible = 0.30
)

// match is POST Patient/$match (R4 patient-operation-match): a search for the patient in
// the parameter resource, scored and graded. One identifier in common is certain.
func match(x *exchange) (*answer, *failure) {
	given, f := x.inputs()
	if f != nil {
		return nil, f
	}
	var wanted *jsontree.Node
	for _, p := range given.List("parameter") {
		if p.Str("name") == "resource" {
			wanted = p.Get("resource")
		}
	}
	if wanted.Str("resourceType") != "Patient" {
		return nil, fail(http.StatusBadRequest, "required", "there is no parameter resource with a Patient").at("Parameters.parameter")
	}
	most := x.e.config.PageSize
	if text := x.input(given, "count"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, fail(http.StatusBadRequest, "value", "count is no number").at("Parameters.parameter")
		}
		most = n
	}
	type scored struct {
		v     *store.Version
		score float64
	}
	var found []scored
	for v := range x.tx.All("Patient") {
		if s := x.similarity(wanted, v); s >= gradePossible && (s >= gradeCertain || x.input(given, "onlyCertainMatches") != "true") {
			found = append(found, scored{v, s})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	b := x.newBundle("searchset")
	b.Set("total", jsontree.NewNumber(itoa(len(found))))
	entries := jsontree.NewArray()
	for _, one := range found[:min(most, len(found))] {
		grade := "possible"
		switch {
		case one.score >= gradeCertain:
			grade = "certain"
		case one.score >= gradeProbable:
			grade = "probable"
		}
		mode := jsontree.NewObject("extension", jsontree.NewArray(jsontree.NewObject("url", "http://hl7.org/fhir/StructureDefinition/match-grade", "valueCode", grade)),
			"mode", "match", "score", jsontree.NewNumber(strconv.FormatFloat(one.score, 'f', 2, 64)))
		entries.Items = append(entries.Items, jsontree.NewObject("fullUrl", x.base+"/Patient/"+one.v.ID, "resource", one.v.Tree, "search", mode))
	}
	if len(entries.Items) > 0 {
		b.Set("entry", entries)
	}
	return &answer{status: http.StatusOK, tree: b, header: x.searchHeader(x.now)}, nil
}

func (x *exchange) similarity(wanted *jsontree.Node, v *store.Version) float64 {
	common := func(code string, equal func(a, b index.Value) bool) bool {
		p := x.e.table.Parameter("Patient", code)
		for _, a := range index.Values(wanted, p) {
			for _, b := range v.Values(p) {
				if equal(a, b) {
					return true
				}
			}
		}
		return false
	}
	token := func(a, b index.Value) bool { return a.Code != "" && a.Code == b.Code && a.System == b.System }
	text := func(a, b index.Value) bool { return a.Text == b.Text }
	if common("identifier", token) {
		return 1
	}
	score := 0.0
	if common("family", text) {
		score += weightFamily
	}
	if common("given", text) {
		score += weightGiven
	}
	if common("birthdate", func(a, b index.Value) bool { return a.Span == b.Span }) {
		score += weightBirthDate
	}
	if common("gender", token) {
		score += weightGender
	}
	return min(score, gradeCertain-0.01) // never certain without an identifier
}
