package dhis2test_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// UIDs of the seed.
const (
	childProgram = "sBSRMACZJOQ"
	onceProgram  = "HhEVINQlTfG"
	labProgram   = "fm69ntIAbZu"
	visitStage   = "zOK5Pk5V5Yz"
	birthStage   = "F3GRYA6dGir"
	labStage     = "r2M6G0nP5Qo"
	person       = "peOCoLO91lG"
	country      = "na7iT2VcmdU"
	district     = "BqSKl7Jbq0H"
	facility1    = "lgY4CHs5HtP"
	facility2    = "iPrqVTs7evU"
	nationalID   = "XhXpL2WqB15"
	givenName    = "iPWPq2EJtIk"
	familyName   = "GOCQVgGQGEU"
	age          = "HeSe4K0lamJ"
	sex          = "SHtHqekbvRu"
	height       = "fEZef320RHa"
	birthWeight  = "SyY2t3MmAHo"
	haemoglobin  = "Mz6b8yeFGJ9"
	motherChild  = "w7FYpYuewfo"
	fhirCode     = "DpYtjCCJVt5"
)

// steppingClock moves on by a second whenever it is read, so that every object
// has a time of its own.
type steppingClock struct {
	mu  sync.Mutex
	now time.Time
}

func newSteppingClock() *steppingClock {
	return &steppingClock{now: time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)}
}

func (c *steppingClock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

// child is one patient of the clinic with an enrollment and two events.
type child struct {
	n                        int
	given, family, age, unit string
	sex                      string
	status                   string
	followUp                 bool
}

func children() []child {
	return []child{
		{0, "Amina", "Okello", "0", facility1, "", "ACTIVE", false},
		{1, "Ben", "O,Neil", "5", facility2, "male", "ACTIVE", false},
		{2, "Chi:ma", "A/B", "10", district, "", "ACTIVE", true},
		{3, "Dana", "okello", "15", facility1, "female", "COMPLETED", false},
		{4, "Élan", "Zoe", "20", facility2, "", "ACTIVE", false},
	}
}

func entityUID(n int) string     { return fmt.Sprintf("Patient%04d", n) }
func enrollmentUID(n int) string { return fmt.Sprintf("Enrollm%04d", n) }
func birthUID(n int) string      { return fmt.Sprintf("BirthEv%04d", n) }
func visitUID(n int) string      { return fmt.Sprintf("VisitEv%04d", n) }

// clinic is a server of a version with five children, seen in months 1 to 5,
// and three laboratory results.
func clinic(t *testing.T, version string) *dhis2test.Server {
	t.Helper()
	s := dhis2test.New(t, dhis2test.Options{Version: version, Now: newSteppingClock().read})
	for _, c := range children() {
		attributes := []map[string]any{
			{"attribute": givenName, "value": c.given},
			{"attribute": familyName, "value": c.family},
			{"attribute": nationalID, "value": fmt.Sprintf("NID-%d", c.n)},
			{"attribute": age, "value": c.age},
		}
		if c.sex != "" {
			attributes = append(attributes, map[string]any{"attribute": sex, "value": c.sex})
		}
		day := func(d int) string { return fmt.Sprintf("2026-%02d-%02d", 1+c.n%2, d) }
		post(t, s, map[string]any{"trackedEntities": []any{map[string]any{
			"trackedEntity": entityUID(c.n), "trackedEntityType": person, "orgUnit": c.unit, "attributes": attributes,
			"enrollments": []any{map[string]any{
				"enrollment": enrollmentUID(c.n), "program": childProgram, "orgUnit": c.unit, "status": c.status,
				"enrolledAt": day(5), "followUp": c.followUp,
				"attributes": []any{map[string]any{"attribute": "lXXkJgofAcb", "value": "2025-12-30"}},
				"events": []any{
					map[string]any{
						"event": birthUID(c.n), "program": childProgram, "programStage": birthStage, "orgUnit": c.unit,
						"occurredAt": day(6), "status": "ACTIVE",
						"dataValues": []any{map[string]any{"dataElement": birthWeight, "value": "3.2"}},
					},
					map[string]any{
						"event": visitUID(c.n), "program": childProgram, "programStage": visitStage, "orgUnit": c.unit,
						"occurredAt": day(7), "status": "COMPLETED",
						"dataValues": []any{map[string]any{"dataElement": height, "value": strconv.Itoa(48 + c.n)}},
					},
				},
			}},
		}}})
	}
	for n := range 3 {
		post(t, s, map[string]any{"events": []any{map[string]any{
			"event": fmt.Sprintf("LabResu%04d", n), "program": labProgram, "programStage": labStage, "orgUnit": facility2,
			"occurredAt": "2026-01-06", "status": "COMPLETED",
			"dataValues": []any{map[string]any{"dataElement": haemoglobin, "value": fmt.Sprintf("1%d.5", n)}},
		}}})
	}
	return s
}

func post(t *testing.T, s *dhis2test.Server, payload any, params ...string) {
	t.Helper()
	body, err := json.Marshal(payload)
	require.NoError(t, err)
	got := clinicCall(t, s, http.MethodPost, "/api/tracker?async=false&"+strings.Join(params, "&"), string(body), "admin")
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
}

// get reads a path below /api/tracker as admin.
func get(t *testing.T, s *dhis2test.Server, path string) answer {
	t.Helper()
	return clinicCall(t, s, http.MethodGet, "/api/tracker/"+path, "", "admin")
}

func clinicCall(t *testing.T, s *dhis2test.Server, method, path, body, user string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.SetBasicAuth(user, map[string]string{"admin": "district"}[user]+map[string]string{"ohm": "Ohm-Test-1!", "ohmfac2": "Ohm-Test-1!"}[user])
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	content := readAll(t, resp.Body)
	return answer{resp.StatusCode, resp.Header, content}
}

// names reads the UIDs of a list answer in their order.
func names(t *testing.T, a answer) []string {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	var doc map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(a.body, &doc))
	out := []string{}
	for _, key := range []string{"instances", "trackedEntities", "enrollments", "events", "trackerEvents", "singleEvents", "relationships"} {
		var rows []map[string]any
		if json.Unmarshal(doc[key], &rows) != nil {
			continue
		}
		for _, row := range rows {
			for _, id := range []string{"event", "enrollment", "trackedEntity", "relationship"} {
				if uid, ok := row[id].(string); ok {
					out = append(out, uid)
					break
				}
			}
		}
	}
	return out
}

// found is names of the children in creation order, by number.
func found(t *testing.T, s *dhis2test.Server, query string) string {
	t.Helper()
	return numbers(names(t, get(t, s, "trackedEntities?program="+childProgram+"&orgUnitMode=ACCESSIBLE&fields=trackedEntity&order=createdAt&"+query)))
}

// numbers shortens UIDs of the clinic to their numbers.
func numbers(uids []string) string {
	out := make([]string, len(uids))
	for i, uid := range uids {
		out[i] = strings.TrimLeft(uid[len(uid)-4:], "0")
		if out[i] == "" {
			out[i] = "0"
		}
	}
	return strings.Join(out, " ")
}

func filterParam(text string) string { return "filter=" + url.QueryEscape(text) }

// refusal is the text of a WebMessage.
func refusal(t *testing.T, a answer) string {
	t.Helper()
	var doc struct {
		Message string `json:"message"`
	}
	require.NoError(t, json.Unmarshal(a.body, &doc), "%s", a.body)
	return doc.Message
}
