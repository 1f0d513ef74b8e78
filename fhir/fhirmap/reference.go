package fhirmap

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/mapping"
)

type referenceArgument struct {
	Type      string
	By        string
	System    string
	Base      string
	Namespace string
	Display   string
}

type reference struct {
	Reference  string      `json:"reference,omitempty"`
	Type       string      `json:"type,omitempty"`
	Identifier *identifier `json:"identifier,omitempty"`
	Display    string      `json:"display,omitempty"`
}

// reference makes a Reference of what a resource is known by.
func (o *operators) reference() mapping.Operator {
	return mapping.Operator{
		Summary: "A FHIR Reference to the resource with this id: its type, or {type, by: id | search | identifier | urn, system, base, namespace, display}.",
		In:      mapping.Text | mapping.Number, Out: mapping.Object,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","required":["type"],"additionalProperties":false,"properties":{"type":{"type":"string"},"by":{"enum":["id","search","identifier","urn"]},"system":{"type":"string"},"base":{"type":"string"},"namespace":{"type":"string"},"display":{"type":"string"}}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			a := referenceArgument{By: "id"}
			if err := decode(argument, func(text string) { a.Type = text }, &a, "type", "by", "system", "base", "namespace", "display"); err != nil {
				return nil, err
			}
			if err := o.checkReference(a); err != nil {
				return nil, err
			}
			a.Base = strings.TrimRight(a.Base, "/")
			return func(in mapping.Value) (mapping.Value, error) {
				text, ok, err := textOf(in)
				if err != nil || !ok {
					return mapping.Value{}, err
				}
				made, err := a.refer(text)
				if err != nil {
					return mapping.Value{}, err
				}
				made.Display = a.Display
				return encode(made)
			}, nil
		},
	}
}

func (o *operators) checkReference(a referenceArgument) error {
	if err := checkResourceType(a.Type); err != nil {
		return err
	}
	if err := oneOf("by", a.By, "id", "search", "identifier", "urn"); err != nil {
		return err
	}
	switch a.By {
	case "search", "identifier":
		if err := o.checkSystem(a.System); err != nil {
			return err
		}
	default:
		if a.System != "" {
			return fmt.Errorf("by: %s has no system", a.By)
		}
	}
	if a.Namespace != "" && a.By != "urn" {
		return errors.New("a namespace is for by: urn")
	}
	if a.Base == "" {
		return nil
	}
	u, err := url.Parse(a.Base)
	if a.By != "id" || err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("base is the URL of a server, for by: id")
	}
	return nil
}

func checkResourceType(name string) error {
	if t, ok := elements.Lookup(name); !ok || t.Kind != elements.Resource || t.Abstract {
		return fmt.Errorf("there is no resource type %q in FHIR R4", name)
	}
	return nil
}

// refer makes the reference to the resource known by a text.
func (a referenceArgument) refer(text string) (reference, error) {
	switch a.By {
	case "search":
		return reference{Reference: fhir.ConditionalReference(a.Type, fhir.IdentifierQuery(a.System, text))}, nil
	case "identifier":
		return reference{Type: a.Type, Identifier: &identifier{System: a.System, Value: text}}, nil
	case "urn":
		return reference{Reference: fhir.UUIDURN(a.Namespace, text)}, nil
	}
	text = strings.TrimPrefix(text, a.Type+"/")
	at := fhir.ParseLocation(a.Type + "/" + text)
	if at.ID != text {
		return reference{}, &mapping.OperatorError{
			Code: mapping.CodeFormat, Message: "the text is not an id: letters, digits, - and ., at most 64 of them",
			Hint: "by: search or by: identifier refer to a resource by its identifier",
		}
	}
	made := reference{Reference: at.Reference()}
	if a.Base != "" {
		made.Reference = a.Base + "/" + made.Reference
	}
	return made, nil
}
