package mongo

import (
	"strconv"
	"strings"
)

// Dialect is whose behaviour and texts are spoken.
type Dialect int

// The dialects: mongoose 4 with the MongoDB driver 2 (core 4.0.5), and a current
// mongoose with the driver 4 or later (core 8.5.0).
const (
	Mongoose4 Dialect = 4
	Mongoose6 Dialect = 6
)

// Kind is the type of a [Field].
type Kind int

// The kinds of field. Nested is an object that is part of its document; Embedded
// is a document of its own with an _id; List is an array of its Elem. The zero
// Kind, Mixed, takes anything.
const (
	Mixed Kind = iota
	String
	Number
	Bool
	Date
	ID
	Nested
	Embedded
	List
)

// Field is one path of a [Schema].
type Field struct {
	// Name of the key. Elements of lists have none.
	Name string
	// Kind of the value. Defaults to Mixed.
	Kind Kind
	// Required refuses a missing or null value, and an empty text.
	Required bool
	// Default is stored when the key is missing; Now stores the time of casting.
	Default any
	Now     bool
	// Enum holds the texts allowed; null is always allowed. Empty allows all.
	Enum []string
	// Min and Max bound a Number, both inclusive.
	Min, Max *float64
	// Unique makes the collection refuse a second document with the same value.
	Unique bool
	// Sub describes a Nested or Embedded value, Elem the elements of a List.
	Sub  *Schema
	Elem *Field
}

// Schema says which keys a collection's documents may have: others are dropped,
// as mongoose does in strict mode. It is read-only once in use, and then safe for
// concurrent use.
type Schema struct {
	// Model is the name in texts of errors, as "Channel".
	Model string
	// Dialect of casting and of the texts. Set it on the outermost schema only.
	// Defaults to Mongoose6.
	Dialect Dialect
	// Fields in the order of mongoose's definition: it decides the order of
	// messages in a validation error.
	Fields []Field
}

func (s *Schema) field(name string) *Field {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}

func (s *Schema) dialect() Dialect {
	if s.Dialect == 0 {
		return Mongoose6
	}
	return s.Dialect
}

// The internal fields every document may name.

func idField() *Field { return &Field{Name: "_id", Kind: ID} }

func versionField() *Field { return &Field{Name: "__v", Kind: Number} }

// lookup finds what a dotted path leads to: numbers step into elements of lists.
// It is nil when the schema has no such path. Below a Mixed path all is Mixed.
func (s *Schema) lookup(path string) *Field {
	if path == "_id" {
		return idField()
	}
	if path == "__v" {
		return versionField()
	}
	var at *Field
	sub := s
	for part := range strings.SplitSeq(path, ".") {
		switch {
		case at != nil && at.Kind == List:
			if isIndex(part) {
				at = at.Elem
				break
			}
			at = fieldOfElement(at.Elem, part)
		case at != nil && at.Kind == Mixed:
			return &Field{Name: part}
		case part == "_id" && at != nil && at.Kind == Embedded:
			at = idField()
		case sub == nil:
			return nil
		default:
			at = sub.field(part)
		}
		if at == nil {
			return nil
		}
		sub = at.Sub
	}
	return at
}

func fieldOfElement(elem *Field, name string) *Field {
	switch {
	case elem.Kind == Mixed:
		return elem
	case elem.Sub == nil:
		return nil
	case name == "_id":
		return idField()
	default:
		return elem.Sub.field(name)
	}
}

func isIndex(part string) bool {
	n, err := strconv.Atoi(part)
	return err == nil && n >= 0 && part != "" && part[0] != '+'
}

// hasDefault tells whether mongoose stores something for a missing key.
func (f *Field) hasDefault() bool { return f.Kind == List || f.Default != nil || f.Now }

// ordered gives a document's keys as the schema names them, the others behind.
func (s *Schema) ordered(d Doc) []string {
	return orderBy(d, func(yield func(string)) {
		for i := range s.Fields {
			yield(s.Fields[i].Name)
		}
	})
}

// stored gives a document's keys as mongoose 4 builds them: what was given,
// then _id, then what has a default from the last to the first, then __v.
func (s *Schema) stored(d Doc) []string {
	return orderBy(d, func(yield func(string)) {
		for i := range s.Fields {
			if !s.Fields[i].hasDefault() {
				yield(s.Fields[i].Name)
			}
		}
		yield("_id")
		for i := len(s.Fields) - 1; i >= 0; i-- {
			yield(s.Fields[i].Name)
		}
		yield("__v")
	})
}

func orderBy(d Doc, names func(yield func(string))) []string {
	keys := make([]string, 0, len(d))
	seen := make(map[string]bool, len(d))
	names(func(name string) {
		if _, has := d[name]; has && !seen[name] {
			seen[name] = true
			keys = append(keys, name)
		}
	})
	for _, key := range sortedKeys(d) {
		if !seen[key] {
			keys = append(keys, key)
		}
	}
	return keys
}
