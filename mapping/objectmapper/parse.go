package objectmapper

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Methods by name; net/http, which has constants for them, is not for a package that does no I/O.
const (
	methodGet  = "GET"
	methodPost = "POST"
)

// Parse reads an endpoint document as openhim-mediator-mapping stores it. Fields the peer's database drops are reported in
// [Document.Remarks]. Errors are a [*SyntaxError], a [*DocumentError] or a [*LimitError]; all hold for the default [Limits].
func Parse(src []byte) (*Document, error) {
	p, root, err := newParser(src)
	if err != nil {
		return nil, err
	}
	if root.kind != kindObject {
		return nil, p.fail(root, "", "an endpoint document is a JSON object", "")
	}
	if err := p.endpoint(root); err != nil {
		return nil, err
	}
	return p.doc, nil
}

// ParseMapping reads a bare inputMapping. The document that comes of it has no constants, requests or validation.
func ParseMapping(src []byte) (*Document, error) {
	p, root, err := newParser(src)
	if err != nil {
		return nil, err
	}
	p.doc.HasMapping = true
	if err := p.mapping(root, ""); err != nil {
		return nil, err
	}
	return p.doc, nil
}

type parser struct {
	doc    *Document
	limits Limits
}

func newParser(src []byte) (*parser, *value, error) {
	p := &parser{doc: &Document{source: string(src), Method: methodPost}, limits: Limits{}.withDefaults()}
	if len(src) > p.limits.InputBytes {
		return nil, nil, &LimitError{What: "bytes of document", Limit: p.limits.InputBytes}
	}
	d := decoder{src: p.doc.source, maxDepth: p.limits.Depth, positions: true}
	d.duplicate = func(key string, off int) {
		p.remark(CodeDuplicateMember, off, "", fmt.Sprintf("the member %q stands twice; the last one counts", key))
	}
	root, err := d.document()
	if err != nil {
		return nil, nil, fmt.Errorf("objectmapper: reading the document: %w", err)
	}
	return p, root, nil
}

func (p *parser) at(off int, pointer string) Position {
	pos := positionOf(p.doc.source, off)
	pos.Pointer = pointer
	return pos
}

func (p *parser) remark(code Code, off int, pointer, message string) {
	if len(p.doc.Remarks) < p.limits.Issues {
		p.doc.Remarks = append(p.doc.Remarks, Issue{Code: code, Position: p.at(off, pointer), Message: message, Count: 1})
	}
}

func (p *parser) fail(v *value, pointer, message, hint string) error {
	return &DocumentError{Position: p.at(v.off, pointer), Message: message, Hint: hint}
}

// pointer appends a name to a JSON pointer.
func pointer(parent, name string) string {
	return parent + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// raw is the JSON of a part of the document.
func raw(v *value) json.RawMessage { return encode(v) }

// unknown remarks the members of v that the schema does not list.
func (p *parser) unknown(v *value, at string, known ...string) {
	for i, key := range v.keys {
		found := false
		for _, k := range known {
			found = found || k == key
		}
		if !found {
			p.remark(CodeUnknownField, v.more.offs[i], pointer(at, key), fmt.Sprintf("the peer drops the field %q, and so do we", key))
		}
	}
}

func (p *parser) text(v *value, at, name string, into *string) error {
	member := v.get(name)
	if member.absent() {
		return nil
	}
	if member.kind != kindString {
		return p.fail(member, pointer(at, name), name+" must be a text", "")
	}
	*into = member.text
	return nil
}

func (p *parser) object(v *value, at, name string) (*value, string, error) {
	member := v.get(name)
	where := pointer(at, name)
	if member.absent() {
		return nil, where, nil
	}
	if member.kind != kindObject {
		return nil, where, p.fail(member, where, name+" must be an object", "")
	}
	return member, where, nil
}

func (p *parser) endpoint(root *value) error {
	d := p.doc
	p.unknown(root, "", "name", "description", "endpoint", "transformation", "kafkaConsumerTopic", "constants", "inputValidation",
		"inputTransforms", "inputMapping", "requests", "state", "_id", "__v", "createdAt", "updatedAt", "createdTimestamp", "updatedTimestamp")
	steps := []func() error{
		func() error { return p.text(root, "", "name", &d.Name) },
		func() error { return p.text(root, "", "description", &d.Description) },
		func() error { return p.text(root, "", "kafkaConsumerTopic", &d.KafkaTopic) },
		func() error { return p.route(root) },
		func() error { return p.formats(root) },
		func() error { return p.data(root) },
		func() error { return p.expressions(root) },
		func() error { return p.inputMapping(root) },
		func() error { return p.requests(root) },
		func() error { return p.state(root) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) route(root *value) error {
	route, at, err := p.object(root, "", "endpoint")
	if err != nil {
		return err
	}
	if route == nil {
		return p.fail(root, "/endpoint", "the document has no endpoint", "give it a pattern; for a bare inputMapping use ParseMapping")
	}
	p.unknown(route, at, "pattern", "method")
	if err := p.text(route, at, "pattern", &p.doc.Pattern); err != nil {
		return err
	}
	if err := p.text(route, at, "method", &p.doc.Method); err != nil {
		return err
	}
	switch p.doc.Method = strings.ToUpper(p.doc.Method); p.doc.Method {
	case methodGet, methodPost, "PUT", "DELETE": //nolint:usestdlibvars // net/http is not for this package
	default:
		return p.fail(route.get("method"), pointer(at, "method"), "the method is none of GET, POST, PUT and DELETE", "")
	}
	if _, err := parsePattern(p.doc.Pattern); err != nil {
		where := route
		if v := route.get("pattern"); v != nil {
			where = v
		}
		return p.fail(where, pointer(at, "pattern"), err.Error(), "")
	}
	return nil
}

func (p *parser) formats(root *value) error {
	t, at, err := p.object(root, "", "transformation")
	if err != nil || t == nil {
		return err
	}
	p.unknown(t, at, "input", "output")
	for _, side := range []struct {
		name string
		into *Format
	}{{"input", &p.doc.Input}, {"output", &p.doc.Output}} {
		var text string
		if err := p.text(t, at, side.name, &text); err != nil {
			return err
		}
		switch f := Format(text); f {
		case "", FormatJSON, FormatXML, FormatFHIRJSON, FormatJSONOpenHIM:
			*side.into = f
		default:
			return p.fail(t.get(side.name), pointer(at, side.name), "the format is none of JSON, XML, FHIR+JSON and JSON+OPENHIM", "")
		}
	}
	return nil
}

func (p *parser) data(root *value) error {
	constants, _, err := p.object(root, "", "constants")
	if err != nil {
		return err
	}
	if constants != nil {
		p.doc.constants, p.doc.Constants = constants, raw(constants)
	}
	schema, at, err := p.object(root, "", "inputValidation")
	if err != nil || schema == nil || len(schema.list) == 0 {
		return err
	}
	p.doc.validation, p.doc.Validation, p.doc.ValidationPosition = schema, raw(schema), p.at(schema.off, at)
	return nil
}

func (p *parser) expressions(root *value) error {
	transforms, at, err := p.object(root, "", "inputTransforms")
	if err != nil || transforms == nil {
		return err
	}
	for i, name := range transforms.keys {
		v := transforms.list[i]
		if v.kind != kindString {
			return p.fail(v, pointer(at, name), "an inputTransform must be a text: a JSONata expression", "")
		}
		p.doc.Transforms = append(p.doc.Transforms, Expression{Name: name, Text: v.text, Position: p.at(v.off, pointer(at, name))})
	}
	return nil
}

func (p *parser) inputMapping(root *value) error {
	m, at, err := p.object(root, "", "inputMapping")
	if err != nil || m == nil || len(m.list) == 0 {
		return err
	}
	p.doc.HasMapping = true
	return p.mapping(m, at)
}

func (p *parser) mapping(m *value, at string) error {
	if m.kind != kindObject {
		return p.fail(m, at, "an inputMapping is a JSON object", "")
	}
	if len(m.list) > p.limits.Rules {
		return &LimitError{What: "rules", Limit: p.limits.Rules}
	}
	order := m.memberOrder()
	for n := range m.list {
		i := n
		if order != nil {
			i = order[n]
		}
		if err := p.rule(m.keys[i], m.more.offs[i], m.list[i], pointer(at, m.keys[i])); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) rule(source string, off int, v *value, at string) error {
	path, err := ParseSource(source)
	if err != nil {
		return &DocumentError{Position: p.at(off, at), Message: err.Error()}
	}
	rule := Rule{Source: path, Position: p.at(off, at)}
	targets := []*value{v}
	if v.kind == kindArray {
		targets = v.list
	}
	if len(targets) > p.limits.Rules {
		return &LimitError{What: "targets of one rule", Limit: p.limits.Rules}
	}
	for i, t := range targets {
		where := at
		if v.kind == kindArray {
			where = pointer(at, strconv.Itoa(i))
		}
		target, err := p.target(t, where)
		if err != nil {
			return err
		}
		rule.Targets = append(rule.Targets, target)
	}
	p.doc.Rules = append(p.doc.Rules, rule)
	return nil
}

// target reads "path", {key, transform, default} or, inside an array, [path, transform, default].
func (p *parser) target(v *value, at string) (Target, error) {
	t := Target{Position: p.at(v.off, at)}
	key, transform, def := v, (*value)(nil), (*value)(nil)
	switch v.kind {
	case kindString:
	case kindObject:
		p.unknown(v, at, "key", "transform", "default")
		key, transform, def = v.get("key"), v.get("transform"), v.get("default")
	case kindArray:
		if len(v.list) > 3 {
			return t, p.fail(v, at, "a target in brackets has three parts: path, transform and default", "")
		}
		key, transform, def = v.at(0), v.at(1), v.at(2)
	default:
		return t, p.fail(v, at, "a target is a path, an object with a key, or a list of those",
			"write [[path, transform, default]] for the short form")
	}
	if !key.absent() {
		if key.kind != kindString {
			return t, p.fail(key, at, "the target's path must be a text", "")
		}
		path, err := ParseTarget(key.text)
		if err != nil {
			return t, p.fail(key, at, err.Error(), "")
		}
		if err := p.indexes(&path); err != nil {
			return t, err
		}
		t.Path = &path
	}
	if !def.absent() {
		t.def, t.Default = def, raw(def)
	}
	if transform.absent() {
		return t, nil
	}
	if transform.kind != kindObject || !transform.get("function").is(kindString) {
		return t, p.fail(transform, at, "a transform is an object with the name of a function", "")
	}
	p.unknown(transform, pointer(at, "transform"), "function", "parameters")
	t.Function = transform.get("function").text
	if params := transform.get("parameters"); params != nil {
		t.parameters, t.Parameters = params, raw(params)
	}
	return t, nil
}

func (p *parser) indexes(path *Path) error {
	for i := range path.Segments {
		for _, b := range path.Segments[i].Brackets {
			if b.Index > p.limits.Items {
				return &LimitError{What: "as the index of a target", Limit: p.limits.Items}
			}
		}
	}
	return nil
}

// scalar reads a header or a status, which may be written as a number.
func (p *parser) scalar(v *value, at string) (string, error) {
	switch v.kind {
	case kindString, kindNumber:
		return v.text, nil
	case kindTrue, kindFalse:
		return string(encode(v)), nil
	default:
		return "", p.fail(v, at, "a text or a number is expected here", "")
	}
}
