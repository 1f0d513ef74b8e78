package aggregate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/aggregate"
)

func date(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestPeriodIDsMeanTheDaysThatDHIS2Gives(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id    string
		typ   aggregate.PeriodType
		start string
		end   string
		iso   string
	}{
		{"20040315", aggregate.Daily, "2004-03-15", "2004-03-15", "2004-03-15/P1D"},
		{"20240229", aggregate.Daily, "2024-02-29", "2024-02-29", "2024-02-29/P1D"},
		{"2004W10", aggregate.Weekly, "2004-03-01", "2004-03-07", "2004-03-01/P7D"},
		{"2015W1", aggregate.Weekly, "2014-12-29", "2015-01-04", "2014-12-29/P7D"},
		{"2020W53", aggregate.Weekly, "2020-12-28", "2021-01-03", "2020-12-28/P7D"},
		{"2015WedW5", aggregate.WeeklyWednesday, "2015-01-28", "2015-02-03", "2015-01-28/P7D"},
		{"2015ThuW6", aggregate.WeeklyThursday, "2015-02-05", "2015-02-11", "2015-02-05/P7D"},
		{"2026FriW1", aggregate.WeeklyFriday, "2026-01-02", "2026-01-08", "2026-01-02/P7D"},
		{"2015SatW7", aggregate.WeeklySaturday, "2015-02-14", "2015-02-20", "2015-02-14/P7D"},
		{"2015SunW8", aggregate.WeeklySunday, "2015-02-22", "2015-02-28", "2015-02-22/P7D"},
		{"2015BiW1", aggregate.BiWeekly, "2014-12-29", "2015-01-11", "2014-12-29/P14D"},
		{"2020BiW27", aggregate.BiWeekly, "2020-12-28", "2021-01-10", "2020-12-28/P14D"},
		{"200403", aggregate.Monthly, "2004-03-01", "2004-03-31", "2004-03-01/P1M"},
		{"200401B", aggregate.BiMonthly, "2004-01-01", "2004-02-29", "2004-01-01/P2M"},
		{"200406B", aggregate.BiMonthly, "2004-11-01", "2004-12-31", "2004-11-01/P2M"},
		{"2004Q1", aggregate.Quarterly, "2004-01-01", "2004-03-31", "2004-01-01/P3M"},
		{"2026NovQ1", aggregate.QuarterlyNov, "2025-11-01", "2026-01-31", "2025-11-01/P3M"},
		{"2026NovQ2", aggregate.QuarterlyNov, "2026-02-01", "2026-04-30", "2026-02-01/P3M"},
		{"2026NovQ4", aggregate.QuarterlyNov, "2026-08-01", "2026-10-31", "2026-08-01/P3M"},
		{"2004S1", aggregate.SixMonthly, "2004-01-01", "2004-06-30", "2004-01-01/P6M"},
		{"2004AprilS1", aggregate.SixMonthlyApril, "2004-04-01", "2004-09-30", "2004-04-01/P6M"},
		{"2004AprilS2", aggregate.SixMonthlyApril, "2004-10-01", "2005-03-31", "2004-10-01/P6M"},
		{"2026NovS1", aggregate.SixMonthlyNov, "2025-11-01", "2026-04-30", "2025-11-01/P6M"},
		{"2026NovS2", aggregate.SixMonthlyNov, "2026-05-01", "2026-10-31", "2026-05-01/P6M"},
		{"2004", aggregate.Yearly, "2004-01-01", "2004-12-31", "2004-01-01/P1Y"},
		{"2004Feb", aggregate.FinancialFeb, "2004-02-01", "2005-01-31", "2004-02-01/P1Y"},
		{"2004April", aggregate.FinancialApril, "2004-04-01", "2005-03-31", "2004-04-01/P1Y"},
		{"2004July", aggregate.FinancialJuly, "2004-07-01", "2005-06-30", "2004-07-01/P1Y"},
		{"2004Aug", aggregate.FinancialAug, "2004-08-01", "2005-07-31", "2004-08-01/P1Y"},
		{"2004Sep", aggregate.FinancialSep, "2004-09-01", "2005-08-31", "2004-09-01/P1Y"},
		{"2004Oct", aggregate.FinancialOct, "2004-10-01", "2005-09-30", "2004-10-01/P1Y"},
		{"2005Nov", aggregate.FinancialNov, "2004-11-01", "2005-10-31", "2004-11-01/P1Y"},
	} {
		p, err := aggregate.ParsePeriod(c.id)
		require.NoError(t, err, c.id)
		assert.Equal(t, c.id, p.ID())
		assert.Equal(t, c.typ, p.Type(), c.id)
		assert.Equal(t, c.start, p.Start().Format(time.DateOnly), c.id)
		assert.Equal(t, c.end, p.End().Format(time.DateOnly), c.id)
		assert.Equal(t, c.iso, p.Interval().String(), c.id)
		i, err := aggregate.ParseInterval(c.iso)
		require.NoError(t, err, c.id)
		back, err := i.Period()
		require.NoError(t, err, c.id)
		assert.Equal(t, p, back)
		i, err = aggregate.ParseInterval(c.start + "/" + c.end)
		require.NoError(t, err, c.id)
		back, err = i.PeriodOf(c.typ, aggregate.ISO8601)
		require.NoError(t, err, c.id)
		assert.Equal(t, p, back)
	}
}

// Every day from 1950 to 2100 is in exactly one period of each type, but for
// the first week after a year of 53 weeks, which two periods of two weeks hold.
func TestEveryDayIsInOnePeriodOfEachType(t *testing.T) {
	t.Parallel()
	first, last := date("1950-01-01"), date("2100-12-31")
	for _, typ := range aggregate.PeriodTypes() {
		t.Run(string(typ), func(t *testing.T) {
			t.Parallel()
			current, err := typ.Period(first)
			require.NoError(t, err)
			periods := 1
			for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
				p, err := typ.Period(d)
				require.NoError(t, err)
				if p == current {
					if !p.Contains(d) {
						t.Fatalf("%s is not in %s", d, p)
					}
					continue
				}
				next := current.Next()
				if p != next || p.Previous() != current || !p.Contains(d) || !p.Start().Equal(d) {
					t.Fatalf("%s: %s follows %s, Next is %s", d.Format(time.DateOnly), p, current, next)
				}
				if current.Contains(d) && (typ != aggregate.BiWeekly || !strings.HasSuffix(current.ID(), "BiW27")) {
					t.Fatalf("%s is in %s and %s", d.Format(time.DateOnly), current, p)
				}
				if !current.Contains(d.AddDate(0, 0, -1)) {
					t.Fatalf("%s is in no period", d.AddDate(0, 0, -1).Format(time.DateOnly))
				}
				current, periods = p, periods+1
				roundTrip(t, p)
			}
			assert.Greater(t, periods, 150)
		})
	}
}

// roundTrip writes and reads a period in all ways.
func roundTrip(t *testing.T, p aggregate.Period) {
	t.Helper()
	again, err := p.Calendar().Parse(p.ID())
	if err != nil || again != p {
		t.Fatalf("%s is read as %s: %v", p, again, err)
	}
	i, err := aggregate.ParseInterval(p.Interval().String())
	if err != nil || i != p.Interval() {
		t.Fatalf("%s of %s is read as %s: %v", p.Interval(), p, i, err)
	}
	again, err = i.PeriodOf(p.Type(), p.Calendar())
	if err != nil || again != p {
		t.Fatalf("%s is the period %s: %v", i, again, err)
	}
	if p.Calendar() != aggregate.ISO8601 {
		return
	}
	again, err = i.Period()
	if err != nil || again != p {
		t.Fatalf("%s is the period %s: %v", i, again, err)
	}
}

func TestWeeksAreThoseOfGoForMonday(t *testing.T) {
	t.Parallel()
	for d := date("1950-01-01"); d.Year() < 2101; d = d.AddDate(0, 0, 1) {
		p, err := aggregate.Weekly.Period(d)
		require.NoError(t, err)
		year, week := d.ISOWeek()
		if want := fmt.Sprintf("%dW%d", year, week); p.ID() != want {
			t.Fatalf("%s is in %s, want %s", d.Format(time.DateOnly), p, want)
		}
	}
}

func TestPeriodOfATimeIsThatOfItsOwnDay(t *testing.T) {
	t.Parallel()
	nairobi := time.FixedZone("EAT", 3*60*60)
	at := time.Date(2026, 1, 31, 22, 0, 0, 0, time.UTC)
	utc, err := aggregate.Monthly.Period(at)
	require.NoError(t, err)
	local, err := aggregate.Monthly.Period(at.In(nairobi))
	require.NoError(t, err)
	assert.Equal(t, "202601", utc.ID())
	assert.Equal(t, "202602", local.ID())
	assert.True(t, local.Contains(at.In(nairobi)))
	assert.False(t, local.Contains(at))
}

func TestParsePeriodAcceptsWhatDHIS2Does(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"2026-01": "202601", "2026-01-31": "20260131", "2026W05": "2026W5", "2026BiW03": "2026BiW3", "2026SunW01": "2026SunW1",
	} {
		p, err := aggregate.ParsePeriod(id)
		require.NoError(t, err, id)
		assert.Equal(t, want, p.ID())
	}
}

func TestParsePeriodRefuses(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"", "20", "abcd", "0000", "00001", "202613", "202600", "20260230", "20260100", "20261301", "2026-13", "2026-1",
		"2026W0", "2026W54", "2021W53", "2026W001", "2026W", "2026w1", "2026Q0", "2026Q5", "2026Q01", "2026S3", "2026AprilS3",
		"2026NovQ5", "2026NovS0", "202607B", "202600B", "2026BiW28", "2021BiW27", "2026Nov1", "2026April2", "2026Jan", "2026-01-32",
		"2026/01", " 202601", "202601 ", "２０２６", "2026W-1", "2026TY", "LAST_MONTH", "2026-01/P1M", strings.Repeat("2", 1000),
	} {
		_, err := aggregate.ParsePeriod(id)
		var bad *aggregate.PeriodError
		require.ErrorAs(t, err, &bad, id)
		assert.Less(t, len(err.Error()), 150)
	}
}

func TestParseIntervalRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "2026-01-01", "/", "2026-01-01/", "/P1M", "2026-01-01/P", "2026-01-01/P1", "2026-01-01/1M", "2026-01-01/PM", "2026-01-01/PT1H",
		"2026-01-01/P1M1Y", "2026-01-01/P1M1M", "2026-01-01/P0D", "2026-01-01/P-1M", "2026-01-01/P1.5M", "2026-1-1/P1M", "2026-02-30/P1M",
		"202601/P1M", "2026-01-31/2026-01-01", "2026-01-01/P99999D", "2026-01-01/P1M/P1M", "2026-01-01T00:00:00/P1M", "2026-01-01/P1Q",
	} {
		_, err := aggregate.ParseInterval(text)
		var bad *aggregate.PeriodError
		require.ErrorAs(t, err, &bad, text)
	}
}

func TestAnIntervalThatIsNoPeriodIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"2026-01-02/P1M", "2026-01-01/P4M", "2026-02-01/P2M", "2026-02-01/P6M", "2026-03-01/P1Y", "2026-01-06/P7D", "2026-01-05/P14D",
		"2026-01-01/2026-02-01", "2026-01-31/P1M", "2026-01-01/P2Y",
	} {
		i, err := aggregate.ParseInterval(text)
		require.NoError(t, err, text)
		_, err = i.Period()
		var bad *aggregate.PeriodError
		require.ErrorAs(t, err, &bad, text)
	}
}

func TestIntervalsOfEqualLengthArePeriodsAllTheSame(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-01-01/P31D": "202601", "2026-01-01/P12M": "2026", "2025-12-29/P1W": "2026W1", "2025-12-29/P2W": "2026BiW1",
		"2026-01-01/P0Y1M": "202601", "2026-01-01/P4W3D": "202601",
	} {
		i, err := aggregate.ParseInterval(text)
		require.NoError(t, err, text)
		p, err := i.Period()
		require.NoError(t, err, text)
		assert.Equal(t, want, p.ID(), text)
	}
}

func TestPeriodOfAnotherTypeSaysWhatWouldFit(t *testing.T) {
	t.Parallel()
	i, err := aggregate.ParseInterval("2026-01-01/P1M")
	require.NoError(t, err)
	_, err = i.PeriodOf(aggregate.Quarterly, aggregate.ISO8601)
	require.ErrorContains(t, err, "2026Q1")
}

func TestTheLastPeriodHasNoNext(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{"9999": true, "999912": true, "9998": false, "99991231": true} {
		p, err := aggregate.ParsePeriod(id)
		require.NoError(t, err)
		assert.Equal(t, want, p.Next().IsZero(), id)
	}
	p, err := aggregate.ParsePeriod("0001")
	require.NoError(t, err)
	assert.True(t, p.Previous().IsZero())
	assert.True(t, aggregate.Period{}.Next().IsZero())
	assert.Empty(t, aggregate.Period{}.ID())
	assert.Empty(t, aggregate.Interval{}.String())
}

func TestPeriodsAreOrderedByTheirStart(t *testing.T) {
	t.Parallel()
	order := []string{"2026", "20260101", "202601", "202602", "2026Q2"}
	january, err := aggregate.ParsePeriod("202601")
	require.NoError(t, err)
	first, err := aggregate.ParsePeriod("20260101")
	require.NoError(t, err)
	february, err := aggregate.ParsePeriod("202602")
	require.NoError(t, err)
	assert.Negative(t, first.Compare(january))
	assert.Negative(t, january.Compare(february))
	assert.Positive(t, february.Compare(january))
	assert.Zero(t, january.Compare(january), order)
}

func TestAnIntervalTellsItsDays(t *testing.T) {
	t.Parallel()
	i, err := aggregate.ParseInterval("2026-01-10/P40D")
	require.NoError(t, err)
	assert.Equal(t, date("2026-01-10"), i.Start())
	assert.Equal(t, date("2026-02-18"), i.End())
	assert.Equal(t, 40, i.Days())
	assert.Equal(t, "2026-01-10/P40D", i.String())
	_, err = i.PeriodOf("Sometimes", aggregate.ISO8601)
	require.Error(t, err)
}

func TestPeriodsWithoutDaysComeLast(t *testing.T) {
	t.Parallel()
	iso, err := aggregate.ParsePeriod("202601")
	require.NoError(t, err)
	first, err := aggregate.Nepali.Parse("207901")
	require.NoError(t, err)
	second, err := aggregate.Nepali.Parse("207902")
	require.NoError(t, err)
	assert.Negative(t, iso.Compare(first))
	assert.Positive(t, first.Compare(iso))
	assert.Negative(t, first.Compare(second))
}

func TestPeriodIsWrittenAsText(t *testing.T) {
	t.Parallel()
	p, err := aggregate.ParsePeriod("2026W5")
	require.NoError(t, err)
	text, err := p.MarshalText()
	require.NoError(t, err)
	var back aggregate.Period
	require.NoError(t, back.UnmarshalText(text))
	assert.Equal(t, p, back)
	_, err = aggregate.Period{}.MarshalText()
	require.Error(t, err)
	require.Error(t, back.UnmarshalText([]byte("x")))
}

func TestPeriodTypesAreKnown(t *testing.T) {
	t.Parallel()
	assert.Len(t, aggregate.PeriodTypes(), 23)
	assert.False(t, aggregate.PeriodType("Sometimes").Valid())
	assert.Empty(t, aggregate.PeriodType("Sometimes").Duration())
	assert.Equal(t, "P1M", aggregate.Monthly.Duration())
	_, err := aggregate.PeriodType("Sometimes").Period(date("2026-01-01"))
	require.Error(t, err)
}

func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"202601", "2026W5", "2026NovQ1", "2026-01-01/P1M", "2026-01-01/2026-01-31", "2026BiW3", "201513", "20260101"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range []aggregate.Calendar{aggregate.ISO8601, aggregate.Ethiopian, aggregate.Nepali} {
			p, err := c.Parse(text)
			if err != nil {
				continue
			}
			again, err := c.Parse(p.ID())
			if err != nil || again != p {
				t.Fatalf("%q: %s is read as %s: %v", text, p, again, err)
			}
			if next := p.Next(); !next.IsZero() && next.Previous() != p {
				t.Fatalf("%q: %s, then %s, before it %s", text, p, next, next.Previous())
			}
		}
		if i, err := aggregate.ParseInterval(text); err == nil {
			again, err := aggregate.ParseInterval(i.String())
			if err != nil || again != i {
				t.Fatalf("%q: %s is read as %s: %v", text, i, again, err)
			}
		}
	})
}
