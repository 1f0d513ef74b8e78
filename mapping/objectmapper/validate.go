package objectmapper

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// schemaURL names the document's schema inside the validator; nothing is ever fetched.
const schemaURL = "inputValidation.json"

// ValidationError lists what inputValidation found wrong.
type ValidationError struct {
	// Issues are the mistakes, sorted by place; never empty.
	Issues []ValidationIssue
}

// ValidationIssue is one mistake of the input. It never holds the input's values.
type ValidationIssue struct {
	// Pointer is the JSON pointer into {requestBody, query, lookupRequests}, such as /requestBody/name.
	Pointer string
	// Keyword is the schema's keyword that failed, such as required.
	Keyword string
	// Message says what is wrong: the document's errorMessage when it has one for this.
	Message string
}

// Error joins the messages, as the peer does.
func (e *ValidationError) Error() string {
	var parts []string
	for _, issue := range e.Issues {
		parts = append(parts, "data"+issue.Pointer+" "+issue.Message)
	}
	return "objectmapper: validation failed: " + strings.Join(parts, ", ")
}

// ErrNothingToValidate tells that a document has inputValidation and the data neither body nor query nor lookups.
var ErrNothingToValidate = errors.New("objectmapper: no data to validate: there is no body, query or lookup")

type validator struct {
	schema *jsonschema.Schema
	source *value
	coerce Coercion
}

func compileValidator(doc *Document, opts Options) (*validator, error) {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	c.AssertFormat = true
	c.LoadURL = func(string) (io.ReadCloser, error) {
		return nil, errors.New("the schema refers to another document; put the definition below definitions and refer to #/definitions/name")
	}
	source, err := (&budget{limits: opts.Limits.withDefaults(), ctx: context.Background()}).copy(doc.validation)
	if err != nil {
		return nil, err
	}
	adapt(source, opts.RefuseNull)
	fail := func(err error) error {
		return &DocumentError{
			Position: doc.ValidationPosition, Message: "the schema cannot be compiled: " + err.Error(),
			Hint: "patterns are RE2: look-ahead and back references are not known",
		}
	}
	if err := c.AddResource(schemaURL, bytes.NewReader(encode(source))); err != nil {
		return nil, fail(err)
	}
	schema, err := c.Compile(schemaURL)
	if err != nil {
		return nil, fail(err)
	}
	return &validator{schema: schema, source: source, coerce: opts.CoerceTypes}, nil
}

// adapt turns the OpenAPI keyword nullable, which Ajv 6 knows, into a type of draft-07, everywhere a schema can stand.
func adapt(schema *value, refuseNull bool) {
	if !schema.is(kindObject) {
		return
	}
	if t := schema.get("type"); t != nil && schema.get("nullable").is(kindTrue) && !refuseNull {
		types := []*value{t}
		if t.kind == kindArray {
			types = t.list
		}
		hasNull := false
		for _, name := range types {
			hasNull = hasNull || name.is(kindString) && name.text == "null"
		}
		if !hasNull {
			types = append(types[:len(types):len(types)], newString("null"))
		}
		schema.set("type", newArray(types...))
	}
	for i, key := range schema.keys {
		switch v := schema.list[i]; key {
		case "properties", "patternProperties", "definitions", "dependencies":
			if v.is(kindObject) {
				for _, member := range v.list {
					adapt(member, refuseNull)
				}
			}
		case "items", "allOf", "anyOf", "oneOf", "additionalItems", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames":
			for _, sub := range items(v) {
				adapt(sub, refuseNull)
			}
		}
	}
}

// subject is what the peer validates: body, query and lookups, when there is one of them.
func subject(all *value) *value {
	out := newObject()
	for _, name := range [...]string{"requestBody", "query", "lookupRequests"} {
		if v := all.get(name); v != nil {
			out.set(name, v)
		}
	}
	return out
}

func (v *validator) validate(all *value) error {
	data := subject(all)
	if len(data.list) == 0 {
		return ErrNothingToValidate
	}
	if v.coerce != CoerceNone {
		data = coerce(data, v.source, v.source, v.coerce, 0)
		for i, name := range data.keys {
			all.set(name, data.list[i])
		}
	}
	err := v.schema.Validate(decoded(data))
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return err
	}
	out := &ValidationError{}
	v.collect(failed, out)
	slices.SortStableFunc(out.Issues, func(a, b ValidationIssue) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Keyword, b.Keyword), cmp.Compare(a.Message, b.Message))
	})
	return out
}

// store puts coerced values back into the data, so that lookups and templates see what the mapping sees.
func (v *validator) store(all *value, data *Data) {
	if v.coerce == CoerceNone {
		return
	}
	for _, part := range []struct {
		name string
		into *json.RawMessage
	}{{"requestBody", &data.RequestBody}, {"query", &data.Query}, {"lookupRequests", &data.LookupRequests}} {
		if val := all.get(part.name); val != nil {
			*part.into = encode(val)
		}
	}
}

// decoded makes what the validator reads; numbers keep their digits.
func decoded(v *value) any {
	if v == nil {
		return nil
	}
	switch v.kind {
	case kindTrue, kindFalse:
		return v.kind == kindTrue
	case kindNumber:
		return json.Number(v.text)
	case kindString:
		return v.text
	case kindArray:
		out := make([]any, len(v.list))
		for i, item := range v.list {
			out[i] = decoded(item)
		}
		return out
	case kindObject:
		out := make(map[string]any, len(v.list))
		for i, key := range v.keys {
			if v.list[i] != nil {
				out[key] = decoded(v.list[i])
			}
		}
		return out
	case kindNull:
	}
	return nil
}

// collect takes the leaves of an error, with the document's own messages where it has them.
func (v *validator) collect(e *jsonschema.ValidationError, out *ValidationError) {
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			v.collect(cause, out)
		}
		return
	}
	keyword := e.KeywordLocation[strings.LastIndexByte(e.KeywordLocation, '/')+1:]
	names := []string{""}
	if keyword == "required" {
		names = missingNames(e.Message)
	}
	for _, name := range names {
		issue := ValidationIssue{Pointer: e.InstanceLocation, Keyword: keyword, Message: safeMessage(keyword, name)}
		if own := v.ownMessage(e.AbsoluteKeywordLocation, name); own != "" {
			issue.Message = own
		}
		if !contains(out.Issues, issue) {
			out.Issues = append(out.Issues, issue)
		}
	}
}

func contains(list []ValidationIssue, issue ValidationIssue) bool {
	return slices.Contains(list, issue)
}

// missingNames reads the names of a "missing properties: 'a', 'b'" message: they are the schema's, not the input's.
func missingNames(message string) []string {
	_, list, _ := strings.Cut(message, ": ")
	var names []string
	for part := range strings.SplitSeq(list, ", ") {
		names = append(names, strings.Trim(part, "'"))
	}
	return names
}

// safeMessage says which keyword failed without the value that failed it.
func safeMessage(keyword, name string) string {
	switch keyword {
	case "required":
		return fmt.Sprintf("should have required property '%s'", name)
	case "type":
		return "should be of another type"
	case "additionalProperties", "false schema":
		return "should not have additional properties"
	case "enum", "const":
		return "should be equal to one of the allowed values"
	default:
		return fmt.Sprintf("should pass %q of the schema", keyword)
	}
}

// ownMessage looks for errorMessage (ajv-errors): at the schema of the failing keyword, or as one text at a schema around it.
func (v *validator) ownMessage(location, name string) string {
	_, fragment, _ := strings.Cut(location, "#")
	steps := strings.Split(strings.Trim(fragment, "/"), "/")
	schema, around := v.source, ""
	for i, step := range steps {
		step = strings.NewReplacer("~1", "/", "~0", "~", "%25", "%").Replace(step)
		message := schema.get("errorMessage")
		switch {
		case message.is(kindString):
			around = message.text
		case message.is(kindObject) && i == len(steps)-1:
			own := message.get(step)
			if own.is(kindObject) {
				own = own.get(name)
			}
			if own == nil {
				own = message.get("_")
			}
			if own.is(kindString) {
				return own.text
			}
		case message.is(kindObject) && i+1 < len(steps) && step == "properties":
			if own := message.get("properties").get(steps[i+1]); own.is(kindString) {
				around = own.text
			}
		}
		if schema.is(kindArray) {
			schema = follow(schema, []string{step})
		} else {
			schema = schema.get(step)
		}
	}
	return around
}
