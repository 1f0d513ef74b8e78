package fhir_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// pageJSON is a page with these patients and links.
func pageJSON(self, next string, ids ...string) string {
	var entries []string
	for _, id := range ids {
		entries = append(entries, fmt.Sprintf(`{"fullUrl":"http://hapi:8080/fhir/Patient/%s","resource":{"resourceType":"Patient","id":%q},"search":{"mode":"match"}}`, id, id))
	}
	var links []string
	if self != "" {
		links = append(links, fmt.Sprintf(`{"relation":"self","url":%q}`, self))
	}
	if next != "" {
		links = append(links, fmt.Sprintf(`{"relation":"next","url":%q}`, next))
	}
	return `{"resourceType":"Bundle","type":"searchset","link":[` + strings.Join(links, ",") + `],"entry":[` + strings.Join(entries, ",") + `]}`
}

func ids(t *testing.T, client *fhir.Client, opts ...fhir.SearchOption) ([]string, error) {
	t.Helper()
	var out []string
	for r, err := range client.Search(t.Context(), "Patient", opts...) {
		if err != nil {
			return out, err
		}
		out = append(out, r.ID())
	}
	return out, nil
}

func TestNextLinksAreFollowedWhereverTheyPoint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, self, next string
		want             string // where the second request goes to
	}{
		{"below the base", serverURL + "/Patient?name=A", serverURL + "/Patient?name=A&page=2", serverURL + "/Patient?name=A&page=2"},
		{"the base itself, as HAPI does", serverURL + "/Patient?name=A", serverURL + "?_getpages=x", serverURL + "?_getpages=x"},
		{"the server's root", serverURL + "/Patient?name=A", "http://fhir.test/?_getpages=x", "http://fhir.test/?_getpages=x"},
		{"another path of the origin", serverURL + "/Patient?name=A", "http://fhir.test/next/2", "http://fhir.test/next/2"},
		{"a server behind a proxy", "http://hapi:8080/fhir/Patient?name=A", "http://hapi:8080/fhir?_getpages=x", serverURL + "?_getpages=x"},
		{"a server behind a proxy on another path of the origin", "http://fhir.test/fhir/Patient?name=A", "http://fhir.test/fhir?_getpages=x", serverURL + "?_getpages=x"},
		{"http where the proxy has another scheme", "https://fhir.test/base/Patient?name=A", "https://fhir.test/base?_getpages=x", serverURL + "?_getpages=x"},
		{"an alias without a self link", "", "http://alias:1/r4/Patient?page=2", serverURL + "/Patient?page=2"},
		{"an absolute path", serverURL + "/Patient?name=A", "/base/Patient?page=2", serverURL + "/Patient?page=2"},
		{"a query", serverURL + "/Patient?name=A", "?_getpages=x", serverURL + "?_getpages=x"},
		{"a relative path", serverURL + "/Patient?name=A", "Patient?page=2", serverURL + "/Patient?page=2"},
		{"a port that is the usual one", serverURL + "/Patient?name=A", "http://FHIR.test:80/base?_getpages=x", "http://FHIR.test:80/base?_getpages=x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, w := connect(t, answers(says(200, pageJSON(tt.self, tt.next, "1", "2")), says(200, pageJSON("", "", "3"))), func(c *fhir.ClientConfig) {
				c.Aliases, c.Auth = []string{"http://alias:1/r4/"}, fhir.BearerAuth("secret")
			})
			got, err := ids(t, client, fhir.ByString("name", "A"), fhir.Fresh())
			require.NoError(t, err)
			assert.Equal(t, []string{"1", "2", "3"}, got)
			assert.Equal(t, tt.want, w.last().URL)
			assert.Equal(t, "Bearer secret", w.last().Header.Get("Authorization"))
			assert.Equal(t, "no-cache", w.last().Header.Get("Cache-Control"))
		})
	}
}

func TestNextLinksOfASearchByPOSTAreFollowedToo(t *testing.T) {
	t.Parallel()
	for _, self := range []string{"http://hapi:8080/fhir/Patient/_search", "http://hapi:8080/fhir/Patient?name=A"} {
		client, w := connect(t, answers(says(200, pageJSON(self, "http://hapi:8080/fhir?_getpages=x", "1")), says(200, pageJSON("", "", "2"))))
		got, err := ids(t, client, fhir.ByString("name", "A"), fhir.ByPost())
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "2"}, got)
		assert.Equal(t, serverURL+"?_getpages=x", w.last().URL)
		assert.Equal(t, http.MethodGet, w.last().Method)
		assert.Empty(t, w.last().Body)
	}
}

func TestCredentialsNeverGoToAnotherOrigin(t *testing.T) {
	t.Parallel()
	for _, next := range []string{
		"http://evil.test/base?_getpages=x", "https://fhir.test/other", "http://fhir.test:81/base", "//evil.test/base",
		"http://user:pw@fhir.test/base", "file:///etc/passwd", "http://fhir.test.evil.test/base", "http://[bad",
		serverURL + ".evil.test/x@y",
	} {
		t.Run(next, func(t *testing.T) {
			t.Parallel()
			client, w := connect(t, answers(says(200, pageJSON(serverURL+"/Patient", next, "1"))), func(c *fhir.ClientConfig) {
				c.Auth, c.Header = fhir.BasicAuth("u", "secret"), http.Header{"X-Api-Key": {"secret"}}
			})
			_, err := ids(t, client)
			if strings.HasPrefix(next, serverURL) {
				// The same origin all the same.
				for _, r := range w.requests() {
					u, err := url.Parse(r.URL)
					require.NoError(t, err)
					assert.Equal(t, "fhir.test", u.Host)
				}
				return
			}
			require.Error(t, err)
			assert.Len(t, w.requests(), 1)
		})
	}
}

func TestRedirectsStayOnTheOrigin(t *testing.T) {
	t.Parallel()
	redirect := func(to string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) }
	}
	auth := func(c *fhir.ClientConfig) { c.Auth = fhir.BearerAuth("secret") }
	client, w := connect(t, answers(redirect("/moved/Patient/7"), says(200, annJSON)), auth)
	_, err := client.Read(t.Context(), "Patient", "7")
	require.NoError(t, err)
	assert.Equal(t, "http://fhir.test/moved/Patient/7", w.last().URL)

	client, w = connect(t, answers(redirect("https://evil.test/Patient/7"), says(200, annJSON)), auth)
	_, err = client.Read(t.Context(), "Patient", "7")
	var outcome *fhir.OutcomeError
	require.ErrorAs(t, err, &outcome)
	assert.Equal(t, http.StatusTemporaryRedirect, outcome.Status)
	assert.Len(t, w.requests(), 1)

	client, w = connect(t, answers(redirect("/moved/Patient"), says(200, annJSON)), auth)
	_, err = client.Create(t.Context(), asResource(t, `{"resourceType":"Patient"}`))
	require.ErrorAs(t, err, &outcome)
	assert.Len(t, w.requests(), 1, "a create is not sent to somewhere else")
}

func TestPagesThatGoRoundInCirclesEnd(t *testing.T) {
	t.Parallel()
	self := serverURL + "/Patient"
	t.Run("to themselves", func(t *testing.T) {
		t.Parallel()
		client, w := connect(t, func(n int, w http.ResponseWriter, r *http.Request) {
			says(200, pageJSON(self, self+"?page=2", strconv.Itoa(n)))(w, r)
		})
		got, err := ids(t, client)
		require.ErrorIs(t, err, fhir.ErrPageLoop)
		assert.Equal(t, []string{"1", "2"}, got)
		assert.Len(t, w.requests(), 2)
	})
	t.Run("over two pages", func(t *testing.T) {
		t.Parallel()
		client, _ := connect(t, func(n int, w http.ResponseWriter, r *http.Request) {
			says(200, pageJSON(self, fmt.Sprintf("%s?page=%d", self, n%2), strconv.Itoa(n)))(w, r)
		})
		_, err := ids(t, client)
		require.ErrorIs(t, err, fhir.ErrPageLoop)
	})
	t.Run("with links that differ and content that does not", func(t *testing.T) {
		t.Parallel()
		client, w := connect(t, func(n int, w http.ResponseWriter, r *http.Request) {
			says(200, pageJSON(self, fmt.Sprintf("%s?page=%d", self, n), "1", "2"))(w, r)
		})
		got, err := ids(t, client)
		require.ErrorIs(t, err, fhir.ErrPageLoop)
		assert.Equal(t, []string{"1", "2"}, got, "nobody is found twice")
		assert.Len(t, w.requests(), 2)
	})
	t.Run("without end", func(t *testing.T) {
		t.Parallel()
		client, w := connect(t, func(n int, w http.ResponseWriter, r *http.Request) {
			says(200, pageJSON(self, fmt.Sprintf("%s?page=%d", self, n)))(w, r)
		}, func(c *fhir.ClientConfig) { c.MaxPages = 5 })
		_, err := ids(t, client)
		require.ErrorIs(t, err, fhir.ErrTooManyPages)
		assert.Len(t, w.requests(), 5)
	})
}

func TestPagesAreReadWhenTheyAreNeeded(t *testing.T) {
	t.Parallel()
	client, w := connect(t, func(n int, w http.ResponseWriter, r *http.Request) {
		says(200, pageJSON("", fmt.Sprintf("?page=%d", n), strconv.Itoa(n), strconv.Itoa(n)+"b"))(w, r)
	})
	n := 0
	for _, err := range client.Search(t.Context(), "Patient") {
		require.NoError(t, err)
		if n++; n == 2 {
			break
		}
	}
	assert.Len(t, w.requests(), 1)
}

func TestForgottenSearchIsTold(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(says(200, pageJSON("", "?_getpages=x", "1")), refuses(410, "processing", "HAPI-0417")))
	_, err := ids(t, client)
	require.ErrorIs(t, err, fhir.ErrPageExpired)
	var outcome *fhir.OutcomeError
	require.ErrorAs(t, err, &outcome)
}

func TestMatchesAndWhatCameAlongAreToldApart(t *testing.T) {
	t.Parallel()
	entry := func(r, mode string) string {
		if mode != "" {
			mode = `,"search":{"mode":"` + mode + `"}`
		}
		return `{"resource":` + r + mode + `}`
	}
	const observation, organization = `{"resourceType":"Observation","id":"o"}`, `{"resourceType":"Organization","id":"g"}`
	for _, modes := range [][3]string{{"match", "include", "outcome"}, {"", "", ""}, {"match", "match", "outcome"}} {
		body := `{"resourceType":"Bundle","type":"searchset","total":1,"entry":[` + strings.Join([]string{
			entry(observation, modes[0]), entry(organization, modes[1]),
			entry(outcomeJSON("warning", "not-found", "ignored"), modes[2]),
		}, ",") + `]}`
		client, _ := connect(t, answers(says(200, body)))
		page, err := client.SearchPage(t.Context(), "Observation", fhir.Include("Observation:performer"))
		require.NoError(t, err)
		var matches, included []string
		for r := range page.Matches() {
			matches = append(matches, r.Type())
		}
		for r := range page.Included() {
			included = append(included, r.Type())
		}
		assert.Equal(t, []string{"Observation"}, matches, modes)
		assert.Equal(t, []string{"Organization"}, included, modes)
		for o := range page.Outcomes() {
			assert.True(t, o.HasCode("not-found"))
		}
		total, ok := page.Total()
		assert.True(t, ok)
		assert.Equal(t, 1, total)
		var all []fhir.Found
		for f, err := range client.SearchAll(t.Context(), "Observation") {
			require.NoError(t, err)
			all = append(all, f)
		}
		require.Len(t, all, 2)
		assert.False(t, all[0].Included)
		assert.True(t, all[1].Included)
	}
}

func TestSearchThatIsNotWholeIsTold(t *testing.T) {
	t.Parallel()
	page := func(total, next string) string {
		return strings.Replace(pageJSON("", next, "1", "2"), `"type"`, `"total":`+total+`,"type"`, 1)
	}
	client, _ := connect(t, answers(says(200, page("3", ""))))
	got, err := ids(t, client)
	require.ErrorIs(t, err, fhir.ErrIncomplete)
	assert.Equal(t, []string{"1", "2"}, got)
	_, err = client.SearchOne(t.Context(), "Patient", fhir.ByString("name", "A"))
	require.ErrorIs(t, err, fhir.ErrMultipleMatches)
	for _, opts := range [][]fhir.SearchOption{{fhir.Total(fhir.TotalEstimate)}, {fhir.Summary(fhir.SummaryCount)}, {fhir.PageSize(0)}} {
		_, err = ids(t, client, opts...)
		require.NoError(t, err)
	}
	client, _ = connect(t, answers(says(200, page("2", ""))))
	_, err = ids(t, client)
	require.NoError(t, err)
	client, _ = connect(t, answers(says(200, page("9", "?p=2")), says(200, page("9", "?p=3")), says(200, pageJSON("", "", "3"))))
	_, err = ids(t, client)
	require.ErrorIs(t, err, fhir.ErrPageLoop)
}

func TestPageLinksLeadBackAndForth(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"prev","url":"?page=1"}]}`)))
	page, err := client.SearchPage(t.Context(), "Patient")
	require.NoError(t, err)
	assert.False(t, page.HasNext())
	_, err = page.Next(t.Context())
	require.ErrorIs(t, err, fhir.ErrNoPage)
	_, err = page.Follow(t.Context(), "previous")
	require.NoError(t, err)
	assert.Equal(t, serverURL+"?page=1", w.last().URL)
}

func TestStrictSearchDoesNotTakeAnAnswerToSomethingElse(t *testing.T) {
	t.Parallel()
	asked := []fhir.SearchOption{fhir.ByToken("identifier", "urn:mrn", "7"), fhir.ByString("nickname", "A").Exact(), fhir.PageSize(9), fhir.Strict()}
	tests := []struct {
		name, self string
		ignored    string
	}{
		{"all are heeded", serverURL + "/Patient?identifier=urn%3Amrn%7C7&nickname%3Aexact=A", ""},
		{"one is left out", serverURL + "/Patient?identifier=urn%3Amrn%7C7", "nickname:exact"},
		{"it cannot be told", serverURL + "/Patient/_search", ""},
		{"no self link", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, w := connect(t, answers(says(200, pageJSON(tt.self, "", "1"))))
			_, err := ids(t, client, asked...)
			assert.Equal(t, "handling=strict", w.last().Header.Get("Prefer"))
			if tt.ignored == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, fhir.ErrIgnored)
			assert.ErrorContains(t, err, tt.ignored)
			page, err := client.SearchPage(t.Context(), "Patient", asked[:3]...)
			require.NoError(t, err)
			assert.Equal(t, []string{tt.ignored}, page.Ignored())
		})
	}
}

func TestPageThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, body := range []string{annJSON, `{"resourceType":"Bundle","type":"transaction-response"}`, ""} {
		client, _ := connect(t, answers(says(200, body)))
		_, err := ids(t, client)
		var response *fhir.ResponseError
		require.ErrorAs(t, err, &response, body)
	}
}
