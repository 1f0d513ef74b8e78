package mapping

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// Input returns what the document says of its input: the format (json when it says none) and
// the format's options as a JSON object, nil for none. Whoever reads the input gives them to
// package mapping/source; package mapping/mapcase does.
func (d *Document) Input() (format string, options json.RawMessage) {
	in := d.root.Get("input")
	format = "json"
	if n := in.Get("format"); n != nil && n.Kind == doc.Text {
		format = n.Text
	}
	if n := in.Get("options"); n != nil && n.Kind == doc.Map {
		options = json.RawMessage(nodeJSON(n))
	}
	return format, options
}

// Lookups returns the names of the lookups that the document declares, sorted: those that
// CompileOptions.Lookups has to have.
func (d *Document) Lookups() []string {
	var names []string
	if n := d.root.Get("lookups"); n != nil {
		for _, key := range n.Keys {
			names = append(names, key.Name)
		}
	}
	slices.Sort(names)
	return names
}

// InputOptions returns the names of the options that a format of the input has, sorted: nil
// for json and for a format that there is not. They are the fields of source.CSVConfig and its
// like, in lower camel case.
func InputOptions(format string) []string {
	var names []string
	for _, o := range inputOptions() {
		if slices.Contains(o.formats, format) {
			names = append(names, o.name)
		}
	}
	return names
}

// inputOption is one of input: {options: …}.
type inputOption struct {
	name    string
	formats []string
	about   string
	schema  string // JSON Schema
}

func inputOptions() []inputOption {
	const (
		text   = `{"type":"string"}`
		texts  = `{"type":"array","items":{"type":"string"}}`
		flag   = `{"type":"boolean"}`
		number = `{"type":"integer","minimum":1}`
		sign   = `{"type":"string","maxLength":3}`
	)
	csv, xml, hl7 := []string{"csv"}, []string{"xml"}, []string{"hl7v2"}
	return []inputOption{
		{"columns", csv, "The names of the columns, of a file without a line of names.", texts},
		{"delimiter", csv, "What stands between two cells: one character, or tab.", sign},
		{"encoding", []string{"csv", "xml", "hl7v2"}, "How the text is encoded, when the input does not say: utf-8, iso-8859-1, windows-1252, …", text},
		{"groups", hl7, "Segments that belong together: {OBR: [OBX, NTE]}.", `{"type":"object","additionalProperties":` + texts + `}`},
		{"lazyQuotes", csv, "Takes quotes within a cell as they are.", flag},
		{"maxDepth", []string{"ndjson", "xml"}, "How deep a record may nest.", number},
		{"maxRecord", []string{"csv", "hl7v2", "ndjson", "xml"}, "How many bytes a record may have.", number},
		{"namespaces", xml, "Prefixes for namespaces: {f: \"http://hl7.org/fhir\"}.", `{"type":"object","additionalProperties":` + text + `}`},
		{"numberNames", csv, "Numbers the columns that have no name, or one that another has.", flag},
		{"once", xml, "Elements that are one object and no array.", texts},
		{"order", []string{"hl7v2", "xml"}, "Keeps the order of elements or segments of different names.", flag},
		{"quote", csv, "What stands around a cell: one character, or \"\" for none.", sign},
		{"ragged", csv, "Takes rows with fewer or more cells than there are columns.", flag},
		{"records", xml, "The elements that are records: /adx/group.", text},
		{"repeated", xml, "Elements that are an array, also when there is one of them.", texts},
		{"skip", csv, "Lines before the line of names.", `{"type":"integer","minimum":0}`},
	}
}

// inputOptionsSchema is the JSON Schema of input: {options: …}.
func inputOptionsSchema() string {
	var members []string
	for _, o := range inputOptions() {
		members = append(members, editorMember(o.name, o.about+" ("+strings.Join(o.formats, ", ")+")", o.schema))
	}
	return `{"type":"object","additionalProperties":false,"properties":{` + strings.Join(members, ",") + "}}"
}

// inputOptions checks the names of input: {options: …} against those of the format.
func (c *compiler) inputOptions(n *doc.Node) {
	options := n.Get("options")
	if options == nil {
		return
	}
	format, _ := c.plan.document.Input()
	if format == "json" && options.Kind == doc.Map && len(options.Keys) > 0 {
		c.fail(CodeInvalid, options, "say the format beside them", "a JSON input has no options")
		return
	}
	c.keys(options, "input: options of "+format, InputOptions(format)...)
}
