package dhis2test

import (
	"encoding/json"
	"strconv"
	"time"
)

// timestamp is how DHIS2 writes a time: in the server's zone, without naming
// it (dhis2.md section 0, fact 7).
const timestampLayout = "2006-01-02T15:04:05.000"

// instantLayouts are the forms the importer reads (dhis2.md 1.1, DateUtils),
// the common ones first. Go reads a fraction of a second after ":05" by itself.
var instantLayouts = []string{ //nolint:gochecknoglobals // read-only table
	"2006-01-02", "2006-01-02T15:04:05", "2006", "2006-01", "20060102",
	"2006-01-02T15", "2006-01-02T15:04",
	"2006-01-02T15Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00",
	"2006-01-02T15Z0700", "2006-01-02T15:04Z0700", "2006-01-02T15:04:05Z0700",
}

// parseInstant reads a date as the importer does; without a zone it is in loc.
func parseInstant(v any, loc *time.Location) (time.Time, bool) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		millis, err := strconv.ParseInt(v.String(), 10, 64)
		return time.UnixMilli(millis), err == nil
	default:
		return time.Time{}, false
	}
	for _, layout := range instantLayouts {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (s *Server) format(t time.Time) string { return t.In(s.opts.Location).Format(timestampLayout) }

// tomorrow is the first instant that is in the future by the server's local
// date, which the enrollment's date checks use.
func (s *Server) tomorrow() time.Time {
	y, m, d := s.now().In(s.opts.Location).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, s.opts.Location)
}
