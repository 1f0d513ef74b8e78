package dhis2test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// exportParams reads the query of a list. The first parameter that cannot be
// read is kept in err, as Spring stops at it; names the release does not know
// are ignored, as there (dhis2.md 1.3).
type exportParams struct {
	q       url.Values
	version version
	zone    *time.Location
	err     *httpError
}

func (s *Server) exportParams(q url.Values) *exportParams {
	return &exportParams{q: q, version: s.version, zone: s.opts.Location}
}

// queryOf reads a query as Spring does: a semicolon is a character like others,
// where net/url drops the parameter.
func queryOf(r *http.Request) url.Values {
	q, err := url.ParseQuery(strings.ReplaceAll(r.URL.RawQuery, ";", "%3B"))
	if err != nil {
		return r.URL.Query() // what can be read of it
	}
	return q
}

func (p *exportParams) fail(err *httpError) {
	if p.err == nil {
		p.err = err
	}
}

// invalidParam is a 400 of the export side; it carries the code E1003.
func invalidParam(format string, args ...any) *httpError {
	err := badRequest(format, args...)
	err.code = "E1003"
	return err
}

func (p *exportParams) text(name string) string { return p.q.Get(name) }

// list joins a text parameter that may be repeated, as Spring does.
func (p *exportParams) list(name string) string { return strings.Join(p.q[name], ",") }

const uidReason = "UID must be an alphanumeric string of 11 characters starting with a letter, but was: "

func (p *exportParams) uid(name string) string {
	v := p.q.Get(name)
	if v != "" && !uidPattern.MatchString(v) {
		p.fail(badRequest("Value '%s' is not valid for parameter %s. %s%s", v, name, uidReason, v))
	}
	return v
}

// uids reads a list: comma-separated or repeated, but not both. Its old name,
// with semicolons, is the only one of 2.40 and still taken by 2.41; where the
// name did not change 2.40 has the semicolons.
func (p *exportParams) uids(name, old string) []string {
	var before, now []string
	if old != "" && p.version.before(2, 42) {
		before = p.splitUIDs(old, p.q[old], ";")
	}
	switch {
	case p.version.atLeast(2, 41):
		now = p.splitUIDs(name, p.q[name], ",")
	case old == "":
		now = p.splitUIDs(name, p.q[name], ";")
	}
	switch {
	case len(before) > 0 && len(now) > 0:
		p.fail(invalidParam("Only one parameter of '%s' (deprecated; semicolon separated UIDs) and '%s' (comma separated UIDs) must be specified. "+
			"Prefer '%s' as '%s' will be removed.", old, name, name, old))
		return nil
	case len(before) > 0:
		return before
	}
	return now
}

func (p *exportParams) splitUIDs(name string, sent []string, separator string) []string {
	var out []string
	for _, v := range sent {
		parts := []string{v}
		if len(sent) == 1 {
			parts = strings.Split(v, separator)
		}
		for _, part := range parts {
			switch {
			case part == "":
			case uidPattern.MatchString(part):
				if !slices.Contains(out, part) {
					out = append(out, part)
				}
			case len(sent) > 1:
				p.fail(badRequest("You likely repeated request parameter '%s' and used multiple comma-separated values within at least one of its values. "+
					"Choose one of these approaches. %s%s", name, uidReason, part))
			default:
				p.fail(badRequest("Value '%s' is not valid for parameter %s. %s%s", v, name, uidReason, part))
			}
		}
	}
	return out
}

// choice reads an enum without regard to case; "" when it is absent. A
// repeated one is refused.
func (p *exportParams) choice(name string, values ...string) string {
	r := paramReader{q: p.q}
	v := r.choice(name, "", values...)
	if r.err != nil {
		p.fail(r.err)
	}
	return v
}

// renamed reads an enum under its new name, and under the old one, which is
// the only one before 2.42.
func (p *exportParams) renamed(name, old string, values ...string) string {
	before := p.choice(old, values...)
	if p.version.before(2, 42) {
		return before
	}
	now := p.choice(name, values...)
	if before != "" && now != "" {
		p.fail(invalidParam("Only one parameter of '%s' and '%s' must be specified. Prefer '%s' as '%s' will be removed.", old, name, name, old))
	}
	if now == "" {
		return before
	}
	return now
}

// flag reads a boolean; nil when it is absent.
func (p *exportParams) flag(name string) *bool {
	if p.q.Get(name) == "" {
		return nil
	}
	r := paramReader{q: p.q}
	v := r.flag(name, false)
	if r.err != nil {
		p.fail(r.err)
	}
	return &v
}

func (p *exportParams) isTrue(name string) bool {
	v := p.flag(name)
	return v != nil && *v
}

// number reads a 32-bit integer; nil when it is absent.
func (p *exportParams) number(name string) *int {
	v := p.q.Get(name)
	if v == "" {
		return nil
	}
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil {
		p.fail(badRequest("Value '%s' is not valid for parameter %s. For input string: %q", v, name, v))
		return nil
	}
	i := int(n)
	return &i
}

// timeRange is a range of time, inclusive at both ends (dhis2.md 1.3).
type timeRange struct{ from, to *time.Time }

// period reads nameAfter and nameBefore: a date alone is the start of its day
// in the one and its end in the other.
func (p *exportParams) period(name string) timeRange {
	return timeRange{from: p.instant(name+"After", false), to: p.instant(name+"Before", true)}
}

func (p *exportParams) instant(name string, end bool) *time.Time {
	v := p.q.Get(name)
	if v == "" {
		return nil
	}
	t, ok := parseInstant(v, p.zone)
	if !ok {
		p.fail(badRequest("Value '%s' is not valid for parameter %s. %s", v, name, dateReason(v)))
		return nil
	}
	if _, err := time.Parse(time.DateOnly, v); err == nil && end {
		y, m, d := t.Date()
		t = time.Date(y, m, d+1, 0, 0, 0, 0, t.Location()).Add(-time.Millisecond)
	}
	return &t
}

// dateReason is what Joda-Time says of a date that it cannot read.
func dateReason(v string) string {
	var year, month, day int
	if n, _ := fmt.Sscanf(v, "%4d-%2d-%2d", &year, &month, &day); n == 3 && len(v) == len(time.DateOnly) {
		if month < 1 || month > 12 {
			return fmt.Sprintf("Cannot parse %q: Value %d for monthOfYear must be in the range [1,12]", v, month)
		}
		last := time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
		return fmt.Sprintf("Cannot parse %q: Value %d for dayOfMonth must be in the range [1,%d]", v, day, last)
	}
	digits := strings.IndexFunc(v, func(r rune) bool { return (r < '0' || r > '9') && r != '-' })
	if digits >= len("2006") {
		return fmt.Sprintf("Invalid format: %q is malformed at %q", v, v[digits:])
	}
	return fmt.Sprintf("Invalid format: %q", v)
}

// holds tells whether a moment is in the period; where the period is bounded,
// no moment is not.
func (p timeRange) holds(t *time.Time) bool {
	if p.from == nil && p.to == nil {
		return true
	}
	if t == nil {
		return false
	}
	at := t.Truncate(time.Millisecond) // as the database holds it
	return (p.from == nil || !at.Before(*p.from)) && (p.to == nil || !at.After(*p.to))
}

func (p timeRange) given() bool { return p.from != nil || p.to != nil }

// durationUnits are the letters of updatedWithin; PT1H is not one [R].
func updatedWithin(text string) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	unit, ok := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second}[text[len(text)-1]]
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 31)
	return time.Duration(n) * unit, ok && err == nil
}
