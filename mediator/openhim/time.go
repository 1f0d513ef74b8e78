package openhim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// timeLayout is what JavaScript's Date.prototype.toISOString writes, the
// form the core itself uses.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Time is an instant on the core's wire: written in UTC with milliseconds,
// read from ISO 8601 or from a number of milliseconds since 1970. The zero
// value is written as null.
//
// One unparseable timestamp makes the core drop the whole answer
// (openhim-core.md, Q6), so a Time can only hold what it can write.
type Time struct{ time.Time } //nolint:recvcheck // only decoding needs a pointer

// At returns t as the core's time, cut to milliseconds.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Truncate(time.Millisecond)}
}

// AppendJSON appends the JSON form of t to b.
func (t Time) AppendJSON(b []byte) []byte {
	if !t.writable() {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, timeLayout)
	return append(b, '"')
}

// writable reports whether the core's form can hold t: it has four digits for
// the year.
func (t Time) writable() bool {
	if t.IsZero() {
		return false
	}
	y := t.UTC().Year()
	return y >= 0 && y <= 9999
}

// MarshalJSON implements [json.Marshaler].
func (t Time) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }

// UnmarshalJSON implements [json.Unmarshaler].
func (t *Time) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || bytes.Equal(b, []byte("null")) {
		*t = Time{}
		return nil
	}
	if b[0] != '"' {
		ms, err := strconv.ParseFloat(string(b), 64)
		if err != nil {
			return errors.New("openhim: timestamp is neither a text nor a number of milliseconds")
		}
		if math.IsNaN(ms) || math.Abs(ms) > 8.64e15 { // the range of JavaScript's Date
			return errors.New("openhim: timestamp is outside the range of dates")
		}
		return t.set(time.UnixMilli(int64(ms)))
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("openhim: timestamp: %w", err)
	}
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return errors.New("openhim: timestamp is not an ISO 8601 instant")
	}
	return t.set(v)
}

// set takes v if it can be written again.
func (t *Time) set(v time.Time) error {
	if got := (Time{v.UTC()}); got.IsZero() || got.writable() {
		*t = got
		return nil
	}
	return fmt.Errorf("openhim: timestamp is in the year %d; it must be 0 to 9999", v.UTC().Year())
}
