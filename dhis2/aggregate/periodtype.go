package aggregate

import "time"

// PeriodType says how often a data set is reported. Its text is the name that
// DHIS2 uses, as in periodType of a data set.
type PeriodType string

// The period types, from short to long. The weeks that do not start on Monday,
// the November types and the financial years came to DHIS2 one after the other:
// an older server refuses those it does not know. TwoYearly, which no server
// offers to its users, is not here.
const (
	Daily           PeriodType = "Daily"           // 20260131
	Weekly          PeriodType = "Weekly"          // 2026W5, Monday to Sunday
	WeeklyWednesday PeriodType = "WeeklyWednesday" // 2026WedW5
	WeeklyThursday  PeriodType = "WeeklyThursday"  // 2026ThuW5
	WeeklyFriday    PeriodType = "WeeklyFriday"    // 2026FriW5
	WeeklySaturday  PeriodType = "WeeklySaturday"  // 2026SatW5
	WeeklySunday    PeriodType = "WeeklySunday"    // 2026SunW5
	BiWeekly        PeriodType = "BiWeekly"        // 2026BiW3, the ISO weeks 5 and 6
	Monthly         PeriodType = "Monthly"         // 202601
	BiMonthly       PeriodType = "BiMonthly"       // 202601B, January and February
	Quarterly       PeriodType = "Quarterly"       // 2026Q1
	QuarterlyNov    PeriodType = "QuarterlyNov"    // 2026NovQ1, from November 2025
	SixMonthly      PeriodType = "SixMonthly"      // 2026S1
	SixMonthlyApril PeriodType = "SixMonthlyApril" // 2026AprilS1, from April 2026
	SixMonthlyNov   PeriodType = "SixMonthlyNov"   // 2026NovS1, from November 2025
	Yearly          PeriodType = "Yearly"          // 2026
	FinancialFeb    PeriodType = "FinancialFeb"    // 2026Feb, from February 2026
	FinancialApril  PeriodType = "FinancialApril"  // 2026April, from April 2026
	FinancialJuly   PeriodType = "FinancialJuly"   // 2026July, from July 2026
	FinancialAug    PeriodType = "FinancialAug"    // 2026Aug, from August 2026
	FinancialSep    PeriodType = "FinancialSep"    // 2026Sep, from September 2026
	FinancialOct    PeriodType = "FinancialOct"    // 2026Oct, from October 2026
	FinancialNov    PeriodType = "FinancialNov"    // 2026Nov, from November 2025
)

// periodKind is how periods of a type are counted.
type periodKind int

const (
	byDay periodKind = iota
	byWeek
	byTwoWeeks
	byMonth
)

// periodRule is how a period type counts and is written.
type periodRule struct {
	name   PeriodType
	kind   periodKind
	first  time.Weekday // byWeek: the day a week starts on
	months int          // byMonth: the length of a period
	base   int          // byMonth: the month that the type's year starts with
	ahead  int          // byMonth: what the year in the id is ahead of that in which the type's year starts
	infix  string       // what stands between the year and the number
	iso    string       // the duration by ISO 8601
}

// periodRules holds the period types in the order of PeriodTypes.
//
//nolint:gochecknoglobals // a read-only table
var periodRules = [...]periodRule{
	{name: Daily, kind: byDay, iso: "P1D"},
	{name: Weekly, kind: byWeek, first: time.Monday, infix: "W", iso: "P7D"},
	{name: WeeklyWednesday, kind: byWeek, first: time.Wednesday, infix: "WedW", iso: "P7D"},
	{name: WeeklyThursday, kind: byWeek, first: time.Thursday, infix: "ThuW", iso: "P7D"},
	{name: WeeklyFriday, kind: byWeek, first: time.Friday, infix: "FriW", iso: "P7D"},
	{name: WeeklySaturday, kind: byWeek, first: time.Saturday, infix: "SatW", iso: "P7D"},
	{name: WeeklySunday, kind: byWeek, first: time.Sunday, infix: "SunW", iso: "P7D"},
	{name: BiWeekly, kind: byTwoWeeks, first: time.Monday, infix: "BiW", iso: "P14D"},
	{name: Monthly, kind: byMonth, months: 1, base: 1, iso: "P1M"},
	{name: BiMonthly, kind: byMonth, months: 2, base: 1, iso: "P2M"},
	{name: Quarterly, kind: byMonth, months: 3, base: 1, infix: "Q", iso: "P3M"},
	{name: QuarterlyNov, kind: byMonth, months: 3, base: 11, ahead: 1, infix: "NovQ", iso: "P3M"},
	{name: SixMonthly, kind: byMonth, months: 6, base: 1, infix: "S", iso: "P6M"},
	{name: SixMonthlyApril, kind: byMonth, months: 6, base: 4, infix: "AprilS", iso: "P6M"},
	{name: SixMonthlyNov, kind: byMonth, months: 6, base: 11, ahead: 1, infix: "NovS", iso: "P6M"},
	{name: Yearly, kind: byMonth, months: 12, base: 1, iso: "P1Y"},
	{name: FinancialFeb, kind: byMonth, months: 12, base: 2, infix: "Feb", iso: "P1Y"},
	{name: FinancialApril, kind: byMonth, months: 12, base: 4, infix: "April", iso: "P1Y"},
	{name: FinancialJuly, kind: byMonth, months: 12, base: 7, infix: "July", iso: "P1Y"},
	{name: FinancialAug, kind: byMonth, months: 12, base: 8, infix: "Aug", iso: "P1Y"},
	{name: FinancialSep, kind: byMonth, months: 12, base: 9, infix: "Sep", iso: "P1Y"},
	{name: FinancialOct, kind: byMonth, months: 12, base: 10, infix: "Oct", iso: "P1Y"},
	{name: FinancialNov, kind: byMonth, months: 12, base: 11, ahead: 1, infix: "Nov", iso: "P1Y"},
}

// PeriodTypes returns all period types, from short to long.
func PeriodTypes() []PeriodType {
	types := make([]PeriodType, len(periodRules))
	for i, r := range periodRules {
		types[i] = r.name
	}
	return types
}

// Valid reports whether t is one of the constants of this package.
func (t PeriodType) Valid() bool { return t.rule() != nil }

// Duration returns the length of the type's periods by ISO 8601, as "P1M", and
// "" for a type that is not valid.
func (t PeriodType) Duration() string {
	if r := t.rule(); r != nil {
		return r.iso
	}
	return ""
}

func (t PeriodType) rule() *periodRule {
	for i := range periodRules {
		if periodRules[i].name == t {
			return &periodRules[i]
		}
	}
	return nil
}

// Period returns the period of the type that holds this day, by the calendar
// ISO 8601. The day is that of t in its own location.
//
// It is an error if the type is not valid or the year outside of 1 to 9999.
func (t PeriodType) Period(day time.Time) (Period, error) { return ISO8601.Period(t, day) }
