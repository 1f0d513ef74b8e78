package fhir_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// builder fills samply's structs with what they hold by value: of every choice,
// alternative number pick.
type builder struct {
	pick, most int // the most alternatives met
}

const deepest = 5

func (b *builder) fill(v reflect.Value, typ *elements.Type, depth int) {
	chosen := map[*elements.Element]bool{}
	for f, fv := range v.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		el, ref, ok := typ.Element(name)
		switch {
		case !ok || fv.Kind() == reflect.Pointer:
		case el.Choice && !chosen[el]:
			chosen[el] = true
			names := alternatives(v, typ, el)
			b.most = max(b.most, len(names))
			name = names[b.pick%len(names)]
			_, ref, _ = typ.Element(name)
			b.set(fieldNamed(v, name), el, ref, depth)
		case el.Choice:
		case fv.Kind() != reflect.Slice:
			b.set(fv, el, ref, depth)
		case fv.Type() == reflect.TypeFor[json.RawMessage]() || depth >= deepest:
		case el.Min > 0 || holdsChoice(fv.Type().Elem(), contentOf(el, ref), deepest-depth):
			item := reflect.New(fv.Type().Elem()).Elem()
			b.set(item, el, ref, depth)
			fv.Set(reflect.Append(fv, item))
		}
	}
	if v.IsZero() && typ.Kind != elements.Resource {
		b.something(v, typ, depth)
	}
}

// something sets the first optional field that can be set.
func (b *builder) something(v reflect.Value, typ *elements.Type, depth int) {
	for f, fv := range v.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if el, ref, ok := typ.Element(name); ok && name != "id" && fv.Kind() == reflect.Pointer && !isCodeType(fv.Type().Elem()) {
			fv.Set(reflect.New(fv.Type().Elem()))
			b.set(fv.Elem(), el, ref, depth)
			return
		}
	}
}

func isCodeType(t reflect.Type) bool { return t.Kind() == reflect.Int && t.Name() != "int" }

func contentOf(el *elements.Element, ref elements.TypeRef) *elements.Type {
	if el.Content != nil {
		return el.Content
	}
	t, _ := elements.Lookup(ref.Code)
	return t
}

func alternatives(v reflect.Value, typ *elements.Type, el *elements.Element) []string {
	var names []string
	for f := range v.Type().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if other, _, ok := typ.Element(name); ok && other == el {
			names = append(names, name)
		}
	}
	return names
}

// holdsChoice reports whether a struct holds a choice by value, at most so deep.
func holdsChoice(t reflect.Type, typ *elements.Type, deep int) bool {
	if t.Kind() != reflect.Struct || typ == nil || deep == 0 {
		return false
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		el, ref, ok := typ.Element(name)
		switch {
		case !ok || f.Type.Kind() == reflect.Pointer || ref.Code == "Extension":
		case el.Choice:
			return true
		case f.Type.Kind() == reflect.Slice:
			if holdsChoice(f.Type.Elem(), contentOf(el, ref), deep-1) {
				return true
			}
		}
	}
	return false
}

func (b *builder) set(v reflect.Value, el *elements.Element, ref elements.TypeRef, depth int) {
	switch {
	case v.Kind() == reflect.Struct:
		b.fill(v, contentOf(el, ref), depth+1)
	case v.Type() == reflect.TypeFor[json.Number]():
		v.SetString("1.50")
	case v.Kind() == reflect.String:
		v.SetString(sampleOf(ref.Code))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.Kind() == reflect.Int && !isCodeType(v.Type()):
		v.SetInt(7)
	}
}

// sampleOf is a value of a primitive type.
func sampleOf(code string) string {
	switch code {
	case "date":
		return "2024-02-03"
	case "dateTime", "instant":
		return "2024-02-03T04:05:06Z"
	case "time":
		return "04:05:06"
	case "base64Binary":
		return "eA=="
	case "uuid":
		return "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9"
	case "oid":
		return "urn:oid:1.2.3"
	case "uri", "url", "canonical":
		return "http://example.org/x"
	case "xhtml":
		return `<div xmlns="http://www.w3.org/1999/xhtml">x</div>`
	default:
		return "x"
	}
}

// flaws lists what of an object is not valid by the table of elements.
func flaws(object map[string]any, typ *elements.Type, path string) []string {
	var all []string
	if len(object) == 0 {
		all = append(all, path+" is empty")
	}
	counts := map[*elements.Element]int{}
	for key, value := range object {
		if key == "resourceType" && typ.Kind == elements.Resource {
			continue
		}
		el, ref, ok := typ.Element(key)
		here := path + "." + key
		if !ok {
			all = append(all, here+" is unknown")
			continue
		}
		counts[el]++
		list, isList := value.([]any)
		if isList != el.List() {
			all = append(all, here+" is or is no list")
			continue
		}
		if !isList {
			list = []any{value}
		}
		if len(list) == 0 {
			all = append(all, here+" is empty")
		}
		for _, v := range list {
			all = append(all, valueFlaws(v, el, ref, here)...)
		}
	}
	for el, n := range counts {
		if el.Choice && n > 1 {
			all = append(all, path+"."+el.Name+" has several alternatives")
		}
	}
	for i := range typ.Elements {
		if el := &typ.Elements[i]; el.Min > 0 && counts[el] == 0 {
			all = append(all, path+"."+el.Name+" is missing")
		}
	}
	return all
}

func valueFlaws(v any, el *elements.Element, ref elements.TypeRef, here string) []string {
	content := contentOf(el, ref)
	if ref.Primitive() && el.Content == nil {
		content = nil
	}
	switch v := v.(type) {
	case nil:
		return []string{here + " is null"}
	case string:
		if v == "" || v == "<unknown>" || content != nil {
			return []string{here + " is no text"}
		}
	case map[string]any:
		if content == nil {
			return []string{here + " is no object"}
		}
		return flaws(v, content, here)
	}
	return nil
}

func TestResourcesThatSamplyMarshalsWronglyComeOutValid(t *testing.T) {
	t.Parallel()
	wrong := map[string]bool{} // what samply makes of them is not valid
	for name, typ := range samplyTypes() {
		table, ok := elements.Lookup(name)
		require.True(t, ok, name)
		b := &builder{}
		for b.pick = 0; b.pick == 0 || b.pick < b.most; b.pick++ {
			v := reflect.New(reflect.TypeOf(typ.zero())).Elem()
			b.fill(v, table, 0)
			raw, err := json.Marshal(v.Interface())
			require.NoError(t, err)
			if len(flaws(tree(t, raw), table, name)) > 0 {
				wrong[name] = true
			}
			r, err := fhir.New(v.Interface())
			if !assert.NoError(t, err, "%s %d", name, b.pick) {
				continue
			}
			assert.Empty(t, flaws(tree(t, r.Bytes()), table, name), "%s %d: %s", name, b.pick, r.Bytes())
			assert.True(t, strings.HasPrefix(string(r.Bytes()), `{"resourceType":"`+name+`"`), name)
			again, err := fhir.New(r)
			require.NoError(t, err)
			assert.True(t, r.Equal(again))
		}
	}
	assert.GreaterOrEqual(t, len(wrong), 34, "samply is known to marshal 34 types wrongly: %v", wrong)
	t.Logf("samply marshals %d types wrongly", len(wrong))
}

func TestNewPrunesAndOrders(t *testing.T) {
	t.Parallel()
	type own struct {
		Name  []any           `json:"name"`
		Type  string          `json:"resourceType"`
		Empty map[string]any  `json:"empty"`
		Null  *int            `json:"null"`
		Raw   json.RawMessage `json:"raw"`
		Text  string          `json:"text"`
	}
	r, err := fhir.New(own{
		Name: []any{nil, map[string]any{"given": []any{nil, "", "a", nil}, "_given": []any{map[string]any{"id": "1"}, nil, nil, nil}}, map[string]any{}},
		Type: "Patient", Empty: map[string]any{"a": []any{map[string]any{"b": ""}}}, Raw: json.RawMessage(` {"n" : 1.50, "m": 0} `), Text: "<a>&\u2028\\u003c",
	})
	require.NoError(t, err)
	assert.Equal(t, `{"resourceType":"Patient","name":[{"_given":[{"id":"1"},null],"given":[null,"a"]}],"raw":{"n":1.50,"m":0},"text":"<a>&`+"\u2028"+`\\u003c"}`, string(r.Bytes()))
}

func TestNewRefusesWhatItCouldOnlyGuess(t *testing.T) {
	t.Parallel()
	immunization := fhir.NewImmunization(models.ImmunizationStatusCodesCompleted, fhir.NewCodeableConcept("x"), fhir.NewReference("Patient/1"), "2024")
	immunization.OccurrenceString = "yesterday"
	var nothing *models.Patient
	for want, v := range map[string]any{
		"fhir: build Immunization.occurrence[x]: more than one alternative is set: occurrenceDateTime and occurrenceString":                                      immunization,
		"fhir: build Task.input[0].value[x]: none of the alternatives is set, or one is set to false or 0, which cannot be told apart; use Set for such a value": models.Task{Input: []models.TaskInput{{Type: fhir.NewCodeableConcept("x")}}},
		"fhir: build Observation.status: the code is none that its Go type knows":                                                                                models.Observation{Status: -1},
		"fhir: build a resource: the value is nil":                               nothing,
		"fhir: build a resource: a fhir.HumanName marshals without resourceType": models.HumanName{},
		"fhir: marshal fhir.Observation: a json.Number holds no JSON number":     models.Observation{ValueQuantity: new(fhir.NewQuantity("1,5", "mg"))},
	} {
		_, err := fhir.New(v)
		assert.EqualError(t, err, want)
	}
	_, err := fhir.New(nil)
	require.Error(t, err)
	assert.Panics(t, func() { fhir.MustNew(nil) })
}

func TestConstructorsMakeValidResources(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 2, 3, 4, 5, 6, 789_000_000, time.FixedZone("", 2*3600))
	patient := fhir.NewPatient(fhir.NewIdentifier("urn:mrn", "1"))
	patient.Name = []models.HumanName{fhir.NewHumanName("F", "a", "b")}
	observation := fhir.NewObservation(models.ObservationStatusFinal, fhir.NewCodeableConcept("", fhir.NewCoding("http://loinc.org", "29463-7", "Body weight")))
	observation.Subject = new(fhir.NewReference("Patient/1"))
	observation.EffectivePeriod = new(fhir.NewPeriod(fhir.Date(at), ""))
	observation.ValueQuantity = new(fhir.NewQuantity("72.50", "kg"))
	task := fhir.NewTask(models.TaskStatusRequested, "order")
	task.Input = []models.TaskInput{fhir.NewTaskInput(fhir.NewCodeableConcept("note"), "x")}
	for want, v := range map[string]any{
		`{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"1"}],"name":[{"family":"F","given":["a","b"]}]}`: patient,
		`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7","display":"Body weight"}]},"subject":{"reference":"Patient/1"},` +
			`"effectivePeriod":{"start":"2024-02-03"},"valueQuantity":{"value":72.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}`: observation,
		`{"resourceType":"Task","status":"requested","intent":"order","input":[{"type":{"text":"note"},"valueString":"x"}]}`: task,
		`{"resourceType":"Immunization","status":"completed","vaccineCode":{"text":"BCG"},"patient":{"type":"Patient","identifier":{"system":"urn:mrn","value":"1"}},"occurrenceDateTime":"2024-02-03T04:05:06+02:00"}`: fhir.NewImmunization(
			models.ImmunizationStatusCodesCompleted, fhir.NewCodeableConcept("BCG"), fhir.NewLogicalReference("Patient", "urn:mrn", "1"), fhir.DateTime(at)),
		`{"resourceType":"AuditEvent","type":{"system":"s","code":"rest"},"recorded":"2024-02-03T04:05:06.789+02:00","agent":[{"who":{"reference":"Device/1"},"requestor":false}],"source":{"observer":{"reference":"Device/2"}}}`: fhir.NewAuditEvent(
			fhir.NewCoding("s", "rest", ""), at, fhir.NewReference("Device/2"), fhir.NewAuditAgent(fhir.NewReference("Device/1"), false)),
	} {
		r, err := fhir.New(v)
		require.NoError(t, err)
		assert.Equal(t, want, string(r.Bytes()))
		table, _ := elements.Lookup(r.Type())
		assert.Empty(t, flaws(tree(t, r.Bytes()), table, r.Type()))
	}
}
