package mapping

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// schemas are the JSON Schemas of input and output, and when the whole of them is applied.
// The checks on what the mapping reads are in the plan and always on: see check.
type schemas struct {
	input, output         *jsonschema.Schema
	inputItem, outputItem *jsonschema.Schema // of the items, when the mapping streams
	inputMode, outputMode validation
	runs                  *atomic.Uint64
}

// validation is when a whole schema is applied. It costs many times what the mapping does.
type validation string

const (
	validateAlways  validation = "always"
	validateSample  validation = "sample"   // every hundredth run, as warnings
	validateOnError validation = "on-error" // to complete the report of a run that failed
	validateOff     validation = "off"
)

const sampleEvery = 100

// schemas reads the schemas of input: and output:.
func (c *compiler) schemas(root *doc.Node) {
	s := &c.plan.schemas
	s.runs = &atomic.Uint64{}
	s.inputMode, s.outputMode = validateOnError, validateOff
	if n := root.Get("validate"); n != nil && c.keys(n, "validate", "input", "output") {
		if mode := c.oneOf(n.Get("input"), "validate: input", "always", "sample", "on-error", "off"); mode != "" {
			s.inputMode = validation(mode)
		}
		if mode := c.oneOf(n.Get("output"), "validate: output", "always", "sample", "off"); mode != "" {
			s.outputMode = validation(mode)
		}
	}
	wanted := func(side string) bool { return root.Get("validate").Get(side) != nil }
	if n := root.Get("input").Get("schema"); n != nil {
		s.input = c.schema(n, wanted("input"))
		c.root.schema = s.input
	}
	if n := root.Get("output").Get("schema"); n != nil && (wanted("output") || !c.hostKnows(n)) {
		s.output = c.schema(n, wanted("output"))
	}
}

// schema reads a schema: a name, or the schema itself. Without validate: it is enough to
// warn when it cannot be found.
func (c *compiler) schema(n *doc.Node, needed bool) *jsonschema.Schema {
	name, src := "mapping:///inline.json", []byte(nodeJSON(n))
	if n.Kind == doc.Text {
		found := c.schemaFile(n.Text)
		if found == nil {
			report := c.warn
			if needed {
				report = c.fail
			}
			report(CodeSchema, n, "set CompileOptions.FS or Schema", "the schema %s cannot be found", n.Text)
			return nil
		}
		src = found
		c.digest.add(n.Text, src)
		name = "mapping:///" + path.Clean("/" + strings.ReplaceAll(n.Text, ":", "/"))[1:]
	}
	compiler := jsonschema.NewCompiler()
	compiler.LoadURL = func(url string) (io.ReadCloser, error) {
		file := strings.TrimPrefix(url, "mapping:///")
		found := c.schemaFile(file)
		if found == nil {
			return nil, errors.New("not among the mapping's files: " + url)
		}
		c.digest.add(file, found)
		return io.NopCloser(bytes.NewReader(found)), nil
	}
	err := compiler.AddResource(name, bytes.NewReader(src))
	var out *jsonschema.Schema
	if err == nil {
		out, err = compiler.Compile(name)
	}
	if err != nil {
		c.fail(CodeSchema, n, "", "the schema cannot be read: %v", err)
		return nil
	}
	return out
}

func (c *compiler) schemaFile(name string) []byte {
	if c.opts.FS != nil && fs.ValidPath(path.Clean(name)) {
		if src, err := fs.ReadFile(c.opts.FS, path.Clean(name)); err == nil {
			return src
		}
	}
	if c.opts.Schema != nil {
		if src, err := c.opts.Schema(name); err == nil {
			return src
		}
	}
	return nil
}

// validate applies the whole schemas to a run that went well.
func (m *Mapping) validate(r *run) {
	s := &m.plan.schemas
	if r.source != nil || s.input == nil && s.output == nil {
		return
	}
	sample := s.runs.Add(1)%sampleEvery == 1
	if s.input != nil && s.inputMode.on(sample) {
		r.schemaIssues("input", s.input, r.in.Bytes(), s.inputMode, len(r.issues))
	}
	if s.output != nil && s.outputMode.on(sample) {
		r.schemaIssues("output", s.output, r.out, s.outputMode, len(r.issues))
	}
}

// on reports whether a whole schema is applied to something that went well.
func (v validation) on(sample bool) bool { return v == validateAlways || v == validateSample && sample }

// diagnose completes the report of a run that failed with what the input's schema says.
func (m *Mapping) diagnose(r *run) {
	s := &m.plan.schemas
	if r.source != nil || s.input == nil || s.inputMode == validateOff || r.in.Root() == 0 || r.stopped() {
		return
	}
	r.schemaIssues("input", s.input, r.in.Bytes(), s.inputMode, 0)
}

// schemaIssues applies a whole schema to a text and reports what it says against it, in the
// order of the text. Places of the input that the issues from a mark on have named are not
// named again.
func (r *run) schemaIssues(side string, schema *jsonschema.Schema, text []byte, mode validation, from int) {
	found := against(schema, text)
	if len(found) == 0 {
		return
	}
	known := map[string]bool{}
	for _, issue := range r.issues[from:] {
		if issue.Pointer != nil && issue.Severity == SeverityError {
			known[*issue.Pointer] = true
		}
	}
	for _, f := range found {
		issue := Issue{Code: CodeSchema, Severity: SeverityError, Message: "the " + side + " does not match its schema: " + f.message}
		if side == "input" {
			if r.located(&issue, f.pointer, f.offset); known[*issue.Pointer] {
				continue
			}
		} else {
			issue.Rule = f.pointer
		}
		if mode == validateSample {
			issue.Severity = SeverityWarning
		} else {
			r.errors++
		}
		if len(r.issues) < r.limits.Issues {
			r.issues = append(r.issues, issue)
		}
	}
}

// violation is what a schema says against a place of a text.
type violation struct {
	pointer, message string
	offset           int
}

// against applies a schema to a JSON text. The order of what it says is always the same.
func against(schema *jsonschema.Schema, text []byte) []violation {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return nil
	}
	var found []violation
	if pointer, vast := vastNumber(v, ""); vast {
		// The validator would calculate with it, or panic.
		found = append(found, violation{pointer: pointer, message: "a number too large or too long to be compared"})
	} else if err := schema.Validate(v); err != nil {
		invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
		if !ok {
			return []violation{{message: "it cannot be applied"}}
		}
		leaves(invalid, func(e *jsonschema.ValidationError) {
			found = append(found, violation{pointer: e.InstanceLocation, message: schemaMessage(e)})
		})
	}
	if len(found) == 0 {
		return nil
	}
	offsets := map[string]int{}
	for _, f := range found {
		offsets[f.pointer] = 0
	}
	var d tape.Doc
	if d.Parse(text, tape.Limits{Depth: maxDocumentDepth}) == nil {
		d.Walk(func(n tape.Node, pointer string) {
			if _, wanted := offsets[pointer]; wanted {
				offsets[pointer] = d.Offset(n)
			}
		})
	}
	for i := range found {
		found[i].offset = offsets[found[i].pointer]
	}
	slices.SortFunc(found, func(a, b violation) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.pointer, b.pointer), cmp.Compare(a.message, b.message))
	})
	return slices.Compact(found)
}

// vastNumber finds a number that takes long to calculate with, though it is short to write.
func vastNumber(v any, at string) (pointer string, vast bool) {
	switch v := v.(type) {
	case json.Number:
		_, ok := parseDecimal([]byte(v))
		return at, !ok
	case []any:
		for i, item := range v {
			if pointer, vast = vastNumber(item, at+"/"+itoa(i)); vast {
				return pointer, true
			}
		}
	case map[string]any:
		first := ""
		for name, member := range v {
			if pointer, found := vastNumber(member, at+"/"+pointerToken(name)); found && (first == "" || pointer < first) {
				first = pointer
			}
		}
		return first, first != ""
	}
	return "", false
}

func leaves(e *jsonschema.ValidationError, yield func(*jsonschema.ValidationError)) {
	if len(e.Causes) == 0 {
		yield(e)
	}
	for _, cause := range e.Causes {
		leaves(cause, yield)
	}
}

// schemaMessage says which keyword is not met, in words that hold no value of the input.
func schemaMessage(e *jsonschema.ValidationError) string {
	keyword := e.KeywordLocation[strings.LastIndexByte(e.KeywordLocation, '/')+1:]
	switch keyword {
	case "type", "required", "enum", "pattern":
		return e.Message
	}
	return keyword
}
