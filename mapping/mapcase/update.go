package mapcase

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openhim/mediator-go/mapping"
)

// Update returns files in which the cases of the results want what came out: the case file
// itself with new want:, wantAll: and issues:, and the files that wantFile: names. Files
// that need no change are not in it. Everything else of the case file, comments too, stays
// as it is. A case that could not be run is left alone. The caller writes the files, and a
// person reads the difference.
//
// The error is a *FileError naming cases that cannot be updated: those in JSON or within { }.
func (s *Suite) Update(results []Result) (map[string][]byte, error) {
	files := map[string][]byte{}
	lines := slices.Collect(strings.Lines(string(s.raw)))
	f := &faults{file: s.file.file}
	fromBelow := slices.SortedFunc(slices.Values(results), func(a, b Result) int { return b.Case.line - a.Case.line })
	for _, result := range fromBelow { // so that the lines above stay where they are
		c := result.Case
		if result.OK() || result.Report == nil || (result.Output == nil && result.Report.OK()) {
			continue
		}
		edits, err := s.edits(result, files)
		if err != nil {
			f.add(c.line, c.column, "", "%v", err)
			continue
		}
		if len(edits) == 0 {
			continue
		}
		column, ok := blockCase(lines, c)
		if !ok {
			f.add(c.line, c.column, "write the case with a line for each key", "the case cannot be updated")
			continue
		}
		if lines, err = edit(lines, c, column, edits); err != nil {
			f.add(c.line, c.column, "", "%v", err)
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if text := strings.Join(lines, ""); text != string(s.raw) {
		again, err := readFile(s.file.file, []byte(text))
		if err != nil {
			return nil, fmt.Errorf("the updated file would not be read back; change the wants by hand: %w", err)
		}
		if again.rest() != s.file.rest() {
			return nil, fmt.Errorf("%s: the update would change more than what is wanted; change the wants by hand", s.file.file)
		}
		files[s.file.file] = []byte(text)
	}
	return files, nil
}

// rest is what an update must not change: all of the cases but what they want.
func (cf *caseFile) rest() string {
	out := []byte(cf.mapping + "\n" + cf.root + "\n")
	for _, c := range cf.cases {
		for _, key := range c.node.Keys {
			switch key.Name {
			case "want", "wantAll", "wantFile", "issues", "unmapped":
			default:
				out = append(key.Value.AppendJSON(append(out, key.Name...)), '\n')
			}
		}
		out = append(out, '\n')
	}
	return string(out)
}

// edits returns what the case's keys shall be; nil takes a key out.
func (s *Suite) edits(result Result, files map[string][]byte) (map[string]*yaml.Node, error) {
	c, edits := result.Case, map[string]*yaml.Node{}
	check := Result{Case: c, Output: result.Output, Report: result.Report}
	if s.compareIssues(&check); !check.OK() {
		edits["issues"] = issueNodes(result.Report.Issues)
	}
	check.Failures = nil
	if s.compareUnmapped(&check); !check.OK() {
		edits["unmapped"] = unmappedNode(result.Report.Unmapped)
	}
	check.Failures = nil
	s.compareOutput(&check)
	if check.OK() {
		return edits, nil
	}
	if result.Output == nil {
		edits["want"], edits["wantAll"], edits["wantFile"] = nil, nil, nil
		return edits, nil
	}
	if c.wantFile != "" {
		text, err := indented(result.Output)
		files[path.Join(s.dir, c.wantFile)] = text
		return edits, err
	}
	all, err := yamlDocuments(result.Output)
	if err != nil {
		return nil, err
	}
	if len(all) == 1 && c.wantAll == nil {
		edits["want"] = all[0]
		return edits, nil
	}
	edits["want"] = nil
	edits["wantAll"] = &yaml.Node{Kind: yaml.SequenceNode, Content: all}
	if len(all) == 0 {
		edits["wantAll"].Style = yaml.FlowStyle
	}
	return edits, nil
}

// indented writes JSON documents for a reader.
func indented(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	d := json.NewDecoder(bytes.NewReader(raw))
	for d.More() {
		var document json.RawMessage
		if err := d.Decode(&document); err != nil {
			return nil, fmt.Errorf("the output is not JSON: %w", err)
		}
		if err := json.Indent(&out, document, "", "  "); err != nil {
			return nil, fmt.Errorf("the output is not JSON: %w", err)
		}
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

// issueNodes writes issues as a case file wants them: without what changes when a line is
// added to the mapping.
func issueNodes(issues []mapping.Issue) *yaml.Node {
	if len(issues) == 0 {
		return nil
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, i := range issues {
		n := &yaml.Node{Kind: yaml.MappingNode}
		put := func(name, value string) {
			scalar := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
			if !plainText.MatchString(value) || wordText.MatchString(value) {
				scalar.Style = yaml.DoubleQuotedStyle
			}
			n.Content = append(n.Content, member(name, scalar).Content...)
		}
		put("code", i.Code)
		put("severity", string(i.Severity))
		if i.Rule != "" {
			put("rule", i.Rule)
		}
		if i.Pointer != nil {
			put("pointer", *i.Pointer)
		}
		if i.Source != "" {
			put("source", i.Source)
		}
		put("message", i.Message)
		list.Content = append(list.Content, n)
	}
	return list
}

func unmappedNode(all []mapping.Unmapped) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	tables := map[string]*yaml.Node{}
	for _, u := range all {
		if tables[u.Table] == nil {
			tables[u.Table] = &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
			n.Content = append(n.Content, member(u.Table, tables[u.Table]).Content...)
		}
		count := &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.Itoa(u.Count)}
		tables[u.Table].Content = append(tables[u.Table].Content, member(u.Code, count).Content...)
	}
	return n
}

// blockCase returns the column of the keys of a case that is written with a line for each
// key, and false for one that is not.
func blockCase(lines []string, c *Case) (column int, ok bool) {
	for i, key := range c.node.Keys {
		if i == 0 {
			column = key.Column
		}
		if key.Line < c.line || i == 0 && (key.Line != c.line || key.Column != c.column) { // within { }
			return 0, false
		}
		if key.Line > len(lines) || key.Column != column || strings.Trim(lines[key.Line-1][:key.Column-1], " -") != "" {
			return 0, false
		}
	}
	return column, column > 0
}

// edit puts the new values into the lines of a case, below the key that they replace or at
// the case's end.
func edit(lines []string, c *Case, column int, edits map[string]*yaml.Node) ([]string, error) {
	end := c.line - 1
	for _, key := range c.node.Keys {
		end = max(end, valueEnd(lines, key.Line, column))
	}
	type change struct {
		from, to int // lines, from 0
		with     []string
	}
	var changes []change
	for _, name := range []string{"want", "wantAll", "wantFile", "issues", "unmapped"} {
		value, ok := edits[name]
		if !ok {
			continue
		}
		at := change{from: end, to: end}
		first := false
		for _, key := range c.node.Keys {
			if key.Name == name {
				at.from, at.to = key.Line-1, valueEnd(lines, key.Line, column)
				first = key.Line == c.line
			}
		}
		if value != nil {
			var err error
			if at.with, err = yamlLines(member(name, value), column-1); err != nil {
				return nil, err
			}
		}
		if first { // the key stands behind the dash of its case
			if value == nil {
				return nil, fmt.Errorf("the key %s stands first in its case: write the name there", name)
			}
			at.with[0] = lines[at.from][:column-1] + strings.TrimLeft(at.with[0], " ")
		}
		if at.from == at.to && len(at.with) == 0 {
			continue
		}
		changes = append(changes, at)
	}
	slices.SortStableFunc(changes, func(a, b change) int { return b.from - a.from })
	// Those at the end keep their order although they go in from the back.
	for i := 0; i < len(changes); {
		j := i
		for j < len(changes) && changes[j].from == changes[i].from {
			j++
		}
		slices.Reverse(changes[i:j])
		i = j
	}
	for _, ch := range changes {
		if ch.from > 0 && ch.from == len(lines) && !strings.HasSuffix(lines[ch.from-1], "\n") {
			lines[ch.from-1] += "\n"
		}
		lines = slices.Replace(lines, ch.from, ch.to, ch.with...)
	}
	return lines, nil
}

// valueEnd returns the line (from 0) behind the value of a key in a line (from 1): the lines
// that are indented deeper, or a list's dashes below the key, without the empty lines and
// comments at the end.
func valueEnd(lines []string, keyLine, column int) int {
	end := keyLine
	for i := keyLine; i < len(lines); i++ {
		body := strings.TrimLeft(lines[i], " ")
		indent := len(lines[i]) - len(body)
		body = strings.TrimRight(body, "\r\n")
		if body == "" || strings.HasPrefix(body, "#") && indent < column {
			continue
		}
		dash := indent == column-1 && (body == "-" || strings.HasPrefix(body, "- "))
		if indent < column && !dash {
			break
		}
		end = i + 1
	}
	return end
}
