package dhis2_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

type exchange struct {
	Name    string
	Request struct {
		Method, Path string
		Body         json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]any
		Body    json.RawMessage
	}
}

// bytes is the body as it was on the wire, but for its white space.
func (e exchange) bytes() string {
	var text string
	switch {
	case string(e.Response.Body) == "null":
		return ""
	case json.Unmarshal(e.Response.Body, &text) == nil:
		return text
	default:
		return string(e.Response.Body)
	}
}

var uidText = regexp.MustCompile(`\b[A-Za-z][A-Za-z0-9]{10}\b`)

// Every answer that running servers gave is read: successes are none of an
// error, refusals have a class and tell nothing of what is in them.
func TestRecordedAnswersAreClassified(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(fixture(t, "recorded"), "*", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			var recorded struct{ Exchanges []exchange }
			require.NoError(t, json.Unmarshal(b, &recorded))
			passed := 0
			for _, e := range recorded.Exchanges {
				if isReadRight(t, e) {
					passed++
				}
			}
			assert.Equal(t, len(recorded.Exchanges), passed)
			fmt.Printf("conformance: dhis2/recorded/errors/%s %d/%d\n", name, passed, len(recorded.Exchanges))
		})
	}
}

func isReadRight(t *testing.T, e exchange) bool {
	t.Helper()
	header := []string{}
	for _, name := range []string{"content-type", "location"} {
		if value, ok := e.Response.Headers[name].(string); ok {
			header = append(header, name, strings.ReplaceAll(value, "{base}", "https://dhis2.test/dhis"))
		}
	}
	w := &wire{answer: always(e.Response.Status, e.bytes(), header...)}
	c := newClient(t, w, withAuth(dhis2.Token(goodTokens[0])))
	path, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(e.Request.Path, "/api"), "/"), "?")
	if path == "" || strings.Contains(path, "//") || strings.HasPrefix(path, "nothing") || path == "system/info" {
		path = "me"
	}
	_, err := c.Do(t.Context(), dhis2.Request{
		Method: e.Request.Method, Path: strings.Trim(path, "/"), Repeat: dhis2.RepeatNever, Accept: "text/html, application/json",
	})
	if e.Response.Status < 300 {
		return assert.NoError(t, err, e.Name)
	}
	var refused *dhis2.Error
	if !assert.ErrorAs(t, err, &refused, e.Name) {
		return false
	}
	good := assert.Equal(t, wantClass(e), refused.Class, "%s: %s", e.Name, e.bytes())
	m, isMessage := dhis2.ParseWebMessage([]byte(e.bytes()))
	if isMessage && len(m.Message) > 40 && e.Response.Status != http.StatusUnauthorized {
		good = assert.NotContains(t, refused.Error(), m.Message, e.Name) && good
	}
	// The UIDs and the quoted values of a message are not told.
	for _, uid := range uidText.FindAllString(m.Message, -1) {
		if strings.ToLower(uid) != uid && strings.ContainsAny(uid, "0123456789") {
			good = assert.NotContains(t, refused.Error(), uid, e.Name) && good
		}
	}
	return good
}

// wantClass is the class by dhis2.md 1.2 and 2.1, told from what is in the
// recordings.
func wantClass(e exchange) dhis2.Class {
	body := e.bytes()
	var report struct {
		ValidationReport struct{ ErrorReports []struct{ ErrorCode string } }
	}
	_ = json.Unmarshal([]byte(body), &report)
	if codes := report.ValidationReport.ErrorReports; len(codes) > 0 {
		order := []dhis2.Class{
			dhis2.ClassPermission, dhis2.ClassMetadata, dhis2.ClassData, dhis2.ClassRule, dhis2.ClassImmutable, dhis2.ClassWindow,
			dhis2.ClassConflict, dhis2.ClassTombstone, dhis2.ClassDependency, dhis2.ClassNotFoundTarget, dhis2.ClassAlreadyExists,
		}
		best := len(order) - 1
		for _, c := range codes {
			best = min(best, slices.Index(order, dhis2.ClassOf(c.ErrorCode)))
		}
		return order[best]
	}
	has := func(text string) bool { return strings.Contains(body, text) }
	switch status := e.Response.Status; {
	case has("0x00"):
		return dhis2.ClassData
	case has("deadlock detected"), has("duplicate key value violates"), has("PersistenceReport.getStats()"):
		return dhis2.ClassRace
	case has("could not execute"):
		return dhis2.ClassInternal
	case strings.Contains(body, `"ImportSummary"`):
		return dhis2.ClassData
	case status == http.StatusInternalServerError:
		return dhis2.ClassInternal
	case status == http.StatusUnauthorized, status == http.StatusFound, strings.Contains(body, "Checksum validation failed"):
		return dhis2.ClassAuthentication
	case status == http.StatusForbidden:
		return dhis2.ClassPermission
	case status == http.StatusNotFound && strings.Contains(body, "httpStatusCode"):
		return dhis2.ClassNotFoundTarget
	default:
		return dhis2.ClassRequest
	}
}
