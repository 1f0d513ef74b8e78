package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

func mapped(t *testing.T, raw string) (payload, []fhir.Issue) {
	t.Helper()
	p, issues, err := patientMapper(t).payload(t.Context(), incoming{patient: patient(t, raw), path: "Patient"}, time.Now())
	require.NoError(t, err)
	return p, issues
}

// The cases say what comes of a Patient, and reach every rule and branch of the mapping.
func TestTheMappingDoesWhatItsCasesSay(t *testing.T) {
	t.Parallel()
	mappingtest.Config{MinCoverage: 100}.Run(t, "mapping")
}

const minimal = `{"resourceType":"Patient","identifier":[{"system":"urn:ohm:nid","value":"1"}],"name":[{"family":"F","given":["G"]}]`

func TestUIDsAreDerivedAndValid(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, parts := range [][]string{{"a"}, {"a", "b"}, {"ab"}, {"", "ab"}, {"ab", ""}, {}, {"trackedEntity", testSystem, "1"}} {
		uid := deriveUID(parts...)
		assert.Regexp(t, `^[a-zA-Z][a-zA-Z0-9]{10}$`, uid)
		assert.Equal(t, uid, deriveUID(parts...), "the same every time")
		assert.False(t, seen[uid], "%q is like no other", parts)
		seen[uid] = true
	}
	// A change of the rule would make every patient a new one.
	assert.Equal(t, "f26BZgGsQIR", deriveUID("trackedEntity", testSystem, "NID-1001"))
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
		for _, a := range p.TrackedEntities[0].Attributes {
			if a.Attribute != attrBirthDate && a.Attribute != attrBirthPartial {
				continue
			}
			got[a.Attribute] = "(deleted)"
			if a.Value != nil {
				got[a.Attribute] = *a.Value
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
	assert.Equal(t, "Hassan", p.TrackedEntities[0].value(attrFamily))
	assert.Equal(t, "A B", p.TrackedEntities[0].value(attrGiven))
}

func TestAnUpdateKeepsWhatIsStored(t *testing.T) {
	t.Parallel()
	body, issues := mapped(t, minimal+`,"managingOrganization":{"identifier":{"value":"OHM_FAC_002"}}}`)
	require.Empty(t, issues)
	require.Len(t, body.TrackedEntities, 1)
	entityUID, enrollmentUID := body.TrackedEntities[0].TrackedEntity, body.TrackedEntities[0].Enrollments[0].Enrollment
	var stored trackedEntity
	require.NoError(t, json.Unmarshal([]byte(`{"trackedEntity":"`+entityUID+`","potentialDuplicate":true,
		"geometry":{"type":"Point","coordinates":[20.1,0.1]},
		"enrollments":[{"enrollment":"other123456"},{"enrollment":"`+enrollmentUID+`","enrolledAt":"2026-01-05T00:00:00.000",
			"occurredAt":"2026-01-04T00:00:00.000","status":"COMPLETED","followUp":true,"completedAt":"2026-02-01T00:00:00.000"}]}`), &stored))

	body.keep(stored)

	entity := body.TrackedEntities[0]
	assert.True(t, entity.PotentialDuplicate)
	assert.NotNil(t, entity.Geometry)
	assert.Equal(t, "OHM_FAC_002", entity.OrgUnit)
	assert.Equal(t, []enrollment{{
		Enrollment: enrollmentUID, Program: "PR_REGISTRY", OrgUnit: "OHM_FAC_002", EnrolledAt: "2026-01-05T00:00:00.000",
		OccurredAt: "2026-01-04T00:00:00.000", Status: "COMPLETED", FollowUp: true, CompletedAt: "2026-02-01T00:00:00.000",
	}}, entity.Enrollments)
}

func TestNamesGoOutAsTheyCameIn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ሰላማዊት ተስፋዬ", "محمد الأمين", "N’Guessan-Öztürk", "<b>&amp;</b>", "e\u0301", "😀"} {
		p, issues := mapped(t, `{"resourceType":"Patient","identifier":[{"system":"urn:ohm:nid","value":"1"}],"name":[{"family":"`+name+`"}]}`)
		require.Empty(t, issues)
		body, err := encode(p)
		require.NoError(t, err)
		assert.Contains(t, string(body), `"value":"`+name+`"`)
	}
}

func TestNothingEmptyIsSent(t *testing.T) {
	t.Parallel()
	p, issues := mapped(t, minimal+`,"telecom":[{"system":"phone","value":""}]}`)
	require.Empty(t, issues)
	for _, a := range p.TrackedEntities[0].Attributes {
		require.NotNil(t, a.Value, a.Attribute)
		assert.NotEmpty(t, *a.Value, a.Attribute)
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
	require.Error(t, new(payload).identify(testSystem))
	p := payload{TrackedEntities: []trackedEntity{{Enrollments: []enrollment{{}}}}}
	require.ErrorContains(t, p.identify(testSystem), attrIdentifier)
}
