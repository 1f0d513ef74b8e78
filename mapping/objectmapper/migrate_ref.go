package objectmapper

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/path"
)

// ref is what a mapping reads: a path from the item, or from a $name.
type ref struct {
	base  string // "" for the item, else $root, $parent, $ctx, or the $name of a let or a lookup
	steps []refStep
}

type refStep struct {
	name    string
	isIndex bool
}

func (r ref) then(steps ...refStep) ref {
	return ref{r.base, append(slices.Clone(r.steps), steps...)}
}

func (r ref) join(more ref) ref { return r.then(more.steps...) }

func (r ref) tail() string {
	parts := make([]string, len(r.steps))
	for i, s := range r.steps {
		parts[i] = path.Escape(s.name)
	}
	return strings.Join(parts, ".")
}

// value writes the reference where a value stands: $.a.b, $name.a.
func (r ref) value() string {
	tail := r.tail()
	if r.base == "" {
		return "$." + tail
	}
	if tail == "" {
		return r.base
	}
	return r.base + "." + tail
}

// source writes it where $from, $with and $each read: a.b, $name.a.
func (r ref) source() string {
	tail := r.tail()
	switch {
	case r.base != "":
		return r.value()
	case tail == "":
		return "."
	case strings.HasPrefix(tail, "$") || strings.HasPrefix(tail, "= "):
		return "$." + tail
	}
	return tail
}

// expr writes it in expr-lang.
func (r ref) expr() string {
	out := r.base
	for i, s := range r.steps {
		switch {
		case s.isIndex:
			if out == "" {
				out = "$"
			}
			out += "[" + s.name + "]"
		case identifier(s.name) && i == 0 && out == "":
			out = s.name
		case identifier(s.name) && out != "":
			out += "." + s.name
		default:
			if out == "" {
				out = "$"
			}
			out += "[" + exprQuote(s.name) + "]"
		}
	}
	if out == "" {
		out = "$"
	}
	return out
}

// prefixOf reports whether other is r or lies below it.
func (r ref) prefixOf(other ref) bool {
	return r.base == other.base && len(r.steps) <= len(other.steps) && slices.Equal(r.steps, other.steps[:len(r.steps)])
}

// identifier reports whether expr-lang reads a name as one.
func identifier(name string) bool {
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	switch name {
	case "and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith", "let", "if", "else", "nil", "true", "false":
		return false
	}
	return true
}

// exprQuote writes a text as an expr-lang literal.
func exprQuote(text string) string {
	return strconv.Quote(strings.ToValidUTF8(text, "\ufffd"))
}

// exprLiteral writes a scalar constant in expr-lang.
func exprLiteral(v *value) string {
	switch {
	case v.absent():
		return "nil"
	case v.kind == kindString:
		return exprQuote(v.text)
	case v.kind == kindNumber:
		return v.text
	default:
		return string(encode(v))
	}
}
