package dhis2map

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
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
	if json.Unmarshal(argument, &members) != nil || members == nil {
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
			return fmt.Errorf("%s cannot be a %s", strings.ToLower(wrong.Field), wrong.Value)
		}
		return errors.New("the argument cannot be read")
	}
	return nil
}

// encode makes a value of JSON, without escapes for HTML.
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

// scheme reads the word of an argument that says by what metadata are named.
func scheme(what, word string) (dhis2.IDScheme, error) {
	switch word {
	case "uid":
		return dhis2.SchemeUID, nil
	case "code":
		return dhis2.SchemeCode, nil
	case "name":
		return dhis2.SchemeName, nil
	}
	if uid, ok := strings.CutPrefix(word, "attribute:"); ok && dhis2.ValidUID(uid) {
		return dhis2.SchemeAttribute(uid), nil
	}
	return "", fmt.Errorf("%s: %q is not known; there are uid, code, name and attribute:UID", what, word)
}

// named finds metadata that a document names by UID or code. A code counts first: some look
// like UIDs.
func named[T any](objects *dhis2.Objects[T], object func(*T) *dhis2.Object, name string) (*T, error) {
	if found := objects.Code(name); found != nil {
		if object(found).Missing {
			return nil, fmt.Errorf("%s %s is in the metadata in part only, without its type: export it whole", objects.Kind(), name)
		}
		return found, nil
	}
	if _, err := objects.Find(dhis2.SchemeCode, name); err != nil && !errors.Is(err, dhis2.ErrUnknownObject) {
		return nil, err
	}
	if found := objects.UID(name); found != nil && !object(found).Missing {
		return found, nil
	}
	return nil, fmt.Errorf("there is no %s %s in the metadata%s", objects.Kind(), name, suggest(objects, object, name))
}

// suggest names what was meant, as ": did you mean X?", or "".
func suggest[T any](objects *dhis2.Objects[T], object func(*T) *dhis2.Object, name string) string {
	best, distance := "", 3
	if len(name) > 64 || objects.Len() > 20_000 {
		return ""
	}
	for o := range objects.All() {
		code := object(o).Code
		switch {
		case code == "" || code == name:
		case strings.EqualFold(code, name):
			return ": did you mean " + code + "?"
		case object(o).Name == name:
			return ": that is the name of " + code
		case len(code) <= 64:
			if d := edits(name, code); d < distance && d < len(code)/2 {
				best, distance = code, d
			}
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// How each kind of metadata is an object.
func ofElement(o *dhis2.DataElement) *dhis2.Object    { return &o.Object }
func ofAttribute(o *dhis2.Attribute) *dhis2.Object    { return &o.Object }
func ofProgram(o *dhis2.Program) *dhis2.Object        { return &o.Object }
func ofStage(o *dhis2.ProgramStage) *dhis2.Object     { return &o.Object }
func ofSet(o *dhis2.OptionSet) *dhis2.Object          { return &o.Object }
func ofUnit(o *dhis2.OrgUnit) *dhis2.Object           { return &o.Object }
func ofDataSet(o *dhis2.DataSet) *dhis2.Object        { return &o.Object }
func ofType(o *dhis2.TrackedEntityType) *dhis2.Object { return &o.Object }
func ofLink(o *dhis2.RelationshipType) *dhis2.Object  { return &o.Object }
func ofCombo(o *dhis2.OptionCombo) *dhis2.Object      { return &o.Object }

// failing says what to do with what has no translation.
type failing struct {
	Unmapped string
	Default  json.RawMessage
}

func (f failing) check() error {
	if f.Unmapped == "" {
		return nil
	}
	if f.Default != nil {
		return fmt.Errorf("a default beside unmapped: %s; leave one of them away", f.Unmapped)
	}
	return oneOf("unmapped", f.Unmapped, "error", "omit")
}

// fallback is the default as a text, "" if there is none. One that says nothing is an error: it
// would be an empty value, which deletes. Numbers and booleans are taken as their texts, since
// YAML reads 03 and yes so.
func (f failing) fallback() (string, error) {
	if f.Default == nil {
		return "", nil
	}
	if strings.ContainsRune(`{[`, rune(f.Default[0])) {
		return "", errors.New("the default is one value, without members or items")
	}
	text := strings.TrimSpace(mapping.JSONValue(f.Default).Text())
	if text == "" || string(f.Default) == "null" {
		return "", errors.New("the default is empty; to write nothing say unmapped: omit")
	}
	return text, nil
}

// unmapped is the error of what has no translation: it is counted and, unless the document says
// what to do instead, fails the rule. It is never passed on.
func (f failing) unmapped(table, text, message, hint string) error {
	bad := &mapping.OperatorError{Code: mapping.CodeUnmapped, Message: message, Hint: hint, Table: table, Unmapped: text}
	var instead mapping.Value
	switch {
	case f.Default != nil:
		instead = mapping.JSONValue(f.Default)
	case f.Unmapped == "omit":
	default:
		return bad
	}
	bad.Instead = &instead
	return bad
}
