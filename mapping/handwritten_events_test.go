package mapping_test

import (
	"strings"

	"github.com/tidwall/gjson"
)

func handEvents(dst []byte, in string, tables handTables) ([]byte, error) {
	h := &hand{append(dst, `{"events":[`...)}
	facilities, results, yesno, outcomes, symptoms := tables["facility"], tables["result"], tables["yesno"], tables["outcome"], tables["symptomDE"]
	gjson.Get(in, "rows").ForEach(func(_, row gjson.Result) bool {
		var id, report, onset, facility, sex, age, symptom, temp, test, result, vaccinated, outcome, lat, lon gjson.Result
		row.ForEach(func(k, v gjson.Result) bool {
			switch k.Str {
			case "case_id":
				id = v
			case "report_date":
				report = v
			case "onset_date":
				onset = v
			case "facility_code":
				facility = v
			case "sex":
				sex = v
			case "age_years":
				age = v
			case "symptoms":
				symptom = v
			case "temp_c":
				temp = v
			case "test_type":
				test = v
			case "test_result":
				result = v
			case "vaccinated":
				vaccinated = v
			case "outcome":
				outcome = v
			case "lat":
				lat = v
			case "lon":
				lon = v
			}
			return true
		})
		h.open('{')
		h.out = append(h.out, `"program":"eBAyeGv0exc","programStage":"Zj7UnCAulEk"`...)
		h.text("orgUnit", facilities[facility.Str])
		h.day("occurredAt", report.Str)
		h.text("status", "COMPLETED")
		if lat.Str != "" && lon.Str != "" {
			h.out = append(h.out, `,"geometry":{"type":"Point","coordinates":[`...)
			h.out = append(h.out, lon.Str...)
			h.out = append(h.out, ',')
			h.out = append(h.out, lat.Str...)
			h.out = append(h.out, "]}"...)
		}
		h.out = append(h.out, `,"dataValues":[`...)
		h.value("caseIdDEu01", id.Raw)
		if len(onset.Str) == 10 {
			h.out = append(h.out, `,{"dataElement":"onsetDtDE02","value":`...)
			h.out = appendDay(h.out, onset.Str)
			h.out = append(h.out, '}')
		}
		h.value("sexOptnDE03", sex.Raw)
		h.value("ageYearDE04", age.Raw)
		h.value("tempCelDE05", temp.Raw)
		h.value("testTypDE06", test.Raw)
		h.code("testResDE07", results[result.Str])
		h.code("vaccinaDE08", yesno[vaccinated.Str])
		h.code("outcomeDE09", outcomes[outcome.Str])
		for part := range strings.SplitSeq(symptom.Str, ";") {
			if element := symptoms[part]; element != "" {
				h.code(element, "true")
			}
		}
		h.out = append(h.out, "]}"...)
		return true
	})
	return append(h.out, "]}"...), nil
}

func (h *hand) day(name, v string) {
	if len(v) == 10 {
		h.key(name)
		h.out = appendDay(h.out, v)
	}
}

func appendDay(dst []byte, v string) []byte {
	dst = append(append(append(dst, '"'), v[6:10]...), '-')
	dst = append(append(append(dst, v[3:5]...), '-'), v[0:2]...)
	return append(dst, '"')
}

func (h *hand) value(name, raw string) {
	if raw != "" && raw != "null" && raw != `""` {
		h.pair("dataElement", name, raw)
	}
}

func (h *hand) code(name, text string) {
	if text == "" {
		return
	}
	h.open('{')
	h.out = append(h.out, `"dataElement":"`...)
	h.out = append(h.out, name...)
	h.out = append(h.out, `","value":"`...)
	h.out = append(h.out, text...)
	h.out = append(h.out, `"}`...)
}
