package fhirpath

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"unicode/utf8"
)

// codecFunc is encode, decode, escape and unescape. What cannot be decoded gives nothing.
func codecFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	text, ok, err := r.textInput(n, items)
	if err != nil {
		return nil, err
	}
	format, given, err := r.textArg(n, 0)
	if err != nil || !ok || !given {
		return out, err
	}
	if err = r.madeText(n.pos, 6*len(text)); err != nil {
		return nil, err
	}
	result, known, ok := transcode(n.name, format, text)
	if !known {
		return nil, r.fail(n.pos, n.name+"() does not know this format", "base64, urlbase64 and hex are encodings; html and json escape")
	}
	if !ok {
		return out, nil
	}
	return append(out, NewString(result)), nil
}

func transcode(name, format, text string) (result string, known, ok bool) {
	decoded := func(b []byte, err error) (string, bool, bool) {
		return string(b), true, err == nil && utf8.Valid(b)
	}
	switch name + " " + format {
	case "encode base64":
		return base64.StdEncoding.EncodeToString([]byte(text)), true, true
	case "encode urlbase64":
		return base64.URLEncoding.EncodeToString([]byte(text)), true, true
	case "encode hex":
		return hex.EncodeToString([]byte(text)), true, true
	case "decode base64":
		return decoded(base64.StdEncoding.DecodeString(text))
	case "decode urlbase64":
		return decoded(base64.URLEncoding.DecodeString(text))
	case "decode hex":
		return decoded(hex.DecodeString(text))
	case "escape html":
		return escapeHTML(text), true, true
	case "escape json":
		quoted := quoteJSON(text)
		return quoted[1 : len(quoted)-1], true, true
	case "unescape html":
		return html.UnescapeString(text), true, true
	case "unescape json":
		result, ok := unescapeJSON(text)
		return result, true, ok
	}
	return "", false, false
}

func escapeHTML(text string) string {
	var b []byte
	for i := range len(text) {
		switch c := text[i]; c {
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '&':
			b = append(b, "&amp;"...)
		case '"':
			b = append(b, "&quot;"...)
		case '\'':
			b = append(b, "&#39;"...)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// unescapeJSON resolves the escapes of JSON; a quote may stand alone.
func unescapeJSON(text string) (string, bool) {
	var b []byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' {
			b = append(b, c)
			continue
		}
		if i++; i >= len(text) {
			return "", false
		}
		switch c = text[i]; c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, size := unicodeEscape(text[i+1:])
			if size == 0 {
				return "", false
			}
			b = utf8.AppendRune(b, r)
			i += size
		default:
			return "", false
		}
	}
	return string(b), true
}
