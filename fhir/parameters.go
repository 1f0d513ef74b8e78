package fhir

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// Parameters are what an operation takes and returns (R4 Parameters): named
// values, resources and groups of them, in their order. Names may come several
// times. It is a value: Add and the other methods return another one.
//
//	in := fhir.Parameters{}.
//		Code("code", "8867-4").
//		URI("system", "http://loinc.org")
type Parameters []Parameter

// Parameter is one of [Parameters]: it has a value, a resource, or parts.
type Parameter struct {
	// Name is what the operation calls it.
	Name string
	// Type is the FHIR type of the value: "string", "CodeableConcept"; empty if
	// there is none.
	Type string
	// Value is the value's JSON, as it came.
	Value json.RawMessage
	// Resource is the zero Resource if there is none.
	Resource Resource
	// Parts are the parameters of a group.
	Parts Parameters

	reason string // why it cannot be sent
}

// Add appends a parameter.
func (p Parameters) Add(param Parameter) Parameters { return append(p[:len(p):len(p)], param) }

// Value appends a value of a FHIR type, such as "HumanName"; value is marshaled
// to JSON.
func (p Parameters) Value(name, fhirType string, value any) Parameters {
	param := Parameter{Name: name, Type: fhirType}
	data, err := marshalPlain(value)
	if err != nil {
		param.reason = "its value cannot be JSON"
	}
	param.Value = data
	return p.Add(param)
}

// String appends a string.
func (p Parameters) String(name, value string) Parameters { return p.Value(name, "string", value) }

// Code appends a code.
func (p Parameters) Code(name, value string) Parameters { return p.Value(name, "code", value) }

// URI appends a uri.
func (p Parameters) URI(name, value string) Parameters { return p.Value(name, "uri", value) }

// Canonical appends a canonical URL.
func (p Parameters) Canonical(name, value string) Parameters {
	return p.Value(name, "canonical", value)
}

// Boolean appends a boolean.
func (p Parameters) Boolean(name string, value bool) Parameters {
	return p.Value(name, "boolean", value)
}

// Integer appends an integer of 32 bits, as FHIR has them.
func (p Parameters) Integer(name string, value int32) Parameters {
	return p.Value(name, "integer", value)
}

// Decimal appends a decimal with the digits it is written with: "1.10".
func (p Parameters) Decimal(name, value string) Parameters {
	if !jsonNumber.MatchString(value) {
		return p.Add(Parameter{Name: name, Type: "decimal", reason: "it is no decimal"})
	}
	return p.Add(Parameter{Name: name, Type: "decimal", Value: json.RawMessage(value)})
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$`)

// DateTime appends a dateTime, "2026", "2026-02-28T10:00:00Z".
func (p Parameters) DateTime(name, value string) Parameters {
	if !searchDate.MatchString(value) {
		return p.Add(Parameter{Name: name, Type: "dateTime", reason: "it is no date or time"})
	}
	return p.Value(name, "dateTime", value)
}

// Instant appends an instant.
func (p Parameters) Instant(name string, t time.Time) Parameters {
	return p.Value(name, "instant", t.Format("2006-01-02T15:04:05.000Z07:00"))
}

// Coding appends a Coding.
func (p Parameters) Coding(name string, c Coding) Parameters { return p.Value(name, "Coding", c) }

// Of appends a resource.
func (p Parameters) Of(name string, r Resource) Parameters {
	param := Parameter{Name: name, Resource: r}
	if r.IsZero() {
		param.reason = "its resource holds nothing"
	}
	return p.Add(param)
}

// Group appends a parameter of several parts.
func (p Parameters) Group(name string, parts Parameters) Parameters {
	return p.Add(Parameter{Name: name, Parts: parts})
}

// Resource returns the parameters as a resource. A parameter that cannot be
// sent gives an *[ArgumentError] with its name.
func (p Parameters) Resource() (Resource, error) {
	var b bytes.Buffer
	b.WriteString(`{"resourceType":"Parameters"`)
	if err := p.write(&b, "parameter", 0); err != nil {
		return Resource{}, err
	}
	b.WriteByte('}')
	return Parse(b.Bytes())
}

func (p Parameters) write(b *bytes.Buffer, member string, depth int) error {
	if len(p) == 0 {
		return nil
	}
	if depth > maxParts {
		return &ArgumentError{Argument: "parameters", Reason: "are nested too deeply"}
	}
	b.WriteString(`,"` + member + `":[`)
	for i, param := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := param.write(b, depth); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

var typeOfValue = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)

func (p Parameter) write(b *bytes.Buffer, depth int) error {
	reason := p.reason
	switch {
	case reason != "":
	case p.Name == "":
		reason = "it has no name"
	case p.Type == "" && p.Resource.IsZero() && len(p.Parts) == 0:
		reason = "it has neither a value of a type, nor a resource, nor parts"
	case p.Type != "" && !typeOfValue.MatchString(p.Type):
		reason = "its type is none"
	case p.Type != "" && (!json.Valid(p.Value) || string(p.Value) == "null"):
		reason = "its value is no JSON"
	}
	if reason != "" {
		return &ArgumentError{Argument: "parameter " + tellableName(p.Name), Reason: reason}
	}
	name, err := marshalPlain(p.Name)
	if err != nil {
		return err
	}
	b.WriteString(`{"name":`)
	b.Write(name)
	switch {
	case p.Type != "":
		b.WriteString(`,"value` + strings.ToUpper(p.Type[:1]) + p.Type[1:] + `":`)
		b.Write(p.Value)
	case !p.Resource.IsZero():
		b.WriteString(`,"resource":`)
		b.Write(p.Resource.Bytes())
	default:
		if err := p.Parts.write(b, "part", depth+1); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// marshalPlain is JSON without escapes for HTML.
func marshalPlain(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
