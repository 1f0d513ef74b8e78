package tracker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/openhim/mediator-go/dhis2"
)

var (
	// ErrChanged means that others changed the object at every attempt to update it.
	ErrChanged = errors.New("the object was changed by others meanwhile; try again later")
	// ErrFrozen means that a change touched what cannot change: the server answers E1126, E1127
	// or E1128.
	ErrFrozen = errors.New("type, program, stage, enrollment and tracked entity of an object cannot change")
)

// UpdateOptions says how objects are read, changed and sent.
type UpdateOptions struct {
	// Params of the import. The strategy is always UPDATE: what was deleted is not made anew.
	// idSchemes other than UID are refused.
	Params Params
	// Program is given to read the attributes of that program of a tracked entity, and to pass
	// its ownership. Defaults to none.
	Program string
	// Attempts bounds how often the object is read and sent when others change it meanwhile.
	// Defaults to 5.
	Attempts int
	// Verify reads the object once more afterwards, and begins anew if a value that was sent is not
	// there: of two updates of one event at the same moment the server keeps one, and answers 200
	// to both.
	Verify bool
}

// Updated tells what an update did.
type Updated struct {
	// Report is the server's, nil if nothing was sent because the change changed nothing.
	Report *Report
	// Attempts is how often the object was read.
	Attempts int
}

// UpdateEvent reads an event, lets change edit it, and sends it with every scalar it has: what is
// not sent the server resets (a missing status un-completes the event, geometry, scheduledAt and
// assignedUser become null). Of the data values and notes only those that are new or another are
// sent; to delete a value set Delete, taking it out of the list keeps it.
//
// The server knows no locks and no versions. This function sees a change of others up to the
// moment of sending, begins anew then, and gives up with [ErrChanged]; change must therefore
// stand being called again, with a fresh event each time. Only one update of a tracked entity at a
// time is safe.
func UpdateEvent(ctx context.Context, client Client, uid string, options UpdateOptions, change func(*Event) error) (Updated, error) {
	return update(ctx, client, updatable[Event]{
		path: "tracker/events", fields: "*,!relationships", decode: (*Event).decode,
		stamp: func(ev *Event) string { return ev.UpdatedAt },
		frozen: func(ev *Event) [4]string {
			return [4]string{ev.Event, ev.Program, ev.ProgramStage, ev.Enrollment}
		},
		reduce: reduceEvent,
		wrap:   func(ev *Event) Payload { return Payload{Events: []Event{*ev}} },
		landed: func(sent, now *Event) bool { return holdsValues(now.DataValues, sent.DataValues) },
	}, uid, options, change)
}

// UpdateEnrollment is [UpdateEvent] for an enrollment. Its events are neither read nor sent.
func UpdateEnrollment(ctx context.Context, client Client, uid string, options UpdateOptions, change func(*Enrollment) error) (Updated, error) {
	return update(ctx, client, updatable[Enrollment]{
		path: "tracker/enrollments", fields: "*,attributes,!events,!relationships", decode: (*Enrollment).decode,
		stamp:  func(en *Enrollment) string { return en.UpdatedAt },
		frozen: func(en *Enrollment) [4]string { return [4]string{en.Enrollment, en.TrackedEntity, en.Program} },
		reduce: reduceEnrollment,
		wrap:   func(en *Enrollment) Payload { return Payload{Enrollments: []Enrollment{*en}} },
		landed: func(sent, now *Enrollment) bool { return holdsAttributes(now.Attributes, sent.Attributes) },
	}, uid, options, change)
}

// UpdateTrackedEntity is [UpdateEvent] for a tracked entity. Its enrollments are neither read nor
// sent. Give options.Program where the attributes of a program are to be seen.
func UpdateTrackedEntity(ctx context.Context, client Client, uid string, options UpdateOptions, change func(*TrackedEntity) error) (Updated, error) {
	return update(ctx, client, updatable[TrackedEntity]{
		path: "tracker/trackedEntities", fields: "*,!enrollments,!relationships,!programOwners", decode: (*TrackedEntity).decode,
		stamp:  func(te *TrackedEntity) string { return te.UpdatedAt },
		frozen: func(te *TrackedEntity) [4]string { return [4]string{te.TrackedEntity, te.TrackedEntityType} },
		reduce: reduceEntity,
		wrap:   func(te *TrackedEntity) Payload { return Payload{TrackedEntities: []TrackedEntity{*te}} },
		landed: func(sent, now *TrackedEntity) bool { return holdsAttributes(now.Attributes, sent.Attributes) },
	}, uid, options, change)
}

// updatable is how one type of object is read, compared and sent.
type updatable[T any] struct {
	path, fields string
	decode       func(*T, *reader)
	stamp        func(*T) string
	frozen       func(*T) [4]string
	// reduce returns what is sent of the object, and whether it is other than before.
	reduce func(before, after *T) (T, bool)
	wrap   func(*T) Payload
	landed func(sent, now *T) bool
}

func update[T any](ctx context.Context, client Client, kind updatable[T], uid string, options UpdateOptions, change func(*T) error) (Updated, error) {
	if !dhis2.ValidUID(uid) {
		return Updated{}, fmt.Errorf("tracker: update: %w", &dhis2.ArgumentError{Argument: "uid", Reason: "is no UID"})
	}
	if options.Attempts <= 0 {
		options.Attempts = 5
	}
	if options.Params.namesMetadata() {
		return Updated{}, fmt.Errorf("tracker: update: %w", &dhis2.ArgumentError{
			Argument: "idScheme", Reason: "must be UID: what is read names metadata by UID, and is sent again",
		})
	}
	options.Params.Strategy = Update
	done := Updated{}
	for done.Attempts < options.Attempts {
		done.Attempts++
		again, err := attempt(ctx, client, kind, uid, options, change, &done)
		if !again {
			return done, err
		}
	}
	return done, fmt.Errorf("tracker: update %s: %w", kind.path, ErrChanged)
}

// attempt reads, changes and sends once. It says whether to begin anew.
func attempt[T any](ctx context.Context, client Client, kind updatable[T], uid string, options UpdateOptions, change func(*T) error, done *Updated) (again bool, err error) {
	before, body, err := kind.read(ctx, client, uid, options.Program, kind.fields)
	if err != nil {
		return false, err
	}
	after := new(T)
	if err := parse(body, "object", func(r *reader) { kind.decode(after, r) }); err != nil {
		return false, err
	}
	if err := change(after); err != nil {
		return false, err
	}
	if kind.frozen(before) != kind.frozen(after) {
		return false, fmt.Errorf("tracker: update %s: %w", kind.path, ErrFrozen)
	}
	sent, other := kind.reduce(before, after)
	if !other {
		return false, nil
	}
	now, _, err := kind.read(ctx, client, uid, options.Program, kind.fields)
	if err != nil {
		return false, err
	}
	if kind.differ(before, now) {
		return true, nil
	}
	done.Report, err = Import(ctx, client, kind.wrap(&sent), options.Params)
	if err != nil || !options.Verify || options.Params.Mode == ValidateOnly {
		return false, err
	}
	now, _, err = kind.read(ctx, client, uid, options.Program, kind.fields)
	if err != nil {
		return false, err
	}
	return !kind.landed(&sent, now), nil
}

// read reads the object, or a part of it.
func (k updatable[T]) read(ctx context.Context, client Client, uid, program, fields string) (*T, []byte, error) {
	query := url.Values{"fields": {fields}}
	if program != "" && k.path == "tracker/trackedEntities" {
		query.Set("program", program)
	}
	res, err := client.Do(ctx, dhis2.Request{Method: http.MethodGet, Path: k.path + "/" + uid, Query: query})
	if err != nil {
		return nil, nil, fmt.Errorf("tracker: update: read: %w", err)
	}
	object := new(T)
	if err := parse(res.Body, "object", func(r *reader) { k.decode(object, r) }); err != nil {
		return nil, nil, err
	}
	return object, res.Body, nil
}

// differ says whether others changed the object between two reads. The time of change alone does
// not tell: it has milliseconds.
func (k updatable[T]) differ(before, now *T) bool {
	_, gained := k.reduce(before, now)
	_, lost := k.reduce(now, before)
	return gained || lost || k.stamp(before) != k.stamp(now)
}

// sameText says whether two objects have the same text.
func sameText(a, b encodable) bool { return bytes.Equal(marshal(a.encode), marshal(b.encode)) }
