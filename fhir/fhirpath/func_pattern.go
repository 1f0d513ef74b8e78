package fhirpath

import (
	"errors"
	"regexp"
	"strings"
)

// maxPattern is the longest regular expression.
const maxPattern = 8 << 10

// compilePattern compiles a regular expression for a function. A point matches every
// character, line ends too; matchesFull() wants the whole text.
func compilePattern(function, pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, errors.New("a pattern that is too long")
	}
	flags := "(?s)"
	if function == "matchesFull" {
		pattern = `\A(?:` + pattern + `)\z`
	}
	re, err := regexp.Compile(flags + pattern)
	if err != nil {
		return nil, errors.New("no regular expression")
	}
	return re, nil
}

// patternOf returns the compiled first argument. ok is false when it is empty.
func (r *run) patternOf(n *callNode, flagsArg int) (re *regexp.Regexp, ok bool, err error) {
	flags := ""
	if len(n.args) > flagsArg {
		if flags, _, err = r.textArg(n, flagsArg); err != nil {
			return nil, false, err
		}
	}
	if n.pattern != nil && flags == "" {
		return n.pattern, true, nil
	}
	text, ok, err := r.textArg(n, 0)
	if err != nil || !ok {
		return nil, false, err
	}
	if strings.Trim(flags, "im") != "" {
		return nil, false, r.fail(n.pos, "the flags of "+n.name+"() are i and m", "")
	}
	if err = r.step(n.pos, len(text)+1); err != nil {
		return nil, false, err
	}
	name := n.name
	if flags != "" {
		text = "(?" + flags + ":" + text + ")"
	}
	if re, err = compilePattern(name, text); err != nil {
		return nil, false, r.fail(n.pos, err.Error(), "patterns are RE2: no look-around, no back references")
	}
	return re, true, nil
}

// matchesFunc is matches and matchesFull.
func matchesFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil {
		return nil, err
	}
	re, given, err := r.patternOf(n, 1)
	if err != nil || !ok || !given {
		return out, err
	}
	if err = r.step(n.pos, len(text)/8+1); err != nil {
		return nil, err
	}
	return append(out, NewBoolean(re.MatchString(text))), nil
}

// replaceMatchesFunc replaces what matches; $1 or ${name} in the substitution are groups.
// An empty pattern leaves the text.
func replaceMatchesFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil {
		return nil, err
	}
	re, given, err := r.patternOf(n, 2)
	if err != nil {
		return nil, err
	}
	with, givenToo, err := r.textArg(n, 1)
	if err != nil || !ok || !given || !givenToo {
		return out, err
	}
	if re.String() == "(?s)" {
		return append(out, NewString(text)), nil
	}
	if err = r.step(n.pos, len(text)/8+1); err != nil {
		return nil, err
	}
	most := r.x.engine.config.Limits.Items
	found := re.FindAllStringSubmatchIndex(text, most+1)
	if err = r.room(n.pos, len(found)); err != nil {
		return nil, err
	}
	var b strings.Builder
	last := 0
	template := parseTemplate(with)
	for _, match := range found {
		b.WriteString(text[last:match[0]])
		before := b.Len()
		template.expand(&b, re, text, match)
		last = match[1]
		if err = r.madeText(n.pos, b.Len()-before+8); err != nil {
			return nil, err
		}
	}
	if err = r.madeText(n.pos, len(text)); err != nil {
		return nil, err
	}
	b.WriteString(text[last:])
	return append(out, NewString(b.String())), nil
}

// template is a substitution in parts: literals, and groups by number or name.
type template []templatePart

type templatePart struct {
	text  string // literal, or the group's name
	group int    // above 0 for a number, -1 for a name, 0 for a literal; $0 is wholeMatch
}

const wholeMatch = -2

// parseTemplate reads $1, $12 (as many digits as there are), ${name} and \-escapes.
func parseTemplate(with string) template {
	var t template
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			t = append(t, templatePart{text: b.String()})
			b.Reset()
		}
	}
	for i := 0; i < len(with); i++ {
		switch c := with[i]; {
		case c == '\\' && i+1 < len(with):
			i++
			b.WriteByte(with[i])
		case c == '$' && i+1 < len(with) && digit(with[i+1]):
			flush()
			number := 0
			for i+1 < len(with) && digit(with[i+1]) && number < 100 {
				i++
				number = number*10 + int(with[i]-'0')
			}
			if number == 0 {
				number = wholeMatch
			}
			t = append(t, templatePart{group: number})
		case c == '$' && i+1 < len(with) && with[i+1] == '{' && strings.IndexByte(with[i:], '}') > 0:
			flush()
			end := i + strings.IndexByte(with[i:], '}')
			t = append(t, templatePart{text: with[i+2 : end], group: -1})
			i = end
		default:
			b.WriteByte(c)
		}
	}
	flush()
	return t
}

func (t template) expand(b *strings.Builder, re *regexp.Regexp, text string, match []int) {
	for _, part := range t {
		group := part.group
		switch group {
		case 0:
			b.WriteString(part.text)
			continue
		case -1:
			group = re.SubexpIndex(part.text)
		case wholeMatch:
			group = 0
		}
		if group >= 0 && 2*group+1 < len(match) && match[2*group] >= 0 {
			b.WriteString(text[match[2*group]:match[2*group+1]])
		}
	}
}
