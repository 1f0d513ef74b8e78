package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/path"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// check is what the input's schema demands of a value that the mapping reads: type, required,
// enum, pattern, minimum and maximum. It is part of the plan and always on.
type check struct {
	types    []string
	enum     []string // of texts
	pattern  *regexp.Regexp
	min, max []byte
	required bool
	parent   int // the slot of the object that has to have it, -1 for the scope's item
}

func (c *check) test(r *run, ru *rule, v value) bool {
	k := v.Kind()
	if len(c.types) > 0 && !c.typed(v) {
		r.fail(ru, CodeSchema, v, fmt.Sprintf("the input's schema wants %s here and this is %s", strings.Join(c.types, " or "), k), "")
		return false
	}
	if k == tape.String {
		text := v.Text(nil)
		if c.enum != nil && !slices.Contains(c.enum, string(text)) {
			r.fail(ru, CodeSchema, v, "the input's schema has not this text among its enum", "")
			return false
		}
		if c.pattern != nil && !c.pattern.Match(text) {
			r.fail(ru, CodeSchema, v, "the text does not match the pattern of the input's schema, "+c.pattern.String(), "")
			return false
		}
	}
	if k == tape.Number {
		text := v.Text(nil)
		if c.min != nil && compareNumbers(text, c.min) < 0 || c.max != nil && compareNumbers(text, c.max) > 0 {
			r.fail(ru, CodeSchema, v, fmt.Sprintf("the number is not within the input's schema, %s to %s", orOpen(c.min), orOpen(c.max)), "")
			return false
		}
	}
	return true
}

func orOpen(limit []byte) string {
	if limit == nil {
		return "any"
	}
	return string(limit)
}

func (c *check) typed(v value) bool {
	for _, t := range c.types {
		switch k := v.Kind(); t {
		case "null":
			if k == tape.Null {
				return true
			}
		case "boolean":
			if k == tape.True || k == tape.False {
				return true
			}
		case "number":
			if k == tape.Number {
				return true
			}
		case "integer":
			if k == tape.Number {
				if n, ok := parseDecimal(v.Text(nil)); ok && n.IsInt() {
					return true
				}
			}
		case "string":
			if k == tape.String {
				return true
			}
		case "array":
			if k == tape.Array {
				return true
			}
		case "object":
			if k == tape.Object {
				return true
			}
		}
	}
	return false
}

// lacking reports a value that is missing although the object that should have it is there.
func (c *check) lacking(r *run, s *scope, ru *rule, text string) bool {
	if !c.required {
		return false
	}
	parent := s.item
	if c.parent >= 0 {
		parent = s.slots[c.parent]
	}
	if parent.Kind() != tape.Object {
		return false
	}
	r.fail(ru, CodeSchema, parent, "the input's schema requires "+text, "")
	return true
}

// checkOf makes the check of a reference, nil when the schema says nothing of it.
func (c *compiler) checkOf(sb *scopeBuilder, r ref, _ *doc.Node) *check {
	if sb == nil || r.base != baseItem || sb.schema == nil || sb.plan.group {
		return nil
	}
	text := strings.TrimPrefix(strings.TrimPrefix(r.text, "$"), ".")
	steps, err := path.Parse(text)
	if err != nil || path.Many(steps) {
		return nil
	}
	parent, s := (*jsonschema.Schema)(nil), sb.schema
	for _, step := range steps {
		if parent = s; s == nil {
			return nil
		}
		s, _ = below(s, step)
	}
	out := &check{parent: -1}
	if s = resolved(s); s != nil {
		out.types, out.pattern = s.Types, s.Pattern
		if len(s.Enum) > 0 {
			out.enum = []string{}
			for _, e := range s.Enum {
				text, ok := e.(string)
				if !ok {
					out.enum = nil
					break
				}
				out.enum = append(out.enum, text)
			}
		}
		if s.Minimum != nil {
			out.min = appendDecimal(nil, s.Minimum)
		}
		if s.Maximum != nil {
			out.max = appendDecimal(nil, s.Maximum)
		}
	}
	if len(steps) > 0 && len(r.rest) == 0 {
		name, _ := steps[len(steps)-1].Name()
		if parent = resolved(parent); parent != nil && slices.Contains(parent.Required, name) {
			out.required = true
			if len(steps) > 1 {
				names := make([]string, len(steps)-1)
				for i := range names {
					names[i], _ = steps[i].Name()
				}
				out.parent = sb.plan.trie.Add(names...)
			}
		}
	}
	if out.types == nil && out.enum == nil && out.pattern == nil && out.min == nil && out.max == nil && !out.required {
		return nil
	}
	return out
}

func resolved(s *jsonschema.Schema) *jsonschema.Schema {
	for range 20 {
		if s == nil || s.Ref == nil {
			return s
		}
		s = s.Ref
	}
	return nil
}

// closed reports whether a schema says all that there is: no alternatives to look into.
func plainSchema(s *jsonschema.Schema) bool {
	return s.AllOf == nil && s.AnyOf == nil && s.OneOf == nil && s.If == nil && s.PatternProperties == nil && s.DynamicRef == nil && s.RecursiveRef == nil
}

// below gives the schema of a part, and whether the schema says that there is no such part.
func below(s *jsonschema.Schema, step path.Step) (part *jsonschema.Schema, absent bool) {
	s = resolved(s)
	if s == nil || !plainSchema(s) {
		return nil, false
	}
	if name, ok := step.Name(); ok {
		if p, ok := s.Properties[name]; ok {
			return p, false
		}
		if len(s.Types) > 0 && !slices.Contains(s.Types, "object") {
			return nil, true
		}
		extra, _ := s.AdditionalProperties.(*jsonschema.Schema)
		return extra, extra == nil && len(s.Properties) > 0
	}
	return itemsOf(s), len(s.Types) > 0 && !slices.Contains(s.Types, "array")
}

// memberSchema gives the schema of a member, nil when it is not known.
func memberSchema(s *jsonschema.Schema, name string) *jsonschema.Schema {
	if s = resolved(s); s == nil || !plainSchema(s) {
		return nil
	}
	return s.Properties[name]
}

func itemsOf(s *jsonschema.Schema) *jsonschema.Schema {
	if s = resolved(s); s == nil {
		return nil
	}
	if s.Items2020 != nil {
		return s.Items2020
	}
	items, _ := s.Items.(*jsonschema.Schema)
	return items
}

// checkPath warns of a path that the input's schema does not have.
func (c *compiler) checkPath(steps []path.Step, whole string, at *doc.Node, sb *scopeBuilder) {
	s := sb.schema
	if sb.plan.group {
		return
	}
	for i, step := range steps {
		if s == nil {
			return
		}
		part, absent := below(s, step)
		if absent {
			names := []string{}
			for name := range resolved(s).Properties {
				names = append(names, name)
			}
			slices.Sort(names)
			c.warn(CodePath, at, suggest(path.String(steps[i:i+1]), names), "%s is not in the input's schema", whole)
			return
		}
		s = part
	}
}

// schemaOf gives the schema of what a $with or $each reads, nil when it is not known.
func (c *compiler) schemaOf(sb *scopeBuilder, n *doc.Node) *jsonschema.Schema {
	if n.Kind == doc.Map && n.Get("from") != nil {
		n = n.Get("from")
	}
	if n.Kind != doc.Text || strings.HasPrefix(n.Text, "$") && !strings.HasPrefix(n.Text, "$.") || strings.HasPrefix(n.Text, "= ") || sb.plan.group {
		return nil
	}
	steps, err := path.Parse(strings.TrimPrefix(strings.TrimPrefix(n.Text, "$"), "."))
	if err != nil || path.Many(steps) {
		return nil
	}
	s := sb.schema
	for _, step := range steps {
		if s == nil {
			return nil
		}
		s, _ = below(s, step)
	}
	return s
}

func (c *compiler) itemSchema(sb *scopeBuilder, n *doc.Node) *jsonschema.Schema {
	return itemsOf(c.schemaOf(sb, n))
}

// checkChain warns when the input's schema says that the first operator cannot take the value,
// or that a code can come which the table has not.
func (c *compiler) checkChain(n *chain, p parts) {
	if len(n.sources) == 0 {
		return // which has been reported
	}
	source, ok := n.sources[0].(*plainRead)
	if !ok || source.of.check == nil || len(n.steps) == 0 || n.steps[0].nothing {
		return
	}
	demand, step := source.of.check, n.steps[0]
	takes := c.operators[step.name].takes
	possible := Type(0)
	for _, t := range demand.types {
		switch t {
		case "string":
			possible |= Text
		case "number", "integer":
			possible |= Number
		case "boolean":
			possible |= Bool
		case "array":
			possible |= List
		case "object":
			possible |= Object
		}
	}
	if possible != 0 && possible&takes == 0 {
		c.warn(CodeType, p.ops[step.name], "", "%s needs %s, and the input's schema has %s here", step.name, takes, possible)
	}
	t, ok := step.op.(*translate)
	if !ok || t.table.unmapped != "error" {
		return
	}
	var lacking []string
	for _, code := range demand.enum {
		if _, known := t.table.find([]byte(code)); !known && code != "" {
			lacking = append(lacking, code)
		}
	}
	if len(lacking) > 0 {
		c.warn(CodeUnmapped, p.ops[step.name], "", "the input's schema allows %s, which the table %s has not", list(lacking), t.table.name)
	}
}
