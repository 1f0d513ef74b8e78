package tracker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestRecordsAreReadFromLines(t *testing.T) {
	t.Parallel()
	text := `{"source":"message 17","key":"T1234567890","version":3,"strategy":"DELETE","events":[{"event":"E1234567890"}]}

{"trackedEntities":[{"trackedEntity":"T1234567890"}]}
{"events":[null]}
{"version":"three","events":[]}
not Amina
{"events":[{"event":"E2234567890"}]}`
	var sources []string
	var failed []string
	for record, err := range tracker.ReadRecords(strings.NewReader(text)) {
		if err != nil {
			require.ErrorIs(t, err, tracker.ErrRecord)
			assert.NotContains(t, err.Error(), "Amina")
			failed = append(failed, record.Source)
			continue
		}
		sources = append(sources, record.Source)
		if record.Source == "message 17" {
			assert.Equal(t, "T1234567890", record.Key)
			assert.EqualValues(t, 3, record.Version)
			assert.Equal(t, tracker.Delete, record.Strategy)
			assert.Equal(t, "E1234567890", record.Payload.Events[0].Event)
		}
	}
	assert.Equal(t, []string{"message 17", "line 3", "line 7"}, sources)
	assert.Equal(t, []string{"line 4", "line 5", "line 6"}, failed)
}

func TestALineThatIsTooLongIsLeftOut(t *testing.T) {
	t.Parallel()
	text := `{"source":"` + strings.Repeat("x", 33<<20) + "\"}\n{\"source\":\"next\"}\n"
	var got []string
	for record, err := range tracker.ReadRecords(strings.NewReader(text)) {
		got = append(got, fmt.Sprint(record.Source, " ", err != nil))
	}
	assert.Equal(t, []string{"line 1 true", "next false"}, got)
}

func TestAnErrorOfTheReaderEndsTheRecords(t *testing.T) {
	t.Parallel()
	n := 0
	for _, err := range tracker.ReadRecords(iotest.TimeoutReader(strings.NewReader(strings.Repeat(`{"events":[]}`+"\n", 20_000)))) {
		n++
		if err != nil {
			require.ErrorIs(t, err, iotest.ErrTimeout)
			require.NotErrorIs(t, err, tracker.ErrRecord)
		}
	}
	assert.Greater(t, n, 1)
}

func TestNDJSONIsImported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _, client := newWorld(t)
		var text bytes.Buffer
		for i := range 50 {
			line, err := json.Marshal(childRecord(i, 1).Payload)
			require.NoError(t, err)
			text.Write(append(line, '\n'))
		}
		text.WriteString("{]\n")
		var got results
		summary, err := newImporter(t, tracker.ImporterConfig{Client: client}).RunNDJSON(t.Context(), &text, got.add)
		require.NoError(t, err)
		assert.Len(t, server.TrackedEntities(), 50)
		assert.EqualValues(t, 51, summary.Records)
		bad := got.of(tracker.Ref{})
		assert.Equal(t, "line 51", bad.Source)
		assert.Equal(t, tracker.FateRejected, bad.Fate)
		assert.NotEmpty(t, bad.Cause)
	})
}

func FuzzReadRecords(f *testing.F) {
	f.Add([]byte(`{"source":"a","version":1,"events":[{"event":"E1234567890","dataValues":[{"dataElement":"x","value":"1"}]}]}` + "\n{}\n"))
	f.Add([]byte("\n\n{\"trackedEntities\":[{\"enrollments\":[]}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := bytes.Count(data, []byte("\n")) + 1
		n := 0
		for record, err := range tracker.ReadRecords(bytes.NewReader(data)) {
			n++
			if err != nil {
				if record.Source == "" {
					t.Fatal("an error names no place")
				}
				continue
			}
			again, err := tracker.ParsePayload(record.Payload.AppendJSON(nil))
			if err != nil {
				t.Fatalf("what was read is not read again: %v", err)
			}
			if again.Counts() != record.Payload.Counts() {
				t.Fatal("objects are lost")
			}
		}
		if n > lines {
			t.Fatal("more records than lines")
		}
	})
}
