package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/openhim/mediator-go/mapping"
)

// explanation is the table of the explain command: input, rule and output side by side.
type explanation struct {
	palette palette
	width   int // of a column
	file    string
	lines   []string // of the document
	in, out any
	where   func(pointer string) string
	places  bool
	rows    [][3][]cell
}

// cell is a line of a column.
type cell struct {
	text  string
	paint func(string) string
}

func newExplanation(s *session, width int, file string, document, in, out []byte, where func(string) string, places bool) *explanation {
	if width <= 0 {
		width, _ = strconv.Atoi(s.env("COLUMNS"))
	}
	if width <= 0 {
		width = 120
	}
	return &explanation{
		palette: s.outColor, width: max((width-6)/3, 16), file: file, lines: strings.Split(string(document), "\n"),
		in: decoded(in), out: decoded(out), where: where, places: places,
	}
}

func decoded(raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// add makes a row of a value, unless it is an object or array that only holds others.
func (t *explanation) add(v mapping.Provenance) {
	value, found := valueAt(t.out, v.Pointer)
	if t.out == nil { // the input was refused
		if found = false; len(v.Inputs)+len(v.Steps) == 0 {
			return
		}
	}
	_, isObject := value.(map[string]any)
	_, isArray := value.([]any)
	if (isObject || isArray) && len(v.Inputs) == 0 && len(v.Steps) == 0 {
		return
	}
	p := t.palette
	var left, middle, right []cell
	for _, pointer := range v.Inputs {
		place := pointer
		if t.where != nil {
			place = t.where(pointer)
		}
		if place == "" {
			place = "the whole input"
		}
		left = append(left, cell{place, p.cyan})
		if value, ok := valueAt(t.in, pointer); ok && !t.places {
			left = append(left, cell{"  " + brief(value), nil})
		}
	}
	middle = append(middle, cell{fmt.Sprintf("%s:%d:%d", v.File, v.Line, v.Column), p.bold})
	if text := t.source(v); text != "" {
		middle = append(middle, cell{"  " + text, nil})
	}
	for _, step := range v.Steps {
		text := "  " + step.Operator
		if step.Value != "" {
			text += " → " + step.Value
		}
		middle = append(middle, cell{text, p.dim})
	}
	pointer := v.Pointer
	if pointer == "" {
		pointer = "the whole output"
	}
	right = append(right, cell{pointer, p.green})
	if found && !t.places {
		right = append(right, cell{"  " + brief(value), nil})
	}
	t.rows = append(t.rows, [3][]cell{left, middle, right})
}

// source returns the rule as it stands in the document; of one that takes several lines,
// and of one in another file, nothing.
func (t *explanation) source(v mapping.Provenance) string {
	if v.File != t.file || v.Line < 1 || v.Line > len(t.lines) {
		return ""
	}
	line := t.lines[v.Line-1]
	if v.Column < 1 || v.Column > len(line) {
		return ""
	}
	text := strings.TrimSpace(rule(line, v.Column-1))
	if strings.HasSuffix(text, ":") || strings.HasPrefix(text, "$") && strings.Contains(text, ": ") {
		return ""
	}
	return text
}

// rule returns the value that begins at an offset of a line of YAML: to the end of the line
// or of what is around it, without a comment.
func rule(line string, from int) string {
	within := strings.ContainsAny(line[:from], "{[")
	depth, quote := 0, byte(0)
	for i := from; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && (i == from || strings.IndexByte(" ,:{[", line[i-1]) >= 0):
			quote = c
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth < 0 {
				return line[from:i]
			}
		case c == ',' && depth == 0 && within, c == '#' && i > from && line[i-1] == ' ':
			return line[from:i]
		}
	}
	return line[from:]
}

// brief writes a value for a table: of objects and arrays their size.
func brief(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "{" + count(len(v), "member") + "}"
	case []any:
		return "[" + count(len(v), "item") + "]"
	case json.Number:
		return v.String()
	case string:
		var b strings.Builder
		if (printer{&b}).encode(v, "") != nil {
			return strconv.Quote(v)
		}
		return strings.TrimSuffix(b.String(), "\n")
	default:
		return strings.ReplaceAll(fmt.Sprint(v), "<nil>", "null")
	}
}

func (t *explanation) print(w printer) {
	title := [3][]cell{{{"INPUT", t.palette.bold}}, {{"RULE", t.palette.bold}}, {{"OUTPUT", t.palette.bold}}}
	for _, row := range append([][3][]cell{title}, t.rows...) {
		for i := range max(len(row[0]), len(row[1]), len(row[2])) {
			var line strings.Builder
			for column, cells := range row {
				var c cell
				if i < len(cells) {
					c = cells[i]
				}
				line.WriteString(t.fit(c, column == 2))
			}
			w.println(strings.TrimRight(line.String(), " "))
		}
	}
}

// fit cuts or pads a cell to the column's width.
func (t *explanation) fit(c cell, last bool) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, c.text)
	if n := utf8.RuneCountInString(text); n > t.width {
		text = string([]rune(text)[:t.width-1]) + "…"
	}
	pad := ""
	if !last {
		pad = strings.Repeat(" ", t.width-utf8.RuneCountInString(text)+3)
	}
	if c.paint != nil {
		text = c.paint(text)
	}
	return text + pad
}
