package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// getAbout is GET /about: the way to detect the version.
func (c *call) getAbout() error {
	c.setBody(mongo.Doc{"currentCoreVersion": c.Version, "serverTimezone": c.Timezone})
	return nil
}

// aliveFor is how long after a heartbeat GET /heartbeat still gives the uptime:
// moment's whole seconds up to and with 60.
const aliveFor = 61 * time.Second

// getHeartbeat is GET /heartbeat, open to everyone.
func (c *call) getHeartbeat() error {
	out := mongo.Doc{
		"master": c.Clock().Sub(c.started).Seconds(),
		"now":    c.now().UnixMilli(),
	}
	mediators := c.collection(model.Mediators).Find(mongo.Doc{}, mongo.FindOptions{})
	if len(mediators) > 0 {
		uptimes := mongo.Doc{}
		for _, mediator := range mediators {
			urn := text(mediator["urn"])
			uptimes[urn] = nil
			beat, has := mediator["_lastHeartbeat"].(time.Time)
			if has && mediator["_uptime"] != nil && c.now().Sub(beat) < aliveFor {
				uptimes[urn] = mediator["_uptime"]
			}
		}
		out["mediators"] = uptimes
	}
	c.setBody(out)
	return nil
}

// restart is POST /restart.
func (c *call) restart() error {
	c.Backend.Restart()
	c.setBody("Server being restarted")
	return nil
}

// getEvents is GET /events/:sinceMillis.
func (c *call) getEvents() error {
	filter := mongo.Doc{}
	if ms, err := strconv.ParseFloat(c.param(0), 64); err == nil {
		filter["created"] = mongo.Doc{"$gte": time.UnixMilli(int64(ms)).UTC()}
	}
	events := c.collection(model.Events).Find(filter, mongo.FindOptions{Sort: "normalizedTimestamp"})
	c.setBody(mongo.Doc{"events": docs(events)})
	return nil
}

// docs makes a list of documents fit to be rendered.
func docs(in []mongo.Doc) []any {
	out := make([]any, len(in))
	for i, doc := range in {
		out[i] = doc
	}
	return out
}

// logbook keeps the last entries of the core's log for GET /logs: what it
// answered, never what was sent. Safe for concurrent use.
type logbook struct {
	mu      sync.Mutex
	entries []logEntry
}

type logEntry struct {
	at    time.Time
	level string
	text  string
}

const maxLogs = 1000

func (l *logbook) add(at time.Time, status int, text string) {
	level := "info"
	if status >= http.StatusInternalServerError {
		level = "error"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= maxLogs {
		l.entries = append(l.entries[:0], l.entries[1:]...)
	}
	l.entries = append(l.entries, logEntry{at, level, text})
}

// getLogs is GET /logs?from&until&start&limit&level.
func (c *call) getLogs() error {
	rank := map[string]int{"debug": 1, "info": 2, "warn": 3, "error": 4}
	level, has := c.queryText("level")
	if !has {
		level = "info"
	}
	from, until := c.now().Add(-5*time.Minute), c.now()
	if asked, ok := c.queryDate("from"); ok {
		from = asked
	}
	if asked, ok := c.queryDate("until"); ok {
		until = asked
	}
	c.logs.mu.Lock()
	defer c.logs.mu.Unlock()
	found := []any{}
	for _, entry := range c.logs.entries {
		if entry.at.Before(from) || entry.at.After(until) || rank[entry.level] < rank[level] {
			continue
		}
		found = append(found, mongo.Doc{"timestamp": entry.at, "level": entry.level, "message": entry.text, "meta": mongo.Doc{}})
	}
	found = found[min(max(c.queryInt("start"), 0), len(found)):]
	if _, has := c.queryText("limit"); has {
		found = found[:min(max(c.queryInt("limit"), 0), len(found))]
	}
	c.setBody(found)
	return nil
}

func (c *call) queryDate(name string) (time.Time, bool) {
	value, has := c.queryText(name)
	if !has {
		return time.Time{}, false
	}
	return mongo.ParseDate(value)
}
