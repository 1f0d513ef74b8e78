package mapping_test

import (
	"encoding/json"
	"slices"
	"strings"
)

// The FHIR Bundle (b) by other means.

type bundleStruct struct {
	Entry []struct {
		Resource resourceStruct `json:"resource"`
	} `json:"entry"`
}

// resourceStruct is a Patient or an Observation, whichever it is.
type resourceStruct struct {
	ResourceType string `json:"resourceType"`
	Identifier   []struct {
		System string `json:"system"`
		Value  string `json:"value"`
	} `json:"identifier"`
	Name []struct {
		Family string   `json:"family"`
		Given  []string `json:"given"`
	} `json:"name"`
	Telecom []struct {
		System string `json:"system"`
		Value  string `json:"value"`
	} `json:"telecom"`
	Gender               string `json:"gender"`
	BirthDate            string `json:"birthDate"`
	ManagingOrganization struct {
		Identifier struct {
			Value string `json:"value"`
		} `json:"identifier"`
	} `json:"managingOrganization"`
	Status    string `json:"status"`
	Encounter struct {
		Reference string `json:"reference"`
	} `json:"encounter"`
	EffectiveDateTime string `json:"effectiveDateTime"`
	resultStruct
	Component []resultStruct `json:"component"`
}

// resultStruct is what an Observation and its components have in common.
type resultStruct struct {
	Code          conceptStruct `json:"code"`
	ValueQuantity struct {
		Value json.Number `json:"value"`
	} `json:"valueQuantity"`
	ValueCodeableConcept conceptStruct `json:"valueCodeableConcept"`
	ValueBoolean         *bool         `json:"valueBoolean"`
	ValueString          string        `json:"valueString"`
}

type conceptStruct struct {
	Coding []struct {
		System string `json:"system"`
		Code   string `json:"code"`
	} `json:"coding"`
}

type attributeStruct struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
}

type trackerEvent struct {
	Program      string            `json:"program"`
	ProgramStage string            `json:"programStage"`
	OrgUnit      string            `json:"orgUnit"`
	OccurredAt   string            `json:"occurredAt"`
	Status       string            `json:"status"`
	DataValues   []dataValueStruct `json:"dataValues"`
}

type enrollmentStruct struct {
	Program    string         `json:"program"`
	OrgUnit    string         `json:"orgUnit"`
	EnrolledAt string         `json:"enrolledAt"`
	OccurredAt string         `json:"occurredAt"`
	Status     string         `json:"status"`
	Events     []trackerEvent `json:"events"`
}

type entityStruct struct {
	TrackedEntityType string             `json:"trackedEntityType"`
	OrgUnit           string             `json:"orgUnit"`
	Attributes        []attributeStruct  `json:"attributes"`
	Enrollments       []enrollmentStruct `json:"enrollments"`
}

func (r *resultStruct) dataValue(tables handTables) (dataValueStruct, bool) {
	var out dataValueStruct
	for _, c := range r.Code.Coding {
		if c.System == "http://loinc.org" {
			out.DataElement = tables["loinc"][c.Code]
			break
		}
	}
	if len(r.ValueCodeableConcept.Coding) > 0 {
		out.Value = tables["snomedOption"][r.ValueCodeableConcept.Coding[0].Code]
	}
	switch {
	case r.ValueQuantity.Value != "":
		out.Value = r.ValueQuantity.Value.String()
	case out.Value != "":
	case r.ValueBoolean != nil:
		out.Value = choose(*r.ValueBoolean, "true", "false")
	default:
		out.Value = r.ValueString
	}
	return out, out.DataElement != "" && out.Value != ""
}

func structsTracker(raw []byte, tables handTables) ([]byte, error) {
	var in bundleStruct
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, err
	}
	var patient *resourceStruct
	var observations []*resourceStruct
	for i := range in.Entry {
		r := &in.Entry[i].Resource
		switch {
		case r.ResourceType == "Patient" && patient == nil:
			patient = r
		case r.ResourceType == "Observation" && slices.Contains([]string{"final", "amended", "corrected"}, r.Status):
			observations = append(observations, r)
		}
	}
	if patient == nil {
		return nil, errNotJSON
	}
	orgUnit := tables["orgUnit"][patient.ManagingOrganization.Identifier.Value]
	entity := entityStruct{TrackedEntityType: "nEenWmSyUEp", OrgUnit: orgUnit}
	attribute := func(name, value string) {
		if value != "" {
			entity.Attributes = append(entity.Attributes, attributeStruct{name, value})
		}
	}
	if len(patient.Name) > 0 {
		attribute("w75KJ2mc4zz", strings.Join(patient.Name[0].Given, " "))
		attribute("zDhUuAYrxNC", patient.Name[0].Family)
	}
	attribute("cejWyOfXge6", tables["sexOption"][patient.Gender])
	attribute("iESIqZ0R0R0", patient.BirthDate)
	for _, id := range patient.Identifier {
		if id.System == "http://moh.example.org/id/nin" {
			attribute("lZGmxYbs97q", id.Value)
			break
		}
	}
	for _, contact := range patient.Telecom {
		if contact.System == "phone" {
			attribute("P2cwLGskgxn", contact.Value)
			break
		}
	}
	enrolled := enrollmentStruct{Program: "IpHINAT79UW", OrgUnit: orgUnit, Status: "ACTIVE", Events: []trackerEvent{}}
	places := map[string]int{}
	for _, o := range observations {
		day := dayOf(o.EffectiveDateTime)
		if enrolled.EnrolledAt == "" || day < enrolled.EnrolledAt {
			enrolled.EnrolledAt, enrolled.OccurredAt = day, day
		}
		at, there := places[o.Encounter.Reference]
		if !there {
			at = len(enrolled.Events)
			places[o.Encounter.Reference] = at
			enrolled.Events = append(enrolled.Events, trackerEvent{"IpHINAT79UW", "A03MvHHogjR", orgUnit, day, "COMPLETED", nil})
		}
		event := &enrolled.Events[at]
		if v, ok := o.dataValue(tables); ok {
			event.DataValues = append(event.DataValues, v)
		}
		for i := range o.Component {
			if v, ok := o.Component[i].dataValue(tables); ok {
				event.DataValues = append(event.DataValues, v)
			}
		}
	}
	entity.Enrollments = []enrollmentStruct{enrolled}
	return json.Marshal(struct {
		TrackedEntities []entityStruct `json:"trackedEntities"`
	}{[]entityStruct{entity}})
}

// jq's group_by sorts by the key: index and sort bring the order of the Bundle back.
const jqTracker = `def dataValue: {dataElement: ([.code.coding[] | select(.system == "http://loinc.org")][0] | .code as $c | if $c == null then null else $t.loinc[$c] end),
  value: (if .valueQuantity.value != null then .valueQuantity.value | tostring
    else ((.valueCodeableConcept.coding[0].code | if . == null then null else $t.snomedOption[.] end)
      // (if .valueBoolean != null then .valueBoolean | tostring else .valueString end)) end)}
  | select(.dataElement != null and .value != null);
[.entry[].resource] as $all
| ([$all[] | select(.resourceType == "Patient")][0]) as $p
| [$all[] | select(.resourceType == "Observation" and (.status == "final" or .status == "amended" or .status == "corrected"))] as $obs
| $t.orgUnit[$p.managingOrganization.identifier.value] as $unit
| ([$obs[].effectiveDateTime[:10]] | min) as $first
| {trackedEntities: [{trackedEntityType: "nEenWmSyUEp", orgUnit: $unit,
  attributes: ([{attribute: "w75KJ2mc4zz", value: ($p.name[0].given | join(" "))}, {attribute: "zDhUuAYrxNC", value: $p.name[0].family},
    {attribute: "cejWyOfXge6", value: $t.sexOption[$p.gender]}, {attribute: "iESIqZ0R0R0", value: $p.birthDate},
    {attribute: "lZGmxYbs97q", value: ([$p.identifier[] | select(.system == "http://moh.example.org/id/nin")][0] | .value)},
    {attribute: "P2cwLGskgxn", value: ([$p.telecom[]? | select(.system == "phone")][0] | .value)}] | map(select(.value != null and .value != ""))),
  enrollments: [{program: "IpHINAT79UW", orgUnit: $unit, enrolledAt: $first, occurredAt: $first, status: "ACTIVE",
    events: ([$obs | to_entries | group_by(.value.encounter.reference)[] | {at: .[0].key, items: map(.value)}] | sort_by(.at)
      | map({program: "IpHINAT79UW", programStage: "A03MvHHogjR", orgUnit: $unit, occurredAt: .items[0].effectiveDateTime[:10], status: "COMPLETED",
        dataValues: [.items[] | (., (.component[]?)) | dataValue]}))}]}]}`

// expr-lang's maps have no order either; uniq keeps the first of each.
const exprTracker = `let resources = map(doc.entry, .resource); let p = find(resources, .resourceType == "Patient");
let obs = filter(resources, .resourceType == "Observation" and .status in ["final", "amended", "corrected"]);
let unit = t.orgUnit[p.managingOrganization.identifier.value];
let begun = sort(map(obs, .effectiveDateTime[0:10]))[0];
{"trackedEntities": [{"trackedEntityType": "nEenWmSyUEp", "orgUnit": unit,
 "attributes": filter([{"attribute": "w75KJ2mc4zz", "value": join(p.name[0].given, " ")}, {"attribute": "zDhUuAYrxNC", "value": p.name[0].family},
  {"attribute": "cejWyOfXge6", "value": t.sexOption[p.gender]}, {"attribute": "iESIqZ0R0R0", "value": p.birthDate},
  {"attribute": "lZGmxYbs97q", "value": find(p.identifier, .system == "http://moh.example.org/id/nin")?.value},
  {"attribute": "P2cwLGskgxn", "value": find(p.telecom ?? [], .system == "phone")?.value}], .value != nil and .value != ""),
 "enrollments": [{"program": "IpHINAT79UW", "orgUnit": unit, "enrolledAt": begun, "occurredAt": begun, "status": "ACTIVE",
  "events": map(uniq(map(obs, .encounter.reference)), let key = #; let items = filter(obs, .encounter.reference == key);
   {"program": "IpHINAT79UW", "programStage": "A03MvHHogjR", "orgUnit": unit, "occurredAt": items[0].effectiveDateTime[0:10], "status": "COMPLETED",
    "dataValues": filter(map(flatten(map(items, concat([#], .component ?? []))), let o = #; let c = find(o.code.coding, .system == "http://loinc.org"); {
      "dataElement": c == nil ? nil : t.loinc[c.code],
      "value": o.valueQuantity?.value != nil ? string(o.valueQuantity.value)
        : (o.valueCodeableConcept != nil ? t.snomedOption[o.valueCodeableConcept.coding[0].code] : nil)
        ?? (o.valueBoolean != nil ? string(o.valueBoolean) : o.valueString)}), .dataElement != nil and .value != nil)})}]}]}`
