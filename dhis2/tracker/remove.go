package tracker

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/openhim/mediator-go/dhis2"
)

// Removal returns the payload that deletes the objects, to be sent with the strategy [Delete].
func Removal(refs ...Ref) Payload {
	var p Payload
	for _, ref := range refs {
		switch ref.Type {
		case TypeTrackedEntity:
			p.TrackedEntities = append(p.TrackedEntities, TrackedEntity{TrackedEntity: ref.UID})
		case TypeEnrollment:
			p.Enrollments = append(p.Enrollments, Enrollment{Enrollment: ref.UID})
		case TypeEvent:
			p.Events = append(p.Events, Event{Event: ref.UID})
		case TypeRelationship:
			p.Relationships = append(p.Relationships, Relationship{Relationship: ref.UID})
		}
	}
	return p
}

// Remove deletes objects, each by itself ([AtomicObject] unless params say otherwise). What is not
// there, or was deleted before, counts as deleted: the error is a *[ReportError] only when the
// server refuses something else, as a missing authority (E1100, E1103).
//
// Deleting is final: the object becomes a tombstone, with everything below it, and its UID can
// never be used again (E1114, E1113, E1082, E4017); what comes back needs the next incarnation of
// its [dhis2.Identity]. The server does not protect a tombstone from new children: it stores them,
// where nobody sees them again, so ask [Exists] for the parent. Prefer the statuses CANCELLED and
// SKIPPED where the data should be kept.
func Remove(ctx context.Context, client Client, refs []Ref, params Params) (*Report, error) {
	params.Strategy = Delete
	if params.Atomic == "" {
		params.Atomic = AtomicObject
	}
	report, err := Import(ctx, client, Removal(refs...), params)
	var failure *ReportError
	if !errors.As(err, &failure) || params.Atomic == AtomicAll && report.Stats.Deleted == 0 && len(refs) > len(report.Failed()) {
		return report, err
	}
	for _, entry := range report.Errors {
		if dhis2.ClassOf(entry.Code).VerdictOnDelete() != dhis2.VerdictDone {
			return report, err
		}
	}
	return report, nil
}

// Exists says whether the user can see an object on the server. Deleted objects and those out of
// the user's scope do not exist.
func Exists(ctx context.Context, client Client, ref Ref) (bool, error) {
	lists := map[Type]dhis2.List{
		TypeTrackedEntity: dhis2.TrackedEntities, TypeEnrollment: dhis2.Enrollments,
		TypeEvent: dhis2.Events, TypeRelationship: dhis2.Relationships,
	}
	list, known := lists[ref.Type]
	if !known || !dhis2.ValidUID(ref.UID) {
		return false, fmt.Errorf("tracker: exists: %w", &dhis2.ArgumentError{Argument: "ref", Reason: "needs a type and a UID"})
	}
	_, err := client.Do(ctx, dhis2.Request{
		Path: "tracker/" + string(list) + "/" + ref.UID, Query: url.Values{"fields": {"updatedAt"}},
	})
	if errors.Is(err, dhis2.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("tracker: exists: %w", err)
	}
	return true, nil
}
