package dhis2test_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

func TestFilterOperatorsCompareAsTheServerDoes(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	for text, want := range map[string]string{
		givenName + ":eq:Amina":                     "0",
		givenName + ":eq:aMINA":                     "0",
		givenName + ":EQ:Amina":                     "0",
		givenName + ":ieq:amina":                    "0",
		givenName + ":eq:Elan":                      "",
		givenName + ":eq:élan":                      "4",
		givenName + ":ne:Amina":                     "1 2 3 4",
		givenName + ":neq:amina":                    "1 2 3 4",
		givenName + ":nieq:AMINA":                   "1 2 3 4",
		givenName + ":!eq:Amina":                    "1 2 3 4",
		givenName + ":sw:am":                        "0",
		givenName + ":ew:NA":                        "0 3",
		givenName + ":like:n":                       "0 1 3 4",
		givenName + ":!like:n":                      "2",
		givenName + ":nilike:N":                     "2",
		givenName + ":in:Amina;ben;Nobody":          "0 1",
		givenName + ":eq: Amina":                    "",
		givenName + ":gt:c":                         "2 3 4",
		givenName + ":le:ben":                       "0 1",
		familyName + ":eq:okello":                   "0 3",
		familyName + ":eq:O/,Neil":                  "1",
		familyName + ":eq:A/B":                      "2",
		familyName + ":eq:A//B":                     "2",
		givenName + ":eq:Chi/:ma":                   "2",
		familyName + ":like:/,":                     "1",
		familyName + ":like:%":                      "",
		familyName + ":like:_":                      "",
		age + ":gt:5":                               "2 3 4",
		age + ":ge:5:lt:20":                         "1 2 3",
		age + ":ge:0:le:30:ne:5":                    "0 2 3 4",
		age + ":eq:5.0":                             "1",
		age + ":in:5;10":                            "1 2",
		age + ":sw:1":                               "2 3",
		age + ":like:0":                             "0 2 4",
		age + ":ge:0," + age + ":le:5":              "0 1",
		sex:                                         "1 3",
		sex + ":null":                               "0 2 4",
		sex + ":!null":                              "1 3",
		sex + ":nnull":                              "1 3",
		sex + ":!null:eq:male":                      "1",
		sex + ":":                                   "1 3",
		sex + ":ne:male":                            "3",
		nationalID + ":eq:nid-3":                    "3",
		nationalID + ":in:NID-1;NID-2;NID-9":        "1 2",
		"," + givenName + ":eq:Ben,,":               "1",
		givenName + ":sw:A," + familyName + ":sw:O": "0",
	} {
		assert.Equal(t, want, found(t, s, filterParam(text)), text)
	}
	assert.Equal(t, "0", found(t, s, filterParam(givenName+":sw:A")+"&"+filterParam(familyName+":sw:O")), "repeated is joined")
}

func TestFiltersAreRefusedAsTheServerDoes(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.43")
	for text, want := range map[string]string{
		"abc:eq:x":                    "filter=abc:eq:x is invalid. UID must be an alphanumeric string of 11 characters starting with a letter, but was: abc",
		"OHM_NID:eq:x":                "filter=OHM_NID:eq:x is invalid. UID must be an alphanumeric string of 11 characters starting with a letter, but was: OHM_NID",
		givenName + ":in:Amina,Ben":   "filter=" + givenName + ":in:Amina,Ben is invalid. UID must be an alphanumeric string of 11 characters starting with a letter, but was: Ben",
		"zzzzzzzzzzz:eq:x":            "attribute filters are invalid. Tracked entity attribute 'zzzzzzzzzzz' does not exist.",
		"zzzzzzzzzzz":                 "attribute filters are invalid. Tracked entity attribute 'zzzzzzzzzzz' does not exist.",
		givenName + ":foo:x":          "filter=" + givenName + ":foo:x is invalid. 'foo' is not a valid operator.",
		givenName + ":eq":             "filter=" + givenName + ":eq is invalid. Binary operator 'eq' must have a value.",
		givenName + ":eq:":            "filter=" + givenName + ":eq: is invalid. Binary operator 'eq' must have a value.",
		givenName + ":eq:Chi:ma":      "filter=" + givenName + ":eq:Chi:ma is invalid. 'ma' is not a valid operator.",
		givenName + ":null:x":         "filter=" + givenName + ":null:x is invalid. Unary operator 'null' cannot have a value.",
		givenName + ":!null:eq":       "filter=" + givenName + ":!null:eq is invalid. Binary operator 'eq' must have a value.",
		age + ":ge:0:le:30:ne:5:ne:6": "filter=" + age + ":ge:0:le:30:ne:5:ne:6 is invalid. A maximum of three operators can be used in a filter.",
		givenName + "::x":             "filter=" + givenName + "::x is invalid. UID '" + givenName + "' is missing an operator (or has too many ':').",
		age + ":gt:abc":               "Filter for attribute " + age + " is invalid. The attribute value type is INTEGER_ZERO_OR_POSITIVE but the value `abc` is not.",
		age + ":in:5;x":               "Filter for attribute " + age + " is invalid. The attribute value type is INTEGER_ZERO_OR_POSITIVE but the value `x` is not.",
	} {
		got := get(t, s, "trackedEntities?program="+childProgram+"&"+filterParam(text))
		assert.Equal(t, http.StatusBadRequest, got.status, text)
		assert.Equal(t, want, refusal(t, got), text)
	}
}

func TestAFilterWithoutProgramOrTypeIsForUniqueAttributes(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	path := "trackedEntities?trackedEntities=Patient0001,Patient0002&fields=trackedEntity&"
	got := get(t, s, path+filterParam(givenName+":eq:Ben"))
	assert.Equal(t, http.StatusConflict, got.status)
	assert.Equal(t, "Either a program or tracked entity type must be specified", refusal(t, got))
	assert.Equal(t, []string{"Patient0001"}, names(t, get(t, s, path+filterParam(nationalID+":eq:NID-1"))))
}

func TestFiltersOf241CompareTextAndTakeTwoOperators(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.41")
	for text, want := range map[string]string{
		age + ":gt:5":           "",
		age + ":le:5":           "0 1 2 3 4",
		age + ":ge:1:lt:2":      "2 3",
		givenName + ":eq:AMINA": "0",
		sex:                     "1 3",
		familyName + ":eq:A//B": "2",
	} {
		assert.Equal(t, want, found(t, s, filterParam(text)), text)
	}
	for text, want := range map[string]string{
		"Ben":                    "attribute filters are invalid. Tracked entity attribute 'Ben' does not exist.",
		sex + ":null":            "Query item or filter is invalid: " + sex + ":null",
		sex + ":!null":           "Query item or filter is invalid: " + sex + ":!null",
		age + ":ge:0:le:30:ne:5": "Query item or filter is invalid: " + age + ":ge:0:le:30:ne:5",
		givenName + ":eq:":       "Query item or filter is invalid: " + givenName + ":eq:",
		givenName + ":foo:x":     "Query item or filter is invalid: " + givenName + ":foo:x",
	} {
		got := get(t, s, "trackedEntities?program="+childProgram+"&"+filterParam(text))
		assert.Equal(t, http.StatusBadRequest, got.status, text)
		assert.Equal(t, want, refusal(t, got), text)
	}
	got := get(t, s, "events?program="+childProgram+"&filter="+height+":like:5")
	assert.Equal(t, http.StatusConflict, got.status)
	assert.Contains(t, refusal(t, got), "SqlState: 07006")
}

// Whatever the query, a list answers in JSON and shows nothing that is not
// there.
func FuzzListEvents(f *testing.F) {
	f.Add("program=sBSRMACZJOQ&filter=fEZef320RHa:gt:1e9999&order=fEZef320RHa:desc,event", "2.41")
	f.Add("events=VisitEv0000&fields=a~rename(b~size|pluck(c,[d(&updatedWithin=9999999999d", "2.42")
	f.Add("filterAttributes=HeSe4K0lamJ:in:;;;&page=2147483647&pageSize=2147483647&occurredAfter=2026-00-00", "2.43")
	f.Add("orgUnit=lgY4CHs5HtP;x&attributeCos=a;b&idScheme=ATTRIBUTE:DpYtjCCJVt5", "2.40")
	servers := map[string]*dhis2test.Server{}
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		server, err := dhis2test.Handler(dhis2test.Options{Version: version})
		require.NoError(f, err)
		servers[version] = server
	}
	f.Fuzz(func(t *testing.T, raw, version string) {
		server := servers[version]
		query, err := url.ParseQuery(raw)
		if server == nil || err != nil {
			return
		}
		for _, list := range []string{"events", "enrollments", "relationships", "trackedEntities"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/tracker/"+list+"?"+query.Encode(), http.NoBody)
			r.SetBasicAuth("admin", "district")
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			if w.Code == http.StatusBadRequest && version == "2.43" && query.Get("program") == "" {
				continue // the container's page
			}
			var doc map[string]any
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc), "%s", w.Body)
			require.Less(t, w.Code, http.StatusInternalServerError, fmt.Sprint(doc))
		}
	})
}
