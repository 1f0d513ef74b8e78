package fhirpath

import (
	"strings"
	"unicode/utf8"
)

// findFunc is indexOf, lastIndexOf, contains, startsWith and endsWith.
func findFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil {
		return nil, err
	}
	part, given, err := r.textArg(n, 0)
	if err != nil || !ok || !given {
		return out, err
	}
	if err = r.step(n.pos, len(text)/64+1); err != nil {
		return nil, err
	}
	switch n.name {
	case "contains":
		return append(out, NewBoolean(strings.Contains(text, part))), nil
	case "startsWith":
		return append(out, NewBoolean(strings.HasPrefix(text, part))), nil
	case "endsWith":
		return append(out, NewBoolean(strings.HasSuffix(text, part))), nil
	}
	at := strings.Index(text, part)
	if n.name == "lastIndexOf" {
		at = strings.LastIndex(text, part)
	}
	if at > 0 {
		at = utf8.RuneCountInString(text[:at])
	}
	return append(out, NewInteger(int64(at))), nil
}

// substringFunc counts characters. A start outside of the text gives nothing.
func substringFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil {
		return nil, err
	}
	start, given, err := r.integerArg(n, 0)
	if err != nil {
		return nil, err
	}
	length := int64(len(text))
	if len(n.args) > 1 {
		l, has, err := r.integerArg(n, 1)
		if err != nil {
			return nil, err
		}
		if has {
			length = max(l, 0)
		}
	}
	if !ok || !given || start < 0 || start >= int64(utf8.RuneCountInString(text)) {
		return out, nil
	}
	from := byteOffset(text, start)
	rest := text[from:]
	if length < int64(len(rest)) {
		rest = rest[:byteOffset(rest, length)]
	}
	return append(out, NewString(rest)), nil
}

// byteOffset returns where character n begins, or the text's length.
func byteOffset(text string, n int64) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

// textFunc is upper, lower and trim.
func textFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil || !ok {
		return out, err
	}
	if err = r.madeText(n.pos, len(text)); err != nil {
		return nil, err
	}
	switch n.name {
	case "upper":
		text = strings.ToUpper(text)
	case "lower":
		text = strings.ToLower(text)
	default:
		text = strings.TrimSpace(text)
	}
	return append(out, NewString(text)), nil
}

func lengthFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil || !ok {
		return out, err
	}
	return append(out, NewInteger(int64(utf8.RuneCountInString(text)))), nil
}

func toCharsFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil || !ok {
		return out, err
	}
	if err = r.step(n.pos, len(text)); err != nil {
		return nil, err
	}
	if err = r.room(n.pos, utf8.RuneCountInString(text)); err != nil {
		return nil, err
	}
	for len(text) > 0 {
		_, size := utf8.DecodeRuneInString(text)
		out = append(out, NewString(text[:size]))
		text = text[size:]
	}
	return out, nil
}

func replaceFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil {
		return nil, err
	}
	pattern, given, err := r.textArg(n, 0)
	if err != nil {
		return nil, err
	}
	with, givenToo, err := r.textArg(n, 1)
	if err != nil || !ok || !given || !givenToo {
		return out, err
	}
	if err = r.madeText(n.pos, len(text)+strings.Count(text, pattern)*len(with)); err != nil {
		return nil, err
	}
	return append(out, NewString(strings.ReplaceAll(text, pattern, with))), nil
}

func splitFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil {
		return nil, err
	}
	separator, given, err := r.textArg(n, 0)
	if err != nil || !ok || !given {
		return out, err
	}
	parts := strings.Count(text, separator) + 1
	if err = r.step(n.pos, parts+len(text)/64); err != nil {
		return nil, err
	}
	if err = r.room(n.pos, parts); err != nil {
		return nil, err
	}
	if separator == "" {
		return toCharsFunc(r, n, items, out)
	}
	for {
		part, rest, more := strings.Cut(text, separator)
		out = append(out, NewString(part))
		if !more {
			return out, nil
		}
		text = rest
	}
}

// joinFunc joins texts; of nothing it is nothing.
func joinFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	separator := ""
	if len(n.args) > 0 {
		var err error
		if separator, _, err = r.textArg(n, 0); err != nil {
			return nil, err
		}
	}
	if len(items) == 0 {
		return out, nil
	}
	texts, size := make([]string, 0, len(items)), 0
	for i := range items {
		v, ok := items[i].value()
		switch {
		case ok && v.kind == kindString:
		case !ok && unreadable(&items[i]):
			continue
		default:
			return nil, r.fail(n.pos, "join() is for texts, not for "+describe(&items[i]), "use select(toString())")
		}
		texts = append(texts, v.text)
		size += len(v.text) + len(separator)
		if err := r.madeText(n.pos, len(v.text)+len(separator)); err != nil {
			return nil, err
		}
	}
	return append(out, NewString(strings.Join(texts, separator))), nil
}
