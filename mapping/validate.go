package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
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
	if n := root.Get("output").Get("schema"); n != nil {
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
	on := func(mode validation) bool { return mode == validateAlways || mode == validateSample && sample }
	if s.input != nil && on(s.inputMode) {
		r.schemaIssues("input", s.input, r.in.Bytes(), s.inputMode)
	}
	if s.output != nil && on(s.outputMode) {
		r.schemaIssues("output", s.output, r.out, s.outputMode)
	}
}

// diagnose completes the report of a run that failed with what the input's schema says.
func (m *Mapping) diagnose(r *run) {
	s := &m.plan.schemas
	if r.source != nil || s.input == nil || s.inputMode == validateOff || r.in.Root() == 0 || r.stopped() {
		return
	}
	r.schemaIssues("input", s.input, r.in.Bytes(), s.inputMode)
}

func (r *run) schemaIssues(side string, schema *jsonschema.Schema, text []byte, mode validation) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(schema.Validate(v), &invalid) {
		return
	}
	known := map[string]bool{}
	for _, issue := range r.issues {
		if issue.Pointer != nil && issue.Severity == SeverityError {
			known[*issue.Pointer] = true
		}
	}
	leaves(invalid, func(e *jsonschema.ValidationError) {
		if side == "input" && known[e.InstanceLocation] || len(r.issues) >= r.limits.Issues {
			return
		}
		issue := Issue{Code: CodeSchema, Severity: SeverityError, Message: "the " + side + " does not match its schema: " + schemaMessage(e)}
		if side == "input" {
			issue.Pointer = &e.InstanceLocation
			r.in.Walk(func(n tape.Node, pointer string) {
				if pointer == e.InstanceLocation {
					issue.Offset = r.in.Offset(n)
				}
			})
		} else {
			issue.Rule = e.InstanceLocation
		}
		if mode == validateSample {
			issue.Severity = SeverityWarning
		} else {
			r.errors++
		}
		r.issues = append(r.issues, issue)
	})
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
