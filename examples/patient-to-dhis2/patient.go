package main

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

// patient is what this mediator takes from a FHIR R4 Patient.
type patient struct {
	system, identifier string
	given, family      string
	gender             string
	born               birthDate
	phone              string
	deceased           bool
	facility           string // code of the managing organization, "" when not named
}

// birthDate is a FHIR date: a year, a year and month, or a day. DHIS2's DATE
// takes days only, and a day that nobody said must not be made up; so a date
// that is not complete is kept as it was said, in an attribute of its own.
type birthDate struct{ day, partial string }

// precision names what is known, without the date itself.
func (b birthDate) precision() string {
	switch {
	case b.day != "":
		return "day"
	case len(b.partial) == len("2006-01"):
		return "month"
	case b.partial != "":
		return "year"
	default:
		return "none"
	}
}

// fhirPatient is the JSON of a Patient as far as it is read.
type fhirPatient struct {
	Identifier []struct {
		Use    string `json:"use"`
		System string `json:"system"`
		Value  string `json:"value"`
	} `json:"identifier"`
	Name []struct {
		Use    string    `json:"use"`
		Family string    `json:"family"`
		Given  []*string `json:"given"`
	} `json:"name"`
	Telecom []struct {
		System string `json:"system"`
		Value  string `json:"value"`
		Use    string `json:"use"`
	} `json:"telecom"`
	Gender               string            `json:"gender"`
	BirthDate            string            `json:"birthDate"`
	DeceasedBoolean      bool              `json:"deceasedBoolean"`
	DeceasedDateTime     string            `json:"deceasedDateTime"`
	ModifierExtension    []json.RawMessage `json:"modifierExtension"`
	ManagingOrganization struct {
		Identifier struct {
			Value string `json:"value"`
		} `json:"identifier"`
	} `json:"managingOrganization"`
}

// readPatient reads a Patient and says everything that is wrong with it at
// once. path is where it stands, for the expressions: "Patient", or
// "Bundle.entry[0].resource". system is that of the identifier patients are
// known by.
func readPatient(raw []byte, path, system string) (patient, []issue) {
	var in fhirPatient
	if err := json.Unmarshal(raw, &in); err != nil {
		return patient{}, []issue{misshapen(err, path)}
	}
	p := patient{system: system, gender: in.Gender, deceased: in.DeceasedBoolean || in.DeceasedDateTime != ""}
	p.facility = in.ManagingOrganization.Identifier.Value
	var issues []issue
	add := func(i *issue) {
		if i != nil {
			issues = append(issues, *i)
		}
	}
	if len(in.ModifierExtension) > 0 {
		add(found("extension", path+".modifierExtension", "modifier extensions may change the meaning of the whole; none is known here"))
	}
	add(p.readIdentifier(in, path))
	add(p.readName(in, path))
	if !slices.Contains([]string{"male", "female", "other", "unknown"}, in.Gender) && in.Gender != "" {
		add(found("code-invalid", path+".gender", "not a code of AdministrativeGender: male, female, other or unknown"))
	}
	add(p.readBirthDate(in.BirthDate, path))
	for _, t := range in.Telecom {
		if t.System == "phone" && t.Use != "old" && p.phone == "" {
			p.phone = t.Value
		}
	}
	for _, v := range []struct{ value, expression string }{
		{p.identifier, ".identifier"},
		{p.given, ".name.given"},
		{p.family, ".name.family"},
		{p.phone, ".telecom"},
		{p.facility, ".managingOrganization.identifier"},
	} {
		// A NUL makes a DHIS2 import fail for ever (dhis2.md 2.1).
		if strings.ContainsRune(v.value, 0) {
			add(found("value", path+v.expression, "holds a NUL character"))
		}
	}
	return p, issues
}

// misshapen says where a Patient is not of FHIR's shape. That it is JSON is
// known by then.
func misshapen(err error, path string) issue {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return problem("structure", path+"."+t.Field, "not of the type that FHIR says")
	}
	return problem("structure", path, "not of the shape of a Patient")
}

func found(code, expression, diagnostics string) *issue {
	i := problem(code, expression, diagnostics)
	return &i
}

// readIdentifier takes the one identifier of the agreed system. Without it
// nothing may be created: there would be nothing to find the patient by again.
func (p *patient) readIdentifier(in fhirPatient, path string) *issue {
	for _, id := range in.Identifier {
		value := strings.TrimSpace(id.Value)
		switch {
		case id.System != p.system || id.Use == "old" || value == "":
		case p.identifier != "" && p.identifier != value:
			return found("multiple-matches", path+".identifier", "several identifiers of the system "+p.system)
		default:
			p.identifier = value
		}
	}
	if p.identifier == "" {
		return found("required", path+".identifier", "no identifier of the system "+p.system)
	}
	return nil
}

// readName takes the official name, else the first that is in use.
func (p *patient) readName(in fhirPatient, path string) *issue {
	chosen := -1
	for i, n := range in.Name {
		if slices.Contains([]string{"old", "maiden", "anonymous"}, n.Use) {
			continue
		}
		if chosen < 0 || (n.Use == "official" && in.Name[chosen].Use != "official") {
			chosen = i
		}
	}
	if chosen < 0 {
		return found("required", path+".name", "no name in use")
	}
	var given []string
	for _, g := range in.Name[chosen].Given {
		if g != nil && *g != "" { // null stands for a name with extensions only
			given = append(given, *g)
		}
	}
	p.given, p.family = strings.Join(given, " "), in.Name[chosen].Family
	return nil
}

var fhirDate = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2})?)?$`)

func (p *patient) readBirthDate(text, path string) *issue {
	if text == "" {
		return nil
	}
	_, err := time.Parse(time.DateOnly[:min(len(text), len(time.DateOnly))], text)
	switch {
	case !fhirDate.MatchString(text) || err != nil:
		return found("value", path+".birthDate", "not a date of the form YYYY, YYYY-MM or YYYY-MM-DD")
	case len(text) == len(time.DateOnly):
		p.born.day = text
	default:
		p.born.partial = text
	}
	return nil
}
