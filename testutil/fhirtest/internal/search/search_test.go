package search_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/search"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

const base = "http://server/fhir"

func filled(tb testing.TB) *store.Store {
	tb.Helper()
	s := &store.Store{}
	for _, text := range []string{
		`{"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"1","type":{"coding":[{"system":"t","code":"MR"}]}}],"name":[{"family":"Ab"}],"birthDate":"1980-05-05","deceasedDateTime":"2020","generalPractitioner":[{"reference":"Practitioner/p"}]}`,
		`{"resourceType":"Patient","id":"b","identifier":[{"value":"1"}],"name":[{"family":"Ac"},{"family":"Zz"}],"gender":"male","meta":{"tag":[{"system":"t","code":"x","display":"Big Tag"}]}}`,
		`{"resourceType":"Patient","id":"c","name":[{"family":"Bb"}],"birthDate":"1981","managingOrganization":{"identifier":{"system":"o","value":"9"}}}`,
		`{"resourceType":"Practitioner","id":"p","name":[{"family":"Doc"}]}`,
		`{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"http://server/fhir/Patient/a"},"effectivePeriod":{"start":"2024-01-01"},"valueQuantity":{"value":5.40,"unit":"mg"}}`,
		`{"resourceType":"ValueSet","id":"v","url":"http://x/vs/one"}`,
		`{"resourceType":"RiskAssessment","id":"r","prediction":[{"probabilityDecimal":0.5}]}`,
	} {
		n, err := jsontree.Parse([]byte(text))
		require.NoError(tb, err)
		require.NoError(tb, s.Update(func(tx *store.Tx) error {
			tx.Put(&store.Version{Type: n.Str("resourceType"), ID: n.Str("id"), Number: 1, Tree: n})
			return nil
		}))
	}
	return s
}

func params(query string) []search.Param {
	var out []search.Param
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		out = append(out, search.Param{Name: name, Value: value})
	}
	return out
}

func TestSearchesFind(t *testing.T) {
	t.Parallel()
	s := filled(t)
	for query, want := range map[string]string{
		"Patient?identifier=s|1":                                        "a",
		"Patient?identifier=1":                                          "a b",
		"Patient?identifier=|1":                                         "b",
		"Patient?identifier=s|":                                         "a",
		"Patient?identifier:of-type=t|MR|1":                             "a",
		"Patient?identifier:not=s|1":                                    "b c",
		"Patient?identifier:missing=true":                               "c",
		"Patient?_tag:text=big":                                         "b",
		"Patient?gender=http://hl7.org/fhir/administrative-gender|male": "b",
		"Patient?family=a":                                              "a b",
		"Patient?family:contains=b":                                     "a c",
		"Patient?family:exact=Ab":                                       "a",
		"Patient?deceased=true":                                         "a",
		"Patient?deceased=false":                                        "b c",
		"Patient?birthdate=1980":                                        "a",
		"Patient?birthdate=1981-01":                                     "",
		"Patient?birthdate=ge1980-05-05":                                "a c",
		"Patient?birthdate=ap1981-01-01":                                "c",
		"Patient?birthdate=1980,1981":                                   "a c",
		"Patient?organization:identifier=o|9":                           "c",
		"Patient?general-practitioner.name=doc":                         "a",
		"Patient?_has:Observation:subject:status=final":                 "a",
		"Patient?_sort=family":                                          "a b c",
		"Patient?_sort=-family":                                         "b c a",
		"Patient?_sort=birthdate":                                       "a c b",
		"Patient?_sort=-birthdate,_id":                                  "c a b",
		"Observation?subject=Patient/a":                                 "o",
		"Observation?subject=http://server/fhir/Patient/a":              "o",
		"Observation?subject=http://other/fhir/Patient/a":               "",
		"Observation?patient=a":                                         "o",
		"Observation?subject:Group=a":                                   "",
		"Observation?date=ge2030-01-01":                                 "o",
		"Observation?date=lt2023-01-01":                                 "",
		"Observation?value-quantity=5.4":                                "o",
		"Observation?value-quantity=5.41":                               "",
		"Observation?value-quantity=5.4||mg":                            "o",
		"Observation?value-quantity=ap5":                                "o",
		"Observation?value-quantity=5":                                  "o",
		"ValueSet?url=http://x/vs/one":                                  "v",
		"ValueSet?url:below=http://x/vs":                                "v",
		"RiskAssessment?probability=gt0.4":                              "r",
		"Patient?_id=a,c":                                               "a c",
		"Patient?family=":                                               "a b c",
		"Patient?nosuch=1":                                              "a b c",
	} {
		typ, raw, _ := strings.Cut(query, "?")
		q, err := search.Parse(definitions.R4(), typ, params(raw), search.Manner{Lenient: true})
		require.NoError(t, err, query)
		s.View(func(tx *store.Tx) {
			var ids []string
			for _, v := range q.Run(tx, base) {
				ids = append(ids, v.ID)
			}
			require.Equal(t, want, strings.Join(ids, " "), query)
		})
	}
}

func TestSearchesThatCannotBeRunSayWhy(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]search.Problem{
		"nosuch=1": search.UnknownParameter, "family:nosuch=1": search.UnknownModifier, "birthdate=x": search.BadDate, "birthdate=xx2020": search.BadPrefix,
		"_count=-1": search.BadCount, "_include=Patient:nosuch": search.BadInclude, "_include=Patient": search.BadIncludeForm, "_include=Nothing:x": search.BadIncludeType, "general-practitioner.nosuch=1": search.BadChain, "general-practitioner:Nothing.name=1": search.BadChainType, "_has:Nothing:a:b=1": search.BadHas, "_sort=nosuch": search.BadSort,
		"family.name=x": search.BadTarget, "_has:Observation:nosuch:code=1": search.UnknownParameter, "birthdate=2020-13": search.BadDate,
	} {
		_, err := search.Parse(definitions.R4(), "Patient", params(query), search.Manner{})
		var e *search.Error
		require.ErrorAs(t, err, &e, query)
		require.Equal(t, want, e.Problem, query)
	}
	_, err := search.Parse(definitions.R4(), "Patient", params("family:contains=x"), search.Manner{NoContains: true})
	require.Error(t, err)
	q, err := search.Parse(definitions.R4(), "Patient", params("family:nosuch=x"), search.Manner{Forgiving: true})
	require.NoError(t, err)
	filled(t).View(func(tx *store.Tx) { require.Empty(t, q.Run(tx, base)) })
}

func TestIncludesBringEachOnce(t *testing.T) {
	t.Parallel()
	s := filled(t)
	for query, want := range map[string][]string{
		"Observation?_include=Observation:subject&_include=Observation:patient":                  {"Patient/a"},
		"Observation?_include=Observation:subject&_include:iterate=Patient:general-practitioner": {"Patient/a", "Practitioner/p"},
		"Observation?_include=Observation:subject:Group":                                         nil,
		"Patient?_id=a&_revinclude=Observation:subject":                                          {"Observation/o"},
		"Patient?_id=b&_revinclude=Observation:subject":                                          nil,
		"Patient?_include=*": {"Practitioner/p"},
	} {
		typ, raw, _ := strings.Cut(query, "?")
		q, err := search.Parse(definitions.R4(), typ, params(raw), search.Manner{})
		require.NoError(t, err)
		s.View(func(tx *store.Tx) {
			var got []string
			for _, v := range q.Included(tx, base, q.Run(tx, base)) {
				got = append(got, v.Type+"/"+v.ID)
			}
			slices.Sort(got)
			require.Equal(t, want, got, query)
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"identifier|s\\|x|", "_has:Observation:subject:code|x", "birthdate|ge2020-02-30T10", "value-quantity|1e9|a|b", "subject:Patient.name.given|x", "_sort|-a,b"} {
		name, value, _ := strings.Cut(seed, "|")
		f.Add(name, value)
	}
	s := filled(f)
	f.Fuzz(func(t *testing.T, name, value string) {
		for _, typ := range []string{"Patient", "Observation"} {
			q, err := search.Parse(definitions.R4(), typ, []search.Param{{Name: name, Value: value}}, search.Manner{})
			if err != nil {
				continue
			}
			s.View(func(tx *store.Tx) {
				for _, v := range q.Run(tx, base) {
					if !q.Matches(tx, base, v) {
						t.Fatalf("%s=%s finds %s/%s and does not match it", name, value, v.Type, v.ID)
					}
				}
			})
		}
	})
}
