package fhir

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// Patch is a change of parts of a resource: a [JSONPatch] or a [PathPatch].
type Patch interface {
	// content returns what is sent, and its media type.
	content() (body []byte, media string, err error)
}

// JSONPatch is a list of changes by place (RFC 6902). Paths are JSON Pointers,
// see [Pointer]. A value of Add, Replace and Test is marshaled to JSON. It is a
// value: each method returns another one.
//
//	fhir.JSONPatch{}.
//		Test("/active", true).
//		Replace("/active", false)
type JSONPatch []PatchOp

// PatchOp is one change of a [JSONPatch].
type PatchOp struct {
	Op    string
	Path  string
	From  string          // of move and copy
	Value json.RawMessage // of add, replace and test
	fault string
}

// Pointer makes a JSON Pointer of member names and indexes; "-" is the place
// after the last element of an array.
func Pointer(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(s))
	}
	return b.String()
}

// Add inserts a value at a place of an array, or sets a member.
func (p JSONPatch) Add(path string, value any) JSONPatch { return p.with("add", path, value) }

// Replace sets a value in place of one that is there.
func (p JSONPatch) Replace(path string, value any) JSONPatch { return p.with("replace", path, value) }

// Test has the server refuse the whole patch unless the value is this one.
func (p JSONPatch) Test(path string, value any) JSONPatch { return p.with("test", path, value) }

// Remove takes a value away.
func (p JSONPatch) Remove(path string) JSONPatch {
	return append(p[:len(p):len(p)], PatchOp{Op: "remove", Path: path})
}

// Move takes a value away at from and adds it at path.
func (p JSONPatch) Move(from, path string) JSONPatch {
	return append(p[:len(p):len(p)], PatchOp{Op: "move", Path: path, From: from})
}

// Copy adds the value at from at path, too.
func (p JSONPatch) Copy(from, path string) JSONPatch {
	return append(p[:len(p):len(p)], PatchOp{Op: "copy", Path: path, From: from})
}

func (p JSONPatch) with(op, path string, value any) JSONPatch {
	o := PatchOp{Op: op, Path: path}
	data, err := marshalPlain(value)
	if err != nil {
		o.fault = "the value cannot be JSON"
	}
	o.Value = data
	return append(p[:len(p):len(p)], o)
}

// MarshalJSON returns the patch as it is sent.
func (p JSONPatch) MarshalJSON() ([]byte, error) {
	type wire struct {
		Op    string          `json:"op"`
		From  string          `json:"from,omitempty"`
		Path  string          `json:"path"`
		Value json.RawMessage `json:"value,omitempty"`
	}
	out := make([]wire, len(p))
	for i, o := range p {
		switch {
		case o.fault != "":
			return nil, &ArgumentError{Argument: "patch", Reason: o.fault}
		case o.Path != "" && o.Path[0] != '/', o.From != "" && o.From[0] != '/':
			return nil, &ArgumentError{Argument: "patch", Reason: "a path does not begin with /, as JSON Pointers do"}
		}
		out[i] = wire{Op: o.Op, From: o.From, Path: o.Path, Value: o.Value}
	}
	return marshalPlain(out)
}

func (p JSONPatch) content() ([]byte, string, error) {
	if len(p) == 0 {
		return nil, "", &ArgumentError{Argument: "patch", Reason: "has no changes"}
	}
	body, err := p.MarshalJSON()
	return body, "application/json-patch+json", err
}

// PathPatch is a list of changes by FHIRPath (R4 fhirpatch.html). Values are
// of a FHIR type and marshaled to JSON. It is a value: each method returns
// another one.
//
//	fhir.PathPatch{}.
//		Replace("Patient.birthDate", "date", "1980-02-29").
//		Delete("Patient.photo")
type PathPatch struct{ operations Parameters }

// Add appends a value to the element called name below the one at path.
func (p PathPatch) Add(path, name, fhirType string, value any) PathPatch {
	return p.with("add", Parameters{}.String("path", path).String("name", name).Value("value", fhirType, value))
}

// AddParts appends an element that is no type of its own, such as a
// Patient.contact, from its members.
func (p PathPatch) AddParts(path, name string, members Parameters) PathPatch {
	return p.with("add", Parameters{}.String("path", path).String("name", name).Group("value", members))
}

// Insert puts a value into the list at path, at an index from 0.
func (p PathPatch) Insert(path string, index int32, fhirType string, value any) PathPatch {
	return p.with("insert", Parameters{}.String("path", path).Integer("index", index).Value("value", fhirType, value))
}

// Replace sets a value in place of the one at path.
func (p PathPatch) Replace(path, fhirType string, value any) PathPatch {
	return p.with("replace", Parameters{}.String("path", path).Value("value", fhirType, value))
}

// Delete takes away what is at path; nothing there is no error.
func (p PathPatch) Delete(path string) PathPatch {
	return p.with("delete", Parameters{}.String("path", path))
}

// Move moves an element of the list at path.
func (p PathPatch) Move(path string, from, to int32) PathPatch {
	return p.with("move", Parameters{}.String("path", path).Integer("source", from).Integer("destination", to))
}

func (p PathPatch) with(kind string, parts Parameters) PathPatch {
	all := append(Parameters{}.Code("type", kind), parts...)
	return PathPatch{operations: p.operations.Group("operation", all)}
}

// Parameters returns the patch as it is sent, also for an entry of a Bundle.
func (p PathPatch) Parameters() Parameters { return p.operations }

func (p PathPatch) content() ([]byte, string, error) {
	if len(p.operations) == 0 {
		return nil, "", &ArgumentError{Argument: "patch", Reason: "has no changes"}
	}
	r, err := p.operations.Resource()
	return r.Bytes(), mediaFHIR, err
}

// Patch changes parts of a resource. It is repeated only when nothing can have
// come of it: a list would get an element twice. A patch that is done twice as
// well as once can be marked [Idempotent].
func (c *Client) Patch(ctx context.Context, typ, id string, patch Patch, opts ...UpdateOption) (Result, error) {
	if err := errors.Join(checkType(typ), checkID("id", id)); err != nil {
		return Result{}, err
	}
	return c.patch(ctx, c.newRequest(http.MethodPatch, typ, id), typ, id, patch, opts)
}

// PatchWhere changes the resource that the search finds: none is
// [ErrNotFound], several are [ErrMultipleMatches].
func (c *Client) PatchWhere(ctx context.Context, typ string, where Query, patch Patch, opts ...UpdateOption) (Result, error) {
	if err := checkType(typ); err != nil {
		return Result{}, err
	}
	q := c.newRequest(http.MethodPatch, typ)
	q.where(where)
	return c.patch(ctx, q, typ, "", patch, opts)
}

func (c *Client) patch(ctx context.Context, q *request, typ, id string, patch Patch, opts []UpdateOption) (Result, error) {
	body, media, err := patch.content()
	if err != nil {
		return Result{}, err
	}
	return c.update(ctx, q.content(body, media), typ, id, opts)
}
