package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testSystem = "urn:ohm:nid"

var testTarget = target{entityType: "OHM_PERSON", program: "PR_REGISTRY", orgUnit: "OHM_COUNTRY"}

func read(t *testing.T, raw string) (patient, []issue) {
	t.Helper()
	return readPatient([]byte(raw), "Patient", testSystem)
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
		p, issues := read(t, minimal+`,"birthDate":"`+text+`"}`)
		require.Empty(t, issues, text)
		got := map[string]string{}
		for _, a := range p.attributes() {
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

func TestWhatIsWrongWithAPatientIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ patient, code, expression string }{
		"no identifier":          {`{"name":[{"family":"F"}]}`, "required", "Patient.identifier"},
		"only an old identifier": {`{"identifier":[{"use":"old","system":"urn:ohm:nid","value":"1"}],"name":[{"family":"F"}]}`, "required", "Patient.identifier"},
		"another system":         {`{"identifier":[{"system":"x","value":"1"}],"name":[{"family":"F"}]}`, "required", "Patient.identifier"},
		"a blank identifier":     {`{"identifier":[{"system":"urn:ohm:nid","value":" "}],"name":[{"family":"F"}]}`, "required", "Patient.identifier"},
		"two identifiers": {
			`{"identifier":[{"system":"urn:ohm:nid","value":"1"},{"system":"urn:ohm:nid","value":"2"}],"name":[{"family":"F"}]}`,
			"multiple-matches", "Patient.identifier",
		},
		"no name":               {`{"identifier":[{"system":"urn:ohm:nid","value":"1"}]}`, "required", "Patient.name"},
		"a maiden name only":    {`{"identifier":[{"system":"urn:ohm:nid","value":"1"}],"name":[{"use":"maiden","family":"F"}]}`, "required", "Patient.name"},
		"unknown gender code":   {minimal + `,"gender":"M"}`, "code-invalid", "Patient.gender"},
		"gender in upper case":  {minimal + `,"gender":"Male"}`, "code-invalid", "Patient.gender"},
		"a day that is not":     {minimal + `,"birthDate":"2025-02-30"}`, "value", "Patient.birthDate"},
		"month 13":              {minimal + `,"birthDate":"2025-13"}`, "value", "Patient.birthDate"},
		"a date in local style": {minimal + `,"birthDate":"08/03/1991"}`, "value", "Patient.birthDate"},
		"a date with time":      {minimal + `,"birthDate":"1991-03-08T00:00:00Z"}`, "value", "Patient.birthDate"},
		"a modifier extension":  {minimal + `,"modifierExtension":[{"url":"x"}]}`, "extension", "Patient.modifierExtension"},
		"a NUL":                 {`{"identifier":[{"system":"urn:ohm:nid","value":"1"}],"name":[{"family":"F\u0000"}]}`, "value", "Patient.name.family"},
		"a name that is text":   {`{"name":"F"}`, "structure", "Patient.name"},
		"a number as gender":    {minimal + `,"gender":1}`, "structure", "Patient.gender"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, issues := read(t, c.patient)
			require.Len(t, issues, 1)
			assert.Equal(t, c.code, issues[0].Code)
			assert.Equal(t, []string{c.expression}, issues[0].Expression)
			assert.Equal(t, "error", issues[0].Severity)
		})
	}
}

func TestAllProblemsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, issues := read(t, `{"gender":"M","birthDate":"x"}`)
	assert.Len(t, issues, 4, "identifier, name, gender and birth date")
}

func TestTheOfficialNameIsTaken(t *testing.T) {
	t.Parallel()
	p, issues := read(t, `{"identifier":[{"system":"urn:ohm:nid","value":"1"}],"name":[
		{"use":"maiden","family":"Old"},{"use":"nickname","family":"Nick"},
		{"use":"official","family":"Hassan","given":["A",null,"B"]}]}`)
	require.Empty(t, issues)
	assert.Equal(t, "Hassan", p.family)
	assert.Equal(t, "A B", p.given)
}

func TestAnUpdateKeepsWhatIsStored(t *testing.T) {
	t.Parallel()
	p, issues := read(t, minimal+`,"managingOrganization":{"identifier":{"value":"OHM_FAC_002"}}}`)
	require.Empty(t, issues)
	entityUID, enrollmentUID := testTarget.uids(p)
	var stored trackedEntity
	require.NoError(t, json.Unmarshal([]byte(`{"trackedEntity":"`+entityUID+`","potentialDuplicate":true,
		"geometry":{"type":"Point","coordinates":[20.1,0.1]},
		"enrollments":[{"enrollment":"other123456"},{"enrollment":"`+enrollmentUID+`","enrolledAt":"2026-01-05T00:00:00.000",
			"occurredAt":"2026-01-04T00:00:00.000","status":"COMPLETED","followUp":true,"completedAt":"2026-02-01T00:00:00.000"}]}`), &stored))

	body := testTarget.build(p, &stored, time.Now())

	require.Len(t, body.TrackedEntities, 1)
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
		p, issues := read(t, `{"identifier":[{"system":"urn:ohm:nid","value":"1"}],"name":[{"family":"`+name+`"}]}`)
		require.Empty(t, issues)
		body, err := encode(testTarget.build(p, nil, time.Now()))
		require.NoError(t, err)
		assert.Contains(t, string(body), `"value":"`+name+`"`)
	}
}

func TestNothingEmptyIsSent(t *testing.T) {
	t.Parallel()
	p, issues := read(t, minimal+`}`)
	require.Empty(t, issues)
	for _, a := range p.attributes() {
		require.NotNil(t, a.Value, a.Attribute)
		assert.NotEmpty(t, *a.Value, a.Attribute)
	}
}

// What is accepted has an identifier and a name, and its payload is valid
// JSON with the same text in it; what is not names an element.
func FuzzReadPatient(f *testing.F) {
	f.Add(minimal + `,"gender":"female","birthDate":"1957"}`)
	f.Add(minimal + `,"telecom":[{"system":"phone","value":"1"}],"deceasedDateTime":"2020"}`)
	f.Add(`{"name":[{"given":[null]}],"identifier":{}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		p, issues := readPatient([]byte(raw), "Patient", testSystem)
		for _, i := range issues {
			require.Len(t, i.Expression, 1)
			assert.True(t, strings.HasPrefix(i.Expression[0], "Patient"))
		}
		if len(issues) > 0 {
			return
		}
		assert.NotEmpty(t, p.identifier)
		body, err := encode(testTarget.build(p, nil, time.Now()))
		require.NoError(t, err)
		var back payload
		require.NoError(t, json.Unmarshal(body, &back))
		assert.Equal(t, p.attributes(), back.TrackedEntities[0].Attributes)
	})
}
