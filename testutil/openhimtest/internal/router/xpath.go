package router

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// selectXPath is xpath.select(query, document).toString() for the queries channels
// use: paths from the root or anywhere, names with or without prefix, *, text(),
// @attribute, predicates by position, attribute or text, and around all of it
// string(), count() or nothing.
func selectXPath(body, query string) (string, error) {
	root, err := parseXML(body)
	if err != nil {
		return "", err
	}
	query = strings.TrimSpace(query)
	wrap := ""
	for _, name := range []string{"string", "count"} {
		if inner, ok := strings.CutPrefix(query, name+"("); ok && strings.HasSuffix(inner, ")") {
			wrap, query = name, strings.TrimSuffix(inner, ")")
		}
	}
	found, err := evaluate(root, query)
	if err != nil {
		return "", err
	}
	switch wrap {
	case "count":
		return strconv.Itoa(len(found)), nil
	case "string":
		if len(found) == 0 {
			return "", nil
		}
		return found[0].value(), nil
	}
	parts := make([]string, len(found))
	for i, n := range found {
		parts[i] = n.markup()
	}
	return strings.Join(parts, ","), nil
}

// xmlNode is an element, a text or an attribute.
type xmlNode struct {
	name     xml.Name
	prefix   string
	text     string // of a text or an attribute
	kind     byte   // 'e', 't', 'a'
	attrs    []*xmlNode
	children []*xmlNode
}

var errXML = errors.New("the body is not XML")

// maxXMLDepth bounds nesting.
const maxXMLDepth = 1000

func parseXML(body string) (*xmlNode, error) {
	decoder := xml.NewDecoder(strings.NewReader(body))
	decoder.Strict = false
	root := &xmlNode{kind: 'e'}
	stack := []*xmlNode{root}
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errXML, err)
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &xmlNode{kind: 'e', name: t.Name, prefix: t.Name.Space}
			for _, a := range t.Attr {
				n.attrs = append(n.attrs, &xmlNode{kind: 'a', name: a.Name, prefix: a.Name.Space, text: a.Value})
			}
			top.children = append(top.children, n)
			if stack = append(stack, n); len(stack) > maxXMLDepth {
				return nil, fmt.Errorf("%w: nested too deeply", errXML)
			}
		case xml.EndElement:
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			top.children = append(top.children, &xmlNode{kind: 't', text: string(t)})
		}
	}
	return root, nil
}

func (n *xmlNode) value() string {
	if n.kind != 'e' {
		return n.text
	}
	var out strings.Builder
	for _, c := range n.children {
		out.WriteString(c.value())
	}
	return out.String()
}

func (n *xmlNode) markup() string {
	switch n.kind {
	case 't':
		return n.text
	case 'a':
		return " " + qualified(n) + `="` + n.text + `"`
	}
	var out strings.Builder
	out.WriteString("<" + qualified(n))
	for _, a := range n.attrs {
		out.WriteString(a.markup())
	}
	if len(n.children) == 0 {
		return out.String() + "/>"
	}
	out.WriteString(">")
	for _, c := range n.children {
		out.WriteString(c.markup())
	}
	return out.String() + "</" + qualified(n) + ">"
}

func qualified(n *xmlNode) string {
	if n.prefix == "" {
		return n.name.Local
	}
	return n.prefix + ":" + n.name.Local
}

var (
	xpathStep = regexp.MustCompile(`^(/{0,2})(@?[\w.:*-]+(?:\(\))?)((?:\[[^\]]*\])*)`)
	xpathTest = regexp.MustCompile(`^(?:(\d+)|(@?[\w.:-]+|text\(\)|\.)\s*=\s*["']([^"']*)["']|local-name\(\)\s*=\s*["']([^"']*)["'])$`)
)

func evaluate(root *xmlNode, query string) ([]*xmlNode, error) {
	current := []*xmlNode{root}
	for rest := query; rest != ""; {
		step := xpathStep.FindStringSubmatch(rest)
		if step == nil {
			return nil, fmt.Errorf("XPath %q is not known to this fake core", query)
		}
		rest = rest[len(step[0]):]
		var next []*xmlNode
		for _, n := range current {
			from := []*xmlNode{n}
			if step[1] == "//" {
				from = descendants(n)
			}
			for _, f := range from {
				matched, err := predicates(axis(f, step[2]), step[3])
				if err != nil {
					return nil, err
				}
				next = append(next, matched...)
			}
		}
		current = next
	}
	return current, nil
}

func descendants(n *xmlNode) []*xmlNode {
	out := []*xmlNode{n}
	for _, c := range n.children {
		if c.kind == 'e' {
			out = append(out, descendants(c)...)
		}
	}
	return out
}

func axis(n *xmlNode, test string) []*xmlNode {
	var out []*xmlNode
	if name, ok := strings.CutPrefix(test, "@"); ok {
		for _, a := range n.attrs {
			if name == "*" || qualified(a) == name {
				out = append(out, a)
			}
		}
		return out
	}
	if test == "." {
		return []*xmlNode{n}
	}
	for _, c := range n.children {
		switch {
		case test == "text()" && c.kind == 't', test == "node()":
			out = append(out, c)
		case c.kind == 'e' && (test == "*" || qualified(c) == test):
			out = append(out, c)
		}
	}
	return out
}

func predicates(nodes []*xmlNode, text string) ([]*xmlNode, error) {
	for text != "" {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			break
		}
		test := xpathTest.FindStringSubmatch(strings.TrimSpace(text[1:end]))
		if test == nil {
			return nil, fmt.Errorf("XPath predicate %q is not known to this fake core", text[:end+1])
		}
		text = text[end+1:]
		var kept []*xmlNode
		for i, n := range nodes {
			if fitsPredicate(n, i+1, test) {
				kept = append(kept, n)
			}
		}
		nodes = kept
	}
	return nodes, nil
}

func fitsPredicate(n *xmlNode, position int, test []string) bool {
	switch {
	case test[1] != "":
		return test[1] == strconv.Itoa(position)
	case test[2] == "":
		return n.name.Local == test[4]
	case test[2] == ".":
		return n.value() == test[3]
	}
	for _, found := range axis(n, test[2]) {
		if found.value() == test[3] {
			return true
		}
	}
	return false
}
