package mapping_test

import (
	"strconv"

	"github.com/tidwall/gjson"
)

func handPatient(dst []byte, in string, tables handTables) ([]byte, error) {
	var uuid, identifiers, person, voided, audit gjson.Result
	gjson.Parse(in).ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "uuid":
			uuid = v
		case "identifiers":
			identifiers = v
		case "person":
			person = v
		case "voided":
			voided = v
		case "auditInfo":
			audit = v
		}
		return true
	})
	var changed, created gjson.Result
	audit.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "dateChanged":
			changed = v
		case "dateCreated":
			created = v
		}
		return true
	})
	var names, attributes, gender, estimated, birth, death, dead, addresses gjson.Result
	person.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "names":
			names = v
		case "attributes":
			attributes = v
		case "gender":
			gender = v
		case "birthdateEstimated":
			estimated = v
		case "birthdate":
			birth = v
		case "deathDate":
			death = v
		case "dead":
			dead = v
		case "addresses":
			addresses = v
		}
		return true
	})
	if changed.Type == gjson.Null {
		changed = created
	}
	h := &hand{append(dst, `{"resourceType":"Patient"`...)}
	h.raw("id", uuid)
	h.key("meta")
	h.open('{')
	h.instant("lastUpdated", changed.Str)
	h.text("source", "urn:openmrs:bahmni")
	h.out = append(h.out, '}')
	h.key("identifier")
	h.open('[')
	identifiers.ForEach(func(_, item gjson.Result) bool { h.identifier(item, tables); return true })
	h.out = append(h.out, ']')
	h.key("active")
	h.out = strconv.AppendBool(h.out, !voided.Bool())
	h.key("name")
	h.open('[')
	names.ForEach(func(_, item gjson.Result) bool { h.name(item); return true })
	h.out = append(h.out, ']')
	h.phones(attributes)
	code, known := tables["gender"][gender.Str]
	if !known {
		code = "unknown"
	}
	h.text("gender", code)
	if estimated.Bool() && len(birth.Str) > 4 {
		h.text("birthDate", birth.Str[:4])
	} else {
		h.text("birthDate", date10(birth))
	}
	h.instant("deceasedDateTime", death.Str)
	if death.Type == gjson.Null {
		h.raw("deceasedBoolean", dead)
	}
	mark := len(h.out)
	h.key("address")
	h.open('[')
	empty := len(h.out)
	addresses.ForEach(func(_, item gjson.Result) bool { h.address(item); return true })
	if len(h.out) == empty {
		h.out = h.out[:mark]
	} else {
		h.out = append(h.out, ']')
	}
	return append(h.out, '}'), nil
}

func (h *hand) identifier(item gjson.Result, tables handTables) {
	var kind, text, location, value, preferred, voided gjson.Result
	item.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "identifier":
			value = v
		case "identifierType":
			v.ForEach(func(k, v gjson.Result) bool {
				switch k.Str {
				case "uuid":
					kind = v
				case "display":
					text = v
				}
				return true
			})
		case "location":
			location = v.Get("display")
		case "preferred":
			preferred = v
		case "voided":
			voided = v
		}
		return true
	})
	if voided.Bool() {
		return
	}
	h.open('{')
	use := "secondary"
	if preferred.Bool() {
		use = "official"
	}
	h.text("use", use)
	h.key("type")
	h.out = append(h.out, `{"coding":[{"system":"urn:openmrs:identifier-type"`...)
	h.raw("code", kind)
	h.raw("display", text)
	h.out = append(h.out, "}]"...)
	h.raw("text", text)
	h.out = append(h.out, '}')
	system, known := tables["idSystem"][text.Str]
	if !known {
		system = "http://moh.example.org/id/other"
	}
	h.text("system", system)
	h.raw("value", value)
	if location.Type != gjson.Null {
		h.key("assigner")
		h.open('{')
		h.raw("display", location)
		h.out = append(h.out, '}')
	}
	h.out = append(h.out, '}')
}

func (h *hand) name(item gjson.Result) {
	var display, given, middle, family, preferred, voided gjson.Result
	item.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "display":
			display = v
		case "givenName":
			given = v
		case "middleName":
			middle = v
		case "familyName":
			family = v
		case "preferred":
			preferred = v
		case "voided":
			voided = v
		}
		return true
	})
	if voided.Bool() {
		return
	}
	h.open('{')
	use := "usual"
	if preferred.Bool() {
		use = "official"
	}
	h.text("use", use)
	h.raw("text", display)
	h.raw("family", family)
	h.key("given")
	h.open('[')
	h.item(given)
	h.item(middle)
	h.out = append(h.out, ']', '}')
}

func (h *hand) phones(attributes gjson.Result) {
	mark := len(h.out)
	h.key("telecom")
	h.open('[')
	empty := len(h.out)
	attributes.ForEach(func(_, item gjson.Result) bool {
		var value, kind, voided gjson.Result
		item.ForEach(func(k, v gjson.Result) bool {
			switch k.Str {
			case "value":
				value = v
			case "attributeType":
				kind = v.Get("display")
			case "voided":
				voided = v
			}
			return true
		})
		if kind.Str == "phoneNumber" && !voided.Bool() {
			h.open('{')
			h.text("system", "phone")
			h.raw("value", value)
			h.text("use", "mobile")
			h.out = append(h.out, '}')
		}
		return true
	})
	if len(h.out) == empty {
		h.out = h.out[:mark]
		return
	}
	h.out = append(h.out, ']')
}

func (h *hand) address(item gjson.Result) {
	var display, city, county, state, postal, country, start, end, voided gjson.Result
	var lines [6]gjson.Result
	item.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "display":
			display = v
		case "cityVillage":
			city = v
		case "countyDistrict":
			county = v
		case "stateProvince":
			state = v
		case "postalCode":
			postal = v
		case "country":
			country = v
		case "startDate":
			start = v
		case "endDate":
			end = v
		case "voided":
			voided = v
		case "address1", "address2", "address3", "address4", "address5", "address6":
			lines[k.Str[7]-'1'] = v
		}
		return true
	})
	if voided.Bool() {
		return
	}
	h.open('{')
	h.text("use", "home")
	h.raw("text", display)
	mark := len(h.out)
	h.key("line")
	h.open('[')
	empty := len(h.out)
	for _, line := range lines {
		h.item(line)
	}
	if len(h.out) == empty {
		h.out = h.out[:mark]
	} else {
		h.out = append(h.out, ']')
	}
	h.raw("city", city)
	h.raw("district", county)
	h.raw("state", state)
	h.raw("postalCode", postal)
	h.raw("country", country)
	if start.Str != "" || end.Str != "" {
		h.key("period")
		h.open('{')
		h.text("start", date10(start))
		h.text("end", date10(end))
		h.out = append(h.out, '}')
	}
	h.out = append(h.out, '}')
}
