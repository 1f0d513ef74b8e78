package tracker_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestPayloadTellsAbsentFromDeletedValues(t *testing.T) {
	t.Parallel()
	payload, err := tracker.ParsePayload([]byte(`{"events":[{"event":"u01bS7TBPU6","dataValues":[
		{"dataElement":"SyY2t3MmAHo","value":"3.4"},
		{"dataElement":"fEZef320RHa","value":null},
		{"dataElement":"bTx5QiP0qxQ","value":""},
		{"dataElement":"zMOsHhNIDnY","value":0},
		{"dataElement":"GOCQVgGQGEU","value":false}]}]}`))
	require.NoError(t, err)
	values := payload.Events[0].DataValues
	require.Len(t, values, 5)
	assert.Equal(t, []string{"3.4", "", "", "0", "false"}, each(values, func(v tracker.DataValue) string { return v.Value }))
	assert.Equal(t, []bool{false, true, true, false, false}, each(values, func(v tracker.DataValue) bool { return v.Delete }))
	assert.JSONEq(t, `{"events":[{"event":"u01bS7TBPU6","dataValues":[
		{"dataElement":"SyY2t3MmAHo","value":"3.4"},
		{"dataElement":"fEZef320RHa","value":null},
		{"dataElement":"bTx5QiP0qxQ","value":null},
		{"dataElement":"zMOsHhNIDnY","value":"0"},
		{"dataElement":"GOCQVgGQGEU","value":"false"}]}]}`, string(payload.AppendJSON(nil)))
}

func TestPayloadNeverSendsAnEmptyTextForAnAbsentValue(t *testing.T) {
	t.Parallel()
	payload := tracker.Payload{
		TrackedEntities: []tracker.TrackedEntity{{
			TrackedEntity: "RnQHyrrL8wK",
			Attributes:    []tracker.Attribute{{Attribute: "iPWPq2EJtIk"}, {Attribute: "GOCQVgGQGEU", Delete: true}},
			Enrollments: []tracker.Enrollment{{
				Notes:  []tracker.Note{{Note: "d119fZSOXqE"}},
				Events: []tracker.Event{{DataValues: []tracker.DataValue{{DataElement: "SyY2t3MmAHo"}}}},
			}},
		}},
	}
	assert.Equal(t, //nolint:testifylint // the exact bytes are wanted
		`{"trackedEntities":[{"trackedEntity":"RnQHyrrL8wK","attributes":[{"attribute":"GOCQVgGQGEU","value":null}],`+
			`"enrollments":[{"events":[{}]}]}]}`, string(payload.AppendJSON(nil)))
}

func TestPayloadKeepsMembersItDoesNotKnow(t *testing.T) {
	t.Parallel()
	text := `{"trackedEntities":[{"trackedEntity":"RnQHyrrL8wK","attributes":[{"attribute":"iPWPq2EJtIk","value":"x","new":1}],` +
		`"enrollments":[{"enrollment":"iT48QPaRDag","events":[{"event":"u01bS7TBPU6","assignedUser":{"uid":"M5zQapPyTZI","x":[]},` +
		`"dataValues":[{"dataElement":"SyY2t3MmAHo","value":"1","y":{"a":"b"}}],"notes":[{"note":"d119fZSOXqE","value":"n","z":true}],` +
		`"a":1,"b":null}],"followup":false}],"relationships":[{"relationship":"qJ38OxkEEUe",` +
		`"from":{"trackedEntity":{"trackedEntity":"RnQHyrrL8wK","orgUnit":"lgY4CHs5HtP"}},"to":{"event":{"event":"u01bS7TBPU6"}},"q":"w"}],` +
		`"programOwners":[{"orgUnit":"lgY4CHs5HtP","m":1}],"futureMember":{"deep":[1,2,{"x":"\u00e9"}]}}]}`
	payload, err := tracker.ParsePayload([]byte(text))
	require.NoError(t, err)
	assert.Equal(t, text, string(payload.AppendJSON(nil))) //nolint:testifylint // the exact bytes are wanted
}

func TestPayloadReadsEpochMillisAndWritesThemAsNumbers(t *testing.T) {
	t.Parallel()
	payload, err := tracker.ParsePayload([]byte(`{"events":[{"occurredAt":1767682800000,"scheduledAt":20260106}]}`))
	require.NoError(t, err)
	assert.Equal(t, "1767682800000", payload.Events[0].OccurredAt)
	assert.Equal(t, `{"events":[{"occurredAt":1767682800000,"scheduledAt":"20260106"}]}`, //nolint:testifylint // the exact bytes are wanted
		string(payload.AppendJSON(nil)))
}

func TestPayloadRefusesWhatTheServerBreaksOn(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"null item":             `{"trackedEntities":[null]}`,
		"no list":               `{"trackedEntities":{}}`,
		"a list":                `[]`,
		"truncated":             `{"trackedEntities":[`,
		"single quotes":         `{'events':[]}`,
		"NaN":                   `{"events":[{"event":NaN}]}`,
		"object as value":       `{"events":[{"dataValues":[{"dataElement":"SyY2t3MmAHo","value":{}}]}]}`,
		"text behind":           `{"events":[]} trailing`,
		"empty":                 ``,
		"control character":     "{\"events\":[{\"event\":\"a\nb\"}]}",
		"wrong escape":          `{"events":[{"event":"\x"}]}`,
		"deep unknown member":   `{"events":[{"x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}]}`,
		"crossed brackets":      `{"events":[{"x":[}]}]}`,
		"leading zero":          `{"events":[{"event":007}]}`,
		"boolean of no kind":    `{"events":[{"followUp":"yes"}]}`,
		"linked item no object": `{"relationships":[{"from":{"trackedEntity":"RnQHyrrL8wK"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tracker.ParsePayload([]byte(text))
			require.ErrorIs(t, err, tracker.ErrJSON)
			assert.NotContains(t, err.Error(), "RnQHyrrL8wK")
		})
	}
}

func TestPayloadReadsWhatTheServerReads(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"byte order mark": "\ufeff{\"events\":[]}",
		"null lists":      `{"trackedEntities":null,"events":null}`,
		"the last of two": `{"events":[{}],"events":[]}`,
		"unknown member":  `{"nonsense":{"a":[1]}}`,
		"white space":     " \t\r\n{ \"events\" : [ ] } ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload, err := tracker.ParsePayload([]byte(text))
			require.NoError(t, err)
			assert.Zero(t, payload.Counts().Total())
			assert.Equal(t, `{}`, string(payload.AppendJSON(nil)))
		})
	}
}

// Every payload that was sent to a running server, every answer of the export and the DHIS2
// project's own payloads keep their meaning.
func TestPayloadsOfRunningServersSurviveTheRoundTrip(t *testing.T) {
	t.Parallel()
	t.Run("recorded", func(t *testing.T) {
		t.Parallel()
		objects := 0
		for _, version := range versions() {
			for _, file := range []string{"tracker-import.json", "tracker-export.json", "concurrency.json", "deletes.json"} {
				for _, e := range recording(t, version, file) {
					for _, body := range []json.RawMessage{e.Request.Body, e.Response.Body} {
						objects += roundTrip(t, version+"/"+e.Name, body)
					}
				}
			}
		}
		assert.Greater(t, objects, 3000)
	})
	for _, pattern := range []string{"seed-payloads/*.json", "wire/*/*.json", "wire/*/*/*.json", "webapi/*.json", "e2e/*.json"} {
		files, err := filepath.Glob(filepath.Join(fixtures(t), pattern))
		require.NoError(t, err)
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				data, err := os.ReadFile(file)
				require.NoError(t, err)
				roundTrip(t, filepath.Base(file), data)
			})
		}
	}
}

// roundTrip reads and writes one payload and compares the two texts. It returns the number of objects.
func roundTrip(t *testing.T, name string, text []byte) int {
	t.Helper()
	var before map[string]any
	if json.Unmarshal(text, &before) != nil {
		return 0
	}
	payload, err := tracker.ParsePayload(text)
	if err != nil {
		return 0 // TestPayloadRefusesWhatTheServerBreaksOn
	}
	var after map[string]any
	encoded := payload.AppendJSON(nil)
	require.NoError(t, json.Unmarshal(encoded, &after), name)
	for member := range before {
		if !slices.Contains([]string{"trackedEntities", "enrollments", "events", "relationships"}, member) {
			delete(before, member)
		}
	}
	require.Equal(t, meaning(before, ""), meaning(after, ""), name)
	again, err := tracker.ParsePayload(encoded)
	require.NoError(t, err, name)
	require.Equal(t, string(encoded), string(again.AppendJSON(nil)), name)
	flat := payload.Flatten()
	require.Equal(t, payload.Counts(), flat.Counts(), name)
	return payload.Counts().Total()
}

// meaning leaves out what the server takes as absent (null, "", false, empty lists and objects) and
// writes every scalar as a text. The null of a value deletes, also one that is not written.
func meaning(value any, member string) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, v := range value {
			if m := meaning(v, name); m != nil {
				out[name] = m
			}
		}
		_, attribute := value["attribute"]
		_, element := value["dataElement"]
		if _, has := out["value"]; !has && (attribute || element) {
			out["value"] = "deleted"
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := make([]any, 0, len(value))
		for _, item := range value {
			m := meaning(item, "")
			if note, ok := m.(map[string]any); ok && member == "notes" && note["value"] == nil {
				continue // the server drops notes without a text
			}
			if m != nil {
				out = append(out, m)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case string:
		if value == "" {
			return nil
		}
		if member == "attributeCategoryOptions" {
			return strings.ReplaceAll(value, ";", ",")
		}
		return value
	case bool:
		if !value {
			if member == "value" {
				return "false"
			}
			return nil
		}
		return "true"
	case float64:
		text, _ := json.Marshal(value)
		return string(text)
	}
	return nil
}

func TestFlattenGivesChildrenTheirParentsAndLiftsRelationships(t *testing.T) {
	t.Parallel()
	nested := tracker.Payload{TrackedEntities: []tracker.TrackedEntity{{
		TrackedEntity: "RnQHyrrL8wK",
		Relationships: []tracker.Relationship{{Relationship: "qJ38OxkEEUe"}},
		Enrollments: []tracker.Enrollment{{
			Enrollment: "iT48QPaRDag", TrackedEntity: "another0000",
			Events: []tracker.Event{{
				Event: "u01bS7TBPU6", Enrollment: "another0001",
				Relationships: []tracker.Relationship{{Relationship: "PLYnAOpR69G"}},
			}},
		}},
	}}}
	flat := nested.Flatten()
	assert.Equal(t, tracker.Counts{TrackedEntities: 1, Enrollments: 1, Events: 1, Relationships: 2}, flat.Counts())
	assert.Equal(t, "RnQHyrrL8wK", flat.Enrollments[0].TrackedEntity)
	assert.Equal(t, "iT48QPaRDag", flat.Events[0].Enrollment)
	assert.Empty(t, flat.TrackedEntities[0].Enrollments)
	assert.Equal(t, []string{"PLYnAOpR69G", "qJ38OxkEEUe"},
		each(flat.Relationships, func(r tracker.Relationship) string { return r.Relationship }))
	assert.Equal(t, "another0000", nested.TrackedEntities[0].Enrollments[0].TrackedEntity, "the argument is left alone")

	back := flat.Nest()
	require.Len(t, back.TrackedEntities, 1)
	require.Len(t, back.TrackedEntities[0].Enrollments, 1)
	assert.Equal(t, "u01bS7TBPU6", back.TrackedEntities[0].Enrollments[0].Events[0].Event)
	assert.Empty(t, back.Events)
	assert.Empty(t, back.Enrollments)
	assert.Equal(t, flat.Counts(), back.Counts())
	assert.Equal(t, slices.Collect(flat.Refs())[0], slices.Collect(back.Refs())[0])
}

func TestNestLeavesChildrenWithoutTheirParentInTheList(t *testing.T) {
	t.Parallel()
	flat := tracker.Payload{
		Enrollments: []tracker.Enrollment{{Enrollment: "iT48QPaRDag", TrackedEntity: "RnQHyrrL8wK"}},
		Events:      []tracker.Event{{Event: "u01bS7TBPU6", Enrollment: "iT48QPaRDag"}, {Event: "tNppAtDeBxP"}},
	}
	nested := flat.Nest()
	require.Len(t, nested.Enrollments, 1)
	assert.Len(t, nested.Enrollments[0].Events, 1)
	assert.Equal(t, "tNppAtDeBxP", nested.Events[0].Event)
}

func each[T, R any](items []T, get func(T) R) []R {
	out := make([]R, len(items))
	for i, item := range items {
		out[i] = get(item)
	}
	return out
}

func TestTextThatIsNotUTF8IsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"events":[{"event":"u01bS7TBPU6","geometry":{"coordi` + "\xc3" + `ates":[1]}}]}`,
		`{"events":[{"event":"u01bS7TBPU6","unknown":"Am` + "\xe9" + `lie"}]}`,
		`{"events":[{"event":"u01bS7TBPU6","storedBy":"Am` + "\xe9" + `lie"}]}`,
	} {
		_, err := tracker.ParsePayload([]byte(text))
		require.ErrorIs(t, err, tracker.ErrJSON)
		require.ErrorContains(t, err, "not UTF-8")
		assert.NotContains(t, err.Error(), "lie")
	}
}
