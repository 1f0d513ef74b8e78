package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// flowWidth is how long what stands within { } or [ ] in one line may get.
const flowWidth = 90

var (
	// bareText is text that needs no quotes in any version of YAML, not even within { }, if it is
	// no word with a meaning.
	bareText = regexp.MustCompile(`^[A-Za-z$/][A-Za-z0-9_/.$-]*( [A-Za-z0-9_/.$-]+)*$`)
	wordText = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|y|n|null|nan|inf)$`)
)

// yamlOf writes a document that is JSON as YAML, in its usual form.
func yamlOf(document []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	root, err := yamlNode(d)
	if err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	for i := 1; i < len(root.Content); i += 2 {
		if key := root.Content[i-1].Value; key == "map" || key == "tables" {
			inLines(root.Content[i], len(key))
			continue
		}
		fold(root.Content[i], len(root.Content[i-1].Value))
	}
	p := plains{mark: "zq" + strings.Repeat("z", longest(document, 'z')) + "q"}
	p.hide(root, false)
	text, err := encode(root)
	if err != nil {
		return nil, err
	}
	return format(p.show(text))
}

// inLines gives each member of an object a line of its own.
func inLines(n *yaml.Node, column int) {
	for i := 1; i < len(n.Content); i += 2 {
		fold(n.Content[i], column+len(n.Content[i-1].Value))
	}
}

// fold puts what is short enough into one line.
func fold(n *yaml.Node, column int) {
	if n.Kind == yaml.ScalarNode {
		return
	}
	if len(n.Content) == 0 || column+flowLength(n) <= flowWidth {
		n.Style = yaml.FlowStyle
		return
	}
	if n.Kind == yaml.MappingNode {
		inLines(n, column)
		return
	}
	for _, item := range n.Content {
		fold(item, column)
	}
}

// flowLength is about how long a node is in one line.
func flowLength(n *yaml.Node) int {
	length := len(n.Value) + 2
	for _, child := range n.Content {
		length += flowLength(child)
	}
	return length
}

// yamlNode reads one JSON value as YAML, with the order of members and the text of numbers.
func yamlNode(d *json.Decoder) (*yaml.Node, error) {
	t, err := d.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		if t == '{' {
			n.Kind = yaml.MappingNode
		}
		for d.More() {
			item, err := yamlNode(d)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
		_, err := d.Token()
		return n, err
	case string:
		n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: t}
		switch {
		case bareText.MatchString(t) && !wordText.MatchString(t):
		case strings.ContainsAny(t, `"\`) && !strings.ContainsFunc(t, unicode.IsControl):
			n.Style = yaml.SingleQuotedStyle
		default:
			n.Style = yaml.DoubleQuotedStyle
		}
		return n, nil
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: t.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatBool(t)}, nil
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}, nil
	}
}
