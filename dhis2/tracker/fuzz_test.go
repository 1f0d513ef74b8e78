package tracker_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

// What is read is written as JSON that is read again as the same; it is never larger by more than the
// escapes, and checking it neither panics nor quotes it.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{
		`{"trackedEntities":[{"trackedEntity":"RnQHyrrL8wK","enrollments":[{"events":[{"event":"u01bS7TBPU6","dataValues":[{"dataElement":"SyY2t3MmAHo","value":"3.4"}]}]}]}]}`,
		`{"events":[{"occurredAt":1767682800000,"geometry":{"type":"Point","coordinates":[1,2]},"attributeCategoryOptions":"a;b"}]}`,
		`{"relationships":[{"from":{"event":{"event":"u01bS7TBPU6","x":1}},"to":{}}],"enrollments":[{"notes":[{"value":"\u0000"}]}]}`,
		`{"events":[{"x":[{"y":"\ud800"}],"followUp":"true","status":5}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		payload, err := tracker.ParsePayload(data)
		if err != nil {
			return
		}
		text := payload.AppendJSON(nil)
		if !json.Valid(text) || !utf8.Valid(text) {
			t.Fatalf("no JSON: %q", text)
		}
		again, err := tracker.ParsePayload(text)
		if err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		if second := again.AppendJSON(nil); !bytes.Equal(text, second) {
			t.Fatalf("not the same:\n%s\n%s", text, second)
		}
		if flat := payload.Flatten(); flat.Counts() != payload.Counts() {
			t.Fatal("flattening loses objects")
		}
		if nested := payload.Nest(); nested.Counts() != payload.Counts() {
			t.Fatal("nesting loses objects")
		}
		payload.Refusals(tracker.Params{})
	})
}

// Check never panics, whatever stands in a payload.
func FuzzCheck(f *testing.F) {
	snapshot := seed(f)
	for _, file := range []string{"nested-create.json"} {
		f.Add(fixture(f, "seed-payloads", file), byte(42))
	}
	f.Add([]byte(`{"events":[{"event":"u01bS7TBPU6","programStage":"F3GRYA6dGir","dataValues":[{"dataElement":"SyY2t3MmAHo","value":null}]}],"enrollments":[{}]}`), byte(41))
	f.Fuzz(func(t *testing.T, data []byte, minor byte) {
		payload, err := tracker.ParsePayload(data)
		if err != nil {
			return
		}
		before := payload.AppendJSON(nil)
		for _, problem := range tracker.Check(snapshot, &payload, tracker.CheckOptions{
			Version: dhis2.Version{Major: 2, Minor: 40 + int(minor%4)}, Now: recorded(), Zone: time.UTC,
		}) {
			if problem.Code == "" || problem.Reason == "" || problem.Ref.Type == "" {
				t.Fatalf("half a problem: %+v", problem)
			}
		}
		if !bytes.Equal(before, payload.AppendJSON(nil)) {
			t.Fatal("Check changed the payload")
		}
	})
}

// A hostile report neither panics nor runs away.
func FuzzReport(f *testing.F) {
	f.Add([]byte(objectReport))
	f.Add([]byte(`{"status":"ERROR","message":"Exception:x","stats":{}}`))
	f.Add([]byte("{\"status\":\"ERROR\",\"validationReport\":{\"errorReports\":[{\"errorCode\":\"E5000\",\"uid\":\"a\",\"trackerType\":\"EVENT\",\"message\":\"`a` because event `a`\"}]}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := tracker.ParseReport(data)
		if err != nil {
			return
		}
		for _, ref := range report.Failed() {
			outcome := report.Outcome(ref)
			if outcome.State != tracker.Failed {
				t.Fatalf("%s has errors and is %s", ref, outcome.State)
			}
			if outcome.Root != (tracker.Ref{}) && len(outcome.RootErrors) == 0 {
				t.Fatal("a root without errors")
			}
		}
		_ = report.String()
	})
}
