package date_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/internal/date"
)

func format(tb testing.TB, name string) *date.Format {
	tb.Helper()
	f, err := date.ParseFormat(name)
	require.NoError(tb, err)
	return f
}

func TestEthiopianDatesGoBackAndForth(t *testing.T) {
	t.Parallel()
	ethiopian, iso := format(t, "ethiopian"), format(t, "fhir-date")
	for day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2101; day = day.AddDate(0, 0, 7) {
		want := day.Format(time.DateOnly)
		d, err := iso.Parse([]byte(want))
		require.NoError(t, err)
		text, err := ethiopian.Append(nil, d)
		require.NoError(t, err)
		back, err := ethiopian.Parse(text)
		require.NoError(t, err, "%s as %s", want, text)
		again, err := iso.Append(nil, back)
		require.NoError(t, err)
		require.Equal(t, want, string(again))
	}
	for ethiopianDate, want := range map[string]string{"2000-01-01": "2007-09-12", "2016-01-01": "2023-09-12", "2015-13-06": "2023-09-11", "1966-05-10": "1974-01-18"} {
		d, err := ethiopian.Parse([]byte(ethiopianDate))
		require.NoError(t, err)
		got, err := iso.Append(nil, d)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
	_, err := ethiopian.Parse([]byte("2016-13-06"))
	require.ErrorIs(t, err, date.ErrImpossible)
}

func TestZonesNeitherInventNorShiftTimes(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	nairobi, err := time.LoadLocation("Africa/Nairobi")
	require.NoError(t, err)
	iso := format(t, "iso")
	for _, c := range []struct {
		text string
		zone *time.Location
		want string
	}{
		{"2026-03-29T01:59:59", zone, "2026-03-29T01:59:59+01:00"},
		{"2026-03-29T02:30:00", zone, ""}, // clocks went from 2 to 3
		{"2026-03-29T03:00:00", zone, "2026-03-29T03:00:00+02:00"},
		{"2026-07-01T00:30:00Z", zone, "2026-07-01T02:30:00+02:00"},
		{"1900-01-01T12:00:00Z", nairobi, "1900-01-01T14:27:00+02:27"}, // +02:27:16 then: the instant stays
		{"2026-12-31T23:30:00-10:00", nairobi, "2027-01-01T12:30:00+03:00"},
		{"2026-03-29", zone, "2026-03-29"},
	} {
		d, err := iso.Parse([]byte(c.text))
		require.NoError(t, err)
		if err := d.In(c.zone); c.want == "" {
			require.ErrorIs(t, err, date.ErrImpossible, c.text)
			continue
		}
		out, err := iso.Append(nil, d)
		require.NoError(t, err)
		assert.Equal(t, c.want, string(out))
	}
	_, err = date.ParseZone("+14:30", nil)
	require.Error(t, err)
	_, err = iso.Parse([]byte("2026-01-01T00:00:00+03::00"))
	require.Error(t, err)
}

// FuzzParse: what a format reads it writes so that it reads the same again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"2026-03-11", "2026", "2026-03-11T10:11:12.5+03:00", "20260311101112", "11/03/2026", "2018-13-05"} {
		for _, name := range date.Names() {
			f.Add(name, text)
		}
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		pattern, err := date.ParseFormat(name)
		if err != nil {
			return
		}
		d, err := pattern.Parse([]byte(text))
		if err != nil {
			return
		}
		out, err := pattern.Append(nil, d)
		if err != nil {
			return
		}
		if _, known := map[string]bool{"fhir-date": true, "dhis2-date": true, "ethiopian": true, "fhir-instant": true}[name]; known {
			again, err := pattern.Parse(out)
			require.NoError(t, err, "%s gave %s", text, out)
			require.Equal(t, d, again)
		}
	})
}
