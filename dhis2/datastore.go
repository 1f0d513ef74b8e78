package dhis2

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// DataStore is a namespace of the server's key and value store: a place for
// watermarks and settings of one writer. The server knows no versions there
// (If-Match is ignored), so it is no lock. Any user may read and write what
// nobody restricted by sharing.
type DataStore struct {
	client    *Client
	namespace string
}

// DataStore returns the store's namespace of this name. There need be none yet:
// the first key makes it.
func (c *Client) DataStore(namespace string) DataStore {
	return DataStore{client: c, namespace: namespace}
}

// Namespaces lists those the user may read, sorted by the server.
func (c *Client) Namespaces(ctx context.Context) ([]string, error) {
	var names []string
	err := c.Get(ctx, "dataStore", nil, &names)
	return names, err
}

// Keys lists the namespace's keys. One that is not there gives [ErrNotFound].
func (d DataStore) Keys(ctx context.Context) ([]string, error) {
	path, err := d.path()
	if err != nil {
		return nil, err
	}
	var keys []string
	err = d.client.Get(ctx, path, nil, &keys)
	return keys, err
}

// Get reads a key's value into a value, as encoding/json does. One that is not
// there gives [ErrNotFound].
func (d DataStore) Get(ctx context.Context, key string, into any) error {
	path, err := d.path(key)
	if err != nil {
		return err
	}
	return d.client.Get(ctx, path, nil, into)
}

// Create makes a key that must not be there yet: else the error is [ErrExists].
// A repetition could not be told from that, so after a fault that leaves open
// whether it was made it is not sent again.
func (d DataStore) Create(ctx context.Context, key string, value any) error {
	err := d.write(ctx, http.MethodPost, key, nil, value)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusConflict && refused.Shape == ShapeWebMessage &&
		refused.Class == ClassRequest {
		refused.Class, refused.Verdict = ClassAlreadyExists, VerdictPark
	}
	return err
}

// Put sets a key's value, and makes the key and the namespace where they are not
// there.
func (d DataStore) Put(ctx context.Context, key string, value any) error {
	return d.write(ctx, http.MethodPut, key, nil, value)
}

// PutPart sets the part of a key's value at a path of names and indexes, such as
// "state.at". It needs 2.41.
func (d DataStore) PutPart(ctx context.Context, key, path string, value any) error {
	if path == "" {
		return &ArgumentError{Argument: "path", Reason: "is empty; use Put for a whole value"}
	}
	return d.writePart(ctx, key, url.Values{"path": {path}}, RepeatAuto, value)
}

// Append adds to the end of the array at a path of a key's value ("" for the
// value itself), of which the server keeps the last keep elements, at least 1.
// It needs 2.41. Twice is not like once, so it is not sent again after a fault
// that leaves open whether it was done.
func (d DataStore) Append(ctx context.Context, key, path string, keep int, value any) error {
	if keep < 1 {
		return &ArgumentError{Argument: "keep", Reason: "must be at least 1"}
	}
	query := url.Values{"roll": {strconv.Itoa(keep)}}
	if path != "" {
		query.Set("path", path)
	}
	return d.writePart(ctx, key, query, RepeatNever, value)
}

func (d DataStore) writePart(ctx context.Context, key string, query url.Values, repeat Repeat, value any) error {
	version, err := d.client.Version(ctx)
	if err != nil {
		return err
	}
	if !version.HasRolls() {
		return version.need(2, 41, "setting a part of a value")
	}
	return d.send(ctx, http.MethodPut, key, query, repeat, value)
}

func (d DataStore) write(ctx context.Context, method, key string, query url.Values, value any) error {
	return d.send(ctx, method, key, query, RepeatAuto, value)
}

func (d DataStore) send(ctx context.Context, method, key string, query url.Values, repeat Repeat, value any) error {
	path, err := d.path(key)
	if err != nil {
		return err
	}
	body, err := json.Marshal(value)
	if err != nil {
		return &ArgumentError{Argument: "value", Reason: "cannot be written as JSON"}
	}
	_, err = d.client.Do(ctx, Request{Method: method, Path: path, Query: query, Body: body, Repeat: repeat})
	return err
}

// Delete removes a key. One that is not there gives [ErrNotFound]; so may one
// that an attempt before removed whose answer was lost.
func (d DataStore) Delete(ctx context.Context, key string) error {
	path, err := d.path(key)
	if err != nil {
		return err
	}
	_, err = d.client.Do(ctx, Request{Method: http.MethodDelete, Path: path})
	return err
}

// DeleteAll removes the namespace with all its keys.
func (d DataStore) DeleteAll(ctx context.Context) error {
	path, err := d.path()
	if err != nil {
		return err
	}
	_, err = d.client.Do(ctx, Request{Method: http.MethodDelete, Path: path})
	return err
}

// Entry is a key with its value, or with the parts of it that were asked for.
type Entry struct {
	// Key of the entry.
	Key string
	// Value is the whole value, where fields was ".".
	Value json.RawMessage
	// Parts are those asked for by their names.
	Parts map[string]json.RawMessage
}

// Query reads entries of the namespace, one page of pageSize (at least 1) from
// page 1 on: fields are "." for whole values or names of parts, such as
// "at,state.n"; each filter is path:operator:value, such as "n:gt:2", and all
// must hold. Encrypted values are left out by the server.
func (d DataStore) Query(ctx context.Context, fields string, filters []string, page, pageSize int) ([]Entry, error) {
	path, err := d.path()
	if err != nil {
		return nil, err
	}
	if fields == "" || page < 1 || pageSize < 1 {
		return nil, &ArgumentError{Argument: "fields, page, pageSize", Reason: "must be there and at least 1"}
	}
	query := url.Values{"fields": {fields}, "page": {strconv.Itoa(page)}, "pageSize": {strconv.Itoa(pageSize)}}
	for _, f := range filters {
		query.Add("filter", f)
	}
	var answer struct {
		Entries []map[string]json.RawMessage `json:"entries"`
	}
	if err := d.client.Get(ctx, path, query, &answer); err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(answer.Entries))
	for _, members := range answer.Entries {
		var e Entry
		if err := json.Unmarshal(members["key"], &e.Key); err != nil {
			return nil, errors.New("dhis2: GET dataStore/{id}: an entry has no key")
		}
		delete(members, "key")
		if fields == "." {
			e.Value = members["value"]
		} else {
			e.Parts = members
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// path is the store's path of the namespace and of a key.
func (d DataStore) path(key ...string) (string, error) {
	segments := []string{"dataStore"}
	for _, name := range append([]string{d.namespace}, key...) {
		// Servers refuse what has a slash even when it is escaped.
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\;%") ||
			strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", &ArgumentError{Argument: "namespace or key", Reason: "is empty or has a character that no path may have (/ \\ ; %)"}
		}
		segments = append(segments, url.PathEscape(name))
	}
	return strings.Join(segments, "/"), nil
}
