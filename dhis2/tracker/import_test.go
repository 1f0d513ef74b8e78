package tracker_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// UIDs of the seed metadata.
const (
	person     = "peOCoLO91lG"
	facility   = "lgY4CHs5HtP"
	facility2  = "iPrqVTs7evU"
	unassigned = "PP7BguJwlu2"
	given      = "iPWPq2EJtIk"
	family     = "GOCQVgGQGEU"
	nationalID = "XhXpL2WqB15"
	birthDate  = "lXXkJgofAcb"
	child      = "sBSRMACZJOQ"
	birth      = "F3GRYA6dGir"
	visit      = "zOK5Pk5V5Yz"
	weight     = "SyY2t3MmAHo"
	height     = "fEZef320RHa"
)

// servers are the versions the fake copies.
func servers() []string { return []string{"2.40", "2.41", "2.42", "2.43"} }

// start runs a fake server and returns a client of it.
func start(tb testing.TB, options dhis2test.Options) (*dhis2test.Server, *dhis2.Client) {
	tb.Helper()
	server := dhis2test.New(tb, options)
	client, err := dhis2.New(tb.Context(), dhis2.Config{
		URL: server.URL, Auth: dhis2.Basic("admin", "district"),
		MinWait: time.Millisecond,
	})
	require.NoError(tb, err)
	tb.Cleanup(client.Close)
	return server, client
}

// patient is a valid tracked entity with an enrollment and a visit.
func patient() tracker.Payload {
	return tracker.Payload{TrackedEntities: []tracker.TrackedEntity{{
		TrackedEntity: "RnQHyrrL8wK", TrackedEntityType: person, OrgUnit: facility,
		Attributes: []tracker.Attribute{{Attribute: given, Value: "Amina"}, {Attribute: family, Value: "Okello"}},
		Enrollments: []tracker.Enrollment{{
			Enrollment: "iT48QPaRDag", Program: child, OrgUnit: facility, EnrolledAt: "2026-01-05", Status: tracker.EnrollmentActive,
			Attributes: []tracker.Attribute{{Attribute: birthDate, Value: "2025-12-30"}},
			Events: []tracker.Event{{
				Event: "u01bS7TBPU6", Program: child, ProgramStage: visit, OrgUnit: facility, OccurredAt: "2026-01-06",
				Status: tracker.EventCompleted, DataValues: []tracker.DataValue{{DataElement: weight, Value: "3.4"}},
			}},
		}},
	}}}
}

func TestImportStoresEveryObject(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			_, client := start(t, dhis2test.Options{Version: version})
			payload := patient()
			report, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
			require.NoError(t, err)
			assert.Equal(t, 3, report.Stats.Created)
			for ref := range payload.Refs() {
				assert.Equal(t, tracker.Stored, report.Outcome(ref).State, ref.String())
			}
		})
	}
}

func TestImportReturnsTheReportWithTheError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		atomic tracker.AtomicMode
		wantTE tracker.State
	}{
		"ALL":    {tracker.AtomicAll, tracker.NotStored},
		"OBJECT": {tracker.AtomicObject, tracker.Stored},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := start(t, dhis2test.Options{})
			payload := patient()
			payload.TrackedEntities[0].Enrollments[0].EnrolledAt = ""
			report, err := tracker.Import(t.Context(), client, payload, tracker.Params{Atomic: c.atomic})
			require.ErrorIs(t, err, tracker.ErrNotStored)
			failure, ok := errors.AsType[*tracker.ReportError](err)
			require.True(t, ok)
			assert.Same(t, report, failure.Report)
			assert.Contains(t, err.Error(), "E1025 (1)")
			assert.Equal(t, c.wantTE, report.Outcome(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: "RnQHyrrL8wK"}).State)
			enrollment := report.Outcome(tracker.Ref{Type: tracker.TypeEnrollment, UID: "iT48QPaRDag"})
			assert.Equal(t, tracker.Failed, enrollment.State)
			assert.Contains(t, enrollment.Codes(), "E1025")
		})
	}
}

func TestImportSendsNothingThatBreaksThePayload(t *testing.T) {
	t.Parallel()
	server, client := start(t, dhis2test.Options{})
	before := len(server.Requests())
	payload := patient()
	payload.TrackedEntities[0].Enrollments[0].Events[0].Program = ""
	_, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
	require.ErrorIs(t, err, tracker.ErrRefused)
	assert.Contains(t, err.Error(), "trackedEntities[0].enrollments[0].events[0].program")
	assert.Len(t, server.Requests(), before)
}

func TestValidateStoresNothing(t *testing.T) {
	t.Parallel()
	server, client := start(t, dhis2test.Options{})
	payload := patient()
	report, err := tracker.Validate(t.Context(), client, payload, tracker.Params{})
	require.NoError(t, err)
	assert.True(t, report.Validated)
	for ref := range payload.Refs() {
		assert.Equal(t, tracker.Stored, report.Outcome(ref).State)
	}
	assert.Empty(t, server.TrackedEntities())
}

func TestImportRepeatsTheSameBytesAfterAFailure(t *testing.T) {
	t.Parallel()
	server, client := start(t, dhis2test.Options{})
	before := len(server.Requests())
	server.Fail(1, http.StatusBadGateway)
	report, err := tracker.Import(t.Context(), client, patient(), tracker.Params{})
	require.NoError(t, err)
	assert.Equal(t, 3, report.Stats.Total)
	sent := server.Requests()[before:]
	require.Len(t, sent, 2)
	assert.Equal(t, sent[0].Body, sent[1].Body)
}
