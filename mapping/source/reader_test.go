package source_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/source"
)

var (
	_ mapping.Source = (*source.CSV)(nil)
	_ mapping.Source = (*source.NDJSON)(nil)
	_ mapping.Source = (*source.XML)(nil)
	_ mapping.Source = (*source.HL7)(nil)
)

// everyReader returns a reader of each kind over what from gives.
func everyReader(t *testing.T, from func(text string) io.Reader) map[string]source.Reader {
	t.Helper()
	csv, err := source.NewCSV(from("a\n1\n2\n"), source.CSVConfig{})
	require.NoError(t, err)
	ndjson, err := source.NewNDJSON(from("1\n2\n"), source.NDJSONConfig{})
	require.NoError(t, err)
	xml, err := source.NewXML(from("<a><b/><b/></a>"), source.XMLConfig{Records: "/a/b"})
	require.NoError(t, err)
	hl7, err := source.NewHL7(from("MSH|^~\\&\rPID\rMSH|^~\\&\r"), source.HL7Config{})
	require.NoError(t, err)
	return map[string]source.Reader{"csv": csv, "ndjson": ndjson, "xml": xml, "hl7": hl7}
}

func TestAFailureOfTheInputIsFatalAndWrapped(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	for name, r := range everyReader(t, func(text string) io.Reader {
		return io.MultiReader(strings.NewReader(text[:1]), iotest.ErrReader(lost))
	}) {
		_, err := r.Next(t.Context())
		require.ErrorIs(t, err, lost, name)
		var bad *source.Error
		require.ErrorAs(t, err, &bad, name)
		assert.True(t, bad.Fatal, name)
		assert.False(t, bad.Skip(), name)
		assert.Contains(t, err.Error(), "the input cannot be read: connection lost", name)
		_, again := r.Next(t.Context())
		assert.Equal(t, err, again, name)
	}
}

func TestAReaderThatGivesNothingIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	for name, r := range everyReader(t, func(string) io.Reader { return idle{} }) {
		_, err := r.Next(t.Context())
		require.Error(t, err, name)
		assert.NotErrorIs(t, err, io.EOF, name)
	}
}

// idle reads nothing, without an error; it gives up before a test would hang.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestTheEndOfTheContextEndsReading(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, r := range everyReader(t, func(text string) io.Reader { return strings.NewReader(text) }) {
		_, err := r.Next(ctx)
		require.ErrorIs(t, err, context.Canceled, name)
		_, err = r.Next(t.Context())
		require.NoError(t, err, "%s: nothing was read before", name)
	}
}

func TestAnEndlessLineEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	endless := &repeating{text: "x", after: 1 << 20, do: cancel}
	csv, err := source.NewCSV(endless, source.CSVConfig{Skip: 1, MaxRecord: 100})
	require.NoError(t, err)
	_, err = csv.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)

	ctx, cancel = context.WithCancel(t.Context())
	ndjson, err := source.NewNDJSON(&repeating{text: "x", after: 1 << 20, do: cancel}, source.NDJSONConfig{MaxRecord: 100})
	require.NoError(t, err)
	_, err = ndjson.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

// repeating gives the same text for ever, and calls do once after so many bytes.
type repeating struct {
	text  string
	after int
	do    func()
	given int
}

func (r *repeating) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		i := (r.given + n) % len(r.text)
		n += copy(p[n:], r.text[i:])
	}
	r.given += n
	if r.given >= r.after {
		r.do()
	}
	return n, nil
}

func TestAllRangesOverRecordsAndRefusals(t *testing.T) {
	t.Parallel()
	r, err := source.NewNDJSON(strings.NewReader("1\nx\n2\n"), source.NDJSONConfig{})
	require.NoError(t, err)
	var got []string
	for record, err := range source.All(t.Context(), r) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, string(record))
	}
	assert.Equal(t, []string{"1", "line 2, at 2:1: not valid JSON; one whole value a line is expected", "2"}, got)
}

func TestAllEndsAtAFatalErrorAndOnBreak(t *testing.T) {
	t.Parallel()
	r, err := source.NewXML(strings.NewReader("<a><b/><c"), source.XMLConfig{Records: "/a/b"})
	require.NoError(t, err)
	turns := 0
	for _, err := range source.All(t.Context(), r) {
		turns++
		require.Equal(t, turns == 2, err != nil)
	}
	assert.Equal(t, 2, turns)

	csv, err := source.NewCSV(strings.NewReader("a\n1\n2\n"), source.CSVConfig{})
	require.NoError(t, err)
	for _, err := range source.All(t.Context(), csv) {
		require.NoError(t, err)
		break
	}
	record, err := csv.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, `{"a":"2"}`, string(record))
}

func TestOneWantsExactlyOneRecord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]error{
		"":       source.ErrNoRecord,
		"\n":     source.ErrNoRecord,
		"1\n2\n": source.ErrManyRecords,
		"1\nx\n": source.ErrManyRecords,
		"1":      nil,
	} {
		r, err := source.NewNDJSON(strings.NewReader(in), source.NDJSONConfig{})
		require.NoError(t, err)
		record, err := source.One(t.Context(), r)
		require.ErrorIs(t, err, want, "%q", in)
		if want == nil {
			assert.Equal(t, "1", string(record))
			assert.Equal(t, "line 1", r.Locate(""))
		}
	}
	r, err := source.NewXML(strings.NewReader("<a/><b/>"), source.XMLConfig{})
	require.NoError(t, err)
	_, err = source.One(t.Context(), r)
	require.ErrorContains(t, err, "a second root element")
	r, err = source.NewXML(strings.NewReader("<a>"), source.XMLConfig{})
	require.NoError(t, err)
	_, err = source.One(t.Context(), r)
	require.ErrorContains(t, err, "the document ends inside an element")
}

func TestErrorNamesWhatItKnows(t *testing.T) {
	t.Parallel()
	assert.EqualError(t, &source.Error{Reason: "r"}, "r")
	assert.EqualError(t, &source.Error{Line: 2, Reason: "r"}, "at 2:1: r")
	assert.EqualError(t, &source.Error{Where: "row 3", Reason: "r", Err: io.ErrUnexpectedEOF}, "row 3: r: unexpected EOF")
}
