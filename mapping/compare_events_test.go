package mapping_test

import (
	"encoding/json"
	"strings"
)

// The line list (c) by other means.

type rowStruct struct {
	CaseID     string `json:"case_id"`
	ReportDate string `json:"report_date"`
	OnsetDate  string `json:"onset_date"`
	Facility   string `json:"facility_code"`
	Sex        string `json:"sex"`
	Age        string `json:"age_years"`
	Symptoms   string `json:"symptoms"`
	Temp       string `json:"temp_c"`
	TestType   string `json:"test_type"`
	TestResult string `json:"test_result"`
	Vaccinated string `json:"vaccinated"`
	Outcome    string `json:"outcome"`
	Lat        string `json:"lat"`
	Lon        string `json:"lon"`
}

type dataValueStruct struct {
	DataElement string `json:"dataElement"`
	Value       string `json:"value"`
}

type pointStruct struct {
	Type        string        `json:"type"`
	Coordinates []json.Number `json:"coordinates"`
}

type eventStruct struct {
	Program      string            `json:"program"`
	ProgramStage string            `json:"programStage"`
	OrgUnit      string            `json:"orgUnit"`
	OccurredAt   string            `json:"occurredAt"`
	Status       string            `json:"status"`
	Geometry     *pointStruct      `json:"geometry,omitempty"`
	DataValues   []dataValueStruct `json:"dataValues"`
}

func structsEvents(in []byte, tables handTables) ([]byte, error) {
	var list struct {
		Rows []rowStruct `json:"rows"`
	}
	if err := json.Unmarshal(in, &list); err != nil {
		return nil, err
	}
	day := func(s string) string { return s[6:] + "-" + s[3:5] + "-" + s[:2] }
	var out struct {
		Events []eventStruct `json:"events"`
	}
	for _, row := range list.Rows {
		e := eventStruct{"eBAyeGv0exc", "Zj7UnCAulEk", tables["facility"][row.Facility], day(row.ReportDate), "COMPLETED", nil, nil}
		if row.Lat != "" && row.Lon != "" {
			e.Geometry = &pointStruct{"Point", []json.Number{json.Number(row.Lon), json.Number(row.Lat)}}
		}
		for _, v := range []dataValueStruct{
			{"caseIdDEu01", row.CaseID},
			{"onsetDtDE02", day(row.OnsetDate)},
			{"sexOptnDE03", row.Sex},
			{"ageYearDE04", row.Age},
			{"tempCelDE05", row.Temp},
			{"testTypDE06", row.TestType},
			{"testResDE07", tables["result"][row.TestResult]},
			{"vaccinaDE08", tables["yesno"][row.Vaccinated]},
			{"outcomeDE09", tables["outcome"][row.Outcome]},
		} {
			if v.Value != "" {
				e.DataValues = append(e.DataValues, v)
			}
		}
		for s := range strings.SplitSeq(row.Symptoms, ";") {
			if code := tables["symptomDE"][s]; code != "" {
				e.DataValues = append(e.DataValues, dataValueStruct{code, "true"})
			}
		}
		out.Events = append(out.Events, e)
	}
	return json.Marshal(out)
}

const jqEvents = `def day: .[6:10] + "-" + .[3:5] + "-" + .[0:2];
{events: [.rows[] | {program: "eBAyeGv0exc", programStage: "Zj7UnCAulEk", orgUnit: $t.facility[.facility_code], occurredAt: (.report_date | day), status: "COMPLETED"}
 + (if .lat != "" and .lon != "" then {geometry: {type: "Point", coordinates: [(.lon | tonumber), (.lat | tonumber)]}} else {} end)
 + {dataValues: ([{dataElement: "caseIdDEu01", value: .case_id}, {dataElement: "onsetDtDE02", value: (.onset_date | day)}, {dataElement: "sexOptnDE03", value: .sex},
   {dataElement: "ageYearDE04", value: .age_years}, {dataElement: "tempCelDE05", value: .temp_c}, {dataElement: "testTypDE06", value: .test_type},
   {dataElement: "testResDE07", value: $t.result[.test_result]}, {dataElement: "vaccinaDE08", value: $t.yesno[.vaccinated]}, {dataElement: "outcomeDE09", value: $t.outcome[.outcome]}]
   + [.symptoms | split(";")[] | {dataElement: $t.symptomDE[.], value: "true"}] | map(select(.value != null and .value != "" and .dataElement != null)))}]}`

const exprEvents = `{"events": map(doc.rows, let r = #; compact({"program": "eBAyeGv0exc", "programStage": "Zj7UnCAulEk", "orgUnit": t.facility[r.facility_code],
 "occurredAt": r.report_date[6:10] + "-" + r.report_date[3:5] + "-" + r.report_date[0:2], "status": "COMPLETED",
 "geometry": r.lat != "" and r.lon != "" ? {"type": "Point", "coordinates": [number(r.lon), number(r.lat)]} : nil,
 "dataValues": filter(concat([{"dataElement": "caseIdDEu01", "value": r.case_id}, {"dataElement": "onsetDtDE02", "value": r.onset_date[6:10] + "-" + r.onset_date[3:5] + "-" + r.onset_date[0:2]},
  {"dataElement": "sexOptnDE03", "value": r.sex}, {"dataElement": "ageYearDE04", "value": r.age_years}, {"dataElement": "tempCelDE05", "value": r.temp_c}, {"dataElement": "testTypDE06", "value": r.test_type},
  {"dataElement": "testResDE07", "value": t.result[r.test_result]}, {"dataElement": "vaccinaDE08", "value": t.yesno[r.vaccinated]}, {"dataElement": "outcomeDE09", "value": t.outcome[r.outcome]}],
  map(split(r.symptoms, ";"), ({"dataElement": t.symptomDE[#], "value": "true"}))), .value != nil and .value != "" and .dataElement != nil)}))}`
