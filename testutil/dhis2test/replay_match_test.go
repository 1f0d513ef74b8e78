package dhis2test_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

var (
	uidWord      = regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9]{10}\b`)
	recordedTime = regexp.MustCompile(`2026-11-23T\d\d:\d\d:\d\d\.\d{3}(?:\+\d{4}|Z)?`)
	javaIdentity = regexp.MustCompile(`\[Ljava\.lang\.String;@[0-9a-f]+`)
	uuid         = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	tokenKey     = regexp.MustCompile(`d2p_(?:<redacted 50 chars>|[0-9a-zA-Z]{50})`)
	jobName      = regexp.MustCompile(`\(\d{13}\)`)
	cutList      = regexp.MustCompile(`\((\d+) codes; cut to (\d+) here\)`)
	htmlTitle    = regexp.MustCompile(`(?i)<title>([^<]*)</title>`)
)

// The epoch milliseconds of the days around the recordings.
const firstRecordedMilli, lastRecordedMilli = 1_795_000_000_000, 1_799_000_000_000

// compare lists what differs between the recorded answer and ours: status,
// body, and the headers a client acts on. Order of lists, times of the run,
// generated UIDs, args of errors (Java toStrings, dhis2.md 1.1) and the
// wording of Java's JSON parser are aside; of an HTML page the title counts.
func (r *replay) compare(e exchange, got reply) []string {
	recorded, ours := decodeBody(unquote(e.Response.Body)), decodeBody(got.body)
	r.learn(recorded, ours)
	r.clock.learn(recorded, ours)
	if got.status != e.Response.Status {
		return []string{fmt.Sprintf("status %d, recorded %d; ours: %.400s; recorded: %.400s", got.status, e.Response.Status, got.body, e.Response.Body)}
	}
	var out []string
	want, ours := cutText(decodeBody([]byte(r.translate(string(unquote(e.Response.Body))))), ours)
	want = r.normalise(want)
	if have := r.normalise(cut(e, ours)); !assert.ObjectsAreEqual(want, have) {
		out = append(out, "body differs\nrecorded: "+encode(want)+"\nours:     "+encode(have))
	}
	for _, name := range []string{"location", "allow", "www-authenticate"} {
		want, have := e.Response.Headers.get(name), got.header.Get(name)
		want = r.normaliseText(r.translate(want))
		if have = r.normaliseText(have); want != have {
			out = append(out, fmt.Sprintf("header %s: %q, recorded %q", name, have, want))
		}
	}
	return out
}

// cutText keeps the whole lines of a text that the recording cut off, and as
// many of ours.
func cutText(recorded, ours any) (cutRecorded, cutOurs any) {
	there, isText := recorded.(string)
	here, same := ours.(string)
	there, isCut := strings.CutSuffix(there, "…[cut]")
	if !isText || !same || !isCut {
		return recorded, ours
	}
	lines := strings.Split(there, "\n")
	whole := len(lines) - 1
	ownLines := strings.Split(here, "\n")
	return strings.Join(lines[:whole], "\n"), strings.Join(ownLines[:min(whole, len(ownLines))], "\n")
}

// cut shortens a list of codes as the recording did, when it has the length
// that the recording says.
func cut(e exchange, ours any) any {
	m := cutList.FindStringSubmatch(e.Fact)
	doc, ok := ours.(map[string]any)
	if m == nil || !ok {
		return ours
	}
	codes, _ := doc["codes"].([]any)
	if whole, _ := strconv.Atoi(m[1]); len(codes) != whole {
		return ours
	}
	keep, _ := strconv.Atoi(m[2])
	return map[string]any{"codes": codes[:keep]}
}

// machineFacts are what system/info says of the machine and the installation,
// not of DHIS2.
func machineFacts() []string {
	return []string{
		"buildTime", "cpuCores", "databaseInfo", "externalDirectory", "jasperReportsVersion", "javaVendor", "javaVersion",
		"memoryInfo", "osArchitecture", "osName", "osVersion", "serverTimeZoneDisplayName",
		"intervalSinceLastAnalyticsTablePartitionSuccess", "intervalSinceLastAnalyticsTableSuccess",
		"lastAnalyticsTablePartitionRuntime", "lastAnalyticsTablePartitionSuccess", "lastAnalyticsTableRuntime",
		"lastAnalyticsTableSuccess", "lastMetadataVersionSyncAttempt", "lastSystemMonitoringSuccess",
	}
}

// unquote: a recorded JSON string stands for a body that is not JSON.
func unquote(recorded []byte) []byte {
	var text string
	if json.Unmarshal(recorded, &text) == nil {
		return []byte(text)
	}
	return recorded
}

func decodeBody(body []byte) any {
	var v any
	switch {
	case len(body) == 0:
		return nil
	case json.Unmarshal(body, &v) != nil:
		return string(body)
	default:
		return v
	}
}

// knownWords are the UIDs that requests and metadata name; every other UID
// was made by a server.
func knownWords(exchanges []exchange) map[string]bool {
	known := map[string]bool{}
	add := func(text string) {
		for _, uid := range uidWord.FindAllString(text, -1) {
			known[uid] = true
		}
	}
	add(string(dhis2test.SeedMetadata()))
	for _, u := range dhis2test.DefaultUsers() {
		add(u.UID)
	}
	add("HllvX50cXC0 xYerKDKCefk GLevLNI9wkl bjDvmb4bfuf yrB6vc5Ip3r")
	for _, e := range exchanges {
		add(e.Request.Path + " " + string(e.Request.Body))
	}
	return known
}

func (r *replay) normalise(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v["serverTimeZoneId"] != nil {
			for _, fact := range machineFacts() {
				delete(v, fact)
			}
		}
		out := make(map[string]any, len(v))
		for key, item := range v {
			if key != "args" {
				out[key] = r.normalise(item)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = r.normalise(item)
		}
		slices.SortFunc(out, func(a, b any) int { return strings.Compare(encode(a), encode(b)) })
		return out
	case string:
		return r.normaliseText(v)
	case float64:
		if v > firstRecordedMilli && v < lastRecordedMilli {
			return "TIME"
		}
		return v
	default:
		return v
	}
}

func (r *replay) normaliseText(v string) string {
	switch {
	case strings.HasPrefix(v, "<!doctype html>"), strings.HasPrefix(v, "<html"):
		return "HTML " + strings.Join(htmlTitle.FindStringSubmatch(v), "")
	case strings.HasPrefix(v, "Required request body is missing"):
		return "Required request body is missing"
	case strings.HasPrefix(v, "JSON parse error: ") && !strings.Contains(v, "problem: UID") &&
		!strings.Contains(v, "Invalid date") && !strings.Contains(v, "Enum class"):
		return "JSON parse error"
	}
	v = importNoise(v)
	v = javaIdentity.ReplaceAllString(v, "[Ljava.lang.String;")
	v = recordedTime.ReplaceAllString(v, "TIME")
	v = uuid.ReplaceAllString(v, "UUID")
	v = jobName.ReplaceAllString(v, "(MILLIS)")
	v = tokenKey.ReplaceAllString(v, "TOKEN")
	return uidWord.ReplaceAllStringFunc(v, func(word string) string {
		if r.known[word] {
			return word
		}
		return "GENERATED"
	})
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // it was JSON a moment ago
	}
	return string(text)
}
