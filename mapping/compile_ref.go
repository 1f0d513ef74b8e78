package mapping

import (
	"errors"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/path"
)

// reference compiles $.path, $name and $name.path. plain says that a text without a dollar
// is a path too, as in $from.
func (c *compiler) reference(text string, plain bool, at *doc.Node, sb *scopeBuilder) (ref, bool) {
	rest, dollar := strings.CutPrefix(text, "$")
	if !dollar {
		if !plain {
			return ref{}, false
		}
		return c.item(text, text, at, sb)
	}
	if rest == "" || rest[0] == '.' {
		return c.item(strings.TrimPrefix(rest, "."), text, at, sb)
	}
	name, tail, _ := strings.Cut(rest, ".")
	switch name {
	case "root":
		out, ok := c.item(tail, text, at, c.root)
		if sb != c.root {
			out.base = baseRoot
		}
		return out, ok
	case "parent":
		if sb.parent == nil {
			c.fail(CodeInvalid, at, "it reads the item around the one of a $each or $with", "$parent has nothing around it here")
			return ref{}, false
		}
		out, ok := c.item(tail, text, at, sb.parent)
		out.base, out.up = baseParent, 1
		return out, ok
	case "index":
		if !sb.each || tail != "" {
			c.fail(CodeInvalid, at, "it is the number of the item, from 0, within $each", "$index has no meaning here")
			return ref{}, false
		}
		return ref{base: baseIndex, slot: -1, text: text}, true
	}
	steps, ok := c.path(tail, text, at)
	if !ok {
		return ref{}, false
	}
	out := ref{slot: -1, rest: steps, text: text}
	switch {
	case name == "ctx":
		out.base = baseContext
	case name == "joined":
		out.base = baseJoined
		if !sb.joined {
			c.fail(CodeInvalid, at, "$join: {with: path, on: [left, right]} beside $each finds it", "$joined has no meaning here")
			return ref{}, false
		}
	case c.lets[name] != nil:
		out.base = baseLet
		d := c.lets[name]
		d.used = true
		if !c.let(d) {
			c.fail(CodeInvalid, at, "lets may use one another, but not in a circle", "$%s is used to make itself", name)
			return ref{}, false
		}
		out.index = d.index
		return out, !d.bad
	case c.lookups[name] != nil:
		d := c.lookups[name]
		d.used = true
		if !c.lookup(d) || d.bad || c.plan.lookups[d.index].from == nil {
			if !d.bad {
				c.fail(CodeInvalid, at, "give it a from:, or use the operator $lookup: "+name, "the lookup %s has no from: to read its key of", name)
			}
			return ref{}, false
		}
		out.base, out.index = baseLookup, d.index
	default:
		known := []string{"root", "parent", "ctx", "index"}
		for n := range c.lets {
			known = append(known, n)
		}
		for n := range c.lookups {
			known = append(known, n)
		}
		slices.Sort(known)
		hint := suggest(name, known)
		if tail == "" {
			hint += "; a text that begins with a dollar is written $$" + rest
		}
		c.fail(CodeUnknown, at, strings.TrimPrefix(hint, "; "), "there is no $%s", name)
		return ref{}, false
	}
	return out, true
}

// item compiles a path in a scope: its plain names become a slot.
func (c *compiler) item(text, whole string, at *doc.Node, sb *scopeBuilder) (ref, bool) {
	steps, ok := c.path(text, whole, at)
	if !ok {
		return ref{}, false
	}
	var names []string
	for _, step := range steps {
		name, plain := step.Name()
		if !plain {
			break
		}
		names = append(names, name)
	}
	if sb.plan.group && (len(names) == 0 || names[0] != "key" && names[0] != "first" && names[0] != "items") {
		c.fail(CodePath, at, "below $group read key, first or items: first."+text, "%s is read of a group", whole)
		return ref{}, false
	}
	out := ref{slot: -1, rest: steps[len(names):], text: whole}
	if sb == c.root {
		c.rootReads++
	}
	if len(names) > 0 {
		out.slot = sb.plan.trie.Add(names...)
	}
	c.checkPath(steps, whole, at, sb)
	return out, true
}

func (c *compiler) path(text, whole string, at *doc.Node) ([]path.Step, bool) {
	steps, err := path.Parse(text)
	if err != nil {
		hint := ""
		var bad *path.Error
		if errors.As(err, &bad) {
			hint = bad.Hint
		}
		c.fail(CodePath, at, hint, "path %s: %v", whole, err)
		return nil, false
	}
	return steps, true
}
