package mapping

import (
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// CompileOptions are what a mapping document may use beside itself. The zero value compiles
// a document that needs nothing. Everything is read while compiling, nothing while running,
// except that Lookups and operators are called.
type CompileOptions struct {
	// FS holds the files that tables:, use: and schemas name. Defaults to none.
	FS fs.FS
	// Lookups are what the document's lookups: call, by name. A lookup that the document
	// declares and that is not here is an error.
	Lookups map[string]Lookup
	// Operators are the host's own operators, by name with the dollar: "$dhis2-uid".
	Operators map[string]Operator
	// Functions are the host's own functions in expressions, by name.
	Functions map[string]Function
	// Location finds time zones by name, as time.LoadLocation does. Defaults to none: then
	// zones are written as offsets (+03:00).
	Location func(name string) (*time.Location, error)
	// Schema returns the JSON Schema of a name that FS has not, like "fhir:4.0.1/Patient".
	Schema func(name string) ([]byte, error)
	// Output lints what a document writes against the schema that output: names, and says
	// whether it knows that schema; with nil for out it says only that. Then no JSON Schema is
	// looked for, unless validate: output: asks for one. It need not fill in Code and File of
	// its issues. Defaults to none.
	Output func(schema string, out *Output) (issues []Issue, known bool)
}

// Limits of a plan.
const (
	maxRules  = 50_000
	maxIssues = 100
)

// Compile makes a Mapping of a document. The error is a *DocumentError with everything that
// is wrong, up to 100 issues. Warnings do not keep a document from compiling: see Lint.
func Compile(d *Document, opts CompileOptions) (*Mapping, error) {
	p, _, err := compile(d, opts, false)
	if err != nil {
		return nil, err
	}
	m := &Mapping{plan: p, count: newCoverage(len(p.rules))}
	m.again = func(traced bool) (*plan, error) {
		p, _, err := compile(d, opts, traced)
		return p, err
	}
	return m, nil
}

// compiler makes a plan of a document and collects what is wrong with it.
type compiler struct {
	opts      CompileOptions
	file      string // of the part that is being compiled
	issues    []Issue
	plan      *plan
	digest    digest
	operators map[string]*operator
	keep      keep
	omit      keep // the document's own

	root   *scopeBuilder
	scopes []*scopePlan
	// rootReads counts the paths that are read of the input itself.
	rootReads int
	tables    map[string]*definition
	lets      map[string]*definition
	lookups   map[string]*definition
	defs      map[string]*definition
	traced    bool
	patterns  int             // instructions of the regular expressions so far
	fragments map[string]bool // files of use:, true when all of them has been read
	failed    bool            // there is an error, also when its issue found no room
}

// definition is something that the document names and uses elsewhere.
type definition struct {
	name  string
	node  *doc.Node
	file  string
	state uint8 // 0 not yet, 1 at it, 2 done
	used  bool
	index int
	table *table
	body  node
	scope *scopePlan
	bad   bool
	drops bool // a fragment with an $onError: drop for the item around its call
}

// scopeBuilder is a scope that is being compiled.
type scopeBuilder struct {
	plan   *scopePlan
	parent *scopeBuilder
	each   bool
	joined bool
	schema *jsonschema.Schema
	def    *definition // the fragment whose scope it is
}

func compile(d *Document, opts CompileOptions, traced bool) (*plan, []Issue, error) {
	c := &compiler{
		opts: opts, file: d.file, traced: traced, operators: allOperators(opts.Operators),
		plan:   &plan{document: d, options: opts, constant: &tape.Doc{}, traced: traced},
		tables: map[string]*definition{}, lets: map[string]*definition{}, lookups: map[string]*definition{}, defs: map[string]*definition{},
	}
	c.plan.constant.Heap()
	c.digest.add("document", d.source)
	c.root = c.scope(nil)
	c.plan.scope = c.root.plan
	c.document(d.root)
	c.unused()
	issues := append(slices.Clone(d.traps), c.issues...)
	if c.failed {
		sortIssues(issues)
		return nil, issues, &DocumentError{issues}
	}
	c.seal()
	c.plan.defs = map[string]*doc.Node{}
	for name, d := range c.defs {
		c.plan.defs[name] = d.node
	}
	c.plan.id = c.digest.sum()
	return c.plan, issues, nil
}

func sortIssues(issues []Issue) {
	sort.SliceStable(issues, func(i, j int) bool {
		a, b := issues[i], issues[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
}

// report notes an issue at a part of the document.
func (c *compiler) report(severity Severity, code string, at *doc.Node, message, hint string) {
	c.failed = c.failed || severity == SeverityError
	if len(c.issues) >= maxIssues && (severity != SeverityError || len(c.issues) >= 2*maxIssues) {
		return
	}
	issue := Issue{Code: code, Severity: severity, Message: message, Hint: hint, File: c.file, Line: 1, Column: 1}
	if at != nil {
		issue.Line, issue.Column = at.Line, at.Column
	}
	if slices.Contains(c.issues, issue) {
		return
	}
	c.issues = append(c.issues, issue)
}

func (c *compiler) fail(code string, at *doc.Node, hint, format string, args ...any) {
	c.report(SeverityError, code, at, fmt.Sprintf(format, args...), hint)
}

func (c *compiler) warn(code string, at *doc.Node, hint, format string, args ...any) {
	c.report(SeverityWarning, code, at, fmt.Sprintf(format, args...), hint)
}

// rule makes a rule for a part of the document.
func (c *compiler) rule(at *doc.Node, path string) *rule {
	ru := &rule{id: len(c.plan.rules), path: path, file: c.file, line: at.Line, column: at.Column}
	if len(c.plan.rules) == maxRules {
		c.fail(CodeLimit, at, "", "more than %d rules", maxRules)
	}
	c.plan.rules = append(c.plan.rules, ru)
	return ru
}

// branch makes the rule of a branch.
func (c *compiler) branch(at *doc.Node, path string) *rule {
	ru := c.rule(at, path)
	ru.branch = true
	return ru
}

// keys checks an object's keys against those allowed.
func (c *compiler) keys(n *doc.Node, what string, allowed ...string) bool {
	if n.Kind != doc.Map {
		c.fail(CodeInvalid, n, "its keys are "+list(allowed), "%s is an object", what)
		return false
	}
	for _, key := range n.Keys {
		if !slices.Contains(allowed, key.Name) {
			at := &doc.Node{Line: key.Line, Column: key.Column}
			c.fail(CodeUnknown, at, suggest(key.Name, allowed), "%s has no key %s", what, key.Name)
		}
	}
	return true
}

// document compiles the whole document.
func (c *compiler) document(root *doc.Node) {
	c.keys(root, "the document", "mapping", "name", "version", "description", "input", "output", "validate", "omit", "use",
		"tables", "let", "lookups", "defs", "map", "inverse", "direction", "tests")
	switch n := root.Get("mapping"); {
	case n == nil:
		c.fail(CodeInvalid, root, "begin the document with mapping: v1", "the document does not say its format")
	case n.Text != "v1":
		c.fail(CodeUnknown, n, "write mapping: v1", "the format %q is not known", n.Text)
	}
	for _, name := range []string{"name", "version", "description"} {
		if n := root.Get(name); n != nil && n.Kind > doc.Text {
			c.fail(CodeInvalid, n, "", "%s is text", name)
		}
	}
	if n := root.Get("omit"); n != nil {
		c.keep = keepNull | keepEmpty
		c.words(n, "omit", map[string]func(){
			"missing": func() {}, "null": func() { c.keep &^= keepNull }, "empty": func() { c.keep &^= keepEmpty },
		})
		c.omit = c.keep
	}
	c.formats(root)
	c.definitions(root)
	c.uses(root, 0)
	n := root.Get("map")
	if n == nil {
		c.fail(CodeInvalid, root, "the key map holds what the output looks like", "the document has no map")
		return
	}
	for _, d := range sorted(c.lookups) {
		c.lookup(d)
	}
	c.plan.root = c.node(n, c.root, "")
	c.plan.empty = "{}"
	if n.Kind == doc.List || n.Get("$each") != nil || n.Get("$concat") != nil || n.Get("$pairs") != nil {
		c.plan.empty = "[]"
	} else if n.Kind != doc.Map {
		c.plan.empty = "null"
	}
	for _, d := range sorted(c.lets) { // the unused ones too, for what is wrong with them
		c.let(d)
	}
	for _, d := range sorted(c.defs) {
		c.def(d)
	}
	for _, d := range sorted(c.tables) {
		c.table(d)
	}
	c.streaming()
}

// words calls for each text of a list, or for one text.
func (c *compiler) words(n *doc.Node, what string, known map[string]func()) {
	items := n.Items
	if n.Kind != doc.List {
		items = []*doc.Node{n}
	}
	for _, item := range items {
		do, ok := known[item.Text]
		if !ok || item.Kind > doc.Text {
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			c.fail(CodeUnknown, item, "it is a list of "+list(names), "%s: %q is not known", what, item.Text)
			continue
		}
		do()
	}
}

// formats checks input: and output:.
func (c *compiler) formats(root *doc.Node) {
	if n := root.Get("input"); n != nil && c.keys(n, "input", "format", "schema", "strict", "options") {
		if format := n.Get("format"); format == nil || c.oneOf(format, "format", "json", "ndjson", "csv", "xml", "hl7v2") != "" {
			c.inputOptions(n)
		}
		c.plan.strict = n.Get("strict") != nil && n.Get("strict").Text == "true"
	}
	if n := root.Get("output"); n != nil && c.keys(n, "output", "format", "schema", "chunk") {
		c.oneOf(n.Get("format"), "format", "json", "ndjson")
	}
	c.oneOf(root.Get("direction"), "direction", "one-way", "both")
	if n := root.Get("inverse"); n != nil && c.keys(n, "inverse", inverseKeys()...) {
		if m := n.Get("map"); m != nil && m.Kind != doc.Map {
			c.fail(CodeInvalid, m, "", "inverse: map is an object of members of the input")
		}
		if root.Get("direction") != nil && root.Get("direction").Text == "one-way" {
			c.fail(CodeInvalid, n, "take one of them away", "inverse: beside direction: one-way")
		}
	}
	c.tests(root.Get("tests"))
	c.schemas(root)
}

// tests checks the shape of tests:, which package mapping/mapcase reads: cases, or the name of
// a file with them. What a case holds it checks itself, and lint does by the document's schema.
func (c *compiler) tests(n *doc.Node) {
	switch {
	case n == nil, n.Kind == doc.Text && n.Text != "":
	case n.Kind != doc.List:
		c.fail(CodeInvalid, n, "tests: [{name: …, input: …, want: …}], or the name of a file of cases", "tests is a list of cases, or a text")
	default:
		for _, item := range n.Items {
			if item.Kind != doc.Map {
				c.fail(CodeInvalid, item, "{name: …, input: …, want: …}", "a case is an object")
			}
		}
	}
}

// oneOf checks a text against those allowed, if it is there.
func (c *compiler) oneOf(n *doc.Node, what string, allowed ...string) string {
	if n == nil {
		return ""
	}
	if n.Kind > doc.Text || !slices.Contains(allowed, n.Text) {
		c.fail(CodeUnknown, n, suggest(n.Text, allowed), "%s: %q is not known", what, n.Text)
		return ""
	}
	return n.Text
}

// scope begins a scope within another.
func (c *compiler) scope(parent *scopeBuilder) *scopeBuilder {
	sb := &scopeBuilder{plan: &scopePlan{}, parent: parent}
	c.scopes = append(c.scopes, sb.plan)
	return sb
}

// seal ends the building of the scopes' slots.
func (c *compiler) seal() {
	for _, s := range c.scopes {
		s.trie.Seal()
	}
}

func sorted(defs map[string]*definition) []*definition {
	all := make([]*definition, 0, len(defs))
	for _, d := range defs {
		all = append(all, d)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all
}
