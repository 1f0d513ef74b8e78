package mapping_test

import (
	"strings"

	"github.com/tidwall/gjson"
)

type handObservation struct {
	code, effective, encounter, quantity, coded, boolean, text gjson.Result
	components                                                 gjson.Result
}

func handTracker(dst []byte, in string, tables handTables) ([]byte, error) {
	var patient gjson.Result
	var found [64]handObservation
	observations := found[:0]
	gjson.Get(in, "entry").ForEach(func(_, entry gjson.Result) bool {
		resource := entry.Get("resource")
		var o handObservation
		kind, status := "", ""
		resource.ForEach(func(k, v gjson.Result) bool {
			switch k.Str {
			case "resourceType":
				if kind = v.Str; kind == "Patient" {
					return false
				}
			case "status":
				status = v.Str
			case "code":
				o.code = v
			case "effectiveDateTime":
				o.effective = v
			case "encounter":
				o.encounter = v.Get("reference")
			case "valueQuantity":
				o.quantity = v.Get("value")
			case "valueCodeableConcept":
				o.coded = v.Get("coding.0.code")
			case "valueBoolean":
				o.boolean = v
			case "valueString":
				o.text = v
			case "component":
				o.components = v
			}
			return true
		})
		switch {
		case kind == "Patient" && !patient.Exists():
			patient = resource
		case kind == "Observation" && (status == "final" || status == "amended" || status == "corrected"):
			observations = append(observations, o)
		}
		return true
	})
	var name, gender, birth, identifiers, telecoms, unit gjson.Result
	patient.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "name":
			name = v.Get("0")
		case "gender":
			gender = v
		case "birthDate":
			birth = v
		case "identifier":
			identifiers = v
		case "telecom":
			telecoms = v
		case "managingOrganization":
			unit = v.Get("identifier.value")
		}
		return true
	})
	orgUnit := tables["orgUnit"][unit.Str]
	first := ""
	for _, o := range observations {
		if d := date10(o.effective); d != "" && (first == "" || d < first) {
			first = d
		}
	}
	h := &hand{append(dst, `{"trackedEntities":[{"trackedEntityType":"nEenWmSyUEp"`...)}
	h.text("orgUnit", orgUnit)
	h.key("attributes")
	h.open('[')
	given := make([]string, 0, 4)
	name.Get("given").ForEach(func(_, v gjson.Result) bool { given = append(given, v.Str); return true })
	h.pair("attribute", "w75KJ2mc4zz", quotedText(strings.Join(given, " ")))
	h.pair("attribute", "zDhUuAYrxNC", name.Get("family").Raw)
	h.pair("attribute", "cejWyOfXge6", quotedText(tables["sexOption"][gender.Str]))
	h.pair("attribute", "iESIqZ0R0R0", birth.Raw)
	h.pair("attribute", "lZGmxYbs97q", identifiers.Get(`#(system=="http://moh.example.org/id/nin").value`).Raw)
	h.pair("attribute", "P2cwLGskgxn", telecoms.Get(`#(system=="phone").value`).Raw)
	h.out = append(h.out, `],"enrollments":[{"program":"IpHINAT79UW"`...)
	h.text("orgUnit", orgUnit)
	h.text("enrolledAt", first)
	h.text("occurredAt", first)
	h.out = append(h.out, `,"status":"ACTIVE","events":[`...)
	done := [64]bool{}
	for i := range observations {
		if done[i] {
			continue
		}
		h.open('{')
		h.out = append(h.out, `"program":"IpHINAT79UW","programStage":"A03MvHHogjR"`...)
		h.text("orgUnit", orgUnit)
		h.text("occurredAt", date10(observations[i].effective))
		h.out = append(h.out, `,"status":"COMPLETED","dataValues":[`...)
		for j := i; j < len(observations); j++ {
			if observations[j].encounter.Str == observations[i].encounter.Str {
				done[j] = true
				h.observation(observations[j], tables)
			}
		}
		h.out = append(h.out, "]}"...)
	}
	return append(h.out, "]}]}]}"...), nil
}

func quotedText(s string) string {
	if s == "" {
		return ""
	}
	return `"` + s + `"`
}

func (h *hand) pair(key, name, value string) {
	if value == "" || value == "null" {
		return
	}
	h.open('{')
	h.out = append(h.out, '"')
	h.out = append(h.out, key...)
	h.out = append(h.out, `":"`...)
	h.out = append(h.out, name...)
	h.out = append(h.out, `","value":`...)
	h.out = append(h.out, value...)
	h.out = append(h.out, '}')
}

func (h *hand) observation(o handObservation, tables handTables) {
	h.dataValue(o, tables)
	o.components.ForEach(func(_, item gjson.Result) bool {
		var c handObservation
		item.ForEach(func(k, v gjson.Result) bool {
			switch k.Str {
			case "code":
				c.code = v
			case "valueQuantity":
				c.quantity = v.Get("value")
			case "valueCodeableConcept":
				c.coded = v.Get("coding.0.code")
			case "valueBoolean":
				c.boolean = v
			case "valueString":
				c.text = v
			}
			return true
		})
		h.dataValue(c, tables)
		return true
	})
}

func (h *hand) dataValue(o handObservation, tables handTables) {
	element := tables["loinc"][o.code.Get(`coding.#(system=="http://loinc.org").code`).Str]
	if element == "" {
		return
	}
	switch {
	case o.quantity.Type != gjson.Null:
		h.pair("dataElement", element, quotedText(o.quantity.Raw))
	case tables["snomedOption"][o.coded.Str] != "":
		h.pair("dataElement", element, quotedText(tables["snomedOption"][o.coded.Str]))
	case o.boolean.Type != gjson.Null:
		h.pair("dataElement", element, quotedText(o.boolean.Raw))
	default:
		h.pair("dataElement", element, o.text.Raw)
	}
}
