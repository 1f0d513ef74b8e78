package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/internal/doc"
)

func explainCommand() command {
	return command{
		name: "explain", args: "MAPPING [INPUT]", summary: "show for each value of the output which rule made it of what",
		about: `On the left stands what was read of the input, on the right what came out, between them the rule
with what each of its operators gave. Of an input with several records one is explained. The
values of the input are shown: --places leaves them out.`,
		example: "mapping explain patient.yaml patient.json --at /identifier",
		setup: func(f *flags) func(context.Context, *session, []string) error {
			c := &explainer{
				loading: f.loading(true), reading: f.reading(),
				at:     f.text("at", "", "explain only what is at this JSON pointer of the output, and below it"),
				record: f.whole("record", 1, "which record of a CSV, NDJSON, XML or HL7 v2 input to explain, from 1"),
				width:  f.whole("width", 0, "columns of the table; those of the terminal (COLUMNS) or 120 if not given"),
				places: f.bool("places", "show places only, and no values"),
				json:   f.bool("json", "write the explanation as JSON"),
			}
			return c.run
		},
	}
}

// explainer is the explain command.
type explainer struct {
	loading
	reading
	at            *string
	record, width *int
	places, json  *bool
}

func (c *explainer) run(ctx context.Context, s *session, args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return usagef("give a mapping, and an input if it is not standard input")
	}
	if *c.at != "" && !strings.HasPrefix(*c.at, "/") {
		return usagef("--at is a JSON pointer and begins with /")
	}
	m, d, err := c.compile(s, args[0])
	if err != nil {
		return err
	}
	input := "-"
	if len(args) == 2 {
		input = args[1]
	}
	in, where, err := c.one(ctx, s, m, d, input)
	if err != nil {
		return err
	}
	opts := mapping.Options{Values: !*c.places, Limits: limits()}
	if opts.Context, err = c.ctx(s); err != nil {
		return err
	}
	explained, err := m.Explain(ctx, in, opts)
	var refused *mapping.InputError
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	explained.Values = below(explained.Values, *c.at)
	if *c.json {
		var output json.RawMessage
		if len(explained.Output) > 0 && !*c.places {
			output = explained.Output
		}
		if err := s.printJSON(struct {
			Output json.RawMessage `json:"output,omitempty"`
			*mapping.Explanation
		}{output, explained}); err != nil {
			return err
		}
	} else {
		t := newExplanation(s, *c.width, display(args[0]), d.Source(), in, explained.Output, where, *c.places)
		for _, v := range explained.Values {
			t.add(v)
		}
		t.print(s.out)
		if err := s.flush(); err != nil {
			return err
		}
		s.report(explained.Report, false)
	}
	if refused != nil {
		return errFindings
	}
	return nil
}

// below keeps what is at a pointer and below it. What a rule made of one place twice, because
// a lookup's result was not there the first time, is told once.
func below(all []mapping.Provenance, at string) []mapping.Provenance {
	type place struct {
		pointer, file string
		line, column  int
	}
	last := map[place]int{}
	for i, v := range all {
		last[place{v.Pointer, v.File, v.Line, v.Column}] = i
	}
	kept := []mapping.Provenance{}
	for i, v := range all {
		if last[place{v.Pointer, v.File, v.Line, v.Column}] != i {
			continue
		}
		if at == "" || v.Pointer == at || strings.HasPrefix(v.Pointer, at+"/") {
			kept = append(kept, v)
		}
	}
	return kept
}

// one returns the JSON document to explain, and what tells a place in it in the input's own
// terms, which is nil for JSON.
func (c *explainer) one(ctx context.Context, s *session, m *mapping.Mapping, d *mapping.Document, name string) ([]byte, func(string) string, error) {
	format, err := c.input(d)
	if err != nil {
		return nil, nil, err
	}
	if format.JSON() {
		raw, err := s.read(name)
		return raw, nil, err
	}
	if *c.record < 1 {
		return nil, nil, usagef("--record is a number from 1")
	}
	file, err := s.open(name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }()
	src, err := format.Open(file)
	if err != nil {
		return nil, nil, usageError{err.Error()}
	}
	var record []byte
	for range *c.record {
		if record, err = src.Next(ctx); errors.Is(err, io.EOF) {
			return nil, nil, usagef("%s has no record %d", display(name), *c.record)
		}
		var skip interface{ Skip() bool }
		if err != nil && (!errors.As(err, &skip) || !skip.Skip()) {
			break
		}
	}
	if err != nil {
		s.tell("%s: %v", display(name), err)
		return nil, nil, errFindings
	}
	if !m.Streams() {
		return append([]byte(nil), record...), src.Locate, nil
	}
	path := eachPath(d.Source())
	in := append([]byte(nil), record...)
	in = append(append([]byte{'['}, in...), ']')
	for i := len(path) - 1; i >= 0; i-- {
		key, err := json.Marshal(path[i])
		if err != nil {
			return nil, nil, fmt.Errorf("wrap the record: %w", err)
		}
		in = append(append(append(append([]byte{'{'}, key...), ':'), in...), '}')
	}
	prefix := "/" + strings.Join(path, "/") + "/0"
	return in, func(pointer string) string { return src.Locate(strings.TrimPrefix(pointer, prefix)) }, nil
}

// eachPath returns the names that lead to the items of a mapping that streams: the path of
// its $each.
func eachPath(document []byte) []string {
	root, _ := doc.Read(document)
	var find func(n *doc.Node) *doc.Node
	find = func(n *doc.Node) *doc.Node {
		if each := n.Get("$each"); each != nil || n == nil {
			return each
		}
		for _, key := range n.Keys {
			if found := find(key.Value); found != nil {
				return found
			}
		}
		return nil
	}
	each := find(root.Get("map"))
	if each != nil && each.Kind == doc.Map {
		each = each.Get("from")
	}
	if each == nil {
		return nil
	}
	text := strings.ReplaceAll(strings.TrimPrefix(each.Text, "$."), `\.`, "\x00")
	names := strings.Split(text, ".")
	for i := range names {
		names[i] = strings.ReplaceAll(names[i], "\x00", ".")
	}
	return names
}

// valueAt returns the value at a JSON pointer of a decoded document.
func valueAt(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for token := range strings.SplitSeq(pointer[1:], "/") {
		switch parent := v.(type) {
		case map[string]any:
			child, ok := parent[unescape.Replace(token)]
			if !ok {
				return nil, false
			}
			v = child
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(parent) {
				return nil, false
			}
			v = parent[i]
		default:
			return nil, false
		}
	}
	return v, true
}
