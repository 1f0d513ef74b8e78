package aggregate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/aggregate"
)

func TestEthiopianPeriodsMeanTheseDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, start, end string }{
		{"20000101", "2007-09-12", "2007-09-12"}, // the Ethiopian millennium
		{"200001", "2007-09-12", "2007-10-11"},
		{"20120429", "2020-01-08", "2020-01-08"},
		{"201601", "2023-09-12", "2023-10-11"}, // after a year of 366 days
		{"201501", "2022-09-11", "2022-10-10"},
		{"201512", "2023-08-07", "2023-09-05"}, // six days follow
		{"2015", "2022-09-11", "2023-09-05"},
		{"2015Q1", "2022-09-11", "2022-12-09"},
		{"2016Nov", "2023-07-08", "2024-07-07"}, // Hamle to Sene: the financial year
		{"2016NovQ1", "2023-07-08", "2023-10-11"},
		{"2016NovS1", "2023-07-08", "2024-01-09"},
	} {
		p, err := aggregate.Ethiopian.Parse(c.id)
		require.NoError(t, err, c.id)
		assert.Equal(t, c.id, p.ID())
		assert.Equal(t, c.start, p.Start().Format(time.DateOnly), c.id)
		assert.Equal(t, c.end, p.End().Format(time.DateOnly), c.id)
		roundTrip(t, p)
	}
}

// Each day is in one period of each type by months, but for the five or six
// after the twelfth month, which are in none or in one that runs on.
func TestEveryEthiopianDayIsInAtMostOnePeriod(t *testing.T) {
	t.Parallel()
	for _, typ := range aggregate.PeriodTypes() {
		if typ.Duration() == "P7D" || typ.Duration() == "P14D" {
			_, err := aggregate.Ethiopian.Period(typ, date("2026-01-01"))
			require.ErrorIs(t, err, aggregate.ErrNoDates, typ)
			continue
		}
		t.Run(string(typ), func(t *testing.T) {
			t.Parallel()
			current, err := aggregate.Ethiopian.Period(typ, date("1950-01-01"))
			require.NoError(t, err)
			outside := 0
			for d := date("1950-01-02"); d.Year() < 2101; d = d.AddDate(0, 0, 1) {
				p, err := aggregate.Ethiopian.Period(typ, d)
				if err != nil {
					outside++
					continue
				}
				if !p.Contains(d) {
					t.Fatalf("%s is not in %s", d.Format(time.DateOnly), p)
				}
				if p == current {
					continue
				}
				if current.Next() != p || p.Previous() != current || current.Contains(d) {
					t.Fatalf("%s: %s follows %s", d.Format(time.DateOnly), p, current)
				}
				roundTrip(t, p)
				current = p
			}
			switch typ {
			case aggregate.Daily, aggregate.Monthly, aggregate.BiMonthly, aggregate.Quarterly, aggregate.SixMonthly, aggregate.Yearly:
				assert.Equal(t, 151*5+38, outside) // 38 of the years have a day more
			default:
				assert.Zero(t, outside)
			}
		})
	}
}

func TestEthiopianPeriodsThatDoNotExist(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"20151301", "20150131", "201513", "2015Q5", "0001Nov"} {
		_, err := aggregate.Ethiopian.Parse(id)
		require.Error(t, err, id)
	}
	_, err := aggregate.Ethiopian.Period(aggregate.Monthly, date("0005-01-01"))
	require.Error(t, err)
}

func TestNepaliPeriodsAreReadWithoutTheirDays(t *testing.T) {
	t.Parallel()
	p, err := aggregate.Nepali.Parse("207901")
	require.NoError(t, err)
	assert.Equal(t, aggregate.Monthly, p.Type())
	assert.Equal(t, aggregate.Nepali, p.Calendar())
	assert.False(t, p.HasDates())
	assert.True(t, p.Start().IsZero())
	assert.True(t, p.End().IsZero())
	assert.Zero(t, p.Days())
	assert.True(t, p.Interval().IsZero())
	assert.Equal(t, "207902", p.Next().ID())
	assert.Equal(t, "207812", p.Previous().ID())
	_, err = aggregate.Nepali.Period(aggregate.Monthly, date("2026-01-01"))
	require.ErrorIs(t, err, aggregate.ErrNoDates)
	day, err := aggregate.Nepali.Parse("20790132") // the second month of some years has 32 days
	require.NoError(t, err)
	assert.True(t, day.Next().IsZero())
	_, err = aggregate.Nepali.Parse("20790133")
	require.Error(t, err)
}

func TestCalendarsThatAreTheSameGiveTheSamePeriods(t *testing.T) {
	t.Parallel()
	want, err := aggregate.ParsePeriod("202601")
	require.NoError(t, err)
	for _, c := range []aggregate.Calendar{"", aggregate.ISO8601, aggregate.Gregorian} {
		p, err := c.Parse("202601")
		require.NoError(t, err)
		assert.Equal(t, want, p)
		assert.True(t, c.Valid())
	}
	assert.False(t, aggregate.Calendar("julian").Valid())
	_, err = aggregate.Calendar("julian").Parse("202601")
	require.Error(t, err)
	_, err = aggregate.Calendar("julian").Period(aggregate.Monthly, date("2026-01-01"))
	require.Error(t, err)
}
