package mapcase

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/internal/tape"
	"github.com/openhim/mediator-go/mapping/source"
)

// Input is how the bytes of an input are read: what a mapping document says in input:, or
// what overrules it. The zero value reads one JSON document.
type Input struct {
	// Format is json, ndjson, csv, xml or hl7v2. Defaults to json.
	Format string
	// Options are those of the format, a JSON object with the fields of source.CSVConfig and
	// its like in lower camel case: {"delimiter": ";", "encoding": "iso-8859-1"}. A delimiter or
	// quote is a text of one character; "quote": "" reads quotes as any character. Defaults to
	// none.
	Options json.RawMessage
}

// InputOf returns what a mapping document, YAML or JSON, says of its input. Of a document
// that cannot be read it returns the zero value: mapping.Parse tells what is wrong.
func InputOf(document []byte) Input {
	d, err := mapping.Parse("", document)
	if err != nil {
		return Input{}
	}
	return DocumentInput(d)
}

// DocumentInput returns what a mapping document says of its input.
func DocumentInput(d *mapping.Document) Input {
	format, options := d.Input()
	return Input{Format: format, Options: options}
}

// JSON reports whether the input is one JSON document, which has no source.
func (in Input) JSON() bool { return in.Format == "" || in.Format == "json" }

// inputOptions are the options of all formats.
type inputOptions struct {
	Columns     []string            `json:"columns"`
	Skip        int                 `json:"skip"`
	Delimiter   *string             `json:"delimiter"`
	Quote       *string             `json:"quote"`
	LazyQuotes  bool                `json:"lazyQuotes"`
	NumberNames bool                `json:"numberNames"`
	Ragged      bool                `json:"ragged"`
	Records     string              `json:"records"`
	Namespaces  map[string]string   `json:"namespaces"`
	Once        []string            `json:"once"`
	Repeated    []string            `json:"repeated"`
	Groups      map[string][]string `json:"groups"`
	Order       bool                `json:"order"`
	Encoding    source.Encoding     `json:"encoding"`
	MaxRecord   int                 `json:"maxRecord"`
	MaxDepth    int                 `json:"maxDepth"`
}

// Open returns a reader of the records of r. The error names the format or option that is
// wrong; nothing is read yet. Use it for formats other than JSON.
func (in Input) Open(r io.Reader) (source.Reader, error) {
	names := mapping.InputOptions(in.Format)
	if names == nil {
		return nil, fmt.Errorf("input format %q has no records; use one of ndjson, csv, xml, hl7v2", in.Format)
	}
	o, err := in.options(names)
	if err != nil {
		return nil, err
	}
	switch in.Format {
	case "csv":
		config := source.CSVConfig{
			Columns: o.Columns, Skip: o.Skip, LazyQuotes: o.LazyQuotes, NumberNames: o.NumberNames,
			Ragged: o.Ragged, Encoding: o.Encoding, MaxRecord: o.MaxRecord,
		}
		if config.Delimiter, err = sign("delimiter", o.Delimiter); err != nil {
			return nil, err
		}
		if config.NoQuotes = o.Quote != nil && *o.Quote == ""; !config.NoQuotes {
			if config.Quote, err = sign("quote", o.Quote); err != nil {
				return nil, err
			}
		}
		return opened(source.NewCSV(r, config))
	case "xml":
		return opened(source.NewXML(r, source.XMLConfig{
			Records: o.Records, Namespaces: o.Namespaces, Once: o.Once, Repeated: o.Repeated, Order: o.Order,
			Encoding: o.Encoding, MaxRecord: o.MaxRecord, MaxDepth: o.MaxDepth,
		}))
	case "hl7v2":
		return opened(source.NewHL7(r, source.HL7Config{Groups: o.Groups, Order: o.Order, Encoding: o.Encoding, MaxRecord: o.MaxRecord}))
	default:
		return opened(source.NewNDJSON(r, source.NDJSONConfig{MaxRecord: o.MaxRecord, MaxDepth: o.MaxDepth}))
	}
}

// opened makes an interface of a reader, and none of a nil pointer.
func opened[R source.Reader](r R, err error) (source.Reader, error) {
	if err != nil {
		return nil, fmt.Errorf("input options: %w", err)
	}
	return r, nil
}

func (in Input) options(names []string) (inputOptions, error) {
	var o inputOptions
	if len(in.Options) == 0 {
		return o, nil
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(in.Options, &given); err != nil {
		return o, fmt.Errorf("input options are a JSON object: %w", err)
	}
	for name := range given {
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("input option %q: %s has %s", name, in.Format, strings.Join(names, ", "))
		}
	}
	d := json.NewDecoder(bytes.NewReader(in.Options))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return o, fmt.Errorf("input option %s cannot be a %s", wrong.Field, wrong.Value)
		}
		return o, fmt.Errorf("input options: %w", err)
	}
	return o, nil
}

// sign reads an option that is one character.
func sign(name string, text *string) (byte, error) {
	if text == nil {
		return 0, nil
	}
	switch *text {
	case "tab", `\t`:
		return '\t', nil
	}
	if len(*text) != 1 {
		return 0, fmt.Errorf("input option %s is one ASCII character, or tab", name)
	}
	return (*text)[0], nil
}

// With returns the input with one more option. The value is JSON, or a text that need not
// be in quotes: the value of "skip" is 2, that of "encoding" iso-8859-1.
func (in Input) With(name, value string) (Input, error) {
	names := mapping.InputOptions(in.Format)
	if names == nil {
		return in, fmt.Errorf("input format %q has no options", in.Format)
	}
	if !slices.Contains(names, name) {
		return in, fmt.Errorf("input option %q: %s has %s", name, in.Format, strings.Join(names, ", "))
	}
	options := map[string]json.RawMessage{}
	if len(in.Options) > 0 {
		if err := json.Unmarshal(in.Options, &options); err != nil {
			return in, fmt.Errorf("input options are a JSON object: %w", err)
		}
	}
	options[name] = json.RawMessage(value)
	if slices.Contains([]string{"delimiter", "quote", "encoding", "records"}, name) && !strings.HasPrefix(value, `"`) || !json.Valid([]byte(value)) {
		options[name] = tape.AppendQuoted(nil, value)
	}
	raw, err := json.Marshal(options)
	if err != nil {
		return in, fmt.Errorf("input option %s: %w", name, err)
	}
	in.Options = raw
	_, err = in.options(names)
	return in, err
}
