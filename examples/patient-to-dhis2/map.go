package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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

// payload maps the Patient of a message, or says everything at once that it cannot be mapped for.
func (m *mapper) payload(ctx context.Context, in incoming, now time.Time) (payload, []fhir.Issue, error) {
	input, err := encode(mapContext{now.UTC().Format(time.RFC3339), m.system, m.target.entityType, m.target.program, m.target.orgUnit})
	if err != nil {
		return payload{}, nil, err
	}
	issues := modifiers(in)
	out, _, err := m.mapping.Run(ctx, in.patient.Bytes(), mapping.Options{Context: input})
	if refused, ok := errors.AsType[*mapping.InputError](err); ok {
		return payload{}, append(issues, m.complaints(refused.Report, in.path)...), nil
	}
	if err != nil || len(issues) > 0 {
		return payload{}, issues, err
	}
	var p payload
	if err := json.Unmarshal(out, &p); err != nil {
		return p, nil, fmt.Errorf("read what patient.yaml gives: %w", err)
	}
	return p, nil, p.identify(m.system)
}

// modifiers refuses what may change the meaning of the whole, which a mapping cannot know.
func modifiers(in incoming) []fhir.Issue {
	if !in.patient.Get("modifierExtension.0").Exists() {
		return nil
	}
	return []fhir.Issue{problem("extension", in.path+".modifierExtension", "modifier extensions may change the meaning of the whole; none is known here")}
}
