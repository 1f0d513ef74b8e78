package validate

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// structureDefinition is the part of a StructureDefinition that says what instances must be.
type structureDefinition struct {
	URL            string `json:"url"`
	Version        string `json:"version"`
	Kind           string `json:"kind"`
	Type           string `json:"type"`
	BaseDefinition string `json:"baseDefinition"`
	Derivation     string `json:"derivation"`
	Context        []struct {
		Type       string `json:"type"`
		Expression string `json:"expression"`
	} `json:"context"`
	Snapshot     elementList `json:"snapshot"`
	Differential elementList `json:"differential"`
}

type elementList struct {
	Element []elementDefinition `json:"element"`
}

// elementDefinition is one element of a profile. Pointers are nil where a differential says nothing.
type elementDefinition struct {
	ID               string          `json:"id"`
	Path             string          `json:"path"`
	SliceName        string          `json:"sliceName"`
	Min              *int            `json:"min"`
	Max              string          `json:"max"`
	Slicing          *slicingRule    `json:"slicing"`
	ContentReference string          `json:"contentReference"`
	Type             []elementType   `json:"type"`
	Binding          *elementBinding `json:"binding"`
	Constraint       []elementRule   `json:"constraint"`
	MaxLength        int             `json:"maxLength"`
	IsModifier       bool            `json:"isModifier"`

	// fixed[x], pattern[x], minValue[x] and maxValue[x]; nil when not there.
	Fixed, Pattern, MinValue, MaxValue *literal `json:"-"`
}

type slicingRule struct {
	Discriminator []discriminator `json:"discriminator"`
	Ordered       bool            `json:"ordered"`
	Rules         string          `json:"rules"`
}

type discriminator struct {
	Type string `json:"type"`
	Path string `json:"path"`
}

type elementType struct {
	Code          string   `json:"code"`
	Profile       []string `json:"profile"`
	TargetProfile []string `json:"targetProfile"`
}

type elementBinding struct {
	Strength  string             `json:"strength"`
	ValueSet  string             `json:"valueSet"`
	Extension []bindingExtension `json:"extension"`
}

type bindingExtension struct {
	URL            string             `json:"url"`
	ValueCanonical string             `json:"valueCanonical"`
	ValueCode      string             `json:"valueCode"`
	Extension      []bindingExtension `json:"extension"`
}

type elementRule struct {
	Key        string `json:"key"`
	Severity   string `json:"severity"`
	Human      string `json:"human"`
	Expression string `json:"expression"`
	Source     string `json:"source"`
	Extension  []struct {
		URL          string `json:"url"`
		ValueBoolean bool   `json:"valueBoolean"`
	} `json:"extension"`
}

// literal is a value that a profile holds.
type literal struct {
	tree *tree.Tree
	typ  string // the suffix of its name: "CodeableConcept"
}

// UnmarshalJSON reads the members of fixed names, then the choices.
func (e *elementDefinition) UnmarshalJSON(data []byte) error {
	type plain elementDefinition
	if err := json.Unmarshal(data, (*plain)(e)); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	for name, raw := range members {
		for prefix, into := range map[string]**literal{"fixed": &e.Fixed, "pattern": &e.Pattern, "minValue": &e.MinValue, "maxValue": &e.MaxValue} {
			typ, ok := strings.CutPrefix(name, prefix)
			if !ok || typ == "" || typ[0] < 'A' || typ[0] > 'Z' {
				continue
			}
			parsed, err := tree.Parse(raw, tree.Limits{Depth: 64})
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			*into = &literal{tree: parsed, typ: typ}
		}
	}
	return nil
}

// readStructureDefinition decodes a profile and checks what the compiler relies on.
func readStructureDefinition(data []byte) (*structureDefinition, error) {
	def := &structureDefinition{}
	if err := json.Unmarshal(data, def); err != nil {
		return nil, err
	}
	if def.URL == "" || def.Type == "" {
		return nil, errors.New("a StructureDefinition needs url and type")
	}
	for _, list := range [][]elementDefinition{def.Snapshot.Element, def.Differential.Element} {
		for i := range list {
			if list[i].Path == "" {
				return nil, fmt.Errorf("element %d has no path", i)
			}
			if _, err := maxOf(list[i].Max); err != nil {
				return nil, fmt.Errorf("element %s: max: %w", list[i].Path, err)
			}
		}
	}
	return def, nil
}

// maxOf reads "*" or a number; "" counts as "*".
func maxOf(text string) (int, error) {
	if text == "*" || text == "" {
		return elements.Unbounded, nil
	}
	return strconv.Atoi(text)
}

func (b *elementBinding) strength() elements.Strength {
	switch b.Strength {
	case "required":
		return elements.Required
	case "extensible":
		return elements.Extensible
	case "preferred":
		return elements.Preferred
	default:
		return elements.Example
	}
}

func (b *elementBinding) maxValueSet() string {
	for _, ext := range b.Extension {
		if strings.HasSuffix(ext.URL, "/elementdefinition-maxValueSet") {
			return ext.ValueCanonical
		}
	}
	return ""
}

// additional lists the value sets that must hold a code besides the binding's own, of the extension additional-binding.
func (b *elementBinding) additional() []string {
	var urls []string
	for _, ext := range b.Extension {
		if !strings.HasSuffix(ext.URL, "/additional-binding") && !strings.HasSuffix(ext.URL, "/extension-ElementDefinition.binding.additional") {
			continue
		}
		url, required, conditional := "", false, false
		for _, part := range ext.Extension {
			switch part.URL {
			case "valueSet":
				url = part.ValueCanonical
			case "purpose":
				required = part.ValueCode == "required"
			case "usage":
				conditional = true
			}
		}
		if required && !conditional && url != "" {
			urls = append(urls, url)
		}
	}
	return urls
}

func (c *elementRule) constraint() *elements.Constraint {
	out := &elements.Constraint{Key: c.Key, Warning: c.Severity != "error", Human: c.Human, Expression: c.Expression, Source: c.Source}
	for _, ext := range c.Extension {
		out.BestPractice = out.BestPractice || ext.ValueBoolean && strings.HasSuffix(ext.URL, "/elementdefinition-bestpractice")
	}
	return out
}
