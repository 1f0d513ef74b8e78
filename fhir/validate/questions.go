package validate

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// form is a Questionnaire made ready to hold responses against. Immutable.
type form struct {
	status string
	items  []*question
	byLink map[string]*question
}

// question is one item of a form.
type question struct {
	LinkID         string          `json:"linkId"`
	Type           string          `json:"type"`
	Required       bool            `json:"required"`
	Repeats        bool            `json:"repeats"`
	MaxLength      int             `json:"maxLength"`
	AnswerValueSet string          `json:"answerValueSet"`
	AnswerOption   []answerOption  `json:"answerOption"`
	EnableWhen     []enableWhen    `json:"enableWhen"`
	EnableBehavior string          `json:"enableBehavior"`
	Items          []*question     `json:"item"`
	Extension      []itemExtension `json:"extension"`

	parent  *question
	regex   *regexp.Regexp
	targets []string // resource types that references may lead to
}

// itemExtension is an extension of an item that bounds its answers.
type itemExtension struct {
	URL string
	value
}

// UnmarshalJSON reads url and value[x].
func (e *itemExtension) UnmarshalJSON(data []byte) error {
	var head struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return err
	}
	e.URL = head.URL
	return e.read(data, "value")
}

// answerOption is one permitted answer.
type answerOption struct{ value }

// enableWhen is one condition on another answer.
type enableWhen struct {
	Question string `json:"question"`
	Operator string `json:"operator"`
	answer   value
}

// value is the value[x] or answer[x] of an object: the type its name ends with, and the value's own tree.
type value struct {
	typ  string
	tree *tree.Tree
}

// UnmarshalJSON finds value[x].
func (v *value) UnmarshalJSON(data []byte) error { return v.read(data, "value") }

func (v *value) read(data []byte, prefix string) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	for name, raw := range members {
		typ, ok := strings.CutPrefix(name, prefix)
		if !ok || typ == "" || typ[0] < 'A' || typ[0] > 'Z' {
			continue
		}
		parsed, err := tree.Parse(raw, tree.Limits{Depth: 64})
		if err != nil {
			return err
		}
		v.typ, v.tree = typ, parsed
	}
	return nil
}

// UnmarshalJSON reads an enableWhen with its answer[x].
func (e *enableWhen) UnmarshalJSON(data []byte) error {
	var plain struct{ Question, Operator string }
	if err := json.Unmarshal(data, &plain); err != nil {
		return err
	}
	e.Question, e.Operator = plain.Question, plain.Operator
	return e.answer.read(data, "answer")
}

// text is the value of a primitive, "" for others.
func (v *value) text() string {
	if v.tree == nil || v.tree.Kind(v.tree.Root()) == tree.Object {
		return ""
	}
	return v.tree.Text(v.tree.Root())
}

func (v *value) member(name string) string {
	if v.tree == nil {
		return ""
	}
	m := v.tree.Member(v.tree.Root(), name)
	switch v.tree.Kind(m) {
	case tree.String, tree.Number:
		return v.tree.Text(m)
	default:
		return ""
	}
}

// readForm decodes a Questionnaire.
func readForm(data []byte) (*form, error) {
	var read struct {
		Status string      `json:"status"`
		Item   []*question `json:"item"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return nil, fmt.Errorf("questionnaire: %w", err)
	}
	f := &form{status: read.Status, items: read.Item, byLink: map[string]*question{}}
	f.link(read.Item, nil, 0)
	return f, nil
}

// maxPattern bounds a regular expression: contained questionnaires come with the message.
const maxPattern = 2000

func (f *form) link(items []*question, parent *question, depth int) {
	if depth > maxItemDepth {
		return
	}
	for _, q := range items {
		if q == nil {
			continue
		}
		q.parent = parent
		f.byLink[q.LinkID] = q
		for i := range q.Extension {
			ext := &q.Extension[i]
			switch {
			case strings.HasSuffix(ext.URL, "/regex") && len(ext.text()) <= maxPattern:
				q.regex, _ = regexp.Compile("^(?:" + ext.text() + ")$") // one that cannot be compiled is not applied
			case strings.HasSuffix(ext.URL, "/questionnaire-referenceResource"):
				q.targets = append(q.targets, ext.text())
			}
		}
		f.link(q.Items, q, depth+1)
	}
}

// extension returns the value of the extension whose URL ends with a name; nil when there is none.
func (q *question) extension(name string) *value {
	for i := range q.Extension {
		if strings.HasSuffix(q.Extension[i].URL, "/"+name) {
			return &q.Extension[i].value
		}
	}
	return nil
}

// answerTypes are the types that answers may have.
func (q *question) answerTypes() []string {
	switch q.Type {
	case "text":
		return []string{"string"}
	case "url":
		return []string{"uri"}
	case "attachment":
		return []string{"Attachment"}
	case "reference":
		return []string{"Reference"}
	case "quantity":
		return []string{"Quantity"}
	case "choice", "open-choice":
		types := []string{"Coding"}
		for _, option := range q.AnswerOption {
			if option.typ != "" && option.typ != "Coding" {
				types = append(types, strings.ToLower(option.typ[:1])+option.typ[1:])
			}
		}
		if q.Type == "open-choice" {
			types = append(types, "string")
		}
		return types
	case "group", "display", "":
		return nil
	default:
		return []string{q.Type}
	}
}
