package dhis2test_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// replayClock is the server's clock during a replay. It follows the recorded
// server's: before an import it is set to when that import ran there, as far
// as later answers of the recording tell. Times that requests name in full
// (updatedAfter=…) were read from earlier answers; rewrite puts the times our
// server gave in those places.
type replayClock struct {
	mu   sync.Mutex
	time time.Time

	changed map[string]time.Time    // UID -> when the recorded server last changed the object
	ours    map[time.Time]time.Time // recorded -> ours
}

// recordedZone is the zone of the recorded servers, Africa/Nairobi.
func recordedZone() *time.Location { return time.FixedZone("Africa/Nairobi", 3*60*60) }

func newReplayClock() *replayClock {
	return &replayClock{
		time: time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC),
		ours: map[time.Time]time.Time{},
	}
}

// now moves on by a millisecond each time it is read.
func (c *replayClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(time.Millisecond)
	return c.time
}

// follow sets the clock for the exchange at i: never backwards, and only where
// the recording knows when the objects it sends were changed.
func (c *replayClock) follow(exchanges []exchange, i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed == nil {
		c.changed = changeTimes(exchanges)
	}
	e := exchanges[i]
	if e.Request.Method == http.MethodGet {
		return
	}
	var earliest time.Time
	for _, uid := range uidWord.FindAllString(string(e.Request.Body), -1) {
		at, known := c.changed[uid]
		if known && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	if earliest.After(c.time) {
		c.time = earliest.Add(-2 * time.Millisecond)
	}
}

// changeTimes are the createdAt of enrollments, events and relationships and
// the earliest updatedAt of tracked entities in a recording.
func changeTimes(exchanges []exchange) map[string]time.Time {
	out := map[string]time.Time{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if uid := objectUID(v); uid != "" {
				for _, key := range []string{"createdAt", "updatedAt"} {
					at, ok := readRecordedTime(v[key])
					if old, known := out[uid]; ok && (!known || at.Before(old)) {
						out[uid] = at
					}
				}
			}
			for _, item := range v {
				walk(item)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	for _, e := range exchanges {
		var body any
		if json.Unmarshal(e.Response.Body, &body) == nil {
			walk(body)
		}
	}
	return out
}

func objectUID(doc map[string]any) string {
	for _, key := range []string{"event", "enrollment", "trackedEntity", "relationship"} {
		if uid, ok := doc[key].(string); ok {
			return uid
		}
	}
	return ""
}

const recordedLayout = "2006-01-02T15:04:05.000"

func readRecordedTime(v any) (time.Time, bool) {
	text, _ := v.(string)
	t, err := time.ParseInLocation(recordedLayout, text, recordedZone())
	return t.UTC(), err == nil
}

// learn notes which of our times stand where the recording has its own.
func (c *replayClock) learn(recorded, ours any) {
	switch recorded := recorded.(type) {
	case map[string]any:
		ours, ok := ours.(map[string]any)
		if !ok {
			return
		}
		for key, v := range recorded {
			c.learn(v, ours[key])
		}
	case []any:
		ours, _ := ours.([]any)
		for _, item := range recorded {
			doc, ok := item.(map[string]any)
			if !ok || objectUID(doc) == "" {
				continue
			}
			for _, candidate := range ours {
				if other, ok := candidate.(map[string]any); ok && objectUID(other) == objectUID(doc) {
					c.learn(doc, other)
				}
			}
		}
	case string:
		there, ok := readRecordedTime(recorded)
		here, same := readRecordedTime(ours)
		if ok && same {
			c.ours[there] = here
		}
	}
}

// rewrite puts our times into a path that names recorded ones.
func (c *replayClock) rewrite(path string) string {
	before, query, ok := strings.Cut(path, "?")
	if !ok {
		return path
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		key, value, _ := strings.Cut(part, "=")
		text, err := url.QueryUnescape(value)
		if err != nil {
			continue
		}
		for _, layout := range []string{recordedLayout, recordedLayout + "Z07:00"} {
			t, err := time.ParseInLocation(layout, text, recordedZone())
			if ours, known := c.ours[t.UTC()]; err == nil && known {
				parts[i] = key + "=" + url.QueryEscape(ours.In(t.Location()).Format(layout))
			}
		}
	}
	return before + "?" + strings.Join(parts, "&")
}
