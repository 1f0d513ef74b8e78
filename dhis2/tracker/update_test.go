package tracker_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// stored imports the patient and returns a server and client of each version.
func stored(t *testing.T, version string) (*dhis2test.Server, *dhis2.Client) {
	t.Helper()
	server, client := start(t, dhis2test.Options{Version: version})
	payload := patient()
	event := &payload.TrackedEntities[0].Enrollments[0].Events[0]
	event.Geometry = json.RawMessage(`{"type":"Point","coordinates":[36.8,-1.3]}`)
	event.ScheduledAt = "2026-01-07"
	event.AssignedUser = &tracker.User{Username: "ohm"}
	event.Notes = []tracker.Note{{Note: "d119fZSOXqE", Value: "first"}}
	event.DataValues = append(event.DataValues, tracker.DataValue{DataElement: height, Value: "50"})
	_, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
	require.NoError(t, err)
	return server, client
}

func TestUpdateEventKeepsEveryScalar(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			_, client := stored(t, version)
			before, err := tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Select("*"))
			require.NoError(t, err)

			done, err := tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{Verify: true}, func(ev *tracker.Event) error {
				ev.SetValue(weight, "3.6")
				ev.DeleteValue(height)
				ev.Notes = append(ev.Notes, tracker.Note{Note: "e119fZSOXqE", Value: "second"})
				return nil
			})
			require.NoError(t, err)
			assert.Equal(t, 1, done.Attempts)
			assert.Equal(t, 1, done.Report.Stats.Updated)

			after, err := tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Select("*"))
			require.NoError(t, err)
			assert.Equal(t, tracker.EventCompleted, after.Status)
			assert.JSONEq(t, string(before.Geometry), string(after.Geometry))
			assert.NotEmpty(t, after.ScheduledAt)
			assert.Equal(t, before.ScheduledAt, after.ScheduledAt)
			assert.Equal(t, before.OccurredAt, after.OccurredAt)
			assert.Equal(t, before.OrgUnit, after.OrgUnit)
			require.NotNil(t, after.AssignedUser)
			assert.Equal(t, "ohm", after.AssignedUser.Username)
			assert.Equal(t, before.AttributeOptionCombo, after.AttributeOptionCombo)
			assert.Equal(t, before.CompletedAt, after.CompletedAt)
			require.Len(t, after.DataValues, 1)
			assert.Equal(t, "3.6", after.DataValues[0].Value)
			assert.Len(t, after.Notes, 2)
		})
	}
}

func TestUpdateSendsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	server, client := stored(t, "2.42")
	_, err := tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{}, func(ev *tracker.Event) error {
		ev.SetValue(weight, "3.6")
		return nil
	})
	require.NoError(t, err)
	requests := server.Requests()
	sent, err := tracker.ParsePayload(requests[len(requests)-1].Body)
	require.NoError(t, err)
	require.Len(t, sent.Events, 1)
	event := sent.Events[0]
	assert.Equal(t, []tracker.DataValue{{DataElement: weight, Value: "3.6"}}, event.DataValues)
	assert.Empty(t, event.Notes)
	assert.Empty(t, event.CreatedAt)
	assert.Nil(t, event.CreatedBy)
	assert.Contains(t, requests[len(requests)-1].Query, "importStrategy=UPDATE")
}

func TestUpdateSendsNothingWithoutAChange(t *testing.T) {
	t.Parallel()
	server, client := stored(t, "2.43")
	before := len(server.Requests())
	done, err := tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{}, func(ev *tracker.Event) error {
		ev.SetValue(weight, "3.4")
		ev.SetValue(height, "")
		ev.Notes = nil
		return nil
	})
	require.NoError(t, err)
	assert.Nil(t, done.Report)
	for _, request := range server.Requests()[before:] {
		assert.Equal(t, http.MethodGet, request.Method)
	}
}

func TestUpdateEnrollmentAndTrackedEntityKeepWhatIsNotChanged(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			_, client := stored(t, version)
			_, err := tracker.UpdateEnrollment(t.Context(), client, "iT48QPaRDag", tracker.UpdateOptions{}, func(en *tracker.Enrollment) error {
				en.FollowUp = true
				en.SetAttribute(birthDate, "2025-12-31")
				return nil
			})
			require.NoError(t, err)
			enrollment, err := tracker.GetEnrollment(t.Context(), client, "iT48QPaRDag", dhis2.Select("*", "attributes"))
			require.NoError(t, err)
			assert.True(t, enrollment.FollowUp)
			assert.NotEmpty(t, enrollment.EnrolledAt)
			assert.Equal(t, tracker.EnrollmentActive, enrollment.Status)

			_, err = tracker.UpdateTrackedEntity(t.Context(), client, "RnQHyrrL8wK", tracker.UpdateOptions{Program: child, Verify: true}, func(te *tracker.TrackedEntity) error {
				te.SetAttribute(given, "Aisha")
				return nil
			})
			require.NoError(t, err)
			entity, err := tracker.GetTrackedEntity(t.Context(), client, "RnQHyrrL8wK", child, dhis2.Select("*", "attributes"))
			require.NoError(t, err)
			assert.Equal(t, facility, entity.OrgUnit)
			values := map[string]string{}
			for _, a := range entity.Attributes {
				values[a.Attribute] = a.Value
			}
			assert.Equal(t, "Aisha", values[given])
			assert.Equal(t, "Okello", values[family])
			assert.Equal(t, "2025-12-31", values[birthDate])
		})
	}
}

func TestUpdateBeginsAnewWhenOthersChangeTheObject(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.42")
	calls := 0
	done, err := tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{}, func(ev *tracker.Event) error {
		if calls++; calls == 1 {
			other := tracker.Payload{Events: []tracker.Event{{
				Event: ev.Event, Program: ev.Program, ProgramStage: ev.ProgramStage, Enrollment: ev.Enrollment, OrgUnit: ev.OrgUnit,
				OccurredAt: "2026-01-09", Status: tracker.EventCompleted,
			}}}
			if _, err := tracker.Import(t.Context(), client, other, tracker.Params{}); err != nil {
				return err
			}
		}
		ev.SetValue(weight, "3.6")
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, 2, done.Attempts)
	event, err := tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Fields{})
	require.NoError(t, err)
	assert.Contains(t, event.OccurredAt, "2026-01-09", "what the other wrote is kept")
}

func TestUpdateGivesUpWhenOthersChangeTheObjectAllTheTime(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.42")
	day := 9
	done, err := tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{Attempts: 2}, func(ev *tracker.Event) error {
		other := *ev
		other.DataValues, other.Notes, other.OccurredAt = nil, nil, "2026-01-1"+string(rune('0'+day))
		day--
		_, err := tracker.Import(t.Context(), client, tracker.Payload{Events: []tracker.Event{other}}, tracker.Params{})
		ev.SetValue(weight, "3.6")
		return err
	})
	require.ErrorIs(t, err, tracker.ErrChanged)
	assert.Equal(t, 2, done.Attempts)
}

func TestUpdateRefusesToChangeWhatCannotChange(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.42")
	_, err := tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{}, func(ev *tracker.Event) error {
		ev.ProgramStage = birth
		return nil
	})
	require.ErrorIs(t, err, tracker.ErrFrozen)
	stop := errors.New("stop")
	_, err = tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{}, func(*tracker.Event) error { return stop })
	require.ErrorIs(t, err, stop)
	_, err = tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{Params: tracker.Params{IDScheme: dhis2.SchemeCode}}, nil)
	var scheme *dhis2.ArgumentError
	require.ErrorAs(t, err, &scheme)
	_, err = tracker.UpdateEvent(t.Context(), client, "nobody", tracker.UpdateOptions{}, nil)
	var bad *dhis2.ArgumentError
	require.ErrorAs(t, err, &bad)
	_, err = tracker.UpdateEvent(t.Context(), client, "zzzzzzzzzzz", tracker.UpdateOptions{}, nil)
	require.ErrorIs(t, err, dhis2.ErrNotFound)
}

// overwriting is a client whose imports are followed by another one, which the first one's value does
// not survive, as simultaneous updates of one event do on running servers.
type overwriting struct {
	tracker.Client

	times int
	event tracker.Event
}

func (o *overwriting) Do(ctx context.Context, req dhis2.Request) (*dhis2.Response, error) {
	res, err := o.Client.Do(ctx, req)
	if err == nil && req.Method == http.MethodPost && o.times > 0 {
		o.times--
		_, err = tracker.Import(ctx, o.Client, tracker.Payload{Events: []tracker.Event{o.event}}, tracker.Params{})
	}
	return res, err
}

func TestUpdateWithVerifyFindsALostValue(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.42")
	event, err := tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Select("*"))
	require.NoError(t, err)
	event.SetValue(weight, "3.4")
	done, err := tracker.UpdateEvent(t.Context(), &overwriting{Client: client, times: 1, event: event}, "u01bS7TBPU6",
		tracker.UpdateOptions{Verify: true}, func(ev *tracker.Event) error {
			ev.SetValue(weight, "3.6")
			return nil
		})
	require.NoError(t, err)
	assert.Equal(t, 2, done.Attempts)
	now, err := tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Fields{})
	require.NoError(t, err)
	for _, value := range now.DataValues {
		if value.DataElement == weight {
			assert.Equal(t, "3.6", value.Value)
		}
	}
}

func TestUpdateOpensWhatWasCompleted(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			_, client := stored(t, version)
			event, err := tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Select("*"))
			require.NoError(t, err)
			require.NotEmpty(t, event.CompletedAt)
			_, err = tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{}, func(ev *tracker.Event) error {
				ev.Status = tracker.EventActive
				return nil
			})
			require.NoError(t, err)
			for _, status := range []tracker.EnrollmentStatus{tracker.EnrollmentCompleted, tracker.EnrollmentActive} {
				_, err = tracker.UpdateEnrollment(t.Context(), client, event.Enrollment, tracker.UpdateOptions{}, func(en *tracker.Enrollment) error {
					en.Status = status
					return nil
				})
				require.NoError(t, err)
			}
		})
	}
}
