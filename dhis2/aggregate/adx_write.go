package aggregate

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"
)

// ADXWriter writes ADX as it goes, in memory that does not grow. Call Group,
// then Value for each of its values, and Close at the end. It is for one
// goroutine at a time; after an error each call returns that error.
type ADXWriter struct {
	w        *bufio.Writer
	exported time.Time
	state    adxState
	err      error
}

// NewADXWriter makes a writer. The message says that it was exported at that
// time, in UTC; the zero time leaves it out, though ADX wants it.
func NewADXWriter(w io.Writer, exported time.Time) *ADXWriter {
	return &ADXWriter{w: bufio.NewWriter(w), exported: exported}
}

// WriteTo writes the message.
func (a *ADX) WriteTo(w io.Writer) (int64, error) {
	count := &countingWriter{w: w}
	out := NewADXWriter(count, a.Exported)
	for i := range a.Groups {
		if err := out.Group(a.Groups[i]); err != nil {
			return count.n, err
		}
	}
	err := out.Close()
	return count.n, err
}

// Bytes returns the message.
func (a *ADX) Bytes() ([]byte, error) {
	var b bytes.Buffer
	if _, err := a.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err //nolint:wrapcheck // it is the writer's own
}

// Group starts a group, and writes its Values.
func (w *ADXWriter) Group(g ADXGroup) error {
	w.openRoot()
	if w.state == adxGroup {
		w.text("  </group>\n")
	}
	if w.err != nil {
		return w.err
	}
	w.state = adxGroup
	w.text("  <group")
	w.attr("dataSet", g.DataSet)
	w.attr("period", g.Period)
	w.attr("orgUnit", g.OrgUnit)
	w.attr("attributeOptionCombo", g.AttributeOptionCombo)
	w.attr("completeDate", g.CompleteDate)
	w.attr("comment", g.Comment)
	w.dimensions(g.Dimensions, groupAttributes())
	w.text(">\n")
	if w.err == nil && (g.OrgUnit == "" || g.Period == "") {
		w.err = errors.New("adx: a group needs OrgUnit and Period")
	}
	for _, v := range g.Values {
		if err := w.Value(v); err != nil {
			return err
		}
	}
	return w.err
}

// Value writes a value of the group.
func (w *ADXWriter) Value(v ADXValue) error {
	if w.err == nil && w.state != adxGroup {
		w.err = errors.New("adx: a value needs a group: call Group first")
	}
	if w.err == nil && v.DataElement == "" {
		w.err = errors.New("adx: a value needs a DataElement")
	}
	w.text("    <dataValue")
	w.attr("dataElement", v.DataElement)
	w.attr("categoryOptionCombo", v.CategoryOptionCombo)
	w.dimensions(v.Dimensions, valueAttributes())
	w.text(` value="`)
	w.escaped(v.Value)
	w.text(`"`)
	w.attr("comment", v.Comment)
	if v.Followup {
		w.attr("followup", "true")
	}
	if v.Deleted {
		w.attr("deleted", "true")
	}
	if v.Annotation == "" {
		w.text("/>\n")
		return w.err
	}
	w.text("><annotation>")
	w.escaped(v.Annotation)
	w.text("</annotation></dataValue>\n")
	return w.err
}

// Close ends the message and flushes it. It does not close the underlying
// writer.
func (w *ADXWriter) Close() error {
	w.openRoot()
	if w.state == adxGroup {
		w.text("  </group>\n")
	}
	if w.err == nil && w.state != adxDone {
		w.text("</adx>\n")
		w.state = adxDone
	}
	if err := w.w.Flush(); w.err == nil && err != nil {
		w.err = fmt.Errorf("adx: %w", err)
	}
	return w.err
}

func (w *ADXWriter) openRoot() {
	switch {
	case w.err != nil || w.state == adxRoot || w.state == adxGroup:
		return
	case w.state == adxDone:
		w.err = errors.New("adx: the message is closed")
		return
	}
	w.state = adxRoot
	w.text(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<adx xmlns="` + ADXNamespace + `"`)
	if !w.exported.IsZero() {
		w.attr("exported", w.exported.UTC().Format(time.RFC3339Nano))
	}
	w.text(">\n")
}

func groupAttributes() []string {
	return []string{"dataSet", "period", "orgUnit", "attributeOptionCombo", "completeDate", "comment"}
}

func valueAttributes() []string {
	return []string{"dataElement", "categoryOptionCombo", "value", "comment", "followup", "deleted", "created", "lastUpdated", "storedBy"}
}

// dimensions writes dimensions; their names must be names of XML, each once.
func (w *ADXWriter) dimensions(dimensions []ADXDimension, taken []string) {
	for i, d := range dimensions {
		twice := slices.ContainsFunc(dimensions[:i], func(o ADXDimension) bool { return o.Category == d.Category })
		switch {
		case w.err != nil:
			return
		case !IsADXName(d.Category):
			w.err = errors.New("adx: the code of a category is no name of XML: it cannot be an attribute")
		case twice || slices.Contains(taken, d.Category):
			w.err = errors.New("adx: the code of a category stands for another attribute already")
		}
		w.text(" " + d.Category + `="`)
		w.escaped(d.Option)
		w.text(`"`)
	}
}

// IsADXName reports whether a text can be an attribute of ADX: the code of a
// category must be a name of XML without a colon, and not xmlns.
func IsADXName(code string) bool {
	return isName([]byte(code)) && len(code) <= maxName && code != "xmlns" && !bytes.ContainsRune([]byte(code), ':')
}

// attr writes an attribute that is not "".
func (w *ADXWriter) attr(name, value string) {
	if value == "" {
		return
	}
	w.text(" " + name + `="`)
	w.escaped(value)
	w.text(`"`)
}

func (w *ADXWriter) text(s string) {
	if w.err != nil {
		return
	}
	if _, err := w.w.WriteString(s); err != nil {
		w.err = fmt.Errorf("adx: %w", err)
	}
}

// escaped writes text so that it is read back as it is.
func (w *ADXWriter) escaped(s string) {
	from := 0
	for i, r := range s {
		var as string
		switch r {
		case '&':
			as = "&amp;"
		case '<':
			as = "&lt;"
		case '>':
			as = "&gt;"
		case '"':
			as = "&quot;"
		case '\t':
			as = "&#9;"
		case '\n':
			as = "&#10;"
		case '\r':
			as = "&#13;"
		case utf8.RuneError:
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 && w.err == nil {
				w.err = errors.New("adx: a text is no UTF-8")
			}
			continue
		default:
			if !isChar(r) && w.err == nil {
				w.err = errors.New("adx: a text holds a character that XML cannot")
			}
			continue
		}
		w.text(s[from:i] + as)
		from = i + 1
	}
	w.text(s[from:])
}
