package dhis2test_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// fixtureFact is what the DHIS2 project's own tests say of one of their
// payloads (dhis2.md section 5, numbers 4 to 8 and 13 to 15).
type fixtureFact struct {
	name  string
	check func(t *testing.T, f fixtures)
}

// fixtures are the payloads and metadata of the DHIS2 project, and the version
// they are tried on.
type fixtures struct{ version string }

func (f fixtures) atLeast(version string) bool { return f.version >= version }

// read is a file below fixtures/dhis2.
func (f fixtures) read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(recordings()), name))
	require.NoError(t, err)
	return strings.ReplaceAll(string(raw), "%id%", "FixtureObj1") // e2e files leave the UID open
}

// server has the metadata of some files, and an admin who may write at all of
// their org units.
func (f fixtures) server(t *testing.T, metadata ...string) *dhis2test.Server {
	t.Helper()
	admin := dhis2test.DefaultUsers()[0]
	admin.OrgUnits = nil
	for _, text := range metadata {
		var doc struct {
			OrganisationUnits []struct{ ID string } `json:"organisationUnits"`
		}
		require.NoError(t, json.Unmarshal([]byte(text), &doc))
		for _, u := range doc.OrganisationUnits {
			admin.OrgUnits = append(admin.OrgUnits, u.ID)
		}
	}
	admin.SearchOrgUnits = admin.OrgUnits
	s := handler(t, dhis2test.Options{
		Version: f.version, Metadata: []byte(metadata[0]), Users: []dhis2test.User{admin},
	})
	for _, text := range metadata[1:] {
		require.NoError(t, s.Seed([]byte(text)))
	}
	return s
}

// e2e is a server with the metadata of the project's end-to-end tests.
func (f fixtures) e2e(t *testing.T) *dhis2test.Server {
	t.Helper()
	return f.server(t, f.read(t, "e2e/metadata.json"), f.read(t, "e2e/tracker_metadata.json"), f.read(t, "e2e/eventProgram.json"))
}

// enrolled is a server with the metadata of the project's validation tests, and
// their tracked entities and enrollments.
func (f fixtures) enrolled(t *testing.T) *dhis2test.Server {
	t.Helper()
	s := f.server(t, f.read(t, "integration/tracker_basic_metadata.json"))
	for _, name := range []string{"te", "enrollments"} {
		f.stores(t, s, f.validation(t, "enrollments_te_"+name+"-data"), 0)
	}
	return s
}

func (f fixtures) validation(t *testing.T, name string) string {
	t.Helper()
	return f.read(t, "wire/integration/validations/"+name+".json")
}

// stores imports a payload without an error; want is how many objects are
// created, 0 for as many as the payload lists at its top.
func (f fixtures) stores(t *testing.T, s *dhis2test.Server, body string, want int) {
	t.Helper()
	if want == 0 {
		var lists map[string][]any
		require.NoError(t, json.Unmarshal([]byte(body), &lists))
		for _, list := range lists {
			want += len(list)
		}
	}
	a := importAs(t, s, "admin", body)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	assert.Empty(t, codesOf(t, a))
	assert.Equal(t, want, statsOf(t, a).Created)
}

// refuses imports a payload that is stored not at all, for the reasons
// "CODE UID".
func (f fixtures) refuses(t *testing.T, s *dhis2test.Server, body string, reasons ...string) {
	t.Helper()
	a := importAs(t, s, "admin", body)
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Equal(t, reasons, reasonsOf(t, a))
	assert.Zero(t, statsOf(t, a).Created)
}

type importStats struct{ Created, Updated, Deleted, Ignored, Total int }

func statsOf(t *testing.T, a answer) importStats {
	t.Helper()
	var report struct{ Stats importStats }
	require.NoError(t, json.Unmarshal(a.body, &report), "%s", a.body)
	return report.Stats
}

// reasonsOf are a report's errors as "CODE UID", in their order.
func reasonsOf(t *testing.T, a answer) []string {
	t.Helper()
	var report struct {
		ValidationReport struct {
			ErrorReports []struct{ ErrorCode, UID string }
		}
	}
	require.NoError(t, json.Unmarshal(a.body, &report), "%s", a.body)
	var out []string
	for _, e := range report.ValidationReport.ErrorReports {
		out = append(out, e.ErrorCode+" "+e.UID)
	}
	slices.Sort(out)
	return out
}

// The payloads of the DHIS2 project's own tests have the outcome that these
// tests demand, in each version.
func TestTheProjectsPayloadsFareAsItsTestsSay(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(filepath.Join(filepath.Dir(recordings()), "e2e")); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "no fixtures")
		t.Skip("no fixtures: set SHARED_DIR to the folder that holds fixtures/dhis2")
	}
	facts, passed, total := slices.Concat(endToEndFacts(), validationFacts(), bodyFacts()), 0, 0
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		for _, fact := range facts {
			total++
			if t.Run(version+"/"+fact.name, func(t *testing.T) { fact.check(t, fixtures{version}) }) {
				passed++
			}
		}
	}
	fmt.Printf("conformance: dhis2/fixtures %d/%d\n", passed, total)
}

func endToEndFacts() []fixtureFact {
	nested := func(name string, objects int) func(*testing.T, fixtures) {
		return func(t *testing.T, f fixtures) {
			t.Helper()
			f.stores(t, f.e2e(t), f.read(t, "e2e/"+name+".json"), objects)
		}
	}
	return []fixtureFact{
		{"a nested payload is stored whole", nested("trackedEntitiesWithEnrollmentsEventsAndRelationships", 6)},
		{"the smallest nested payload is stored", nested("trackedEntityWithEnrollmentAndEventsNested", 3)},
		{"the same payload again only updates", func(t *testing.T, f fixtures) {
			t.Helper()
			s, body := f.e2e(t), f.read(t, "e2e/trackedEntitiesWithEnrollmentsAndEvents.json")
			f.stores(t, s, body, 6)
			again := importAs(t, s, "admin", body)
			assert.Equal(t, http.StatusOK, again.status, "%s", again.body)
			stored := statsOf(t, again)
			assert.Equal(t, 6, stored.Updated+stored.Created)
			assert.Len(t, s.TrackedEntities(), 2+stored.Created/3, "what has no UID of its own is new each time")
		}},
		{"entities and their relationship are stored", nested("trackedEntitiesAndRelationship", 3)},
		{"atomicMode=ALL stores nothing beside a bad object", func(t *testing.T, f fixtures) {
			t.Helper()
			s := f.e2e(t)
			a := importAs(t, s, "admin", f.typeless(t), "atomicMode=ALL")
			assert.Equal(t, http.StatusConflict, a.status)
			assert.Equal(t, importStats{Ignored: 3, Total: 3}, statsOf(t, a))
			assert.Empty(t, s.TrackedEntities())
		}},
		{"atomicMode=OBJECT stores what is good and says OK", func(t *testing.T, f fixtures) {
			t.Helper()
			s := f.e2e(t)
			a := importAs(t, s, "admin", f.typeless(t), "atomicMode=OBJECT")
			assert.Equal(t, http.StatusOK, a.status)
			assert.Equal(t, "OK", a.json(t)["status"])
			assert.Equal(t, importStats{Created: 1, Ignored: 2, Total: 3}, statsOf(t, a))
			assert.ElementsMatch(t, []string{"E1121", "E5000"}, codesOf(t, a))
			assert.Len(t, s.TrackedEntities(), 1)
		}},
		{"events of an event program are stored", nested("events", 4)},
		{"an event comes as CSV", func(t *testing.T, f fixtures) {
			t.Helper()
			s := f.e2e(t)
			a := f.sendCSV(t, s, "e2e/event.csv", "")
			assert.Equal(t, http.StatusOK, a.status, "%s", a.body)
			require.Len(t, s.Events(), 1)
			assert.Equal(t, "FixtureObj1", s.Events()[0].UID)
		}},
		{"attributes of a program are read back", func(t *testing.T, f fixtures) {
			t.Helper()
			s := f.server(t, f.read(t, "integration/te_program_with_tea_metadata.json"))
			f.stores(t, s, f.read(t, "wire/integration/te_program_with_tea_data.json"), 2)
			a := direct(t, s, http.MethodGet, "/api/tracker/trackedEntities/EEFkxTWB55Y?program=hJUBNVQWl4e&fields=attributes[attribute,value]", "", "admin")
			assert.Contains(t, string(a.body), `"321"`)
		}},
	}
}

// typeless is the payload of the project's tests of atomicMode: two entities
// and their relationship, the first entity without a type.
func (f fixtures) typeless(t *testing.T) string {
	t.Helper()
	return strings.Replace(f.read(t, "e2e/trackedEntitiesAndRelationship.json"), `"Q9GufDoplCL"`, `""`, 1)
}

func (f fixtures) sendCSV(t *testing.T, s *dhis2test.Server, name, params string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/tracker?async=false"+params, strings.NewReader(f.read(t, name)))
	r.Header.Set("Content-Type", "text/csv")
	r.SetBasicAuth("admin", "district")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

func validationFacts() []fixtureFact {
	refused := func(name string, reasons ...string) func(*testing.T, fixtures) {
		return func(t *testing.T, f fixtures) {
			t.Helper()
			f.refuses(t, f.enrolled(t), f.validation(t, name), reasons...)
		}
	}
	return []fixtureFact{
		{"thirteen good entities are stored", func(t *testing.T, f fixtures) {
			t.Helper()
			f.stores(t, f.server(t, f.read(t, "integration/tracker_basic_metadata.json")), f.validation(t, "te-data_ok"), 13)
		}},
		{"two holders of one unique value are both refused", refused("te-with_unique_attributes", "E1064 bPJ0FMtcnEL", "E1064 bPJ0FMtcnER")},
		{"two enrollments with one unique value are both refused", func(t *testing.T, f fixtures) {
			t.Helper()
			s := f.mandatory(t)
			f.stores(t, s, `{"trackedEntities":[{"trackedEntity":"Kj6vYde4LFf","trackedEntityType":"bPJ0FMtcnEh","orgUnit":"QfUVllTs6cS"}]}`, 1)
			f.refuses(t, s, f.validation(t, "enrollments_te_unique_attr"), "E1064 MNWZ6hnuhSw", "E1064 MNWZ6hnuhSx")
		}},
		{"a mandatory attribute of the program is missed", func(t *testing.T, f fixtures) {
			t.Helper()
			f.refuses(t, f.mandatory(t), f.validation(t, "enrollments_te_attr-missing-mandatory"), "E1018 MNWZ6hnuhSw")
		}},
		{"a value outside of the option set is refused", refused("events-with_invalid_option_value", "E1125 ZwwuwNp6gVd")},
		{"a stage that is not repeatable takes one event", func(t *testing.T, f fixtures) {
			t.Helper()
			s := f.enrolled(t)
			f.stores(t, s, f.validation(t, "events_non-repeatable-programstage_part1"), 1)
			f.refuses(t, s, f.validation(t, "events_non-repeatable-programstage_part2"), "E1039 E8o1E9tApXX")
		}},
		{"the event of a bad enrollment is not stored either", refused("invalid_enrollment_with_valid_event", "E1070 zNWZ6hnuhSw", "E5000 ZwwuwNp6gVd")},
		{"notes are stored once, and only with a text", func(t *testing.T, f fixtures) {
			t.Helper()
			s, body := f.enrolled(t), f.validation(t, "events-with-notes-data")
			f.stores(t, s, body, 1)
			again := importAs(t, s, "admin", body, "reportMode=FULL")
			assert.Equal(t, 3, strings.Count(string(again.body), `"E1119"`))
			a := direct(t, s, http.MethodGet, "/api/tracker/events/uLxFbxfYDQE?fields=notes[note]", "", "admin")
			assert.Equal(t, 3, strings.Count(string(a.body), "noteUid"), "%s", a.body)
		}},
		{"a relationship type asks for its types of entities", func(t *testing.T, f fixtures) {
			t.Helper()
			s := f.server(t, f.read(t, "integration/tracker_basic_metadata.json"))
			f.stores(t, s, f.validation(t, "te_relationship"), 2)
			link := func(uid, kind, from, to string) string {
				return fmt.Sprintf(`{"relationships":[{"relationship":%q,"relationshipType":%q,
					"from":{"trackedEntity":{"trackedEntity":%q}},"to":{"trackedEntity":{"trackedEntity":%q}}}]}`, uid, kind, from, to)
			}
			f.refuses(t, s, link("FixtureRel1", "xLmPUYJX9I7", "Kj6vYde4LHh", "KKKKj6vYdes"), "E4014 FixtureRel1")
			f.refuses(t, s, link("FixtureRel1", "TV9oB9LT3sh", "Kj6vYde4LHh", "zzzzzzzzzzz"), "E4012 FixtureRel1")
			f.refuses(t, s, link("FixtureRel1", "TV9oB9LT3sh", "Kj6vYde4LHh", "Kj6vYde4LHh"), "E4000 FixtureRel1")
			f.stores(t, s, link("FixtureRel1", "xLmPUYJX8Ks", "Kj6vYde4LHh", "KKKKj6vYdes"), 1)
			f.refuses(t, s, link("FixtureRel2", "xLmPUYJX8Ks", "Kj6vYde4LHh", "KKKKj6vYdes"), "E4018 FixtureRel2")
		}},
	}
}

// mandatory is a server whose program asks for an attribute, as the project's
// metadata for its tests of attributes does.
func (f fixtures) mandatory(t *testing.T) *dhis2test.Server {
	t.Helper()
	var doc map[string][]map[string]any
	var whole map[string]any
	text := f.read(t, "integration/tracker_basic_metadata.json")
	require.NoError(t, json.Unmarshal([]byte(text), &whole))
	delete(whole, "system")
	text = encode(whole)
	require.NoError(t, json.Unmarshal([]byte(text), &doc))
	for _, p := range doc["programs"] {
		if p["id"] == "E8o1E9tAppy" {
			delete(p, "enrollmentCategoryCombo")
			p["programTrackedEntityAttributes"] = []any{
				map[string]any{"trackedEntityAttribute": map[string]any{"id": "fmBIpOStKkF"}},
				map[string]any{"mandatory": true, "trackedEntityAttribute": map[string]any{"id": "TGqP5JNy6Es"}},
			}
		}
	}
	doc["trackedEntityAttributes"] = append(doc["trackedEntityAttributes"],
		map[string]any{"id": "TGqP5JNy6Es", "name": "mandatory_program_attribute", "valueType": "TEXT"})
	s := f.server(t, encode(doc))
	f.stores(t, s, f.validation(t, "enrollments_te_te-data"), 5)
	return s
}

// bodyMetadata is what the payloads of the project's controller tests refer to.
const bodyMetadata = `{"organisationUnits":[{"id":"PSeMWi7rBgb","name":"Unit","path":"/PSeMWi7rBgb","level":1}],
"trackedEntityTypes":[{"id":"PrZMWi7rBga","name":"Type"}],
"programs":[{"id":"XrZRFi7rU9e","name":"Program","programType":"WITH_REGISTRATION","trackedEntityType":{"id":"PrZMWi7rBga"},
 "organisationUnits":[{"id":"PSeMWi7rBgb"}],"programStages":[{"id":"I8RRFi7rUps"}]}],
"programStages":[{"id":"I8RRFi7rUps","name":"Stage","program":{"id":"XrZRFi7rU9e"}}],
"relationshipTypes":[{"id":"A4ORFi7rReL","name":"Link","fromConstraint":{"relationshipEntity":"TRACKED_ENTITY_INSTANCE"},
 "toConstraint":{"relationshipEntity":"TRACKED_ENTITY_INSTANCE"}}]}`

func bodyFacts() []fixtureFact {
	return []fixtureFact{
		{"nested, flat and repeated say the same", func(t *testing.T, f fixtures) {
			t.Helper()
			var want, wantStored []string
			for i, name := range []string{"flatten_payload", "nested_payload", "nested_payload_repeated_relationships"} {
				s := f.server(t, bodyMetadata)
				body := f.read(t, "webapi/import_"+name+".json")
				bad := importAs(t, s, "admin", body, "atomicMode=OBJECT", "importMode=VALIDATE")
				// The events have neither program nor date; with both all is stored.
				whole := strings.ReplaceAll(body, `"I8RRFi7rUps"`, `"I8RRFi7rUps","program":"XrZRFi7rU9e","occurredAt":"2016-03-18"`)
				f.stores(t, s, whole, 9)
				stored := f.tree(t, s, "IybbQIQt6te", "daMwzsKN3te", "FRM97UKN8te")
				if i == 0 {
					want, wantStored = reasonsOf(t, bad), stored
					require.NotEmpty(t, want)
				}
				assert.Equal(t, want, reasonsOf(t, bad), name)
				assert.Equal(t, wantStored, stored, name)
			}
		}},
		{"a UID of the wrong form", func(t *testing.T, f fixtures) {
			t.Helper()
			s := f.server(t, bodyMetadata)
			a := importAs(t, s, "admin", f.read(t, "webapi/import_invalid_uid_payload.json"))
			if f.atLeast("2.42") {
				assert.Equal(t, http.StatusBadRequest, a.status)
				assert.Contains(t, string(a.body), "UID must be an alphanumeric string of 11 characters starting with a letter, but was: invalid_uid")
				return
			}
			assert.Equal(t, []string{"E1048 invalid_uid"}, reasonsOf(t, a))
		}},
		{"a UID of the wrong form in CSV", func(t *testing.T, f fixtures) {
			t.Helper()
			s := f.server(t, bodyMetadata)
			a := f.sendCSV(t, s, "webapi/invalid_uid_event.csv", "&skipFirst=false")
			if f.atLeast("2.42") {
				assert.Equal(t, http.StatusBadRequest, a.status, "%s", a.body)
			}
			assert.Empty(t, s.Events())
		}},
	}
}

// tree is what is stored of entities and below them.
func (f fixtures) tree(t *testing.T, s *dhis2test.Server, entities ...string) []string {
	t.Helper()
	const fields = "trackedEntity,trackedEntityType,orgUnit,enrollments[enrollment,program,enrolledAt,events[event,programStage,occurredAt]]," +
		"relationships[relationship,from[trackedEntity[trackedEntity]],to[trackedEntity[trackedEntity]]]"
	var out []string
	for _, uid := range entities {
		a := direct(t, s, http.MethodGet, "/api/tracker/trackedEntities/"+uid+"?fields="+fields, "", "admin")
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		out = append(out, string(a.body))
	}
	return out
}
