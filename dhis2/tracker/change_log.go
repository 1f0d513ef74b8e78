package tracker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/openhim/mediator-go/dhis2"
)

// ChangeLog is one change of a value of a tracked entity or event, as the server wrote it down.
type ChangeLog struct {
	// CreatedAt is in the server's zone, CreatedBy who did it.
	CreatedAt string
	CreatedBy *User
	// Type is CREATE, UPDATE or DELETE.
	Type string
	// One of them names what changed: an attribute, a data element, or a member of the event, as
	// "occurredAt" (from 2.42).
	Attribute, DataElement, Field string
	// Previous and Current are the values, "" for none. They are patient data.
	Previous, Current string
}

// ChangeLogs walks the changes of one tracked entity or event, newest first. Servers have them from
// 2.41 on, where they are switched on: before 2.43 in dhis.conf, then for each program or tracked
// entity type. An empty log therefore does not mean that nothing changed.
func ChangeLogs(ctx context.Context, client *dhis2.Client, of Ref) iter.Seq2[ChangeLog, error] {
	return func(yield func(ChangeLog, error) bool) {
		path, err := changeLogPath(ctx, client, of)
		if err != nil {
			yield(ChangeLog{}, fmt.Errorf("tracker: change log: %w", err))
			return
		}
		for raw, err := range client.List(ctx, dhis2.ListRequest{Path: path, Key: "changeLogs"}) {
			var entry ChangeLog
			if err == nil {
				entry, err = parseChangeLog(raw)
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

func changeLogPath(ctx context.Context, client *dhis2.Client, of Ref) (string, error) {
	if !dhis2.ValidUID(of.UID) {
		return "", &dhis2.ArgumentError{Argument: "uid", Reason: "is no UID"}
	}
	server, err := client.Server(ctx)
	if err != nil {
		return "", err
	}
	if !server.Version.HasChangeLogs() {
		return "", fmt.Errorf("the server is %s: %w", server.Version, dhis2.ErrUnsupported)
	}
	switch of.Type {
	case TypeTrackedEntity:
		return "tracker/trackedEntities/" + of.UID + "/changeLogs", nil
	case TypeEvent:
		return "tracker/events/" + of.UID + "/changeLogs", nil
	case TypeEnrollment, TypeRelationship:
	}
	return "", &dhis2.ArgumentError{Argument: "type", Reason: "has no change log; tracked entities and events have"}
}

func parseChangeLog(raw []byte) (ChangeLog, error) {
	var wire struct {
		CreatedAt string `json:"createdAt"`
		CreatedBy *struct {
			UID       string `json:"uid"`
			Username  string `json:"username"`
			FirstName string `json:"firstName"`
			Surname   string `json:"surname"`
		} `json:"createdBy"`
		Type   string `json:"type"`
		Change map[string]struct {
			Attribute     string `json:"attribute"`
			DataElement   string `json:"dataElement"`
			Field         string `json:"field"`
			PreviousValue string `json:"previousValue"`
			CurrentValue  string `json:"currentValue"`
		} `json:"change"`
	}
	if json.Unmarshal(raw, &wire) != nil {
		return ChangeLog{}, errors.New("tracker: change log: the server's entry cannot be read")
	}
	entry := ChangeLog{CreatedAt: wire.CreatedAt, Type: wire.Type}
	if by := wire.CreatedBy; by != nil {
		entry.CreatedBy = &User{UID: by.UID, Username: by.Username, FirstName: by.FirstName, Surname: by.Surname}
	}
	for _, kind := range []string{"attributeValue", "dataValue", "eventField", "eventProperty"} {
		if change, ok := wire.Change[kind]; ok {
			entry.Attribute, entry.DataElement, entry.Field = change.Attribute, change.DataElement, change.Field
			entry.Previous, entry.Current = change.PreviousValue, change.CurrentValue
		}
	}
	return entry, nil
}
