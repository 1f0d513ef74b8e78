package fhirmap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping"
)

// decode reads an operator's argument: a text, for which short is called, or an object of the
// keys known.
func decode(argument json.RawMessage, short func(text string), into any, known ...string) error {
	var text string
	if json.Unmarshal(argument, &text) == nil {
		short(text)
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(argument, &members) != nil {
		return errors.New("the argument is a text, or an object of " + strings.Join(known, ", "))
	}
	for name := range members {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no key %s; the keys are %s", name, strings.Join(known, ", "))
		}
	}
	if err := json.Unmarshal(argument, into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return fmt.Errorf("%s cannot be a %s", strings.ToLower(wrong.Field[:min(1, len(wrong.Field))])+wrong.Field[min(1, len(wrong.Field)):], wrong.Value)
		}
		return fmt.Errorf("the argument cannot be read: %w", err)
	}
	return nil
}

// encode makes a value of what FHIR writes: without empty members and escapes for HTML.
func encode(v any) (mapping.Value, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return mapping.Value{}, err
	}
	return mapping.JSONValue(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}

// oneOf checks a word of an argument.
func oneOf(what, word string, known ...string) error {
	if slices.Contains(known, word) {
		return nil
	}
	return fmt.Errorf("%s: %q is not known; there are %s", what, word, strings.Join(known, ", "))
}

// textOf returns the text of a value that is to become a string of FHIR, without white space
// around it. ok is false for a text of nothing but white space, which FHIR does not have.
func textOf(in mapping.Value) (text string, ok bool, err error) {
	text = strings.TrimSpace(in.Text())
	for i := range len(text) {
		if text[i] < ' ' {
			return "", false, &mapping.OperatorError{Code: mapping.CodeFormat, Message: "the text has a control character", Hint: "cut it with $replace"}
		}
	}
	return text, text != "", nil
}
