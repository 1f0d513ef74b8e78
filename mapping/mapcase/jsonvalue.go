package mapcase

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

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
