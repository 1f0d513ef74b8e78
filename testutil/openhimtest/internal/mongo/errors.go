package mongo

import (
	"errors"
	"fmt"
	"strings"
)

// JSError is an error whose text in a template literal, `${err}`, is known. The
// core's API puts either that or the bare message into its answers.
type JSError interface {
	error // Error is err.message
	// JS is String(err), mostly "Name: message".
	JS() string
}

// JSText is `${err}` for any error: JS for a [JSError], else "Error: " and its text.
func JSText(err error) string {
	var js JSError
	if errors.As(err, &js) {
		return js.JS()
	}
	return "Error: " + err.Error()
}

// CastError is mongoose's complaint about a value that cannot become the kind of
// its path.
type CastError struct {
	Kind  string // "Number", "ObjectId", "embedded" …
	Value string // as util.inspect prints it, between double quotes
	Type  string // JavaScript's type of the value: "string", "Object", "Array" …
	Path  string
	// Model is named in queries only.
	Model string
	// Reason is the name of the error inside an embedded document.
	Reason  string
	dialect Dialect
}

// Error is mongoose's message.
func (e *CastError) Error() string {
	kind := e.Kind
	if e.dialect == Mongoose4 {
		kind = map[string]string{"Number": "number", "date": "date", "Boolean": "boolean"}[kind]
		if kind == "" {
			kind = e.Kind
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Cast to %s failed for value %s", kind, e.Value)
	if e.dialect != Mongoose4 {
		fmt.Fprintf(&b, " (type %s)", e.Type)
	}
	fmt.Fprintf(&b, " at path %q", e.Path)
	if e.Reason != "" && e.dialect != Mongoose4 {
		fmt.Fprintf(&b, " because of %q", e.Reason)
	}
	if e.Model != "" {
		fmt.Fprintf(&b, " for model %q", e.Model)
	}
	return b.String()
}

// JS is the message behind the error's name.
func (e *CastError) JS() string { return "CastError: " + e.Error() }

// Failure is one message of a [ValidationError].
type Failure struct {
	// Key is the whole path, as endpoints.0.port.
	Key string
	// Text is the message, as "Path `port` is required.".
	Text string
}

// ValidationError lists what is wrong with a document.
type ValidationError struct {
	Model    string
	Failures []Failure
}

func (e *ValidationError) list() string {
	parts := make([]string, len(e.Failures))
	for i, f := range e.Failures {
		parts[i] = f.Key + ": " + f.Text
	}
	return strings.Join(parts, ", ")
}

// Error is mongoose's message: "Client validation failed: name: Path `name` is required.".
func (e *ValidationError) Error() string {
	if e.Model == "" {
		return "Validation failed: " + e.list()
	}
	return e.Model + " validation failed: " + e.list()
}

// JS leaves the model out: "ValidationError: name: Path `name` is required.".
func (e *ValidationError) JS() string { return "ValidationError: " + e.list() }

// ServerError is what the database or its driver refuses.
type ServerError struct {
	// Name is the JavaScript name: MongoServerError, MongoError or Error.
	Name    string
	Message string
	// text replaces "Name: message" where the driver prints something else.
	text string
}

func (e *ServerError) Error() string { return e.Message }

// JS is what the driver prints for the error.
func (e *ServerError) JS() string {
	if e.text != "" {
		return e.text
	}
	return e.Name + ": " + e.Message
}

func serverError(d Dialect, format string, args ...any) *ServerError {
	name := "MongoServerError"
	if d == Mongoose4 {
		name = "MongoError"
	}
	return &ServerError{Name: name, Message: fmt.Sprintf(format, args...)}
}

// ErrDuplicate is matched by errors.Is when a unique index refused a document:
// the core's text is "E11000 duplicate key error collection: openhim.channels".
var ErrDuplicate = errors.New("duplicate key")

type duplicateError struct{ *ServerError }

func (duplicateError) Is(target error) bool { return target == ErrDuplicate }

func duplicate(c *Collection, doc Doc) error {
	err := serverError(c.db.dialect, "E11000 duplicate key error collection: openhim.%s", c.name)
	if c.db.dialect == Mongoose4 {
		op := appendStored(nil, c.schema, doc)
		text := append([]byte(`WriteError({"code":11000,"index":0,"errmsg":`), appendString(nil, err.Message)...)
		text = append(append(append(text, `,"op":`...), op...), "})"...)
		err.text = string(text)
	}
	return duplicateError{err}
}

// appendStored renders a document in mongoose 4's order of keys, at each level.
func appendStored(dst []byte, s *Schema, d Doc) []byte {
	dst = append(dst, '{')
	for i, key := range s.stored(d) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, key), ':')
		field := s.field(key)
		list, isList := d[key].([]any)
		sub, isDoc := d[key].(Doc)
		switch {
		case isDoc && field != nil && field.Sub != nil:
			dst = appendStored(dst, field.Sub, sub)
		case isList && field != nil && field.Elem != nil && field.Elem.Sub != nil:
			dst = append(dst, '[')
			for j, element := range list {
				if j > 0 {
					dst = append(dst, ',')
				}
				if sub, ok := element.(Doc); ok {
					dst = appendStored(dst, field.Elem.Sub, sub)
				} else {
					dst = appendJSON(dst, element, sortedKeys)
				}
			}
			dst = append(dst, ']')
		default:
			dst = appendJSON(dst, d[key], sortedKeys)
		}
	}
	return append(dst, '}')
}
