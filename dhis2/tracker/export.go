package tracker

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"

	"github.com/openhim/mediator-go/dhis2"
)

// TrackedEntities walks tracked entities, page by page, with memory for one page. The last pair
// has the error, if there is one. A list that changes while it is read may lose what moves: to
// follow changes use [WatchTrackedEntities].
func TrackedEntities(ctx context.Context, client *dhis2.Client, q EntityQuery) iter.Seq2[TrackedEntity, error] {
	return walkList(ctx, client, dhis2.TrackedEntities, "trackedEntity", q.Listing, q.Values, (*TrackedEntity).decode)
}

// Enrollments walks enrollments as [TrackedEntities] does.
func Enrollments(ctx context.Context, client *dhis2.Client, q EnrollmentQuery) iter.Seq2[Enrollment, error] {
	return walkList(ctx, client, dhis2.Enrollments, "enrollment", q.Listing, q.Values, (*Enrollment).decode)
}

// Events walks events as [TrackedEntities] does.
func Events(ctx context.Context, client *dhis2.Client, q EventQuery) iter.Seq2[Event, error] {
	return walkList(ctx, client, q.list(), "event", q.Listing, q.Values, (*Event).decode)
}

// Relationships walks the relationships of one object as [TrackedEntities] does.
func Relationships(ctx context.Context, client *dhis2.Client, q RelationshipQuery) iter.Seq2[Relationship, error] {
	return walkList(ctx, client, dhis2.Relationships, "relationship", q.Listing, q.Values, (*Relationship).decode)
}

func walkList[T any](ctx context.Context, client *dhis2.Client, list dhis2.List, id string, listing Listing,
	values func(dhis2.Version) (url.Values, error), decode func(*T, *reader),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		server, err := client.Server(ctx)
		if err != nil {
			yield(none, fmt.Errorf("tracker: list %s: %w", list, err))
			return
		}
		query, err := values(server.Version)
		if err != nil {
			yield(none, err)
			return
		}
		for raw, err := range client.List(ctx, dhis2.ListRequest{
			Path: "tracker/" + string(list), Query: query, ID: id, PageSize: listing.PageSize, MaxObjects: listing.MaxObjects,
		}) {
			var object T
			if err == nil {
				err = parse(raw, string(list), func(r *reader) { decode(&object, r) })
			}
			if !yield(object, err) || err != nil {
				return
			}
		}
	}
}

// GetTrackedEntity reads one tracked entity. Without program the attributes and enrollments of
// programs may be left out. An object that is unknown, deleted or out of the user's scope gives
// dhis2.ErrNotFound. The zero fields ask for what the server gives unasked.
func GetTrackedEntity(ctx context.Context, client Client, uid, program string, fields dhis2.Fields) (TrackedEntity, error) {
	query := url.Values{}
	if program != "" {
		if !dhis2.ValidUID(program) {
			return TrackedEntity{}, fmt.Errorf("tracker: get: %w", &dhis2.ArgumentError{Argument: "program", Reason: "is no UID"})
		}
		query.Set("program", program)
	}
	return get(ctx, client, dhis2.TrackedEntities, uid, query, fields, (*TrackedEntity).decode)
}

// GetEnrollment reads one enrollment. See [GetTrackedEntity].
func GetEnrollment(ctx context.Context, client Client, uid string, fields dhis2.Fields) (Enrollment, error) {
	return get(ctx, client, dhis2.Enrollments, uid, url.Values{}, fields, (*Enrollment).decode)
}

// GetEvent reads one event. See [GetTrackedEntity].
func GetEvent(ctx context.Context, client Client, uid string, fields dhis2.Fields) (Event, error) {
	return get(ctx, client, dhis2.Events, uid, url.Values{}, fields, (*Event).decode)
}

// GetRelationship reads one relationship. See [GetTrackedEntity].
func GetRelationship(ctx context.Context, client Client, uid string, fields dhis2.Fields) (Relationship, error) {
	return get(ctx, client, dhis2.Relationships, uid, url.Values{}, fields, (*Relationship).decode)
}

func get[T any](ctx context.Context, client Client, list dhis2.List, uid string, query url.Values, fields dhis2.Fields, decode func(*T, *reader)) (T, error) {
	var object T
	if !dhis2.ValidUID(uid) {
		return object, fmt.Errorf("tracker: get: %w", &dhis2.ArgumentError{Argument: "uid", Reason: "is no UID"})
	}
	if err := fields.Check(); err != nil {
		return object, fmt.Errorf("tracker: get: %w", err)
	}
	if !fields.IsZero() {
		query.Set("fields", fields.String())
	}
	res, err := client.Do(ctx, dhis2.Request{Path: "tracker/" + string(list) + "/" + uid, Query: query})
	if err != nil {
		return object, fmt.Errorf("tracker: get: %w", err)
	}
	err = parse(res.Body, string(list), func(r *reader) { decode(&object, r) })
	return object, err
}

// WatchTrackedEntities follows the changes of tracked entities, which those of their enrollments,
// events and relationships are too: see [dhis2.Client.NewWatch]. Of the query's Listing only
// Fields and IDScheme are used; the rest is the watch's. [ParseChange] reads what it gives.
func WatchTrackedEntities(ctx context.Context, client *dhis2.Client, q EntityQuery, cfg dhis2.WatchConfig) (*dhis2.Watch, error) {
	q.Listing = Listing{Fields: q.Fields, IDScheme: q.IDScheme}
	return watch(ctx, client, dhis2.TrackedEntities, q.Values, cfg)
}

// WatchEnrollments follows the changes of enrollments. See [WatchTrackedEntities].
func WatchEnrollments(ctx context.Context, client *dhis2.Client, q EnrollmentQuery, cfg dhis2.WatchConfig) (*dhis2.Watch, error) {
	q.Listing = Listing{Fields: q.Fields, IDScheme: q.IDScheme}
	return watch(ctx, client, dhis2.Enrollments, q.Values, cfg)
}

// WatchEvents follows the changes of events. See [WatchTrackedEntities].
func WatchEvents(ctx context.Context, client *dhis2.Client, q EventQuery, cfg dhis2.WatchConfig) (*dhis2.Watch, error) {
	q.Listing = Listing{Fields: q.Fields, IDScheme: q.IDScheme}
	return watch(ctx, client, q.list(), q.Values, cfg)
}

func watch(ctx context.Context, client *dhis2.Client, list dhis2.List, values func(dhis2.Version) (url.Values, error), cfg dhis2.WatchConfig) (*dhis2.Watch, error) {
	server, err := client.Server(ctx)
	if err != nil {
		return nil, fmt.Errorf("tracker: watch %s: %w", list, err)
	}
	query, err := values(server.Version)
	if err != nil {
		return nil, err
	}
	query.Del("order")
	cfg.List, cfg.Query = list, query
	watched, err := client.NewWatch(cfg)
	if err != nil {
		return nil, fmt.Errorf("tracker: watch %s: %w", list, err)
	}
	return watched, nil
}

// ParseChange reads the object of a change into a [TrackedEntity], [Enrollment] or [Event].
func ParseChange[T TrackedEntity | Enrollment | Event](change dhis2.Change) (T, error) {
	var object T
	err := json.Unmarshal(change.Object, &object)
	if err != nil {
		err = fmt.Errorf("tracker: change: %w", err)
	}
	return object, err
}
