package tracker_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

// thousand is a payload of 1,000 tracked entities with an enrollment and two events each.
func thousand(b *testing.B) tracker.Payload {
	b.Helper()
	builder := tracker.NewBuilder()
	for i := range 1000 {
		p := builder.TrackedEntity(dhis2.Identity{System: "bench", ID: strconv.Itoa(i)})
		p.TrackedEntityType, p.OrgUnit = person, facility
		p.SetAttribute(given, fmt.Sprintf("Given %d", i))
		p.SetAttribute(family, "Família")
		p.SetAttribute(nationalID, fmt.Sprintf("NID-%d", i))
		en := p.Enroll(child)
		en.OrgUnit, en.EnrolledAt, en.Status = facility, "2026-01-05", tracker.EnrollmentActive
		en.SetAttribute(birthDate, "2025-12-30")
		for j := range 2 {
			ev := en.Visit(visit, strconv.Itoa(j))
			ev.OrgUnit, ev.OccurredAt, ev.Status = facility, "2026-01-06T10:00:00.000", tracker.EventCompleted
			ev.SetValue(weight, "3.4")
			ev.SetValue(height, "50")
		}
	}
	payload, err := builder.Payload()
	require.NoError(b, err)
	return payload
}

// reference is the payload as encoding/json reads and writes it, with the same members.
type reference struct {
	TrackedEntities []struct {
		TrackedEntity     string              `json:"trackedEntity,omitempty"`
		TrackedEntityType string              `json:"trackedEntityType,omitempty"`
		OrgUnit           string              `json:"orgUnit,omitempty"`
		Attributes        []map[string]string `json:"attributes,omitempty"`
		Enrollments       []struct {
			Enrollment string              `json:"enrollment,omitempty"`
			Program    string              `json:"program,omitempty"`
			Status     string              `json:"status,omitempty"`
			OrgUnit    string              `json:"orgUnit,omitempty"`
			EnrolledAt string              `json:"enrolledAt,omitempty"`
			Attributes []map[string]string `json:"attributes,omitempty"`
			Events     []struct {
				Event        string `json:"event,omitempty"`
				Program      string `json:"program,omitempty"`
				ProgramStage string `json:"programStage,omitempty"`
				OrgUnit      string `json:"orgUnit,omitempty"`
				Status       string `json:"status,omitempty"`
				OccurredAt   string `json:"occurredAt,omitempty"`
				DataValues   []struct {
					DataElement string `json:"dataElement,omitempty"`
					Value       string `json:"value,omitempty"`
				} `json:"dataValues,omitempty"`
			} `json:"events,omitempty"`
		} `json:"enrollments,omitempty"`
	} `json:"trackedEntities"`
}

func BenchmarkEncode(b *testing.B) {
	payload := thousand(b)
	text := payload.AppendJSON(nil)
	var plain reference
	require.NoError(b, json.Unmarshal(text, &plain))
	b.Run("tracker", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		buf := make([]byte, 0, len(text))
		for b.Loop() {
			buf = payload.AppendJSON(buf[:0])
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			_, _ = json.Marshal(plain)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	payload := thousand(b)
	text := payload.AppendJSON(nil)
	b.Run("tracker", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			_, _ = tracker.ParsePayload(text)
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var plain reference
			_ = json.Unmarshal(text, &plain)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	snapshot := seed(b)
	payload := thousand(b)
	b.ReportAllocs()
	for b.Loop() {
		if problems := tracker.Check(snapshot, &payload, tracker.CheckOptions{Version: dhis2.Version{Major: 2, Minor: 42}, Now: recorded()}); len(problems) > 0 {
			b.Fatal(problems[0])
		}
	}
	b.ReportMetric(float64(payload.Counts().Total())*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
}

func BenchmarkRefusals(b *testing.B) {
	payload := thousand(b)
	b.ReportAllocs()
	for b.Loop() {
		payload.Refusals(tracker.Params{})
	}
}
