package mapcase

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// appendJSON writes a value of a case file as JSON, with the text of its numbers.
func appendJSON(out []byte, n *doc.Node) []byte {
	switch n.Kind {
	case doc.Null:
		return append(out, "null"...)
	case doc.Bool, doc.Number:
		return append(out, n.Text...)
	case doc.Text:
		return appendText(out, n.Text)
	case doc.List:
		out = append(out, '[')
		for i, item := range n.Items {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSON(out, item)
		}
		return append(out, ']')
	case doc.Map:
		out = append(out, '{')
		for i, key := range n.Keys {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendText(out, key.Name), ':')
			out = appendJSON(out, key.Value)
		}
		return append(out, '}')
	}
	return out
}

func appendText(out []byte, text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) //nolint:errchkjson // a text is always JSON
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// documents reads JSON documents that follow one another.
func documents(raw []byte) ([]any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	all := []any{}
	for {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("JSON document %d, at byte %d: %w", len(all)+1, d.InputOffset(), err)
		}
		all = append(all, v)
	}
}

// short writes a value for a reader, in one line of at most 120 characters.
func short(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) //nolint:errchkjson // it was decoded from JSON
	text := []rune(string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
	if len(text) > 120 {
		return string(text[:119]) + "…"
	}
	return string(text)
}
