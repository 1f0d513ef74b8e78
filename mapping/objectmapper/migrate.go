package objectmapper

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping"
)

// MigrateOptions say how a document is converted. The zero value converts an endpoint document.
type MigrateOptions struct {
	// Mapping says that the document is a bare inputMapping: its source paths read the input itself, and there is no endpoint around it.
	Mapping bool
	// File is the name of the endpoint document, for the converted document's first line. Defaults to none.
	File string
	// Single lets every list also be one object, as the peer does (a[] reads {} like [{}]). Defaults to false, but for documents whose
	// input is XML, where a list of one is one object.
	Single bool
	// Samples are inputs that tell which members are lists where the document does not say: each a JSON object of the parts that
	// [Data] has (requestBody, query, …), or of a bare mapping the input itself. inputValidation tells too. Defaults to none.
	Samples [][]byte
	// Options compile the document for [Migration.Prove]. Defaults to the zero value.
	Options Options
}

// Migration is an endpoint document in the language of package mapping.
type Migration struct {
	// Document is the mapping document, in YAML. It compiles, also when Notes refuse parts of it: those are left out and named in a
	// comment where they would stand.
	Document []byte
	// Files are what the document refers to, by name: the JSON Schema of its input, if the endpoint has inputValidation.
	Files map[string][]byte
	// Lookups are the lookups of the document, by name, with the id that the peer's requests.lookup has. The host makes each as a
	// [mapping.Lookup] that gives {"data": …, "headers": …}, as the peer has them.
	Lookups map[string]string
	// Notes are what was refused, decided or left to the host, by place in the endpoint document.
	Notes []Note

	source *Document
	lost   []string     // what is refused and has no place in the map
	hidden []hiddenRule // those that a later rule writes over, and whose transform can fail
	second []string     // targets where an earlier rule's value stands when there is nothing else
	opts   MigrateOptions
}

// hiddenRule is a rule as a [RunError] names it.
type hiddenRule struct{ source, target string }

// NoteCode says what kind of remark a [Note] is.
type NoteCode string

// The kinds of notes.
const (
	// NoteRefused is what could not be converted. The converted document lacks it.
	NoteRefused NoteCode = "refused"
	// NoteDecision is where several conversions were possible, or where the converted document is stricter on purpose.
	NoteDecision NoteCode = "decision"
	// NoteDefect is a place where the peer gives a wrong result that is not copied.
	NoteDefect NoteCode = "defect"
	// NoteHost is what is no part of a mapping and remains with the mediator: requests, state, routes, formats.
	NoteHost NoteCode = "host"
	// NoteUnused is what the document says and nothing uses.
	NoteUnused NoteCode = "unused"
)

// Note is one remark about a conversion.
type Note struct {
	// Line and Column are the place in the endpoint document, from 1; 0 when there is none.
	Line, Column int
	// Pointer is the JSON pointer of the place.
	Pointer string
	Code    NoteCode
	Message string
	// Hint says what to do about it; may be empty.
	Hint string
}

// String returns the note in one line, as a compiler would write it.
func (n Note) String() string {
	s := fmt.Sprintf("%d:%d: %s: %s", n.Line, n.Column, n.Code, n.Message)
	if n.Hint != "" {
		s += "; " + n.Hint
	}
	return s
}

// Refused returns the notes of what could not be converted.
func (m *Migration) Refused() []Note {
	var out []Note
	for _, n := range m.Notes {
		if n.Code == NoteRefused {
			out = append(out, n)
		}
	}
	return out
}

// Migrate converts an endpoint document of openhim-mediator-mapping. Whatever has no equivalent is in the notes with its place, and never
// dropped in silence. Errors are those of [Parse] and [ParseMapping], and one when the result is larger than a mapping document may be.
func Migrate(endpoint []byte, opts MigrateOptions) (*Migration, error) {
	parse := Parse
	if opts.Mapping {
		parse = ParseMapping
	}
	doc, err := parse(endpoint)
	if err != nil {
		return nil, err
	}
	m := &migrator{
		doc: doc, opts: opts, shapes: shapes{}, lets: map[string]*letRule{}, names: map[string]bool{},
		out: &Migration{Files: map[string][]byte{}, Lookups: map[string]string{}, source: doc, opts: opts},
	}
	m.single = opts.Single || doc.Input == FormatXML
	if err := m.learn(); err != nil {
		return nil, err
	}
	m.lookups()
	m.transforms()
	root := m.build()
	m.out.Document = m.document(root).document()
	m.hostNotes()
	slices.SortStableFunc(m.out.Notes, func(a, b Note) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	if _, err := m.out.compile(); err != nil {
		return nil, fmt.Errorf("objectmapper: the converted document does not compile: %w", err)
	}
	return m.out, nil
}

// compile compiles the converted document with lookups that read the sample in the context.
func (m *Migration) compile() (*mapping.Mapping, error) {
	doc, err := mapping.Parse("migrated.yaml", m.Document)
	if err != nil {
		return nil, err
	}
	lookups := map[string]mapping.Lookup{}
	for name, id := range m.Lookups {
		lookups[name] = sampleLookup(id)
	}
	return mapping.Compile(doc, mapping.CompileOptions{Schema: m.file, Lookups: lookups})
}

// file reads one of Files.
func (m *Migration) file(name string) ([]byte, error) {
	if content, ok := m.Files[name]; ok {
		return content, nil
	}
	return nil, fmt.Errorf("objectmapper: the migration has no file %s", name)
}

// migrator is one conversion.
type migrator struct {
	doc    *Document
	opts   MigrateOptions
	out    *Migration
	single bool
	shapes shapes
	lets   map[string]*letRule // by transform
	names  map[string]bool     // taken by lets, lookups and tables
	tables []tableRule
	// lookupNames are the $names of lookups by id; an id without one is in $ctx.
	lookupNames map[string]string
	lookupKeys  []lookupRule
}

type tableRule struct {
	name   string
	rule   *yaml
	params string
}

type lookupRule struct {
	name string
	rule *yaml
	note string
}

func (m *migrator) note(code NoteCode, at Position, message, hint string) {
	n := Note{Line: at.Line, Column: at.Column, Pointer: at.Pointer, Code: code, Message: message, Hint: hint}
	if !slices.Contains(m.out.Notes, n) {
		m.out.Notes = append(m.out.Notes, n)
	}
}

// unconvertible is why something is refused.
type unconvertible struct{ message, hint string }

func (u *unconvertible) Error() string { return u.message }

func refuse(message, hint string) error { return &unconvertible{message, hint} }

// refused notes why something at a place is not converted.
func (m *migrator) refused(at Position, what string, err error) string {
	hint := ""
	var u *unconvertible
	var r *refusal
	switch {
	case errors.As(err, &u):
		hint = u.hint
	case errors.As(err, &r):
		hint = refusalHint
	}
	m.note(NoteRefused, at, what+err.Error(), hint)
	return fmt.Sprintf("not converted (line %d of the endpoint): %s%v", at.Line, what, err)
}

// name makes a name for a let, lookup or table.
func (m *migrator) name(from, otherwise string) string {
	var b strings.Builder
	upper := false
	for _, r := range from {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r >= '0' && r <= '9' && b.Len() > 0:
			s := string(r)
			if upper && b.Len() > 0 {
				s = strings.ToUpper(s)
			}
			b.WriteString(s)
			upper = false
		default:
			upper = true
		}
		if b.Len() > 40 {
			break
		}
	}
	name := b.String()
	switch name {
	case "", "root", "parent", "ctx", "index", "joined", "env":
		name = otherwise + name
	}
	unique := name
	for i := 2; m.names[unique]; i++ {
		unique = fmt.Sprintf("%s%d", name, i)
	}
	m.names[unique] = true
	return unique
}

// document puts everything together.
func (m *migrator) document(root *yaml) *yaml {
	out := yMap()
	from := "converted from openhim-mediator-mapping"
	if m.opts.File != "" {
		from += ": " + m.opts.File
	}
	out.comment(from)
	out.with("mapping", yText("v1"))
	if m.doc.Name != "" {
		out.with("name", yText(m.doc.Name))
	}
	if m.doc.Description != "" {
		out.with("description", yText(m.doc.Description))
	}
	m.schema(out)
	if len(m.tables) > 0 {
		tables := yMap()
		for _, t := range m.tables {
			tables.with(t.name, t.rule)
		}
		out.with("tables", tables)
	}
	if len(m.lookupKeys) > 0 {
		lookups := yMap()
		for _, l := range m.lookupKeys {
			lookups.comment(l.note)
			lookups.with(l.name, l.rule)
		}
		out.with("lookups", lookups)
	}
	if lets := m.letRules(); len(lets.keys) > 0 {
		out.with("let", lets)
	}
	out.comment(m.out.lost...)
	sayAlways(root)
	return out.with("map", root)
}

// sayAlways explains the first $always.
func sayAlways(y *yaml) bool {
	if y.kind == yamlMap && y.get("$always") != nil && !y.operators() {
		for i, key := range y.keys {
			if key == "$always" && i == 0 {
				y.list[i].above = []string{"constants are written whatever the input has, as the peer does"}
			}
		}
		return true
	}
	return slices.ContainsFunc(y.list, sayAlways)
}
