package temporal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/temporal"
)

// read reads what the text looks like: "T…" is a time of day.
func read(text string) (temporal.Value, bool) {
	if clock, ok := strings.CutPrefix(text, "T"); ok {
		return temporal.ParseTime(clock)
	}
	if strings.Contains(text, "T") {
		return temporal.ParseDateTime(text)
	}
	return temporal.ParseDate(text)
}

func value(t *testing.T, text string) temporal.Value {
	t.Helper()
	v, ok := read(text)
	assert.True(t, ok, text)
	return v
}

func TestPartialValuesAreWrittenAsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"2014", "2014-02", "2012-02-29", "2014-01-05T10", "2014-01-05T10:30", "2014-01-05T10:30:00Z", "2014-01-05T10:30:00.120+05:30",
		"2014-01-05T10:30:00-00:30", "0001-01-01", "9999-12-31T23:59:60.999999999Z",
	} {
		assert.Equal(t, text, value(t, text).String())
	}
	assert.Equal(t, "10:30:00.5", value(t, "T10:30:00.5").String())
	for _, text := range []string{
		"", "14", "2014-", "2014-13", "2014-00", "2014-02-30", "2013-02-29", "2014-1-1", "2014-01-01T", "2014-01-01T24", "2014-01-01T10:60", "2014T10", "2014-01-01T10:30:00.",
		"2014-01-01T10:30:00+15:00", "2014-01-01T10:30:00+0100", "T", "T24", "T10:30Z", "T10:", "0000", "2014-01-01 10:00", "२०१४",
	} {
		_, ok := read(text)
		assert.False(t, ok, text)
	}
}

func TestComparisonsAreKnownAsFarAsTheDataGo(t *testing.T) {
	t.Parallel()
	const unknown = 9
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"2014", "2014", 0},
		{"2014", "2015-01", -1},
		{"2014", "2014-01", unknown},
		{"2014-01-05", "2014-01-05T10:00:00Z", unknown},
		{"2014-01-05", "2014-01-06T10:00:00Z", -1},
		{"2014-01-05T10:00:00Z", "2014-01-05T12:00:00+02:00", 0},
		{"2014-01-05T10:00:00Z", "2014-01-05T10:00:00.000Z", 0},
		{"2014-01-05T10:00:00Z", "2014-01-05T10:00:00.001Z", -1},
		{"2014-01-05T10:30", "2014-01-05T10:30:00", unknown},
		{"2014-01-05T15:00:00Z", "2014-01-05T10:00:00", unknown},
		{"2014-01-07T15:00:00Z", "2014-01-05T10:00:00", 1},
		{"2014-01-03T15:00:00", "2014-01-05T10:00:00+02:00", -1},
		{"2014-01-05T00:30:00+01:00", "2014-01-04T23:30:00Z", 0},
		{"T10:30", "T10:30:00", unknown},
		{"T10:30:00", "T10:30:00.0", 0},
		{"T09", "T10:30", -1},
		{"T10", "2014", unknown},
		{"9999-12-31T23:00:00-10:00", "9999-12-31T23:00:00Z", 1},
		{"0001-01-01T00:00:00+10:00", "0001-01-01T00:00:00Z", -1},
	} {
		got, known := temporal.Compare(value(t, c.a), value(t, c.b))
		back, knownBack := temporal.Compare(value(t, c.b), value(t, c.a))
		assert.Equal(t, known, knownBack)
		if c.want == unknown {
			assert.False(t, known, "%s and %s", c.a, c.b)
			continue
		}
		assert.True(t, known, "%s and %s", c.a, c.b)
		assert.Equal(t, []int{c.want, -c.want}, []int{got, back}, "%s and %s", c.a, c.b)
	}
}

func TestDurationsAreAddedByTheCalendar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		when string
		n    int64
		unit temporal.Unit
		want string
	}{
		{"2012-02-29", 1, temporal.Years, "2013-02-28"},
		{"2020-01-31", 1, temporal.Months, "2020-02-29"},
		{"2020-03-31", -1, temporal.Months, "2020-02-29"},
		{"2020-01-01", -1, temporal.Days, "2019-12-31"},
		{"2020", 24, temporal.Months, "2022"},
		{"2020", 11, temporal.Months, "2020"},
		{"2020-02", 30, temporal.Days, "2020-03"},
		{"2020", 365, temporal.Days, "2021"},
		{"2020-01-01", 25, temporal.Hours, "2020-01-02"},
		{"2020-01-01", 1, temporal.Weeks, "2020-01-08"},
		{"2020-01-01T23:59:59Z", 1, temporal.Seconds, "2020-01-02T00:00:00Z"},
		{"2020-01-01T10:00:00+02:00", 90, temporal.Minutes, "2020-01-01T11:30:00+02:00"},
		{"2020-01-01T10:00:00Z", 5, temporal.Milliseconds, "2020-01-01T10:00:00.005Z"},
		{"2020-01-01T10", 90, temporal.Minutes, "2020-01-01T11"},
		{"2020-01-01T10:00:00Z", -24 * 365, temporal.Hours, "2019-01-01T10:00:00Z"},
		{"2019-12-31", 12, temporal.Months, "2020-12-31"},
		{"2020-01", -13, temporal.Months, "2018-12"},
		{"T23:30", 1, temporal.Hours, "00:30"},
		{"T10:00:00", -11, temporal.Hours, "23:00:00"},
		{"T10", 90, temporal.Minutes, "11"},
		{"T10:00", 24 * 60 * 5, temporal.Minutes, "10:00"},
	} {
		got, ok := value(t, c.when).Add(c.n, c.unit)
		assert.True(t, ok)
		assert.Equal(t, c.want, got.String(), "%s + %d %d", c.when, c.n, c.unit)
	}
	for _, c := range []struct {
		when string
		n    int64
		unit temporal.Unit
	}{{"9999", 1, temporal.Years}, {"0001-01-01", -1, temporal.Days}, {"2020", 1 << 60, temporal.Years}, {"T10", 1, temporal.Days}, {"2020-01-01", 1e13, temporal.Days}} {
		_, ok := value(t, c.when).Add(c.n, c.unit)
		assert.False(t, ok, c.when)
	}
}

func TestBoundariesAreTheLeastAndGreatestOfWhatAValueCanMean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		when      string
		digits    int
		low, high string
	}{
		{"2014", 0, "2014-01-01", "2014-12-31"},
		{"2012-02", 8, "2012-02-01", "2012-02-29"},
		{"2014", 6, "2014-01", "2014-12"},
		{"2014-05-06", 4, "2014", "2014"},
		{"2014-01-01T08", 17, "2014-01-01T08:00:00.000+14:00", "2014-01-01T08:59:59.999-12:00"},
		{"2014-01-01T08:05:07.5Z", 17, "2014-01-01T08:05:07.500Z", "2014-01-01T08:05:07.599Z"},
		{"2014-01-01T08:05+08:00", 8, "2014-01-01", "2014-01-01"},
		{"T10:30", 0, "10:30:00.000", "10:30:59.999"},
		{"T10:30", 2, "10", "10"},
	} {
		low, ok := value(t, c.when).Boundary(c.digits, false)
		assert.True(t, ok, c.when)
		high, _ := value(t, c.when).Boundary(c.digits, true)
		assert.Equal(t, []string{c.low, c.high}, []string{low.String(), high.String()}, c.when)
	}
	for _, digits := range []int{3, 5, 9, 18} {
		_, ok := value(t, "2014").Boundary(digits, false)
		assert.False(t, ok)
	}
}

func TestNowHasMillisecondsAndAnOffset(t *testing.T) {
	t.Parallel()
	now := temporal.FromTime(time.Date(2024, 2, 29, 23, 59, 58, 7_654_321, time.FixedZone("", -3*3600-1800)))
	assert.Equal(t, "2024-02-29T23:59:58.007-03:30", now.String())
	assert.Equal(t, 17, now.DigitsOfPrecision())
	assert.Equal(t, "2024-02-29", now.Date().String())
	clock, ok := now.Clock()
	assert.True(t, ok)
	assert.Equal(t, "23:59:58.007", clock.String())
}

// FuzzParse reads, writes, adds and compares without a panic; what is written reads the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"2014", "2014-02-29", "2014-01-05T10:30:00.120+05:30", "T10:30:00.5", "0001-01-01T00:00:00-14:00", "9999-12-31T23:59:60.999999999Z"} {
		f.Add(seed, int64(1), uint8(4))
	}
	f.Fuzz(func(t *testing.T, text string, n int64, unit uint8) {
		v, ok := read(text)
		if !ok {
			return
		}
		prefix := ""
		if v.Kind == temporal.Time {
			prefix = "T"
		}
		again, ok := read(prefix + v.String())
		if c, known := temporal.Compare(v, again); !ok || !known || c != 0 {
			t.Fatalf("%q is written %q", text, v.String())
		}
		if sum, ok := v.Add(n, temporal.Unit(unit%8+1)); ok {
			if again, ok := read(prefix + sum.String()); !ok || again.String() != sum.String() && sum.SecondNo != 60 {
				t.Fatalf("%s + %d of %d = %s", v, n, unit, sum)
			}
			if c, known := temporal.Compare(sum, v); known && v.Kind != temporal.Time && v.SecondNo != 60 && (n > 0 && c < 0 || n < 0 && c > 0) {
				t.Fatalf("%s + %d of %d goes the wrong way: %s", v, n, unit, sum)
			}
		}
		low, okLow := v.Boundary(0, false)
		high, okHigh := v.Boundary(0, true)
		if c, known := temporal.Compare(low, high); okLow && okHigh && known && c > 0 {
			t.Fatalf("%s is between %s and %s", v, low, high)
		}
	})
}
