package objectmapper

import (
	"strconv"
	"strings"
)

// leafChain writes a value: the last rule that finds something counts.
func (m *migrator) leafChain(l *leafRule, frames []*listFrame) (*yaml, yields, error) {
	out, gives, err := m.leaf(l, frames)
	if err != nil || l.or == nil {
		return out, gives, err
	}
	plain := out.kind == yamlText && gives == givesData && l.origin.scalar()
	all := []*yaml{out}
	for at := l; at.or != nil && gives != givesAlways; at = at.or {
		m.overEmpty(at)
		next, more, err := m.leaf(at.or, frames)
		if err != nil {
			return nil, 0, err
		}
		plain = plain && next.kind == yamlText && more == givesData
		if more == givesConstant {
			more = givesAlways
		}
		gives = max(gives, more)
		all = append(all, next)
	}
	if plain {
		return yOp("$from", yList(all...)), gives, nil
	}
	return yOp("$first", yList(all...)), gives, nil
}

// overEmpty notes that of two values for one place an empty object counts as nothing, so that the other one is taken.
func (m *migrator) overEmpty(newer *leafRule) {
	if newer.function != "" || newer.origin.constant != nil || newer.origin.kind != 0 && newer.origin.kind&shapeObject == 0 {
		return
	}
	m.out.second = append(m.out.second, newer.target)
	m.note(NoteDecision, newer.pos, "an empty object counts as nothing, so that what an earlier rule writes there stays; the peer writes {} over it", "")
}

// leaf writes one value.
func (m *migrator) leaf(l *leafRule, frames []*listFrame) (*yaml, yields, error) {
	out, gives, err := m.leafValue(l, frames)
	if err != nil {
		return nil, 0, &leafError{l, err}
	}
	return out, gives, nil
}

func (m *migrator) leafValue(l *leafRule, frames []*listFrame) (*yaml, yields, error) {
	o := l.origin
	switch {
	case o.constant != nil && l.function == "":
		out := yConstant(o.constant)
		if o.constant.kind == kindNull {
			return out, givesNothing, nil
		}
		return out, givesConstant, nil
	case o.constant != nil && o.constant.kind >= kindArray:
		return nil, 0, refuse("the transform "+l.function+" of a constant object or list", "write its result in the map")
	case o.constant != nil:
		return m.changed(l, input{rule: yText("= " + exprLiteral(o.constant)), expr: exprLiteral(o.constant), kind: o.kind})
	case o.nothing:
		return yOp("$from", yText("= nil")).with("$keep", yList(yText("null"))), givesAlways, nil
	}
	if name, ok := l.zipped(frames); ok {
		return yText(name), givesData, nil
	}
	if let := o.let; let != nil && !let.alias {
		if !let.named && let.uses == 1 && !scoped(frames) && len(o.walks) == 0 && len(o.rest.steps) == 0 &&
			l.function != "booleanFlip" && l.function != "booleanify" {
			return m.changed(l, input{rule: let.rule, inline: true, kind: let.kind, gives: let.gives})
		}
		let.named = true
	}
	first := o.rest
	if len(l.rest) > 0 {
		first = l.rest[0]
	}
	at, err := l.locate(frames, len(frames), first)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case len(l.rest) > 0:
		more := l.rest[1:]
		if o.whole && len(o.rest.steps) == 0 && l.function == "" && len(more) == 0 && l.def == nil && !l.keepNull && !m.single {
			return yText(at.value()), givesData, nil
		}
		return m.listed(l, m.each(at, more), o.rest, o.kind)
	case o.kind&shapeList != 0 && o.kind&(shapeText|shapeOther|shapeObject) == 0 && l.function != "" && l.function != "stringify":
		return m.listed(l, m.each(at, nil), ref{}, 0)
	}
	return m.changed(l, input{at: &at, rule: yText(at.source()), expr: at.expr(), kind: o.kind})
}

func scoped(frames []*listFrame) bool {
	for _, f := range frames {
		if f.scope {
			return true
		}
	}
	return false
}

// zipped finds the name of a value that goes to the first elements of a list.
func (l *leafRule) zipped(frames []*listFrame) (string, bool) {
	for i := len(frames) - 1; i >= 0; i-- {
		if name, ok := frames[i].firsts[l]; ok {
			if scoped(frames[i+1:]) {
				return "$parent." + name, true
			}
			return "$." + name, true
		}
	}
	return "", false
}

// listed writes the values of a walk as one list.
func (m *migrator) listed(l *leafRule, out *yaml, at ref, kind shape) (*yaml, yields, error) {
	inner := *l
	inner.def, inner.keepNull = nil, false
	value, _, err := m.changed(&inner, input{at: &at, rule: yText(at.source()), expr: at.expr(), kind: kind})
	if err != nil {
		return nil, 0, err
	}
	if value.kind != yamlText || value.text != "$." {
		out.with("$value", value)
	}
	gives := givesData
	if l.def != nil {
		out.with("$default", yConstant(l.def))
		gives = givesAlways
	}
	if l.keepNull {
		out = yOp("$from", out).with("$default", yRaw("null")).with("$keep", yList(yText("null")))
		gives = givesAlways
	}
	return out, gives, nil
}

// input is what a transform works on.
type input struct {
	at     *ref
	rule   *yaml // for $from
	inline bool  // rule is one of its own
	expr   string
	kind   shape
	gives  yields
}

// changed writes a value with its default, its transform and the mark ?.
func (m *migrator) changed(l *leafRule, in input) (*yaml, yields, error) {
	out := yOp("$from", in.rule)
	gives := givesData
	if in.inline && in.gives != 0 {
		gives = in.gives
	}
	known := in.kind&(shapeText|shapeOther) == shapeText && in.kind&(shapeList|shapeObject) == 0
	if l.def != nil {
		out.with("$default", yConstant(l.def))
		gives = givesAlways
	}
	switch l.function {
	case "":
		if l.def == nil && !l.keepNull {
			switch {
			case in.at != nil:
				return yText(in.at.value()), gives, nil
			case in.inline:
				return in.rule, gives, nil
			}
		}
	case "dateTimeToDate":
		out.with("$date", yMap().with("in", yList(yText("fhir"), yText("openmrs"), yText("yyyy-MM-dd'T'HH:mm[:ss[.SSS]]"))).with("out", yText("fhir-date")))
		out.above = []string{"a text that is no date is an error; dateTimeToDate cut any text at the T"}
		m.note(NoteDecision, l.pos, "dateTimeToDate becomes $date: a text that is no date is an error, where the peer cuts it at the T", "")
	case "stringify":
		if !known {
			out.with("$as", yText("string"))
		}
		m.note(NoteDecision, l.pos, "stringify becomes $as: string: objects and lists are an error, and nothing is nothing, where the peer writes their JSON, and null", "")
	case "numberify":
		return m.numberify(l, out)
	case "mapCodes":
		if !known {
			out.with("$as", yText("string"))
		}
		m.translate(l, out)
	case "booleanFlip":
		out.list[0] = yOp("$switch", yMap().with("on", in.rule).with("cases", yMap().with("true", yRaw("false")).with("false", yRaw("true"))))
		if l.def == nil && !l.keepNull {
			out = out.list[0]
		} else if l.def != nil {
			return nil, 0, refuse("booleanFlip with a default", "write the condition: = not voided")
		}
	case "booleanify":
		if l.def != nil {
			return nil, 0, refuse("booleanify with a default", "write the condition in the map")
		}
		return yText("= " + in.expr + ` != nil and ` + in.expr + ` not in [false, 0, "", "false", "False", "FALSE"]`), givesAlways, nil
	default:
		return nil, 0, refuse("the transform "+l.function+" has no equivalent", "make a mapping.Operator of it")
	}
	if l.keepNull {
		if out.get("$default") == nil {
			out.with("$default", yRaw("null"))
		}
		out.with("$keep", yList(yText("null")))
		gives = givesAlways
	}
	return out, gives, nil
}

// numberify leaves out what is no number and reports it, as the peer leaves it out.
func (m *migrator) numberify(l *leafRule, out *yaml) (*yaml, yields, error) {
	out.above = []string{"what is no number is left out and reported; numberify made null of it"}
	out.with("$as", yText("number"))
	if !l.keepNull {
		return out.with("$onError", yText("omit")), givesData, nil
	}
	if l.def != nil {
		return nil, 0, refuse("numberify with a default and the mark ?", "choose one of them")
	}
	return out.with("$onError", yText("default")).with("$default", yRaw("null")).with("$keep", yList(yText("null"))), givesAlways, nil
}

// translate adds the table of mapCodes.
func (m *migrator) translate(l *leafRule, out *yaml) {
	entries := l.params
	onNull, hasNull := entries.get("null"), entries.has("null")
	other, hasOther := entries.get("default"), entries.has("default")
	name := m.table(l, entries)
	if hasNull && !onNull.absent() && l.def == nil {
		// The peer looks missing values up as "null".
		at := len(out.keys)
		for i, key := range out.keys {
			if key == "$as" {
				at = i
			}
		}
		out.keys = append(out.keys[:at:at], append([]string{"$default"}, out.keys[at:]...)...)
		out.list = append(out.list[:at:at], append([]*yaml{yText("null")}, out.list[at:]...)...)
	}
	out.with("$translate", yText(name))
	if hasOther && !other.absent() && !hasNull && l.def == nil {
		out.with("$default", yConstant(other))
	}
}

// table makes a table of codes, or finds the one with the same codes.
func (m *migrator) table(l *leafRule, entries *value) string {
	params := string(encode(entries))
	for _, t := range m.tables {
		if t.params == params {
			return t.name
		}
	}
	hint := ""
	for _, s := range l.origin.rest.steps {
		if !s.isIndex {
			hint = s.name
		}
	}
	name := m.name(hint, "codes")
	rule, codes := yMap(), yMap()
	for i, key := range entries.keys {
		if key == "default" || key == "null" && entries.list[i].absent() {
			continue
		}
		codes.with(key, yTableValue(entries.list[i]))
	}
	if other := entries.get("default"); entries.has("default") && !other.absent() {
		rule.with("default", yTableValue(other))
	} else {
		rule.with("unmapped", yText("omit"))
	}
	rule.with("map", codes)
	m.tables = append(m.tables, tableRule{name, rule, params})
	return name
}

// yTableValue writes a value in a table, where nothing is escaped.
func yTableValue(v *value) *yaml {
	switch {
	case v.absent():
		return yRaw("null")
	case v.kind == kindString:
		return yText(v.text)
	case v.kind == kindNumber:
		return yNumber(v.text)
	case v.kind == kindArray:
		out := yList()
		for _, item := range v.list {
			out.list = append(out.list, yTableValue(item))
		}
		return out
	case v.kind == kindObject:
		out := yMap()
		for i, key := range v.keys {
			out.with(key, yTableValue(v.list[i]))
		}
		return out
	default:
		return yRaw(strconv.FormatBool(v.kind == kindTrue))
	}
}

// defects notes where the peer gives a wrong result that neither engine here copies.
func (m *migrator) defects(rule *Rule, t *Target, o *origin) {
	say := func(message string) { m.note(NoteDefect, t.Position, "the peer's "+message, "") }
	var segments []Segment
	if t.Path != nil {
		segments = t.Path.Segments
	}
	slots := eachSlots(segments)
	walks := len(o.walks)
	switch {
	case walks > 1 && slots > 1:
		say("nested lists come below the first element; here every child stays with its parent")
	case walks > 0 && !strings.Contains(rule.Source.Text, "[]") && o.constant == nil:
		say("values of a list that is read without [] are null; here they are those of every element")
	}
	switch t.Function {
	case "mapCodes":
		if walks > 0 {
			say("mapCodes of a list gives nothing; here every code is translated")
		}
		for i, key := range t.parameters.keysOf() {
			if !t.parameters.list[i].truthy() && !t.parameters.list[i].absent() {
				say("code " + strconv.Quote(key) + " is lost, because its value is false, 0 or empty; here it is kept")
			}
		}
	case "numberify":
		say("numberify makes 0 or 1 of null, empty texts and booleans; here they are left out")
	case "booleanify":
		say(`booleanify makes true of "false"; here it is false`)
	case "appendArray":
		say("appendArray fails when the list is missing; here nothing is added")
	}
	if t.def != nil && !t.def.truthy() {
		say("default is lost, because it is false, 0 or empty; here it is kept")
	}
}

func (v *value) keysOf() []string {
	if !v.is(kindObject) {
		return nil
	}
	return v.keys
}
