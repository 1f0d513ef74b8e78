package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/mediator"
)

// server is the DHIS2 with what is known of its metadata. It is safe for concurrent use.
type server struct {
	client   *dhis2.Client
	metadata *dhis2.Metadata
}

// params go with everything that is sent: metadata is named by code.
func params() tracker.Params { return tracker.Params{IDScheme: dhis2.SchemeCode} }

func newServer(s settings) (*server, error) {
	// Every call is recorded in the transaction of its context.
	client, err := dhis2.New(context.Background(), dhis2.Config{
		URL: s.dhis2URL, Auth: s.auth, Lazy: true, HTTPClient: &http.Client{Transport: mediator.Transport(nil)},
		Timeout: s.patience, MinWait: s.pause,
	})
	if err != nil {
		return nil, err
	}
	metadata, err := dhis2.NewMetadata(client, dhis2.MetadataConfig{
		Scope: dhis2.MetadataScope{Programs: []string{s.target.program}}, TTL: s.metadataTTL,
	})
	if err != nil {
		return nil, err
	}
	return &server{client, metadata}, nil
}

// check holds a registration against the metadata. It returns what DHIS2 would refuse it for,
// which takes no request, and the metadata.
func (s *server) check(ctx context.Context, r *registration, now time.Time) (*dhis2.Snapshot, []tracker.Problem, error) {
	about, err := s.client.Server(mediator.Named(ctx, "DHIS2: ask for its version"))
	if err != nil {
		return nil, nil, err
	}
	snapshot, err := s.metadata.Get(mediator.Named(ctx, "DHIS2: read metadata"))
	if err != nil {
		return nil, nil, err
	}
	return snapshot, tracker.Check(snapshot, &r.payload, tracker.CheckOptions{
		Version: about.Version, Params: params(), Now: about.Time(now), Zone: about.Zone,
	}), nil
}

// refresh reads the metadata anew after DHIS2 refused what had passed the check.
func (s *server) refresh(ctx context.Context, _ tracker.Cause) error {
	_, err := s.metadata.Refresh(mediator.Named(ctx, "DHIS2: read metadata"), s.metadata.Snapshot())
	return err
}

// find looks up the tracked entity of a patient: by the UID this mediator gives it, or else by the
// identifier, which may have been registered by somebody else. nil means that there is none.
func (s *server) find(ctx context.Context, r *registration, snapshot *dhis2.Snapshot) (*tracker.TrackedEntity, error) {
	kind, err := snapshot.TrackedEntityTypes().Find(dhis2.SchemeCode, r.entity().TrackedEntityType)
	if err != nil {
		return nil, err
	}
	identifier, err := snapshot.Attributes().Find(dhis2.SchemeCode, attrIdentifier)
	if err != nil {
		return nil, err
	}
	found, err := s.list(mediator.Named(ctx, "DHIS2: look up tracked entity"), tracker.EntityQuery{TrackedEntities: []string{r.key}})
	if err != nil || len(found) > 0 {
		return first(found), err
	}
	value := r.value(attrIdentifier)
	found, err = s.list(mediator.Named(ctx, "DHIS2: look up identifier"), tracker.EntityQuery{
		TrackedEntityType: kind.UID, Filters: []dhis2.TrackerFilter{dhis2.Where(identifier.UID).Is(dhis2.OpEq, value)},
	})
	holders := found[:0]
	for _, entity := range found { // the search takes "nid-1" for "NID-1", which is another identifier
		for _, a := range entity.Attributes {
			if a.Attribute == identifier.UID && a.Value == value {
				holders = append(holders, entity)
			}
		}
	}
	if err == nil && len(holders) > 1 {
		err = mediator.Errorf(http.StatusConflict, "DHIS2 has several tracked entities with this identifier: merge them first")
	}
	return first(holders), err
}

func first(found []tracker.TrackedEntity) *tracker.TrackedEntity {
	if len(found) == 0 {
		return nil
	}
	return &found[0]
}

// list asks for exactly what an update has to know.
func (s *server) list(ctx context.Context, q tracker.EntityQuery) ([]tracker.TrackedEntity, error) {
	q.Fields = dhis2.Select("trackedEntity", "inactive", "potentialDuplicate", "geometry").
		With("attributes", dhis2.Select("attribute", "value")).With("enrollments", dhis2.Select("enrollment", "program"))
	const most = 20
	q.PageSize = most
	var found []tracker.TrackedEntity
	for entity, err := range tracker.TrackedEntities(ctx, s.client, q) {
		if err != nil {
			return nil, err
		}
		if found = append(found, entity); len(found) == most {
			break
		}
	}
	return found, nil
}

// failure makes an answer of what DHIS2 did not do. Its message holds no value.
func failure(err error) error {
	if told, ok := errors.AsType[*mediator.Error](err); ok {
		return told
	}
	e := &mediator.Error{Status: http.StatusBadGateway, Message: "DHIS2 could not be used", Retry: dhis2.Retryable(err), Cause: err}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		e.Status, e.Message = http.StatusGatewayTimeout, "DHIS2 took too long"
	case errors.Is(err, dhis2.ErrUnauthorized), errors.Is(err, dhis2.ErrForbidden):
		e.Message = "DHIS2 does not accept the mediator's credentials, or its account may not do this"
	case !dhis2.ReachedServer(err):
		e.Message = "DHIS2 could not be reached"
	}
	return e
}
