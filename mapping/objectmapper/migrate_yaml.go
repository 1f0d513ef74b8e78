package objectmapper

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// yaml is a part of the mapping document that migrate writes.
type yaml struct {
	kind     yamlKind
	text     string // a text, or a number, boolean or null as JSON
	keys     []string
	list     []*yaml
	comments map[int][]string // lines above a member
	above    []string         // lines above the member that holds this
}

type yamlKind uint8

const (
	yamlText yamlKind = iota
	yamlRaw
	yamlMap
	yamlList
)

const (
	yamlWidth  = 110
	yamlIndent = 2
)

func yText(text string) *yaml        { return &yaml{kind: yamlText, text: text} }
func yRaw(literal string) *yaml      { return &yaml{kind: yamlRaw, text: literal} }
func yList(items ...*yaml) *yaml     { return &yaml{kind: yamlList, list: items} }
func yMap() *yaml                    { return &yaml{kind: yamlMap} }
func yOp(name string, v *yaml) *yaml { return yMap().with(name, v) }

func (y *yaml) with(key string, v *yaml) *yaml {
	y.keys = append(y.keys, key)
	y.list = append(y.list, v)
	return y
}

func (y *yaml) get(key string) *yaml {
	if i := slices.Index(y.keys, key); i >= 0 && y.kind == yamlMap {
		return y.list[i]
	}
	return nil
}

// comment puts lines above the next member.
func (y *yaml) comment(lines ...string) {
	if y.comments == nil {
		y.comments = map[int][]string{}
	}
	y.comments[len(y.keys)] = append(y.comments[len(y.keys)], lines...)
}

func (y *yaml) scalar() bool { return y.kind == yamlText || y.kind == yamlRaw }

// operators reports whether y is a rule: an object of operators only.
func (y *yaml) operators() bool {
	return y.kind == yamlMap && len(y.keys) > 0 && !slices.ContainsFunc(y.keys, func(k string) bool {
		return !strings.HasPrefix(k, "$") || strings.HasPrefix(k, "$$")
	})
}

// document writes y as a YAML document.
func (y *yaml) document() []byte {
	w := &yamlWriter{}
	w.members(y, 0, "")
	return []byte(w.b.String())
}

type yamlWriter struct{ b strings.Builder }

func (w *yamlWriter) members(y *yaml, indent int, first string) {
	pad := strings.Repeat(" ", indent)
	for i, key := range y.keys {
		for _, line := range y.comments[i] {
			w.b.WriteString(pad + "# " + commentText(line) + "\n")
		}
		lead := pad
		if i == 0 && first != "" {
			lead = first
		} else {
			for _, line := range y.list[i].above {
				w.b.WriteString(pad + "# " + commentText(line) + "\n")
			}
		}
		name := quoteName(key)
		w.b.WriteString(lead + name + ":")
		w.value(y.list[i], indent, len(lead)+len(name)+2)
	}
	for _, line := range y.comments[len(y.keys)] {
		w.b.WriteString(pad + "# " + commentText(line) + "\n")
	}
}

// value writes what stands behind a name, to the end of the line or as a block below it.
func (w *yamlWriter) value(y *yaml, indent, column int) {
	if flow, ok := y.flow(yamlWidth - column); ok {
		w.b.WriteString(" " + flow + "\n")
		return
	}
	w.b.WriteByte('\n')
	if y.kind == yamlMap {
		w.members(y, indent+yamlIndent, "")
		return
	}
	w.items(y, indent+yamlIndent)
}

func (w *yamlWriter) items(y *yaml, indent int) {
	dash := strings.Repeat(" ", indent) + "- "
	for _, item := range y.list {
		if flow, ok := item.flow(yamlWidth - len(dash)); ok {
			w.b.WriteString(dash + flow + "\n")
			continue
		}
		if item.kind == yamlMap {
			if len(item.comments[0]) > 0 {
				for _, line := range item.comments[0] {
					w.b.WriteString(strings.Repeat(" ", indent) + "# " + commentText(line) + "\n")
				}
				bare := *item
				bare.comments = nil
				item = &bare
			}
			w.members(item, indent+yamlIndent, dash)
			continue
		}
		w.b.WriteString(strings.TrimRight(dash, " ") + "\n")
		w.items(item, indent+yamlIndent)
	}
}

// flow writes y in one line, when it is short and no object of output members.
func (y *yaml) flow(width int) (string, bool) {
	if y.scalar() {
		return y.scalarText(false), true
	}
	if len(y.list) == 0 {
		if len(y.comments) > 0 {
			return "", false
		}
		if y.kind == yamlMap {
			return "{}", true
		}
		return "[]", true
	}
	if y.kind == yamlMap && !y.operators() {
		return "", false
	}
	text, ok := y.inline(0)
	return text, ok && len(text) <= width
}

func (y *yaml) inline(depth int) (string, bool) {
	if y.scalar() {
		return y.scalarText(true), true
	}
	if depth > 2 || len(y.comments) > 0 || len(y.list) > 8 {
		return "", false
	}
	parts := make([]string, len(y.list))
	for i, item := range y.list {
		text, ok := item.inline(depth + 1)
		if !ok {
			return "", false
		}
		if y.kind == yamlMap {
			text = quoteName(y.keys[i]) + ": " + text
		}
		parts[i] = text
	}
	if y.kind == yamlMap {
		return "{" + strings.Join(parts, ", ") + "}", true
	}
	return "[" + strings.Join(parts, ", ") + "]", true
}

func (y *yaml) scalarText(inFlow bool) string {
	if y.kind == yamlRaw {
		return y.text
	}
	return quoteYAML(y.text, inFlow)
}

// commentText keeps what a comment shows in its line.
func commentText(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// quoteName writes a member's name. The language's own on: is text to every reader of YAML 1.2 and stands so in its documentation.
func quoteName(name string) string {
	if name == "on" {
		return name
	}
	return quoteYAML(name, true)
}

// quoteYAML writes a text so that YAML reads it back as that text.
func quoteYAML(text string, inFlow bool) string {
	if plainYAML(text, inFlow) {
		return text
	}
	printable := !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar })
	if printable && strings.ContainsRune(text, '"') || printable && strings.ContainsRune(text, '\\') {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(text, "\ufffd") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// plainYAML reports whether a text needs no quotes.
func plainYAML(text string, inFlow bool) bool {
	if text == "." {
		return true
	}
	if text == "" || len(text) > 300 || text != strings.TrimSpace(text) || strings.Contains(text, ": ") || strings.Contains(text, " #") ||
		strings.HasSuffix(text, ":") {
		return false
	}
	first := text[0]
	letter := first >= 'a' && first <= 'z' || first >= 'A' && first <= 'Z'
	if !letter && !strings.ContainsRune("$_/", rune(first)) && !strings.HasPrefix(text, "= ") {
		return false
	}
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf":
		return false
	}
	allowed := ` _-./$()=!<>?*+@:#|&%~^;"'\`
	if !inFlow {
		allowed += ",[]{}"
	}
	for _, r := range text {
		digit := r >= '0' && r <= '9'
		if !unicode.IsLetter(r) && !digit && !strings.ContainsRune(allowed, r) {
			return false
		}
	}
	return true
}

// yConstant writes a JSON value so that the mapping gives it as it is.
func yConstant(v *value) *yaml {
	switch {
	case v == nil || v.kind == kindNull:
		return yRaw("null")
	case v.kind == kindString:
		return yText(constantText(v.text))
	case v.kind == kindArray:
		out := yList()
		for _, item := range v.list {
			out.list = append(out.list, yConstant(item))
		}
		return out
	case v.kind == kindObject:
		out := yMap()
		for i, key := range v.keys {
			out.with(memberName(key), yConstant(v.list[i]))
		}
		return out
	case v.kind == kindNumber:
		return yNumber(v.text)
	default:
		return yRaw(strconv.FormatBool(v.kind == kindTrue))
	}
}

// yNumber writes a number. YAML takes a number with an exponent and no point for a text, so it gets a point.
func yNumber(literal string) *yaml {
	i := strings.IndexAny(literal, "eE")
	if i < 0 {
		return yRaw(literal)
	}
	mantissa, exponent := literal[:i], literal[i+1:]
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	if exponent[0] != '-' && exponent[0] != '+' {
		exponent = "+" + exponent
	}
	return yRaw(mantissa + "e" + exponent)
}

// constantText escapes a text that would be taken for a path, a name or an expression.
func constantText(text string) string {
	switch {
	case strings.HasPrefix(text, "$"):
		return "$" + text
	case strings.HasPrefix(text, "= "):
		return "= " + exprQuote(text)
	}
	return text
}

// memberName escapes an output member that would be taken for an operator.
func memberName(name string) string {
	if strings.HasPrefix(name, "$") {
		return "$" + name
	}
	return name
}
