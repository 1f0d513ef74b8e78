package fhir_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// hook is a receiver that notes what it handled.
type hook struct {
	*fhir.SubscriptionReceiver

	mu    sync.Mutex
	notes []fhir.Notification
	err   error
}

func newHook(t *testing.T, change ...func(*fhir.SubscriptionConfig)) *hook {
	t.Helper()
	h := &hook{}
	cfg := fhir.SubscriptionConfig{Secret: "Bearer s3cret", Handle: func(_ context.Context, n fhir.Notification) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.err != nil {
			return h.err
		}
		h.notes = append(h.notes, n)
		return nil
	}}
	for _, c := range change {
		c(&cfg)
	}
	r, err := fhir.NewSubscriptionReceiver(cfg)
	require.NoError(t, err)
	h.SubscriptionReceiver = r
	return h
}

func (h *hook) send(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer s3cret")
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json; charset=UTF-8")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// versionJSON is a version of Observation/7.
func versionJSON(version string, minute int) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":"7","meta":{"versionId":%q,"lastUpdated":"2026-03-01T10:%02d:00Z"}}`, version, minute)
}

func TestNotificationsWithAndWithoutPayload(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	assert.Equal(t, 200, h.send("PUT", "/hook/Observation/7", versionJSON("2", 1), "If-Match", `W/"2"`).Code)
	assert.Equal(t, 200, h.send("POST", "/hook", "").Code)
	assert.Equal(t, 200, h.send("POST", "/hook", strings.Replace(versionJSON("1", 1), `"7"`, `"8"`, 1)).Code)
	assert.Equal(t, 200, h.send("DELETE", "/hook/Observation/7", "").Code)
	assert.Equal(t, 200, h.send("PUT", "/hook/Observation/9", "", "If-Match", `W/"4"`).Code)
	require.Len(t, h.notes, 5)
	for i, n := range h.notes {
		assert.Equal(t, []bool{false, true, false, true, true}[i], n.Resource.IsZero(), i)
	}
	assert.Equal(t, "Observation/7", h.notes[0].Resource.Reference())
	assert.Equal(t, "2", h.notes[0].VersionID)
	assert.Equal(t, "/hook/Observation/7", h.notes[0].Path)
	assert.Equal(t, fhir.Notification{Kind: fhir.NotifyChanged, Path: "/hook"}, h.notes[1])
	assert.Equal(t, "8", h.notes[2].ID)
	assert.Equal(t, fhir.Notification{Kind: fhir.NotifyDeleted, Type: "Observation", ID: "7", Path: "/hook/Observation/7"}, h.notes[3])
	assert.Equal(t, "4", h.notes[4].VersionID)
}

func TestNotificationsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                string
		method, path, body  string
		headers             []string
		status              int
		code, allowedHeader string
	}{
		{"without the secret", "POST", "/hook", "", []string{"Authorization", ""}, 401, "login", ""},
		{"with another secret", "POST", "/hook", "", []string{"Authorization", "Bearer s3cre"}, 401, "login", ""},
		{"a GET", "GET", "/hook", "", nil, 405, "not-supported", "POST, PUT, DELETE"},
		{"broken JSON", "POST", "/hook", "{planted", nil, 400, "invalid", ""},
		{"XML", "POST", "/hook", "<Patient/>", []string{"Content-Type", "application/fhir+xml"}, 415, "not-supported", ""},
		{"too much", "POST", "/hook", strings.Repeat(" ", 2000), nil, 413, "too-long", ""},
		{"another resource than the address names", "PUT", "/hook/Observation/8", versionJSON("1", 1), nil, 400, "invalid", ""},
		{"a deletion of nothing", "DELETE", "/hook", "", nil, 400, "invalid", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHook(t, func(c *fhir.SubscriptionConfig) { c.MaxBody = 1000 })
			w := h.send(tt.method, tt.path, tt.body, tt.headers...)
			assert.Equal(t, tt.status, w.Code)
			assert.Equal(t, tt.allowedHeader, w.Header().Get("Allow"))
			var o fhir.OperationOutcome
			require.NoError(t, o.UnmarshalJSON(w.Body.Bytes()))
			assert.Equal(t, tt.code, o.Issues[0].Code)
			assert.NotContains(t, w.Body.String(), "planted")
			assert.Empty(t, h.notes)
		})
	}
}

func TestRepetitionsAndOldVersionsAreLeftOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		sent []string
		want []string // versions handled
	}{
		{"in order", []string{versionJSON("1", 1), versionJSON("2", 2)}, []string{"1", "2"}},
		{"twice", []string{versionJSON("1", 1), versionJSON("1", 1)}, []string{"1"}},
		{"out of order", []string{versionJSON("2", 2), versionJSON("1", 1)}, []string{"2"}},
		{"numbers, not texts", []string{versionJSON("10", 2), versionJSON("9", 1)}, []string{"10"}},
		{"numbers before times", []string{versionJSON("2", 1), versionJSON("3", 1)}, []string{"2", "3"}},
		{"versions that are no numbers", []string{versionJSON("b", 2), versionJSON("a", 1), versionJSON("c", 3)}, []string{"b", "c"}},
		{"versions that cannot be compared", []string{versionJSON("b", 1), versionJSON("a", 1)}, []string{"b", "a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, stale := newHook(t), newHook(t, func(c *fhir.SubscriptionConfig) { c.Stale = true })
			versions := map[string]bool{}
			for _, body := range tt.sent {
				assert.Equal(t, 200, h.send("PUT", "/Observation/7", body).Code)
				assert.Equal(t, 200, stale.send("PUT", "/Observation/7", body).Code)
				versions[asResource(t, body).VersionID()] = true
			}
			var got []string
			for _, n := range h.notes {
				got = append(got, n.VersionID)
			}
			assert.Equal(t, tt.want, got)
			assert.Len(t, stale.notes, len(versions), "old ones are handled where that is asked for, once")
			n := 0
			for _, note := range stale.notes {
				if !note.Stale {
					n++
				}
			}
			assert.Len(t, tt.want, n)
		})
	}
}

func TestFailedNotificationComesAgain(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	h.err = errors.New("planted")
	w := h.send("PUT", "/Observation/7", versionJSON("1", 1))
	assert.Equal(t, 500, w.Code)
	assert.NotContains(t, w.Body.String(), "planted")
	h.err = nil
	assert.Equal(t, 200, h.send("PUT", "/Observation/7", versionJSON("1", 1)).Code)
	assert.Len(t, h.notes, 1)
}

func TestOneResourceIsHandledByOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		busy, most, handled := map[string]int{}, 0, 0
		h := newHook(t, func(c *fhir.SubscriptionConfig) {
			c.Remember = 2
			c.Handle = func(_ context.Context, n fhir.Notification) error {
				mu.Lock()
				busy[n.ID]++
				most = max(most, busy[n.ID])
				handled++
				mu.Unlock()
				time.Sleep(time.Second) //nolint:forbidigo // fake time
				mu.Lock()
				busy[n.ID]--
				mu.Unlock()
				return nil
			}
		})
		started := time.Now()
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				id := fmt.Sprint("o", i%10)
				body := fmt.Sprintf(`{"resourceType":"Observation","id":%q,"meta":{"versionId":"1"}}`, id)
				assert.Equal(t, 200, h.send("PUT", "/Observation/"+id, body).Code)
			})
		}
		all.Wait()
		assert.Equal(t, 1, most)
		assert.Equal(t, 10, handled, "five repetitions each, at the same time")
		assert.Equal(t, time.Second, time.Since(started), "resources do not wait for each other")
	})
}

func TestWaitingNotificationGivesUpWithItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, func(c *fhir.SubscriptionConfig) {
			c.Handle = func(context.Context, fhir.Notification) error {
				time.Sleep(time.Minute) //nolint:forbidigo // fake time
				return nil
			}
		})
		var all sync.WaitGroup
		all.Go(func() { h.send("PUT", "/Observation/7", versionJSON("1", 1)) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, "PUT", "/Observation/7", strings.NewReader(versionJSON("2", 2)))
		r.Header.Set("Authorization", "Bearer s3cret")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, 500, w.Code)
		all.Wait()
	})
}

func TestBackportNotifications(t *testing.T) {
	t.Parallel()
	r4 := func(kind, events, entries string) string {
		return `{"resourceType":"Bundle","type":"history","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Parameters","parameter":[
			{"name":"subscription","valueReference":{"reference":"Subscription/s"}},{"name":"status","valueCode":"active"},{"name":"type","valueCode":"` + kind + `"}` + events + `]}}` + entries + `]}`
	}
	event := func(number, focus string) string {
		return `,{"name":"notification-event","part":[{"name":"event-number","valueString":"` + number + `"},{"name":"focus","valueReference":{"reference":"` + focus + `"}}]}`
	}
	full := `,{"fullUrl":"http://x/fhir/Observation/7","resource":` + versionJSON("3", 1) + `}`
	r5 := `{"resourceType":"Bundle","type":"subscription-notification","entry":[{"resource":{"resourceType":"SubscriptionStatus","type":"event-notification",
		"subscription":{"reference":"Subscription/s"},"notificationEvent":[{"eventNumber":"5","focus":{"reference":"http://x/fhir/Observation/7"}}]}}` + full + `]}`
	tests := []struct {
		name, body string
		want       []fhir.Notification
	}{
		{"handshake", r4("handshake", "", ""), []fhir.Notification{{Kind: fhir.NotifyHandshake}}},
		{"heartbeat", r4("heartbeat", "", ""), []fhir.Notification{{Kind: fhir.NotifyHeartbeat}}},
		{"empty", r4("event-notification", "", ""), []fhir.Notification{{Kind: fhir.NotifyChanged}}},
		{"id only", r4("event-notification", event("4", "http://x/fhir/Observation/9"), ""), []fhir.Notification{{Kind: fhir.NotifyChanged, Type: "Observation", ID: "9", Event: 4}}},
		{
			"full", r4("event-notification", event("4", "http://x/fhir/Observation/7"), full),
			[]fhir.Notification{{Kind: fhir.NotifyChanged, Type: "Observation", ID: "7", VersionID: "3", Event: 4}},
		},
		{"full, events not listed", r4("event-notification", "", full), []fhir.Notification{{Kind: fhir.NotifyChanged, Type: "Observation", ID: "7", VersionID: "3"}}},
		{"R5", r5, []fhir.Notification{{Kind: fhir.NotifyChanged, Type: "Observation", ID: "7", VersionID: "3", Event: 5}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHook(t)
			for range 2 {
				assert.Equal(t, 200, h.send("POST", "/hook", tt.body).Code)
			}
			if tt.want[0].VersionID == "" {
				tt.want = append(tt.want, tt.want...) // nothing by which to know it again
			}
			require.Len(t, h.notes, len(tt.want))
			for i, n := range h.notes {
				assert.Equal(t, n.VersionID == "", n.Resource.IsZero())
				n.Resource, n.LastUpdated = fhir.Resource{}, time.Time{}
				tt.want[i].Subscription, tt.want[i].Path = "Subscription/s", "/hook"
				assert.Equal(t, tt.want[i], n)
			}
		})
	}
	h := newHook(t)
	assert.Equal(t, 400, h.send("POST", "/hook", r4("query-status", "", "")).Code)
	assert.Equal(t, 200, h.send("PUT", "/hook/Bundle/b", `{"resourceType":"Bundle","id":"b","type":"collection"}`).Code)
	require.Len(t, h.notes, 1)
	assert.Equal(t, "Bundle", h.notes[0].Type, "a Bundle can be what was subscribed to")
}

func TestSubscriptionConfigThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	handle := func(context.Context, fhir.Notification) error { return nil }
	for field, cfg := range map[string]fhir.SubscriptionConfig{
		"Handle": {Secret: "x"}, "Secret": {Handle: handle}, "Open": {Handle: handle, Secret: "x", Open: true},
	} {
		_, err := fhir.NewSubscriptionReceiver(cfg)
		var config *fhir.ConfigError
		require.ErrorAs(t, err, &config)
		assert.Equal(t, field, config.Field)
	}
	h := newHook(t, func(c *fhir.SubscriptionConfig) { c.Secret, c.Open = "", true })
	assert.Equal(t, 200, h.send("POST", "/", "", "Authorization", "").Code)
	h = newHook(t, func(c *fhir.SubscriptionConfig) { c.Header, c.Secret = "X-Hook", "k" })
	assert.Equal(t, 401, h.send("POST", "/", "").Code)
	assert.Equal(t, 200, h.send("POST", "/", "", "X-Hook", "k").Code)
}
