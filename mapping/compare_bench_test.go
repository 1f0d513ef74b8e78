package mapping_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/itchyny/gojq"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"
)

// The same line list (c) by other means, from bytes to bytes: encoding/json with structs,
// gojq and expr-lang. Each one's output is checked against the corpus before it is measured.

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

const exprEvents = `{"events": map(rows, let r = #; compact({"program": "eBAyeGv0exc", "programStage": "Zj7UnCAulEk", "orgUnit": t.facility[r.facility_code],
 "occurredAt": r.report_date[6:10] + "-" + r.report_date[3:5] + "-" + r.report_date[0:2], "status": "COMPLETED",
 "geometry": r.lat != "" and r.lon != "" ? {"type": "Point", "coordinates": [number(r.lon), number(r.lat)]} : nil,
 "dataValues": filter(concat([{"dataElement": "caseIdDEu01", "value": r.case_id}, {"dataElement": "onsetDtDE02", "value": r.onset_date[6:10] + "-" + r.onset_date[3:5] + "-" + r.onset_date[0:2]},
  {"dataElement": "sexOptnDE03", "value": r.sex}, {"dataElement": "ageYearDE04", "value": r.age_years}, {"dataElement": "tempCelDE05", "value": r.temp_c}, {"dataElement": "testTypDE06", "value": r.test_type},
  {"dataElement": "testResDE07", "value": t.result[r.test_result]}, {"dataElement": "vaccinaDE08", "value": t.yesno[r.vaccinated]}, {"dataElement": "outcomeDE09", "value": t.outcome[r.outcome]}],
  map(split(r.symptoms, ";"), ({"dataElement": t.symptomDE[#], "value": "true"}))), .value != nil and .value != "" and .dataElement != nil)}))}`

func decode(tb testing.TB, src []byte) map[string]any {
	tb.Helper()
	var v map[string]any
	require.NoError(tb, json.Unmarshal(src, &v))
	return v
}

// others are the ways to map the line list, each ready to run.
func others(tb testing.TB, tables []byte) map[string]func(in []byte) ([]byte, error) {
	tb.Helper()
	t := decode(tb, tables)
	query, err := gojq.Parse(jqEvents)
	require.NoError(tb, err)
	code, err := gojq.Compile(query, gojq.WithVariables([]string{"$t"}))
	require.NoError(tb, err)
	program, err := expr.Compile(exprEvents,
		expr.Function("compact", func(args ...any) (any, error) {
			m, _ := args[0].(map[string]any)
			for k, v := range m {
				if v == nil {
					delete(m, k)
				}
			}
			return m, nil
		}),
		expr.Function("number", func(args ...any) (any, error) {
			s, _ := args[0].(string)
			return strconv.ParseFloat(s, 64)
		}))
	require.NoError(tb, err)
	hand := readTables(tb, tables)
	return map[string]func(in []byte) ([]byte, error){
		"structs": func(in []byte) ([]byte, error) { return structsEvents(in, hand) },
		"gojq": func(in []byte) ([]byte, error) {
			var v any
			if err := json.Unmarshal(in, &v); err != nil {
				return nil, err
			}
			out, _ := code.Run(v, any(t)).Next()
			if err, bad := out.(error); bad {
				return nil, err
			}
			return json.Marshal(out)
		},
		"expr": func(in []byte) ([]byte, error) {
			var v map[string]any
			if err := json.Unmarshal(in, &v); err != nil {
				return nil, err
			}
			out, err := expr.Run(program, map[string]any{"rows": v["rows"], "t": t})
			if err != nil {
				return nil, err
			}
			return json.Marshal(out)
		},
	}
}

func TestOtherEnginesGiveWhatTheCorpusExpects(t *testing.T) {
	t.Parallel()
	dir := benchDir(t)
	in := readCorpus(t, dir, "inputs/c1.json")
	want := readCorpus(t, dir, "expected/c1.json")
	for name, do := range others(t, readCorpus(t, dir, "maps/tables.json")) {
		out, err := do(in)
		require.NoError(t, err, name)
		require.True(t, gjson.ValidBytes(out))
		require.JSONEq(t, string(want), string(out), name)
	}
}

func BenchmarkOthersLineList(b *testing.B) {
	dir := benchDir(b)
	in := readCorpus(b, dir, "inputs/c1.json")
	for name, do := range others(b, readCorpus(b, dir, "maps/tables.json")) {
		b.Run("c/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := do(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
