package mapcase

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"

	"github.com/openhim/mediator-go/mapping"
)

// Options are what the mappings under test may use beside their documents. The zero value
// tests mappings that need nothing.
type Options struct {
	// Compile has the host's operators, functions, time zones and schemas. Its FS is not used:
	// files are those of the case file's root:. Its Lookups are not called: cases have fixtures.
	Compile mapping.CompileOptions
	// Limits bounds the run of each case. Zero fields have the defaults of mapping.Limits.
	Limits mapping.Limits
}

// Runner runs case files, and compiles each mapping once, so that its coverage is that of
// all files. It is safe for concurrent use.
type Runner struct {
	fsys     fs.FS
	opts     Options
	mu       sync.Mutex
	mappings map[string]*compiled
	order    []string
}

// compiled is a mapping under test.
type compiled struct {
	once    sync.Once
	name    string
	mapping *mapping.Mapping
	input   Input
	err     error
}

// New returns a runner of the case files of a file system.
func New(fsys fs.FS, opts Options) *Runner {
	return &Runner{fsys: fsys, opts: opts, mappings: map[string]*compiled{}}
}

// Load reads a case file, or the tests: of a mapping document, which are cases or the name
// of a case file beside it, and compiles the mapping under test. The error is a *FileError when the case file is wrong, a
// *mapping.DocumentError when the mapping is, or that of the file system.
func (r *Runner) Load(name string) (*Suite, error) { return r.load(name, true) }

func (r *Runner) load(name string, follow bool) (*Suite, error) {
	raw, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read the case file: %w", err)
	}
	cf, err := readFile(name, raw)
	if err != nil {
		return nil, err
	}
	if cf.elsewhere != "" && follow {
		return r.load(path.Join(path.Dir(name), cf.elsewhere), false)
	}
	document := name
	if !cf.embedded {
		ref := cf.mapping
		if ref == "" {
			stem := strings.TrimSuffix(path.Base(name), path.Ext(name))
			ref = strings.TrimSuffix(stem, ".cases") + path.Ext(name)
			if ref == path.Base(name) {
				return nil, &FileError{[]mapping.Issue{{
					Code: mapping.CodeInvalid, Severity: mapping.SeverityError, File: name, Line: 1, Column: 1,
					Message: "the file does not say which mapping it tests",
					Hint:    "write mapping: patient.yaml, or call the file patient.cases.yaml",
				}}}
			}
		}
		document = path.Join(path.Dir(name), ref)
	}
	root := path.Dir(document)
	if cf.root != "" {
		root = path.Join(path.Dir(name), cf.root)
	}
	under := r.compiled(document, root)
	if under.err != nil {
		return nil, under.err
	}
	return &Suite{runner: r, file: cf, raw: raw, under: under, dir: path.Dir(name)}, nil
}

// compiled compiles a mapping, once.
func (r *Runner) compiled(document, root string) *compiled {
	key := document + "\x00" + root
	r.mu.Lock()
	c := r.mappings[key]
	if c == nil {
		c = &compiled{name: document}
		r.mappings[key] = c
		r.order = append(r.order, key)
	}
	r.mu.Unlock()
	c.once.Do(func() { c.mapping, c.input, c.err = r.compile(document, root) })
	return c
}

func (r *Runner) compile(document, root string) (*mapping.Mapping, Input, error) {
	source, err := fs.ReadFile(r.fsys, document)
	if err != nil {
		return nil, Input{}, fmt.Errorf("read the mapping: %w", err)
	}
	d, err := mapping.Parse(document, source)
	if err != nil {
		return nil, Input{}, err
	}
	opts := r.opts.Compile
	opts.FS = Under(r.fsys, root)
	opts.Lookups = maps.Clone(opts.Lookups)
	if opts.Lookups == nil {
		opts.Lookups = map[string]mapping.Lookup{}
	}
	for _, name := range d.Lookups() {
		opts.Lookups[name] = fixture(name)
	}
	m, err := mapping.Compile(d, opts)
	if err != nil {
		return nil, Input{}, err
	}
	return m, DocumentInput(d), nil
}

// Coverage returns how much of each mapping the cases that were run have reached, in the
// order in which the mappings were first loaded. Mappings that do not compile are not in it.
func (r *Runner) Coverage() []Coverage {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Coverage
	for _, key := range r.order {
		if c := r.mappings[key]; c.mapping != nil {
			all = append(all, Coverage{Mapping: c.name, Rules: c.mapping.Coverage()})
		}
	}
	return all
}

// Coverage is how much of a mapping was reached.
type Coverage struct {
	Mapping string              `json:"mapping"` // its file
	Rules   []mapping.RuleCount `json:"rules"`   // rules and branches, in the document's order
}

// Reached counts the rules and branches that were reached at least once.
func (c Coverage) Reached() int { return len(c.Rules) - len(c.Missed()) }

// Missed returns the rules and branches that were never reached.
func (c Coverage) Missed() []mapping.RuleCount {
	var missed []mapping.RuleCount
	for _, rule := range c.Rules {
		if rule.Count == 0 {
			missed = append(missed, rule)
		}
	}
	return missed
}

// Percent is the share of rules and branches that were reached, 0 to 100. It is 100 only if
// all were, and when there are none.
func (c Coverage) Percent() float64 {
	if len(c.Rules) == 0 {
		return 100
	}
	return 100 * float64(c.Reached()) / float64(len(c.Rules))
}

// String tells the coverage in a line.
func (c Coverage) String() string {
	return fmt.Sprintf("%s: %.1f %% of the rules (%d of %d)", c.Mapping, c.floor(), c.Reached(), len(c.Rules))
}

// floor is Percent cut to a tenth, so that 99.97 is not written 100.0.
func (c Coverage) floor() float64 {
	if len(c.Rules) == 0 {
		return 100
	}
	return float64(1000*c.Reached()/len(c.Rules)) / 10
}
