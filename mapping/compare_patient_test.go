package mapping_test

import (
	"encoding/json"
)

// The Bahmni patient (a) by other means.

type bahmniPatient struct {
	UUID        string `json:"uuid"`
	Voided      bool   `json:"voided"`
	Identifiers []struct {
		Identifier     string          `json:"identifier"`
		IdentifierType bahmniReference `json:"identifierType"`
		Location       bahmniReference `json:"location"`
		Preferred      bool            `json:"preferred"`
		Voided         bool            `json:"voided"`
	} `json:"identifiers"`
	Person struct {
		Gender             string `json:"gender"`
		Birthdate          string `json:"birthdate"`
		BirthdateEstimated bool   `json:"birthdateEstimated"`
		Dead               bool   `json:"dead"`
		DeathDate          string `json:"deathDate"`
		Names              []struct {
			Display    string `json:"display"`
			GivenName  string `json:"givenName"`
			MiddleName string `json:"middleName"`
			FamilyName string `json:"familyName"`
			Preferred  bool   `json:"preferred"`
			Voided     bool   `json:"voided"`
		} `json:"names"`
		Addresses []struct {
			Display       string `json:"display"`
			Address1      string `json:"address1"`
			Address2      string `json:"address2"`
			Address3      string `json:"address3"`
			Address4      string `json:"address4"`
			Address5      string `json:"address5"`
			Address6      string `json:"address6"`
			CityVillage   string `json:"cityVillage"`
			District      string `json:"countyDistrict"`
			StateProvince string `json:"stateProvince"`
			PostalCode    string `json:"postalCode"`
			Country       string `json:"country"`
			StartDate     string `json:"startDate"`
			EndDate       string `json:"endDate"`
			Voided        bool   `json:"voided"`
		} `json:"addresses"`
		Attributes []struct {
			Value         json.RawMessage `json:"value"`
			AttributeType bahmniReference `json:"attributeType"`
			Voided        bool            `json:"voided"`
		} `json:"attributes"`
	} `json:"person"`
	AuditInfo struct {
		DateCreated string `json:"dateCreated"`
		DateChanged string `json:"dateChanged"`
	} `json:"auditInfo"`
}

type bahmniReference struct {
	UUID    string `json:"uuid"`
	Display string `json:"display"`
}

type fhirCoding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

type fhirConcept struct {
	Coding []fhirCoding `json:"coding"`
	Text   string       `json:"text"`
}

type fhirDisplay struct {
	Display string `json:"display"`
}

type fhirIdentifier struct {
	Use      string       `json:"use"`
	Type     fhirConcept  `json:"type"`
	System   string       `json:"system"`
	Value    string       `json:"value"`
	Assigner *fhirDisplay `json:"assigner,omitempty"`
}

type fhirName struct {
	Use    string   `json:"use"`
	Text   string   `json:"text"`
	Family string   `json:"family"`
	Given  []string `json:"given,omitempty"`
}

type fhirTelecom struct {
	System string          `json:"system"`
	Value  json.RawMessage `json:"value"`
	Use    string          `json:"use"`
}

type fhirPeriod struct {
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

type fhirAddress struct {
	Use        string      `json:"use"`
	Text       string      `json:"text,omitempty"`
	Line       []string    `json:"line,omitempty"`
	City       string      `json:"city,omitempty"`
	District   string      `json:"district,omitempty"`
	State      string      `json:"state,omitempty"`
	PostalCode string      `json:"postalCode,omitempty"`
	Country    string      `json:"country,omitempty"`
	Period     *fhirPeriod `json:"period,omitempty"`
}

type fhirMeta struct {
	LastUpdated string `json:"lastUpdated,omitempty"`
	Source      string `json:"source"`
}

type fhirPatient struct {
	ResourceType     string           `json:"resourceType"`
	ID               string           `json:"id"`
	Meta             fhirMeta         `json:"meta"`
	Identifier       []fhirIdentifier `json:"identifier,omitempty"`
	Active           bool             `json:"active"`
	Name             []fhirName       `json:"name,omitempty"`
	Telecom          []fhirTelecom    `json:"telecom,omitempty"`
	Gender           string           `json:"gender"`
	BirthDate        string           `json:"birthDate"`
	DeceasedDateTime string           `json:"deceasedDateTime,omitempty"`
	DeceasedBoolean  *bool            `json:"deceasedBoolean,omitempty"`
	Address          []fhirAddress    `json:"address,omitempty"`
}

func instantOf(openmrs string) string {
	if len(openmrs) < 5 {
		return ""
	}
	return openmrs[:len(openmrs)-2] + ":" + openmrs[len(openmrs)-2:]
}

func dayOf(openmrs string) string { return openmrs[:min(10, len(openmrs))] }

func nonEmpty(texts ...string) []string {
	var out []string
	for _, text := range texts {
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

func choose(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func known(table map[string]string, code, otherwise string) string {
	if to, ok := table[code]; ok {
		return to
	}
	return otherwise
}

func structsPatient(raw []byte, tables handTables) ([]byte, error) {
	var in bahmniPatient
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, err
	}
	person := &in.Person
	out := fhirPatient{
		ResourceType: "Patient", ID: in.UUID, Active: !in.Voided,
		Meta:             fhirMeta{instantOf(choose(in.AuditInfo.DateChanged != "", in.AuditInfo.DateChanged, in.AuditInfo.DateCreated)), "urn:openmrs:bahmni"},
		Gender:           known(tables["gender"], person.Gender, "unknown"),
		BirthDate:        dayOf(person.Birthdate),
		DeceasedDateTime: instantOf(person.DeathDate),
	}
	if person.BirthdateEstimated {
		out.BirthDate = out.BirthDate[:4]
	}
	if person.DeathDate == "" {
		out.DeceasedBoolean = &person.Dead
	}
	for _, id := range in.Identifiers {
		if id.Voided {
			continue
		}
		kind := id.IdentifierType
		made := fhirIdentifier{
			choose(id.Preferred, "official", "secondary"),
			fhirConcept{[]fhirCoding{{"urn:openmrs:identifier-type", kind.UUID, kind.Display}}, kind.Display},
			known(tables["idSystem"], kind.Display, "http://moh.example.org/id/other"), id.Identifier, nil,
		}
		if id.Location.Display != "" {
			made.Assigner = &fhirDisplay{id.Location.Display}
		}
		out.Identifier = append(out.Identifier, made)
	}
	for _, n := range person.Names {
		if !n.Voided {
			out.Name = append(out.Name, fhirName{choose(n.Preferred, "official", "usual"), n.Display, n.FamilyName, nonEmpty(n.GivenName, n.MiddleName)})
		}
	}
	for _, a := range person.Attributes {
		if !a.Voided && a.AttributeType.Display == "phoneNumber" {
			out.Telecom = append(out.Telecom, fhirTelecom{"phone", a.Value, "mobile"})
		}
	}
	for _, a := range person.Addresses {
		if a.Voided {
			continue
		}
		made := fhirAddress{
			"home", a.Display, nonEmpty(a.Address1, a.Address2, a.Address3, a.Address4, a.Address5, a.Address6),
			a.CityVillage, a.District, a.StateProvince, a.PostalCode, a.Country, nil,
		}
		if a.StartDate != "" || a.EndDate != "" {
			made.Period = &fhirPeriod{dayOf(a.StartDate), dayOf(a.EndDate)}
		}
		out.Address = append(out.Address, made)
	}
	return json.Marshal(out)
}

const jqPatient = `def instant: if . == null then null else .[:-2] + ":" + .[-2:] end;
def day: if . == null then null else .[:10] end;
def live: map(select(.voided | not));
def compact: with_entries(select(.value != null and .value != [] and .value != {}));
{resourceType: "Patient", id: .uuid,
 meta: ({lastUpdated: ((.auditInfo.dateChanged // .auditInfo.dateCreated) | instant), source: "urn:openmrs:bahmni"} | compact),
 identifier: (.identifiers | live | map({use: (if .preferred then "official" else "secondary" end),
   type: {coding: [{system: "urn:openmrs:identifier-type", code: .identifierType.uuid, display: .identifierType.display}], text: .identifierType.display},
   system: ($t.idSystem[.identifierType.display] // "http://moh.example.org/id/other"), value: .identifier, assigner: ({display: .location.display} | compact)} | compact)),
 active: (.voided | not),
 name: (.person.names | live | map({use: (if .preferred then "official" else "usual" end), text: .display, family: .familyName,
   given: ([.givenName, .middleName] | map(select(. != null)))} | compact)),
 telecom: (.person.attributes | live | map(select(.attributeType.display == "phoneNumber") | {system: "phone", value: .value, use: "mobile"})),
 gender: ($t.gender[.person.gender] // "unknown"),
 birthDate: (if .person.birthdateEstimated then .person.birthdate[:4] else (.person.birthdate | day) end),
 deceasedDateTime: (.person.deathDate | instant),
 deceasedBoolean: (if .person.deathDate == null then .person.dead else null end),
 address: (.person.addresses | live | map({use: "home", text: .display, line: ([.address1, .address2, .address3, .address4, .address5, .address6] | map(select(. != null))),
   city: .cityVillage, district: .countyDistrict, state: .stateProvince, postalCode: .postalCode, country: .country,
   period: ({start: (.startDate | day), end: (.endDate | day)} | compact)} | compact))} | compact`

const exprPatient = `let p = doc.person; let changed = doc.auditInfo.dateChanged ?? doc.auditInfo.dateCreated; compact({"resourceType": "Patient", "id": doc.uuid,
 "meta": compact({"lastUpdated": changed == nil ? nil : changed[0:-2] + ":" + changed[-2:], "source": "urn:openmrs:bahmni"}),
 "identifier": map(filter(doc.identifiers, not .voided), compact({"use": .preferred ? "official" : "secondary",
   "type": {"coding": [{"system": "urn:openmrs:identifier-type", "code": .identifierType.uuid, "display": .identifierType.display}], "text": .identifierType.display},
   "system": t.idSystem[.identifierType.display] ?? "http://moh.example.org/id/other", "value": .identifier, "assigner": compact({"display": .location?.display})})),
 "active": not doc.voided,
 "name": map(filter(p.names, not .voided), compact({"use": .preferred ? "official" : "usual", "text": .display, "family": .familyName,
   "given": filter([.givenName, .middleName], # != nil)})),
 "telecom": map(filter(p.attributes, .attributeType.display == "phoneNumber" and not .voided), ({"system": "phone", "value": .value, "use": "mobile"})),
 "gender": t.gender[p.gender] ?? "unknown",
 "birthDate": p.birthdateEstimated ? p.birthdate[0:4] : p.birthdate[0:10],
 "deceasedDateTime": p.deathDate == nil ? nil : p.deathDate[0:-2] + ":" + p.deathDate[-2:],
 "deceasedBoolean": p.deathDate == nil ? p.dead : nil,
 "address": map(filter(p.addresses, not .voided), compact({"use": "home", "text": .display, "line": filter([.address1, .address2, .address3, .address4, .address5, .address6], # != nil),
   "city": .cityVillage, "district": .countyDistrict, "state": .stateProvince, "postalCode": .postalCode, "country": .country,
   "period": compact({"start": .startDate == nil ? nil : .startDate[0:10], "end": .endDate == nil ? nil : .endDate[0:10]})}))})`
