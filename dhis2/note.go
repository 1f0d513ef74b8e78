package dhis2

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

// AddNote adds a note to an enrollment or an event without touching anything
// else of it. list is [Enrollments] or [Events], owner and note are UIDs: derive
// note with [NoteIdentity], so that the same note is added once: one that is there
// already is a success, and its text stays what it was. It needs 2.42.
func (c *Client) AddNote(ctx context.Context, list List, owner, note, text string) error {
	switch {
	case list != Enrollments && list != Events:
		return &ArgumentError{Argument: "list", Reason: "must be Enrollments or Events"}
	case !ValidUID(owner) || !ValidUID(note):
		return &ArgumentError{Argument: "owner, note", Reason: "must be UIDs"}
	case text == "":
		return &ArgumentError{Argument: "text", Reason: "is empty; the server drops such notes"}
	}
	version, err := c.Version(ctx)
	if err != nil {
		return err
	}
	if !version.HasNotes() {
		return version.need(2, 42, "adding a note by itself")
	}
	body, err := json.Marshal(map[string]string{"note": note, "value": text})
	if err != nil {
		return &ArgumentError{Argument: "text", Reason: "cannot be written as JSON"}
	}
	_, err = c.Do(ctx, Request{
		Method: http.MethodPost, Path: "tracker/" + string(list) + "/" + owner + "/note", Body: body, Repeat: RepeatSafe,
	})
	var refused *Error
	if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
		return err
	}
	// A UID that is taken is a bad request without a code of its own: was it an attempt before this one?
	var object struct {
		Notes []struct {
			Note string `json:"note"`
		} `json:"notes"`
	}
	path := "tracker/" + string(list) + "/" + owner
	if look := c.Get(ctx, path, url.Values{"fields": {"notes[note]"}}, &object); look != nil {
		return err
	}
	for _, n := range object.Notes {
		if n.Note == note {
			return nil
		}
	}
	return err
}
