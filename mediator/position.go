package mediator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// problemOf says where and why a JSON document could not be read, without
// quoting its values.
func problemOf(text []byte, err error) string {
	if se, ok := errors.AsType[*json.SyntaxError](err); ok {
		line, column := position(text, se.Offset)
		return fmt.Sprintf("malformed JSON at line %d, column %d: %s", line, column, syntaxProblem(se))
	}
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		line, column := position(text, te.Offset)
		kind, _, _ := strings.Cut(te.Value, " ") // what follows the kind is the value
		where := "the document"
		if te.Field != "" {
			where = te.Field
		}
		return fmt.Sprintf("%s at line %d, column %d: %s does not fit here", where, line, column, kind)
	}
	if _, field, ok := strings.Cut(err.Error(), "unknown field "); ok {
		return "unknown member " + field
	}
	return "the document does not have the expected shape"
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// position is the line and column, both from 1, of the offset-th byte.
// Columns count characters.
func position(text []byte, offset int64) (line, column int) {
	end := min(max(offset-1, 0), int64(len(text)))
	before := text[:end]
	line = 1 + bytes.Count(before, []byte{'\n'})
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	return line, 1 + utf8.RuneCount(before)
}

// syntaxProblem says what is wrong without quoting the document beyond one
// character of its syntax.
func syntaxProblem(err *json.SyntaxError) string {
	text := err.Error()
	if text == "unexpected end of JSON input" {
		return "the document ends too early"
	}
	if _, after, ok := strings.Cut(text, "' "); ok && strings.HasPrefix(text, "invalid character") {
		return "unexpected character " + after
	}
	return "not JSON"
}
