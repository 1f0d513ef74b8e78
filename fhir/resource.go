package fhir

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"

	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// MaxDepth is how deeply the arrays and objects of a resource may be nested.
const MaxDepth = scan.MaxDepth

// Resource is one FHIR resource: the JSON text it came in, which never changes.
// Methods that edit return another Resource. The zero Resource holds nothing.
// It is safe for concurrent use, and cheap to copy.
type Resource struct {
	data []byte
	typ  string
	id   string
	// twins and escapes are scan.Header's: what the fast ways must mind. Of a
	// part of a text that was checked as a whole they are not known.
	twins, escapes, part bool
}

// Parse returns the resource that the text holds. The text must be one JSON
// object with a resourceType, in UTF-8, without a byte order mark, nested no deeper
// than [MaxDepth], and no object in it may have two members of one name, as two
// readers of such a text may see two different patients (FHIR R4, json.html:
// names are unique). Anything else is a [*ParseError].
//
// Parse does not check the resource against FHIR: fhir/validate does. It keeps
// data, which must not be changed any more. It takes a single pass; the size of
// the text is for the caller to bound.
func Parse(data []byte) (Resource, error) {
	header, fault := scan.Check(data)
	if fault == nil && len(header.Type) == 0 {
		fault = &scan.Fault{Offset: header.TypeOffset, Problem: "resourceType is not a name"}
		if header.TypeOffset == 0 {
			fault = &scan.Fault{Offset: scan.Space(data, 0), Problem: "the object has no resourceType"}
		}
	}
	if fault != nil {
		return Resource{}, newParseError(data, fault)
	}
	return Resource{
		data: data, typ: string(header.Type), id: string(header.ID),
		twins: header.Twins, escapes: header.Escapes,
	}, nil
}

// hasTwins reports whether names in an object differ in case only.
func (r Resource) hasTwins() bool { return r.known().twins }

// hasEscapes reports whether a name is written with escape sequences.
func (r Resource) hasEscapes() bool { return r.known().escapes }

func (r Resource) known() Resource {
	if r.part {
		header, _ := scan.Check(r.data)
		r.twins, r.escapes, r.part = header.Twins, header.Escapes, false
	}
	return r
}

// IsZero reports whether the resource holds nothing.
func (r Resource) IsZero() bool { return r.data == nil }

// Bytes returns the JSON text as it came, nil for the zero Resource. It must
// not be changed.
func (r Resource) Bytes() []byte { return r.data }

// String returns the type and size, such as "Patient (3712 bytes)": what may
// stand in a log. The text itself is string(r.Bytes()).
func (r Resource) String() string {
	if r.data == nil {
		return "no resource"
	}
	return fmt.Sprintf("%s (%d bytes)", r.typ, len(r.data))
}

// LogValue makes log/slog write String, and nothing of the text.
func (r Resource) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Type returns the resourceType, such as "Patient".
func (r Resource) Type() string { return r.typ }

// ID returns the logical id, "" if the resource has none.
func (r Resource) ID() string { return r.id }

// VersionID returns meta.versionId, "" if there is none.
func (r Resource) VersionID() string { return text(r.Get("meta.versionId")) }

// Reference returns "Type/id", the relative reference to the resource, or ""
// if it has no id.
func (r Resource) Reference() string {
	if r.id == "" {
		return ""
	}
	return r.typ + "/" + r.id
}

// Get reads the value at a gjson path (github.com/tidwall/gjson), such as
// "name.0.given.0", "telecom.#.value" or
// "identifier.#(system==\"urn:x\").value". A path that leads nowhere gives a
// result whose Exists is false. The text of a number is in Raw; Float and Int
// lose digits of long decimals.
func (r Resource) Get(path string) gjson.Result {
	if r.data == nil {
		return gjson.Result{}
	}
	return gjson.GetBytes(r.data, path)
}

// Equal reports whether both resources are the same text.
func (r Resource) Equal(other Resource) bool { return bytes.Equal(r.data, other.data) }

// MarshalJSON returns the text; encoding/json compacts it. The zero Resource
// is null.
func (r Resource) MarshalJSON() ([]byte, error) {
	if r.data == nil {
		return []byte("null"), nil
	}
	return r.data, nil
}

// UnmarshalJSON is [Parse] on a copy of the text; null gives the zero Resource.
func (r *Resource) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*r = Resource{}
		return nil
	}
	parsed, err := Parse(bytes.Clone(data))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}

// text is the string a result holds, "" if it holds something else.
func text(r gjson.Result) string {
	if r.Type != gjson.String {
		return ""
	}
	return r.Str
}

// errZero means that a zero Resource was to be read or edited.
var errZero = errors.New("fhir: the resource holds nothing")

// needType refuses a resource of another type than wanted.
func (r Resource) needType(want string) error {
	if r.IsZero() {
		return errZero
	}
	if r.typ != want {
		return fmt.Errorf("fhir: a %s is needed, this is a %s", want, r.typ)
	}
	return nil
}
