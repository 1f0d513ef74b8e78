package dhis2_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

func TestConfigurationsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", " ", "dhis2.test", "ftp://dhis2.test", "https://", "https://planted:planted@dhis2.test", "https://dhis2.test?planted=1",
		"https://dhis2.test/#planted", "https://dhis2.test/%zz",
	} {
		_, err := dhis2.New(t.Context(), dhis2.Config{URL: address, Auth: dhis2.Basic("u", "p"), Lazy: true})
		var wrong *dhis2.ConfigError
		require.ErrorAs(t, err, &wrong, address)
		assert.Equal(t, "URL", wrong.Field)
		assert.NotContains(t, err.Error(), "planted")
	}
}

func TestTheBaseIsFoundWithAndWithoutItsEnds(t *testing.T) {
	t.Parallel()
	for given, base := range map[string]string{
		"https://dhis2.test":             "https://dhis2.test",
		"https://dhis2.test/":            "https://dhis2.test",
		" https://dhis2.test/dhis// ":    "https://dhis2.test/dhis",
		"https://dhis2.test/dhis/api":    "https://dhis2.test/dhis",
		"https://dhis2.test/dhis/api/":   "https://dhis2.test/dhis",
		"https://dhis2.test/a%20b":       "https://dhis2.test/a%20b",
		"http://dhis2.test:8080/capital": "http://dhis2.test:8080/capital",
	} {
		w := &wire{}
		c := newClient(t, w, func(cfg *dhis2.Config) { cfg.URL = given })
		assert.Equal(t, base, c.URL())
		_, err := c.Do(t.Context(), dhis2.Request{Path: "/tracker/events", Query: url.Values{"a": {"b c"}}})
		require.NoError(t, err)
		u, err := url.Parse(base)
		require.NoError(t, err)
		assert.Equal(t, u.EscapedPath()+"/api/tracker/events", w.calls()[0].Path)
		assert.Equal(t, "a=b+c", w.calls()[0].Query)
	}
}

func TestHowARequestIsSent(t *testing.T) {
	t.Parallel()
	w := &wire{}
	c := newClient(t, w)
	_, err := c.Do(t.Context(), dhis2.Request{
		Method: "post", Path: "tracker", Body: []byte(`{}`),
		Header: http.Header{"x-mine": {"1"}, "Authorization": {"other"}, "Cookie": {"JSESSIONID=other"}, "X-Requested-With": {"other"}},
	})
	require.NoError(t, err)
	_, err = c.Do(t.Context(), dhis2.Request{Path: "x", Body: []byte("<a/>"), ContentType: "application/adx+xml", Accept: "application/xml"})
	require.NoError(t, err)
	calls := w.calls()
	assert.Equal(t, http.MethodPost, calls[0].Method)
	assert.Equal(t, http.Header{
		"Accept": {"application/json"}, "Content-Type": {"application/json"}, "X-Requested-With": {"XMLHttpRequest"},
		"X-Mine": {"1"}, "Cookie": {"JSESSIONID=planted1"},
	}, calls[0].Header)
	assert.Equal(t, "application/adx+xml", calls[1].Header.Get("Content-Type"))
	assert.Equal(t, "application/xml", calls[1].Header.Get("Accept"))
	for _, s := range w.sent {
		assert.Equal(t, "XMLHttpRequest", s.Header.Get("X-Requested-With"))
	}
}

func TestPathsStayBelowTheAPI(t *testing.T) {
	t.Parallel()
	w := &wire{}
	c := newClient(t, w)
	for _, path := range []string{
		"", "/", "..", "../x", "a/../b", "a/./b", "a//b", "a/%2e%2e/b", "a?b=c", "a#b", "a b", "a\\b", "a/%00", "a/%0a", "%zz", "a/\n", "a/\x7f",
	} {
		_, err := c.Do(t.Context(), dhis2.Request{Path: path})
		var wrong *dhis2.ArgumentError
		require.ErrorAs(t, err, &wrong, "%q", path)
		assert.Equal(t, "path", wrong.Argument)
	}
	_, err := c.Do(t.Context(), dhis2.Request{Path: "x", Method: "GET POST"})
	require.Error(t, err)
	assert.Empty(t, w.sent)
	_, err = c.Do(t.Context(), dhis2.Request{Path: "dataStore/a%20b/" + url.PathEscape("é")})
	require.NoError(t, err)
	assert.Equal(t, "/dhis/api/dataStore/a%20b/%C3%A9", w.calls()[0].Path)
}

func TestErrorsNameNoObjects(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"tracker/trackedEntities/IWqKCl8sBnd":        "tracker/trackedEntities/{id}",
		"tracker/enrollments/abcdefghijK":            "tracker/enrollments/{id}",
		"tracker/events/L5THVH3uyZc/note":            "tracker/events/{id}/note",
		"dataStore/ohm/patient":                      "dataStore/{id}/{id}",
		"userDataStore/ohm/patient":                  "userDataStore/{id}/{id}",
		"41/tracker":                                 "{id}/tracker",
		"system/tasks/TRACKER_IMPORT_JOB":            "system/tasks/{id}",
		"metadata.json":                              "metadata.json",
		"trackedEntities/" + strings.Repeat("a", 60): "trackedEntities/{id}",
	} {
		w := &wire{answer: always(http.StatusNotFound, `{"httpStatusCode":404}`)}
		_, err := newClient(t, w).Do(t.Context(), dhis2.Request{Path: path})
		var e *dhis2.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, want, e.Path)
	}
}

func TestNewAsksTheServer(t *testing.T) {
	t.Parallel()
	w := &wire{}
	c := newClient(t, w, func(cfg *dhis2.Config) {
		cfg.Lazy = false
		cfg.Clock = func() time.Time { return time.Date(2026, 11, 23, 5, 19, 0, 0, time.UTC) }
	})
	require.Equal(t, 1, w.probes())
	s, err := c.Server(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, w.probes(), "once")
	assert.Equal(t, "2.42.5.2", s.Version.String())
	assert.Equal(t, "abc", s.Revision)
	assert.Equal(t, "e439d618", s.SystemID)
	assert.Equal(t, "iso8601", s.Calendar)
	assert.Equal(t, "Africa/Nairobi", s.Zone.String())
	assert.Equal(t, 16839*time.Millisecond, s.Skew, "08:19:16.839 in Nairobi is 05:19:16.839")
	assert.False(t, s.ReadOnly)
	_, err = c.Refresh(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, w.probes())
}

func TestServersThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ info, says string }{
		"too old":           {`{"version":"2.39.4","serverTimeZoneId":"UTC"}`, "2.39.4"},
		"no DHIS2":          {`{"resourceType":"CapabilityStatement"}`, "Config.URL"},
		"an array":          {`[]`, "another type of JSON"},
		"nothing":           {``, "empty"},
		"cut":               {`{"version":`, "not the JSON"},
		"an unknown zone":   {`{"version":"2.42","serverTimeZoneId":"Planted/Zone"}`, "Config.Location"},
		"no zone":           {`{"version":"2.42"}`, "Config.Location"},
		"our zone":          {`{"version":"2.42","serverTimeZoneId":"Local"}`, "Config.Location"},
		"a path for a zone": {`{"version":"2.42","serverTimeZoneId":"../../etc/planted"}`, "Config.Location"},
	} {
		w := &wire{front: func(*http.Request) *reply { return response(http.StatusOK, tt.info) }}
		_, err := dhis2.New(t.Context(), dhis2.Config{URL: "https://dhis2.test", Auth: dhis2.Basic("u", "p"), HTTPClient: &http.Client{Transport: w}})
		require.Error(t, err, name)
		assert.Contains(t, err.Error(), tt.says, name)
		assert.NotContains(t, err.Error(), "lanted", name)
		if name == "too old" {
			assert.ErrorIs(t, err, dhis2.ErrUnsupported)
		}
	}
}

func TestZonesAsJavaNamesThem(t *testing.T) {
	t.Parallel()
	for name, offset := range map[string]int{
		"Africa/Nairobi": 3 * 3600, "UTC": 0, "GMT": 0, "Z": 0, "Etc/UTC": 0, "Etc/GMT+5": -5 * 3600, "GMT+05:30": 5*3600 + 1800, "-03:00": -3 * 3600, "UTC+0300": 3 * 3600,
	} {
		w := &wire{info: `{"version":"2.42.1","serverTimeZoneId":"` + name + `","serverDate":"2026-01-01T00:00:00.000"}`}
		s, err := newClient(t, w).Server(t.Context())
		require.NoError(t, err, name)
		_, got := time.Date(2026, 1, 1, 0, 0, 0, 0, s.Zone).Zone()
		assert.Equal(t, offset, got, name)
	}
	w := &wire{info: `{"version":"2.42.1","serverTimeZoneId":"Nowhere","readOnlyMode":"on"}`}
	s, err := newClient(t, w, func(cfg *dhis2.Config) { cfg.Location = time.UTC }).Server(t.Context())
	require.NoError(t, err, "what the configuration says goes first")
	assert.Equal(t, time.UTC, s.Zone)
	assert.Equal(t, "iso8601", s.Calendar, "unless it says another")
	assert.True(t, s.ReadOnly)
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	w := &wire{answer: always(http.StatusOK, `"`+strings.Repeat("x", 100)+`"`)}
	c := newClient(t, w, func(cfg *dhis2.Config) { cfg.MaxBody = 1 << 10; cfg.MaxRequest = 10 })
	_, err := c.Do(t.Context(), dhis2.Request{Path: "me", MaxBody: 101})
	require.ErrorContains(t, err, "MaxBody")
	assert.Len(t, w.calls(), 1, "it would be as long again")
	assert.False(t, dhis2.Retryable(err))
	_, err = c.Do(t.Context(), dhis2.Request{Path: "me", MaxBody: 102})
	require.NoError(t, err)
	_, err = c.Do(t.Context(), dhis2.Request{Path: "me", Body: make([]byte, 11)})
	require.ErrorContains(t, err, "MaxRequest")
	w.answer = always(http.StatusConflict, strings.Repeat("x", 2<<10))
	res, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
	var e *dhis2.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, http.StatusConflict, e.Status, "the status says enough")
	assert.Empty(t, res.Body)
}

func TestGzipIsUnpackedWithinBounds(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write(bytes.Repeat([]byte(" "), 1<<20))
	require.NoError(t, err)
	_, err = z.Write([]byte(`{"a":1}`))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "info") {
			_, _ = w.Write([]byte(infoBody))
			return
		}
		assert.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}))
	defer server.Close()
	c, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("u", "p")})
	require.NoError(t, err)
	defer c.Close()
	var into struct{ A int }
	require.NoError(t, c.Get(t.Context(), "me", nil, &into))
	assert.Equal(t, 1, into.A)
	_, err = c.Do(t.Context(), dhis2.Request{Path: "me", MaxBody: 1 << 19})
	require.ErrorContains(t, err, "MaxBody", "a bomb goes off outside")

	w := &wire{answer: always(http.StatusOK, packed.String(), "Content-Encoding", "gzip")}
	require.NoError(t, newClient(t, w).Get(t.Context(), "me", nil, &into), "of a transport that leaves it packed, too")
	w.answer = always(http.StatusOK, packed.String()[:50], "Content-Encoding", "gzip")
	err = newClient(t, w, func(cfg *dhis2.Config) { cfg.MinWait = time.Nanosecond }).Get(t.Context(), "me", nil, &into)
	require.Error(t, err)
	assert.True(t, dhis2.Retryable(err), "cut off")
}

func TestASuccessThatIsNotWhatIsDue(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": "", "cut": `{"planted":`, "another type": `{"a":"planted"}`, "an array": `["planted"]`, "deep": strings.Repeat("[", 100_000),
	} {
		w := &wire{answer: always(http.StatusOK, body)}
		var into struct{ A int }
		err := newClient(t, w).Get(t.Context(), "me", nil, &into)
		var e *dhis2.Error
		require.ErrorAs(t, err, &e, name)
		assert.Equal(t, dhis2.ClassInternal, e.Class)
		assert.Equal(t, dhis2.VerdictPark, e.Verdict)
		assert.NotContains(t, err.Error(), "planted")
		assert.Len(t, w.calls(), 1, name)
	}
}

// One connection serves one request after the other: bodies are read out.
func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	connections := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections[r.RemoteAddr] = true
		if strings.HasSuffix(r.URL.Path, "info") {
			_, _ = w.Write([]byte(infoBody))
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"httpStatusCode":404}`))
	}))
	defer server.Close()
	c, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("u", "p")})
	require.NoError(t, err)
	for range 5 {
		_, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
		require.ErrorIs(t, err, dhis2.ErrNotFound)
	}
	c.Close()
	assert.Len(t, connections, 1)
}
