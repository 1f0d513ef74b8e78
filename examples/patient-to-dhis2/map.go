package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mapping"
)

//go:embed mapping/patient.yaml
var patientMapping []byte

// mapper makes what DHIS2 gets of a Patient, as mapping/patient.yaml says. It is safe for
// concurrent use.
type mapper struct {
	mapping *mapping.Mapping
	target  target
	system  string // of the identifier patients are known by
}

func newMapper(s settings) (*mapper, error) {
	document, err := mapping.Parse("patient.yaml", patientMapping)
	if err != nil {
		return nil, err
	}
	compiled, err := mapping.Compile(document, mapping.CompileOptions{})
	if err != nil {
		return nil, err
	}
	return &mapper{mapping: compiled, target: s.target, system: s.system}, nil
}

// mapContext is what the mapping reads as $ctx.
type mapContext struct {
	Now        string `json:"now"`
	System     string `json:"system"`
	EntityType string `json:"entityType"`
	Program    string `json:"program"`
	OrgUnit    string `json:"orgUnit"`
}

// register maps the Patient of a message, or says everything at once that it cannot be mapped for.
func (m *mapper) register(ctx context.Context, in incoming, now time.Time) (registration, []fhir.Issue, error) {
	input, err := encode(mapContext{now.UTC().Format(time.RFC3339), m.system, m.target.entityType, m.target.program, m.target.orgUnit})
	if err != nil {
		return registration{}, nil, err
	}
	issues := modifiers(in)
	out, _, err := m.mapping.Run(ctx, in.patient.Bytes(), mapping.Options{Context: input})
	if refused, ok := errors.AsType[*mapping.InputError](err); ok {
		return registration{}, append(issues, m.complaints(refused.Report, in.path)...), nil
	}
	if err != nil || len(issues) > 0 {
		return registration{}, issues, err
	}
	payload, err := tracker.ParsePayload(out)
	if err != nil {
		return registration{}, nil, fmt.Errorf("read what patient.yaml gives: %w", err)
	}
	body, err := register(payload, m.system, changedAt(in.patient, now))
	return body, nil, err
}

// changedAt is when a Patient was changed at its source, the zero time when it does not say so:
// then the order of arrival counts. Versions of several servers cannot be compared, times can; one
// that is still to come would make all that follows seem old.
func changedAt(patient fhir.Resource, now time.Time) time.Time {
	changed, err := time.Parse(time.RFC3339Nano, patient.Get("meta.lastUpdated").String())
	switch {
	case err != nil:
		return time.Time{}
	case changed.After(now):
		return now
	default:
		return changed
	}
}

// modifiers refuses what may change the meaning of the whole, which a mapping cannot know.
func modifiers(in incoming) []fhir.Issue {
	if !in.patient.Get("modifierExtension.0").Exists() {
		return nil
	}
	return []fhir.Issue{problem("extension", in.path+".modifierExtension", "modifier extensions may change the meaning of the whole; none is known here")}
}
