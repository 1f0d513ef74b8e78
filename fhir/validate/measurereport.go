package validate

import (
	"encoding/json"

	"github.com/openhim/mediator-go/fhir"
)

// measureReport holds a report against its Measure, where that is among the definitions: a cohort has no score, other scorings do have one.
func (r *run) measureReport(n node, _ *scope) {
	url := r.str(n, "measure")
	scoring, ok := r.v.definitions.scoring(url)
	if url == "" || !ok {
		return
	}
	for group := range r.items(r.tree.Member(n, "group")) {
		score := r.tree.Member(group, "measureScore")
		if score != 0 && scoring == "cohort" {
			r.fail(score, fhir.IssueBusinessRule, "a measure that is scored as cohort has no measureScore")
		}
	}
}

// scoring is the code of Measure.scoring.
func (d *definitions) scoring(url string) (string, bool) {
	data, ok := d.measures[url]
	if !ok {
		if data, ok = d.measures[bareURL(url)]; !ok {
			return "", false
		}
	}
	var measure struct {
		Scoring struct {
			Coding []struct{ Code string } `json:"coding"`
		} `json:"scoring"`
	}
	if err := json.Unmarshal(data, &measure); err != nil || len(measure.Scoring.Coding) == 0 {
		return "", false
	}
	return measure.Scoring.Coding[0].Code, true
}
