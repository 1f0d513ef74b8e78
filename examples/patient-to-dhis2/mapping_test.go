package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/testutil/mappingtest"
)

const testSystem = "urn:ohm:nid"

var testTarget = target{entityType: "OHM_PERSON", program: "PR_REGISTRY", orgUnit: "OHM_COUNTRY"}

// patientMapper maps as the mediator does without settings.
func patientMapper(tb testing.TB) *mapper {
	tb.Helper()
	m, err := newMapper(settings{target: testTarget, system: testSystem})
	require.NoError(tb, err)
	return m
}

func patient(t *testing.T, raw string) fhir.Resource {
	t.Helper()
	r, err := fhir.Parse([]byte(raw))
	require.NoError(t, err)
	return r
}

func mapped(t *testing.T, raw string) (registration, []fhir.Issue) {
	t.Helper()
	p, issues, err := patientMapper(t).register(t.Context(), incoming{patient: patient(t, raw), path: "Patient"}, time.Now())
	require.NoError(t, err)
	return p, issues
}

// The cases say what comes of a Patient, and reach every rule and branch of the mapping.
func TestTheMappingDoesWhatItsCasesSay(t *testing.T) {
	t.Parallel()
	mappingtest.Config{MinCoverage: 100}.Run(t, "mapping")
}

const minimal = `{"resourceType":"Patient","identifier":[{"system":"urn:ohm:nid","value":"1"}],"name":[{"family":"F","given":["G"]}]`

// Another UID would make every patient a new one.
func TestUIDsStayWhatTheyWere(t *testing.T) {
	t.Parallel()
	p, issues := mapped(t, strings.Replace(minimal, `"value":"1"`, `"value":"NID-1001"`, 1)+`}`)
	require.Empty(t, issues)
	assert.Equal(t, "f26BZgGsQIR", p.key)
	assert.Equal(t, "f26BZgGsQIR", p.entity().TrackedEntity)
	assert.Equal(t, "kctOGKOw5NF", p.entity().Enrollments[0].Enrollment)
}

func TestTheVersionIsTheTimeOfTheChange(t *testing.T) {
	t.Parallel()
	version := func(meta string) int64 {
		p, issues := mapped(t, minimal+meta+`}`)
		require.Empty(t, issues)
		return p.version
	}
	assert.Zero(t, version(""))
	assert.Zero(t, version(`,"meta":{"versionId":"7"}`))
	earlier, later := version(`,"meta":{"lastUpdated":"2026-03-10T10:00:00.1+03:00"}`), version(`,"meta":{"lastUpdated":"2026-03-10T08:00:00Z"}`)
	assert.Positive(t, earlier)
	assert.Less(t, earlier, later)
	assert.LessOrEqual(t, version(`,"meta":{"lastUpdated":"2999-01-01T00:00:00Z"}`), tracker.VersionOf(time.Now()), "a clock that is wrong blocks nobody")
}

func TestABirthDateIsNeverMadeUp(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]string{
		"1991-03-08": {attrBirthDate: "1991-03-08", attrBirthPartial: "(deleted)"},
		"1990-04":    {attrBirthPartial: "1990-04", attrBirthDate: "(deleted)"},
		"1957":       {attrBirthPartial: "1957", attrBirthDate: "(deleted)"},
		"":           {},
	} {
		p, issues := mapped(t, minimal+`,"birthDate":"`+text+`"}`)
		require.Empty(t, issues, text)
		got := map[string]string{}
		for _, a := range p.entity().Attributes {
			if a.Attribute != attrBirthDate && a.Attribute != attrBirthPartial {
				continue
			}
			got[a.Attribute] = a.Value
			if a.Delete {
				got[a.Attribute] = "(deleted)"
			}
		}
		assert.Equal(t, want, got, text)
	}
}

func TestTheOfficialNameIsTaken(t *testing.T) {
	t.Parallel()
	p, issues := mapped(t, `{"resourceType":"Patient","identifier":[{"system":"urn:ohm:nid","value":"1"}],"name":[
		{"use":"maiden","family":"Old"},{"use":"nickname","family":"Nick"},
		{"use":"official","family":"Hassan","given":["A",null,"B"]}]}`)
	require.Empty(t, issues)
	assert.Equal(t, "Hassan", p.value(attrFamily))
	assert.Equal(t, "A B", p.value(attrGiven))
}

func TestAnUpdateKeepsWhatIsStored(t *testing.T) {
	t.Parallel()
	body, issues := mapped(t, minimal+`,"managingOrganization":{"identifier":{"value":"OHM_FAC_002"}}}`)
	require.Empty(t, issues)
	stored := tracker.TrackedEntity{
		TrackedEntity: "GzM5NSbpoxx", PotentialDuplicate: true, Geometry: json.RawMessage(`{"type":"Point","coordinates":[20.1,0.1]}`),
		Enrollments: []tracker.Enrollment{{Enrollment: "other123456", Program: "otherprogrm"}},
	}

	first := body
	left := first.keep(stored, "po4ulQliUcl")
	assert.Empty(t, left, "it is in another program only")
	require.Len(t, first.entity().Enrollments, 1)
	assert.True(t, first.entity().PotentialDuplicate)
	assert.Equal(t, stored.Geometry, first.entity().Geometry)
	assert.Equal(t, "GzM5NSbpoxx", first.entity().TrackedEntity)
	assert.Equal(t, "OHM_FAC_002", first.entity().OrgUnit, "the Patient's")

	stored.Enrollments = append(stored.Enrollments, tracker.Enrollment{Enrollment: "toxdZQNeSuL", Program: "po4ulQliUcl"})
	second := body
	left = second.keep(stored, "po4ulQliUcl")
	require.Len(t, left, 1)
	assert.Equal(t, "toxdZQNeSuL", left[0].UID)
	assert.Empty(t, second.entity().Enrollments, "an enrollment that is there is left alone")

	assert.Equal(t, body.key, body.entity().TrackedEntity, "another attempt begins from the Patient")
	assert.Len(t, body.entity().Enrollments, 1)
}

func TestNamesGoOutAsTheyCameIn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ሰላማዊት ተስፋዬ", "محمد الأمين", "N’Guessan-Öztürk", "<b>&amp;</b>", "e\u0301", "😀"} {
		p, issues := mapped(t, `{"resourceType":"Patient","identifier":[{"system":"urn:ohm:nid","value":"1"}],"name":[{"family":"`+name+`"}]}`)
		require.Empty(t, issues)
		assert.Contains(t, string(p.payload.AppendJSON(nil)), `"value":"`+name+`"`)
	}
}

func TestNothingEmptyIsSent(t *testing.T) {
	t.Parallel()
	p, issues := mapped(t, minimal+`,"telecom":[{"system":"phone","value":""}]}`)
	require.Empty(t, issues)
	for _, a := range p.entity().Attributes {
		assert.NotEmpty(t, a.Value, a.Attribute)
		assert.False(t, a.Delete, a.Attribute)
	}
}

func TestAMappingThatSomebodyChangedIsToldInTheEnginesWords(t *testing.T) {
	t.Parallel()
	m := patientMapper(t)
	pointer := "/contact/0/name"
	for found, want := range map[mapping.Issue]fhir.Issue{
		{Code: mapping.CodeRequired, Rule: "/trackedEntities/0/attributes/OHM_NEXT_OF_KIN", Pointer: &pointer, Message: "required, and came to nothing"}: problem("required", "Patient.contact[0].name", "required, and came to nothing"),
		{Code: mapping.CodeUnmapped, Rule: "/trackedEntities/0/attributes/OHM_PHONE", Message: "m"}:                                                      problem("code-invalid", "Patient.telecom", "m"),
		{Code: mapping.CodeFormat, Rule: "/x", Message: "m"}:                                                                                             problem("value", "Patient", "m"),
		{Code: mapping.CodeLimit, Rule: "/x", Message: "m"}:                                                                                              problem("too-costly", "Patient", "m"),
		{Code: mapping.CodeExpression, Message: "m"}:                                                                                                     problem("processing", "Patient", "m"),
	} {
		assert.Equal(t, want, m.complaint(found, "Patient"))
	}
	assert.Len(t, m.complaints(&mapping.Report{}, "Patient"), 1, "never none")
}

func TestAPayloadThatCannotBeIdentifiedIsOurFault(t *testing.T) {
	t.Parallel()
	for _, payload := range []tracker.Payload{
		{},
		{TrackedEntities: []tracker.TrackedEntity{{Enrollments: []tracker.Enrollment{{}}}}},
		{TrackedEntities: []tracker.TrackedEntity{{Attributes: []tracker.Attribute{{Attribute: attrIdentifier, Value: "1"}}}}},
	} {
		_, err := register(payload, testSystem, time.Time{})
		require.ErrorContains(t, err, attrIdentifier)
	}
}
