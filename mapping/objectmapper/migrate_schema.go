package objectmapper

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// schemaFile is the name of the input's schema in [Migration.Files].
const schemaFile = "input.schema.json"

// schema turns inputValidation into the schema of the mapping's input, which is the request's body.
func (m *migrator) schema(out *yaml) {
	all := m.doc.validation
	if all == nil {
		return
	}
	at := m.doc.ValidationPosition
	copied, err := (&budget{limits: Limits{}.withDefaults(), ctx: context.Background()}).copy(all)
	if err != nil {
		m.refused(at, "inputValidation: ", err)
		return
	}
	adapt(copied, m.opts.Options.RefuseNull)
	properties := copied.get("properties")
	body := properties.get("requestBody")
	for _, name := range properties.keysOf() {
		if name != "requestBody" {
			m.note(NoteHost, at, "inputValidation checks "+name+", which is not the mapping's input",
				"check it in the mediator, or mark what the map reads of it with $required: true")
		}
	}
	for _, key := range copied.keysOf() {
		switch key {
		case "type", "properties", "required", "definitions", "$schema", "errorMessage", "title", "description", "$id":
		default:
			m.note(NoteRefused, at, "inputValidation has "+key+" beside its properties", "put it below properties: requestBody")
		}
	}
	if m.opts.Options.CoerceTypes != CoerceNone {
		m.note(NoteRefused, at, "inputValidation changes types before it checks them (VALIDATION_COERCE_TYPES)", "convert in the map: $as: number")
	}
	if !body.is(kindObject) {
		return
	}
	if refersOutside(body) {
		if definitions := copied.get("definitions"); definitions != nil && !body.has("definitions") {
			body.set("definitions", definitions)
		}
	}
	body.set("$schema", newString("http://json-schema.org/draft-07/schema#"))
	if hasMember(body, "errorMessage") {
		m.note(NoteDecision, at, "errorMessage is left in the schema, but reports name the failing keyword", "")
	}
	if hasMember(body, "format") {
		m.note(NoteDecision, at, "format is checked by the peer and is an annotation in the mapping's schema when the validator does not assert it", "")
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, encode(body), "", "  "); err != nil {
		m.refused(at, "inputValidation: ", err)
		return
	}
	pretty.WriteByte('\n')
	if err := readableSchema(pretty.Bytes()); err != nil {
		m.note(NoteRefused, at, "inputValidation is no schema: it cannot be read", "the peer refuses every request with it; repair or remove it")
		return
	}
	m.out.Files[schemaFile] = pretty.Bytes()
	out.with("input", yMap().with("format", yText("json")).with("schema", yText(schemaFile)))
	out.with("validate", yMap().with("input", yText("always")))
}

// readableSchema reads a schema as package mapping will, which looks at nothing
// outside of it.
func readableSchema(text []byte) error {
	c := jsonschema.NewCompiler()
	c.LoadURL = func(url string) (io.ReadCloser, error) { return nil, fmt.Errorf("%s is outside of the schema", url) }
	const name = "mapping:///" + schemaFile
	if err := c.AddResource(name, bytes.NewReader(text)); err != nil {
		return err
	}
	_, err := c.Compile(name)
	return err
}

func refersOutside(v *value) bool {
	if ref := v.get("$ref"); ref.is(kindString) && strings.HasPrefix(ref.text, "#/definitions/") {
		return true
	}
	if v != nil {
		if slices.ContainsFunc(v.list, refersOutside) {
			return true
		}
	}
	return false
}

func hasMember(v *value, name string) bool {
	if v == nil {
		return false
	}
	if v.has(name) {
		return true
	}
	for _, item := range v.list {
		if hasMember(item, name) {
			return true
		}
	}
	return false
}

// hostNotes tells what remains with the mediator.
func (m *migrator) hostNotes() {
	d := m.doc
	say := func(at Position, message, hint string) { m.note(NoteHost, at, message, hint) }
	find := func(pointer string) Position { return m.position(pointer) }
	if d.Pattern != "" {
		hint := ""
		if strings.Contains(d.Pattern, ":") {
			hint = "Plan.Match tells the parameters: put them into Options.Context as urlParams"
		}
		say(find("/endpoint"), "the route "+d.Method+" "+d.Pattern+" belongs to the mediator", hint)
	}
	if d.Input == FormatXML {
		say(find("/transformation/input"), "the map reads XML as the peer's parser gives it", "decode the body with Plan.Decode before Run")
	}
	if d.Output == FormatXML {
		say(find("/transformation/output"), "the output is JSON", "write it as XML with EncodeXML")
	}
	if d.KafkaTopic != "" {
		say(find("/kafkaConsumerTopic"), "the topic "+d.KafkaTopic+" belongs to the mediator", "")
	}
	for i := range d.Responses {
		r := &d.Responses[i]
		say(r.Position, "the response request "+r.ID+" ("+r.Method+" "+r.URL+") is made after mapping, by the mediator",
			"Plan.Responses of this endpoint makes it from the mapped body")
	}
	if len(d.State.Extract) > 0 {
		say(find("/state"), "state is kept by the mediator: a mapping keeps nothing", "Plan.ExtractState tells what; put it into Options.Context as state")
	}
	for _, issue := range d.Remarks {
		m.note(NoteUnused, issue.Position, issue.Message, "")
	}
}

// position finds a member of the document.
func (m *migrator) position(pointer string) Position {
	d := decoder{src: m.doc.source, maxDepth: Limits{}.withDefaults().Depth, positions: true}
	d.duplicate = func(string, int) {}
	root, err := d.document()
	if err != nil {
		return Position{Pointer: pointer}
	}
	v := follow(root, strings.Split(strings.TrimPrefix(pointer, "/"), "/"))
	if v == nil {
		return Position{Line: 1, Column: 1, Pointer: pointer}
	}
	at := positionOf(m.doc.source, v.off)
	at.Pointer = pointer
	return at
}
