package dhis2_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

func location(tb testing.TB, name string) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation(name)
	require.NoError(tb, err)
	return zone
}

// The forms of dhis2.md 1.1; the server was at UTC+3 when they were recorded.
func TestEveryFormOfTimeIsRead(t *testing.T) {
	t.Parallel()
	nairobi := location(t, "Africa/Nairobi")
	for text, want := range map[string]string{
		"2026":                          "2025-12-31T21:00:00Z",
		"2026-02":                       "2026-01-31T21:00:00Z",
		"2026-01-06":                    "2026-01-05T21:00:00Z",
		"20260106":                      "2026-01-05T21:00:00Z",
		"2026-01-06T10":                 "2026-01-06T07:00:00Z",
		"2026-01-06T10:30":              "2026-01-06T07:30:00Z",
		"2026-01-06T10:30:15":           "2026-01-06T07:30:15Z",
		"2026-01-06T10:30:15.123":       "2026-01-06T07:30:15.123Z",
		"2026-01-06T10:30:15.1234":      "2026-01-06T07:30:15.1234Z",
		"2026-01-06T10:30:15.123456":    "2026-01-06T07:30:15.123456Z",
		"2026-01-06T10:30:15.123456789": "2026-01-06T07:30:15.123456789Z",
		"2026-01-06T10:30:15Z":          "2026-01-06T10:30:15Z",
		"2026-01-06T10:30:15+02:00":     "2026-01-06T08:30:15Z",
		"2026-01-06T10:30:15.000+0200":  "2026-01-06T08:30:15Z",
		"2026-01-06T10:30:15-05":        "2026-01-06T15:30:15Z",
		"2026-01-06T10Z":                "2026-01-06T10:00:00Z",
		"2024-02-29T23:59:59.999":       "2024-02-29T20:59:59.999Z",
		"1767686400000":                 "2026-01-06T08:00:00Z",
		"-86400000000":                  "1967-04-07T00:00:00Z",
		"1970-01-01T00:00:00.000":       "1969-12-31T21:00:00Z",
		"0001-01-01":                    "0000-12-31T21:32:44Z", // local mean time
		"2026-01-06T10:30:15.123-00:00": "2026-01-06T10:30:15.123Z",
	} {
		got, err := dhis2.ParseTime(text, nairobi)
		require.NoError(t, err, text)
		wanted, err := time.Parse(time.RFC3339Nano, want)
		require.NoError(t, err)
		assert.True(t, wanted.Equal(got), "%s is %s, not %s", text, wanted, got.UTC())
	}
}

func TestWhatIsNoTimeIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "06/01/2026", "2026-01-06 10:00", "2026-13-01", "2026-02-30", "2026-00-10", "2026-01-32", "2025-02-29",
		"2026-01-06T24:00:00", "2026-01-06T10:60", "2026-01-06T10:00:60", "2026-01-06T", "2026-01-06T10:00:00.", "yesterday",
		"2026-01-06T10:00:00+25:00", "2026-01-06T10:00:00+02:75", "2026-1-6", "2026-01-06Z", "20261301", "2026-01-06T10:00:00.1234567890",
		"12026-01-01", "99999999999999999999", "2026-01-06\n", "２０２６",
	} {
		_, err := dhis2.ParseTime(text, time.UTC)
		assert.Error(t, err, "%q", text)
		if err != nil && len(text) > 4 {
			assert.NotContains(t, err.Error(), text, "a date of birth is a patient's")
		}
	}
}

func TestTimesWithoutAZoneAreTheServers(t *testing.T) {
	t.Parallel()
	got, err := dhis2.ParseTime("2026-01-06T10:00:00.000", nil)
	require.NoError(t, err)
	assert.Equal(t, time.UTC, got.Location(), "UTC where none is known")
	server := dhis2.Server{Zone: location(t, "Asia/Kathmandu"), Skew: 90 * time.Second}
	got, err = server.ParseTime("2026-01-06T10:00:00.000")
	require.NoError(t, err)
	assert.Equal(t, "2026-01-06T04:15:00Z", got.UTC().Format(time.RFC3339))
	assert.Equal(t, "2026-01-06T10:00:00.000+05:45", server.FormatTime(got.UTC()))
	late := time.Date(2026, 1, 6, 20, 0, 0, 0, time.UTC)
	assert.Equal(t, "2026-01-07", server.FormatDate(late), "it is tomorrow there")
	assert.Equal(t, "2026-01-06", dhis2.FormatDate(late))
	assert.Equal(t, "2026-01-07T01:46:30.000+05:45", dhis2.FormatTime(server.Time(late)))
	assert.Equal(t, "2026-01-06T20:00:00.000Z", dhis2.FormatTime(late))
	assert.Equal(t, "2026-01-06T20:00:00.000Z", dhis2.Server{}.FormatTime(late), "UTC where none is known")
}

func TestChangesOfTheClocksAreReadAsJavaReadsThem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, zone, text, want string }{
		{"skipped in spring", "Europe/Oslo", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"},
		{"before it", "Europe/Oslo", "2026-03-29T01:30:00", "2026-03-29T00:30:00Z"},
		{"after it", "Europe/Oslo", "2026-03-29T03:30:00", "2026-03-29T01:30:00Z"},
		{"twice in autumn: the first", "Europe/Oslo", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"},
		{"after that", "Europe/Oslo", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z"},
		{"half an hour twice", "Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"},
		{"twice in the south", "America/Santiago", "2026-04-04T23:30:00", "2026-04-05T02:30:00Z"},
		{"midnight that is not", "Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := dhis2.ParseTime(tt.text, location(t, tt.zone))
			require.NoError(t, err)
			assert.Equal(t, tt.want, got.UTC().Format(time.RFC3339))
		})
	}
}

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{
		"2026", "2026-01", "20260106", "2026-01-06T10:30:15.123456789+02:00", "1767686400000", "2026-03-29T02:30:00", "-1", "T", "2026-01-06T1",
	} {
		f.Add(seed)
	}
	oslo, err := time.LoadLocation("Europe/Oslo")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := dhis2.ParseTime(text, oslo)
		if err != nil {
			return
		}
		if got.Year() < 0 || got.Year() > 9999 {
			return // of milliseconds
		}
		again, err := dhis2.ParseTime(dhis2.FormatTime(got), oslo)
		require.NoError(t, err, "%q -> %q", text, dhis2.FormatTime(got))
		assert.True(t, got.Truncate(time.Millisecond).Equal(again), "%q: %s is not %s", text, got, again)
	})
}
