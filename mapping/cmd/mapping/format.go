package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// keyOrder is the order of a document's keys. Others stay behind them.
var keyOrder = []string{ //nolint:gochecknoglobals // a table that is only read
	"mapping", "name", "version", "description", "direction", "input", "output", "validate", "omit", "use",
	"tables", "lookups", "let", "defs", "map", "inverse", "tests",
}

// format gives a mapping document its usual form, which formatting does not change again.
// The document has been parsed. The error says why it is left as it is.
func format(source []byte) ([]byte, error) {
	isJSON := bytes.HasPrefix(bytes.TrimSpace(source), []byte("{")) && json.Valid(source)
	last := source
	for range 5 { // odd places of comments take a second turn
		var out []byte
		var err error
		if isJSON {
			out, err = formatJSON(last)
		} else {
			out, err = formatYAML(last)
		}
		if err != nil {
			return nil, err
		}
		before, _ := doc.Read(last)
		after, _ := doc.Read(out)
		if !sameDocument(before, after, true) {
			return nil, errors.New("its usual form would not mean the same; please report the document")
		}
		if bytes.Equal(last, out) {
			if line := lostComment(source, out); line > 0 {
				return nil, fmt.Errorf("the comment in line %d would be lost; move it above a key", line)
			}
			return out, nil
		}
		last = out
	}
	return nil, errors.New("its comments have no certain place; move them above keys")
}

// lostComment returns the line of a comment of its own that the other text has not, or 0.
func lostComment(before, after []byte) int {
	left := map[string]int{}
	for line := range bytes.Lines(after) {
		if line = bytes.TrimSpace(line); bytes.HasPrefix(line, []byte("#")) {
			left[string(line)]++
		}
	}
	number := 0
	for line := range bytes.Lines(before) {
		number++
		if line = bytes.TrimSpace(line); bytes.HasPrefix(line, []byte("#")) {
			if left[string(line)]--; left[string(line)] < 0 {
				return number
			}
		}
	}
	return 0
}

func formatJSON(source []byte) ([]byte, error) {
	var out bytes.Buffer
	if err := json.Indent(&out, bytes.TrimSpace(source), "", "  "); err != nil {
		return nil, fmt.Errorf("format JSON: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func formatYAML(source []byte) ([]byte, error) {
	source = bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n"))
	var root yaml.Node
	if err := yaml.Unmarshal(source, &root); err != nil {
		return nil, fmt.Errorf("format YAML: %w", err)
	}
	sortKeys(root.Content[0])
	p := plains{mark: "zq" + strings.Repeat("z", longest(source, 'z')) + "q"}
	p.hide(&root, false)
	text, err := encode(&root)
	if err != nil {
		return nil, err
	}
	text = p.show(text)
	var again yaml.Node
	if err := yaml.Unmarshal(text, &again); err != nil {
		return nil, fmt.Errorf("format YAML: %w", err)
	}
	gaps := map[int]bool{} // lines of the new text before which an empty line stands
	spaced(root.Content[0], again.Content[0], strings.Split(string(source), "\n"), gaps)
	var out strings.Builder
	number, blank := 0, true
	for line := range strings.Lines(string(text)) {
		if number++; gaps[number] && !blank {
			out.WriteByte('\n')
		}
		blank = line == "\n"
		out.WriteString(line)
	}
	return []byte(out.String()), nil
}

func encode(root *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("format YAML: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("format YAML: %w", err)
	}
	return b.Bytes(), nil
}

// plains are the plain texts within { } and [ ]. The encoder would put many of them into
// quotes that YAML 1.2 does not ask for, URLs first, so they are hidden from it.
type plains struct {
	mark  string // is not in the document
	texts []string
}

// longest is the length of the longest run of a character.
func longest(text []byte, c byte) int {
	most, run := 0, 0
	for _, b := range text {
		if run++; b != c {
			run = 0
		}
		most = max(most, run)
	}
	return most + 1
}

// hide puts placeholders for plain texts. What takes several lines within { } gets a line
// for each key.
func (p *plains) hide(n *yaml.Node, flow bool) {
	if n.Style&yaml.FlowStyle != 0 && !flow && lastLine(n) > n.Line {
		n.Style &^= yaml.FlowStyle
	}
	flow = flow || n.Style&yaml.FlowStyle != 0
	if flow && n.Kind == yaml.ScalarNode && n.Style == 0 && n.Tag == "!!str" && !strings.Contains(n.Value, "\n") {
		p.texts = append(p.texts, n.Value)
		n.Value = fmt.Sprintf("%s%d%s", p.mark, len(p.texts)-1, p.mark)
	}
	for _, child := range n.Content {
		p.hide(child, flow)
	}
}

// show puts the texts back.
func (p *plains) show(text []byte) []byte {
	pairs := make([]string, 0, 2*len(p.texts))
	for i, plain := range p.texts {
		pairs = append(pairs, fmt.Sprintf("%s%d%s", p.mark, i, p.mark), plain)
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(text)))
}

func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, child := range n.Content {
		last = max(last, lastLine(child))
	}
	return last
}

// sortKeys puts the keys of a document into their order, with their comments.
func sortKeys(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return
	}
	pairs := slices.Collect(slices.Chunk(slices.Clone(n.Content), 2))
	place := func(pair []*yaml.Node) int {
		if i := slices.Index(keyOrder, pair[0].Value); i >= 0 {
			return i
		}
		return len(keyOrder)
	}
	slices.SortStableFunc(pairs, func(a, b []*yaml.Node) int { return place(a) - place(b) })
	n.Content = slices.Concat(pairs...)
}

// spaced finds where empty lines stood: before keys and items, or the comments above them.
func spaced(before, after *yaml.Node, lines []string, gaps map[int]bool) {
	step := 1
	if before.Kind == yaml.MappingNode {
		step = 2
	}
	if before.Style&yaml.FlowStyle != 0 {
		return
	}
	for i := 0; i < len(before.Content) && i < len(after.Content); i += step {
		a, b := before.Content[i], after.Content[i]
		at := a.Line - commentLines(a)
		if at >= 2 && at-2 < len(lines) && strings.TrimSpace(lines[at-2]) == "" {
			gaps[b.Line-commentLines(b)] = true
		}
		for j := i; j < i+step && j < len(before.Content) && j < len(after.Content); j++ {
			spaced(before.Content[j], after.Content[j], lines, gaps)
		}
	}
}

// commentLines counts the lines of the comment above a node.
func commentLines(n *yaml.Node) int {
	if n.HeadComment == "" {
		return 0
	}
	return strings.Count(n.HeadComment, "\n") + 1
}

// sameDocument compares what two documents say: keys in any order at the top, in their
// order below. A text may have got quotes, but not lost them.
func sameDocument(a, b *doc.Node, top bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Text != b.Text || a.Quoted && !b.Quoted || len(a.Items) != len(b.Items) || len(a.Keys) != len(b.Keys) {
		return false
	}
	for i := range a.Items {
		if !sameDocument(a.Items[i], b.Items[i], false) {
			return false
		}
	}
	for i, key := range a.Keys {
		other := b.Keys[i].Value
		if top {
			other = b.Get(key.Name)
		} else if key.Name != b.Keys[i].Name {
			return false
		}
		if !sameDocument(key.Value, other, false) {
			return false
		}
	}
	return true
}
