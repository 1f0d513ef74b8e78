package dhis2test_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

func readerOf(text string) io.Reader { return strings.NewReader(text) }

// No body of data values, however broken, is a panic or an endless answer.
func FuzzDataValueSets(f *testing.F) {
	for _, media := range []string{"application/json", "application/xml", "application/csv", "application/adx+xml"} {
		f.Add(media, `{"dataSet":"X5fFRSmDgYM","period":"202501","orgUnit":"lgY4CHs5HtP","dataValues":[{"dataElement":"UfwqW6NnhXF","value":7}]}`, true)
		f.Add(media, `<adx xmlns="urn:ihe:qrph:adx:2015"><group orgUnit="a" period="2025-01-01/P7D" dataSet="b"><dataValue dataElement="c" value="1" AGE="x"/></group></adx>`, false)
		f.Add(media, "\"a\",\"2025W53\"\n\"UfwqW6NnhXF\",\"2025BiW27\",\"lgY4CHs5HtP\"\n", false)
	}
	servers := map[bool]*dhis2test.Server{}
	for newer, version := range map[bool]string{false: "2.42", true: "2.43"} {
		s, err := dhis2test.Handler(dhis2test.Options{Version: version})
		require.NoError(f, err)
		servers[newer] = s
	}
	f.Fuzz(func(t *testing.T, media, body string, newer bool) {
		s := servers[newer]
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/api/dataValueSets", strings.NewReader(body))
		require.NoError(t, err)
		req.SetBasicAuth("admin", "district")
		req.Header["Content-Type"] = []string{media}
		res, err := s.Transport().RoundTrip(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		content, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NotEmpty(t, content)
	})
}

// No query of metadata is a panic.
func FuzzMetadataQuery(f *testing.F) {
	f.Add("id,programStages[id,code],!sharing,:owner,name~rename(n),organisationUnits::size", "code:in:[a,b]", "code:desc,name", "1")
	f.Add("a[b[c[d", "programStages.code:token:x", ":", "-1")
	f.Add("~rename(", ":eq:", "a:idesc", "99999999999")
	s, err := dhis2test.Handler(dhis2test.Options{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, fields, filter, order, page string) {
		q := url.Values{"fields": {fields}, "filter": {filter}, "order": {order}, "page": {page}}
		status, _, err := fetch(t.Context(), t, s, http.MethodGet, "/api/programs?"+q.Encode(), "")
		require.NoError(t, err)
		require.Contains(t, []int{200, 400, 500}, status)
	})
}

// No change of metadata is a panic, and none leaves metadata behind that the
// importer cannot read.
func FuzzMetadataChange(f *testing.F) {
	f.Add("PATCH", "optionSets/WW7xVoaiR14", `[{"op":"add","path":"/name","value":{"a":[1]}}]`)
	f.Add("POST", "metadata", `{"programs":[{"id":"sBSRMACZJOQ","organisationUnits":[{"id":1}]}]}`)
	f.Add("PUT", "programs/sBSRMACZJOQ", `{"programStages":"x","sharing":[]}`)
	f.Add("POST", "sharing?type=program&id=sBSRMACZJOQ", `{"object":{"publicAccess":"x","userAccesses":[1]}}`)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if method != "PATCH" && method != "POST" && method != "PUT" || strings.ContainsAny(path, " \x00%#\\") {
			t.Skip()
		}
		if _, err := url.Parse("http://x/api/" + path); err != nil {
			t.Skip()
		}
		s := handler(t, dhis2test.Options{})
		_, _, err := fetch(t.Context(), t, s, method, "/api/"+path, body)
		require.NoError(t, err)
		_, _, err = fetch(t.Context(), t, s, http.MethodGet, "/api/programs?fields=*,organisationUnits[*]", "")
		require.NoError(t, err)
		_, _, err = fetch(t.Context(), t, s, http.MethodPost, importPath, patient)
		require.NoError(t, err)
	})
}
