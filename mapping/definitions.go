package mapping

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// maxFile bounds a file that a document names.
const maxFile = 64 << 20

// definitions notes what a document names: tables, lets, lookups and fragments.
func (c *compiler) definitions(root *doc.Node) {
	for _, part := range []struct {
		key  string
		into map[string]*definition
	}{{"tables", c.tables}, {"let", c.lets}, {"lookups", c.lookups}, {"defs", c.defs}} {
		n := root.Get(part.key)
		if n == nil {
			continue
		}
		if n.Kind != doc.Map {
			c.fail(CodeInvalid, n, "", "%s is an object", part.key)
			continue
		}
		for _, key := range n.Keys {
			at := &doc.Node{Line: key.Line, Column: key.Column}
			if part.into[key.Name] != nil {
				c.fail(CodeInvalid, at, "a fragment defines it too", "%s: %s stands twice", part.key, key.Name)
				continue
			}
			reserved := map[string]bool{"root": true, "parent": true, "ctx": true, "index": true, "joined": true}
			if reserved[key.Name] || strings.ContainsAny(key.Name, ". $") || key.Name == "" ||
				part.key == "lookups" && c.lets[key.Name] != nil {
				c.fail(CodeInvalid, at, "choose another name", "%s: %q cannot be a name", part.key, key.Name)
			}
			part.into[key.Name] = &definition{name: key.Name, node: key.Value, file: c.file}
		}
	}
}

// uses reads the fragments that a document names, and those that they name.
func (c *compiler) uses(root *doc.Node, depth int) {
	n := root.Get("use")
	if n == nil {
		return
	}
	items := n.Items
	if n.Kind == doc.Text {
		items = []*doc.Node{n}
	}
	for _, item := range items {
		if depth > 8 {
			c.fail(CodeInvalid, item, "", "fragments use one another too deep")
			return
		}
		name := path.Clean(item.Text)
		if done, begun := c.fragments[name]; done {
			continue // two fragments may use the same third one
		} else if begun {
			c.fail(CodeInvalid, item, "", "fragments use one another in a circle")
			continue
		}
		src, ok := c.readFile(item, item.Text)
		if !ok {
			continue
		}
		if c.fragments == nil {
			c.fragments = map[string]bool{}
		}
		c.fragments[name] = false
		tree, traps := doc.Read(src)
		saved := c.file
		c.file = path.Clean(item.Text)
		bad := false
		for _, t := range traps {
			at := &doc.Node{Line: t.Line, Column: t.Column}
			if t.Error {
				bad = true
				c.fail(CodeSyntax, at, t.Hint, "%s", t.Message)
			} else {
				c.warn(CodeTrap, at, t.Hint, "%s", t.Message)
			}
		}
		if !bad && c.keys(tree, "a fragment", "mapping", "name", "version", "description", "use", "tables", "defs") {
			c.definitions(tree)
			c.uses(tree, depth+1)
		}
		c.fragments[name] = true
		c.file = saved
	}
}

// readFile reads a file of FS and adds it to the mapping's ID.
func (c *compiler) readFile(at *doc.Node, name string) ([]byte, bool) {
	if c.opts.FS == nil {
		c.fail(CodeInvalid, at, "set CompileOptions.FS", "the file %s cannot be read: there are no files", name)
		return nil, false
	}
	src, err := fs.ReadFile(c.opts.FS, path.Clean(name))
	if err != nil {
		hint := ""
		if errors.Is(err, fs.ErrNotExist) {
			hint = "names are relative to CompileOptions.FS"
		}
		c.fail(CodeInvalid, at, hint, "the file %s cannot be read: %v", name, errors.Unwrap(err))
		return nil, false
	}
	if len(src) > maxFile {
		c.fail(CodeLimit, at, "", "the file %s has more than %d bytes", name, maxFile)
		return nil, false
	}
	c.digest.add(name, src)
	return src, true
}

// in compiles a definition in its own file.
func (c *compiler) in(d *definition, do func()) {
	file, k, issues := c.file, c.keep, len(c.issues)
	c.file, c.keep = d.file, c.omit // whoever uses it first does not change what it is
	d.state = 1
	do()
	d.state = 2
	c.file, c.keep = file, k
	for _, issue := range c.issues[issues:] {
		d.bad = d.bad || issue.Severity == SeverityError
	}
}

// let compiles a let, after those it uses. It is false in a circle.
func (c *compiler) let(d *definition) bool {
	switch d.state {
	case 1:
		return false
	case 0:
		c.in(d, func() {
			made := c.node(d.node, c.root, "$let/"+d.name)
			d.index = len(c.plan.lets)
			c.plan.lets = append(c.plan.lets, letPlan{d.name, made})
		})
	}
	return true
}

// def compiles a fragment once; it has a scope of its own.
func (c *compiler) def(d *definition) bool {
	switch d.state {
	case 1:
		return false
	case 0:
		c.in(d, func() {
			sb := c.scope(nil)
			sb.def, d.scope = d, sb.plan
			d.body = c.node(d.node, sb, "$defs/"+d.name)
		})
	}
	return true
}

func (c *compiler) lookup(d *definition) bool {
	switch d.state {
	case 1:
		return false
	case 0:
		c.in(d, func() {
			n := d.node
			if !c.keys(n, "a lookup", "key", "value", "batch", "unmapped", "from", "description") {
				return
			}
			l := &lookupPlan{name: d.name, call: c.opts.Lookups[d.name], unmapped: "error", rule: &rule{path: "$lookups/" + d.name, file: c.file, line: n.Line, column: n.Column}}
			if l.call == nil {
				c.fail(CodeUnknown, n, "set CompileOptions.Lookups", "no function was given for the lookup %s", d.name)
			}
			l.batch = c.number(n.Get("batch"), "batch", 0)
			l.keys = c.lookupType(n.Get("key"), "key", Text|Number|Bool)
			l.values = c.lookupType(n.Get("value"), "value", Any)
			if u := c.oneOf(n.Get("unmapped"), "unmapped", "error", "omit"); u != "" {
				l.unmapped = u
			}
			d.index = len(c.plan.lookups)
			c.plan.lookups = append(c.plan.lookups, l)
			if from := n.Get("from"); from != nil {
				l.from = c.source(from, c.root, "$lookups/"+d.name)
			}
		})
	}
	return true
}

// lookupType reads the type of a lookup's keys or values.
func (c *compiler) lookupType(n *doc.Node, what string, otherwise Type) Type {
	if n == nil {
		return otherwise
	}
	names := map[string]Type{"string": Text, "number": Number, "boolean": Bool, "array": List, "object": Object}
	allowed := []string{"string", "number", "boolean", "array", "object"}
	if what == "key" {
		allowed = allowed[:3]
	}
	return names[c.oneOf(n, what, allowed...)]
}

func (c *compiler) lookupNamed(n *doc.Node) *definition {
	d := c.lookups[n.Text]
	if d == nil {
		names := []string{}
		for _, d := range sorted(c.lookups) {
			names = append(names, d.name)
		}
		c.fail(CodeUnknown, n, suggest(n.Text, names), "there is no lookup %s", n.Text)
		return nil
	}
	d.used = true
	if !c.lookup(d) || d.bad {
		return nil
	}
	return d
}

// unused warns of definitions that nothing uses.
func (c *compiler) unused() {
	for _, part := range []struct {
		key  string
		from map[string]*definition
	}{{"tables", c.tables}, {"let", c.lets}, {"lookups", c.lookups}, {"defs", c.defs}} {
		for _, d := range sorted(part.from) {
			if !d.used && d.file == c.file {
				c.warn(CodeUnused, d.node, "", "%s: nothing uses %s", part.key, d.name)
			}
		}
	}
}
