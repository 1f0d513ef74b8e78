package dhis2

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fields says which members the server gives of each object, the parameter `fields`. Members
// that are unknown to the server are left out silently, so a misspelt one is not noticed.
//
//	dhis2.Select("*").Without("relationships").With("enrollments", dhis2.Select("*").With("events", dhis2.Select("*")))
//
// It is a value: each method returns another. The zero value asks for what the server gives
// unasked.
type Fields struct{ items []field }

type field struct {
	name   string // a member, a preset (":owner", "*") or a member that is left out ("!sharing")
	nested *Fields
}

// Select asks for members by name. "*" is all of them; for metadata ":owner", ":identifiable",
// ":nameable", ":persisted", ":simple" and ":all" are groups of them.
func Select(names ...string) Fields {
	var f Fields
	for _, name := range names {
		f.items = append(f.items, field{name: name})
	}
	return f
}

// And asks for further members.
func (f Fields) And(names ...string) Fields {
	f.items = append(slices.Clip(f.items), Select(names...).items...)
	return f
}

// Without leaves members out of "*" and of presets.
func (f Fields) Without(names ...string) Fields {
	f.items = slices.Clip(f.items)
	for _, name := range names {
		f.items = append(f.items, field{name: "!" + name})
	}
	return f
}

// With asks for members of a member.
func (f Fields) With(name string, inner Fields) Fields {
	f.items = append(slices.Clip(f.items), field{name: name, nested: &inner})
	return f
}

// IsZero reports whether nothing was asked for.
func (f Fields) IsZero() bool { return len(f.items) == 0 }

// String writes the fields as they go to the server.
func (f Fields) String() string {
	var b strings.Builder
	f.write(&b)
	return b.String()
}

func (f Fields) write(b *strings.Builder) {
	for i, item := range f.items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(item.name)
		if item.nested != nil {
			b.WriteByte('[')
			item.nested.write(b)
			b.WriteByte(']')
		}
	}
}

// maxFieldDepth bounds how deep fields can be nested.
const maxFieldDepth = 16

// Check reports what the server would misread: names that are none, and brackets around
// nothing, deeper than 16, or behind what has no members.
func (f Fields) Check() error { return f.check(0) }

func (f Fields) check(depth int) error {
	if depth > maxFieldDepth {
		return fmt.Errorf("dhis2: fields: more than %d brackets within each other", maxFieldDepth)
	}
	for _, item := range f.items {
		name := item.name
		out := strings.HasPrefix(name, "!")
		preset := name == "*" || strings.HasPrefix(name, ":")
		if !preset && !plainName(strings.TrimPrefix(name, "!")) || preset && name != "*" && !slices.Contains(presets(), name) {
			return fmt.Errorf("dhis2: fields: %q is not a name", name)
		}
		if item.nested == nil {
			continue
		}
		if out || preset {
			return fmt.Errorf("dhis2: fields: %s has no members", name)
		}
		if item.nested.IsZero() {
			return fmt.Errorf("dhis2: fields: nothing is asked of %s", name)
		}
		if err := item.nested.check(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

func presets() []string {
	return []string{":all", ":owner", ":identifiable", ":nameable", ":persisted", ":simple"}
}

// plainName reports whether text names a member.
func plainName(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !isLetter(c) && (i == 0 || c < '0' || c > '9') && (i == 0 || c != '_') {
			return false
		}
	}
	return text != ""
}

// ParseFields reads the parameter `fields`: names parted by commas, those of a member's members
// in brackets or parentheses. Unlike servers it refuses brackets that are not closed.
func ParseFields(text string) (Fields, error) {
	p := &fieldsParser{text: text}
	f, err := p.list(0, 0)
	if err == nil {
		err = f.Check()
	}
	if err != nil {
		return Fields{}, err
	}
	return f, nil
}

type fieldsParser struct {
	text string
	at   int
}

func (p *fieldsParser) list(end byte, depth int) (Fields, error) {
	var f Fields
	if depth > maxFieldDepth+1 {
		return f, errors.New("dhis2: fields: brackets too deep")
	}
	if p.text == "" {
		return f, nil
	}
	for {
		from := p.at
		for p.at < len(p.text) && strings.IndexByte(",[]()", p.text[p.at]) < 0 {
			p.at++
		}
		item := field{name: strings.TrimSpace(p.text[from:p.at])}
		if p.at < len(p.text) && (p.text[p.at] == '[' || p.text[p.at] == '(') {
			closing := byte(']')
			if p.text[p.at] == '(' {
				closing = ')'
			}
			p.at++
			inner, err := p.list(closing, depth+1)
			if err != nil {
				return f, err
			}
			item.nested = &inner
		}
		f.items = append(f.items, item)
		if p.at == len(p.text) {
			if end != 0 {
				return f, errors.New("dhis2: fields: a bracket is not closed")
			}
			return f, nil
		}
		c := p.text[p.at]
		p.at++
		switch c {
		case ',':
		case end:
			return f, nil
		default:
			return f, fmt.Errorf("dhis2: fields: %q at %d stands where none can", c, p.at-1)
		}
	}
}
