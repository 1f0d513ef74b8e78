package fhir_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestExportIsAskedForAsTheGuideSays(t *testing.T) {
	t.Parallel()
	all := fhir.Export{
		Types: []string{"Patient", "Observation"}, Since: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		Filters: []string{"Observation?code=a,b"}, Elements: []string{"id", "Patient.name"}, Query: fhir.Where(fhir.ByRaw("x", "y")),
	}
	group, patients := all, fhir.Export{Patients: true}
	group.Group = "g1"
	for want, e := range map[string]fhir.Export{
		"/$export?_outputFormat=application/fhir+ndjson&_type=Patient,Observation&_since=2026-03-01T10:00:00.000Z&_typeFilter=Observation?code=a,b&_elements=id,Patient.name&x=y":          all,
		"/Group/g1/$export?_outputFormat=application/fhir+ndjson&_type=Patient,Observation&_since=2026-03-01T10:00:00.000Z&_typeFilter=Observation?code=a,b&_elements=id,Patient.name&x=y": group,
		"/Patient/$export?_outputFormat=application/fhir+ndjson": patients,
	} {
		client, w := connect(t, answers(says(202, "", "Content-Location", "/base/job")))
		_, err := client.StartExport(t.Context(), e)
		require.NoError(t, err)
		got, err := url.QueryUnescape(strings.TrimPrefix(w.last().URL, serverURL))
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, "GET", w.last().Method)
		assert.Equal(t, "respond-async", w.last().Header.Get("Prefer"))
	}
}

// exporter answers kick-off, status and files.
func exporter(manifest string, files map[string]func(http.ResponseWriter, *http.Request)) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "$export"):
			says(202, "", "Content-Location", "/base/job")(w, r)
		case r.URL.Path == "/base/job":
			says(200, manifest, "Content-Type", "application/json")(w, r)
		default:
			file, ok := files[r.URL.String()]
			if !ok {
				file = says(404, "")
			}
			file(w, r)
		}
	}
}

func exported(t *testing.T, client *fhir.Client) *fhir.Exported {
	t.Helper()
	job, err := client.StartExport(t.Context(), fhir.Export{})
	require.NoError(t, err)
	out, err := job.Wait(t.Context(), fhir.PollOptions{})
	require.NoError(t, err)
	return out
}

func manifestJSON(token, output string) string {
	return `{"transactionTime":"2026-03-01T10:00:00.000+00:00","request":"r",` + token + `"output":[` + output + `],"error":[{"type":"OperationOutcome","url":"/base/e"}],"deleted":[]}`
}

func TestExportStreamsItsFiles(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, `{"resourceType":"Observation","id":"o"}`)
	_ = z.Close()
	client, w := connect(t, exporter(
		manifestJSON(`"requiresAccessToken":true,`, `{"type":"Patient","url":"http://fhir.test/files/1","count":2},{"type":"Observation","url":"/base/2"}`),
		map[string]func(http.ResponseWriter, *http.Request){
			"http://fhir.test/files/1": says(200, "{\"resourceType\":\"Patient\",\"id\":\"1\"}\r\n\n {\"resourceType\":\"Patient\",\"id\":\"2\"}\n", "Content-Type", "application/fhir+ndjson"),
			serverURL + "/2":           says(200, zipped.String(), "Content-Encoding", "gzip"),
		},
	), func(c *fhir.ClientConfig) { c.Auth = fhir.BearerAuth("secret") })
	x := exported(t, client)
	assert.Equal(t, time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), x.TransactionTime.UTC())
	assert.Len(t, x.Files, 2)
	assert.Equal(t, 2, x.Files[0].Count)
	assert.Equal(t, -1, x.Files[1].Count)
	assert.Equal(t, "OperationOutcome", x.Errors[0].Type)
	assert.Empty(t, x.Deleted)
	var got []string
	for r, err := range x.Resources(t.Context()) {
		require.NoError(t, err)
		got = append(got, r.Reference())
	}
	assert.Equal(t, []string{"Patient/1", "Patient/2", "Observation/o"}, got)
	assert.Equal(t, "Bearer secret", w.last().Header.Get("Authorization"))
	assert.Contains(t, w.last().Header.Get("Accept"), "application/fhir+ndjson")
}

func TestFilesOfAnotherOriginGetNoCredentials(t *testing.T) {
	t.Parallel()
	const elsewhere = "https://store.test/file?signature=x"
	files := map[string]func(http.ResponseWriter, *http.Request){elsewhere: says(200, annJSON), serverURL + "/1": says(200, annJSON)}
	secrets := func(c *fhir.ClientConfig) {
		c.Auth, c.Header = fhir.BearerAuth("secret"), http.Header{"X-Api-Key": {"secret"}}
	}
	count := func(token, address string) (int, *wire, error) {
		client, w := connect(t, exporter(manifestJSON(token, `{"type":"Patient","url":"`+address+`"}`), files), secrets)
		n := 0
		for _, err := range exported(t, client).Resources(t.Context()) {
			if err != nil {
				return n, w, err
			}
			n++
		}
		return n, w, nil
	}
	for _, address := range []string{elsewhere, serverURL + "/1"} {
		n, w, err := count(`"requiresAccessToken":false,`, address)
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		assert.Empty(t, w.last().Header.Get("Authorization"))
		assert.Empty(t, w.last().Header.Get("X-Api-Key"))
	}
	for _, token := range []string{`"requiresAccessToken":true,`, ``} {
		_, w, err := count(token, elsewhere)
		require.ErrorIs(t, err, fhir.ErrOtherOrigin)
		assert.Len(t, w.requests(), 2)
	}
}

func TestFilesThatAreNotWhole(t *testing.T) {
	t.Parallel()
	lines := annJSON + "\n" + annJSON + "\n"
	tests := []struct {
		name  string
		file  func(http.ResponseWriter, *http.Request)
		count string
		found int
		check func(*testing.T, error)
	}{
		{"fewer than said", says(200, lines), `,"count":3`, 2, func(t *testing.T, err error) {
			t.Helper()
			var response *fhir.ResponseError
			require.ErrorAs(t, err, &response)
		}},
		{"broken off", func(w http.ResponseWriter, r *http.Request) {
			says(200, lines)(w, r)
			cut(w, io.ErrUnexpectedEOF)
		}, ``, 2, func(t *testing.T, err error) {
			t.Helper()
			var transport *fhir.TransportError
			require.ErrorAs(t, err, &transport)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		}},
		{"a line that is too long", says(200, annJSON+"\n"+strings.Repeat(" ", 5000)), ``, 1, func(t *testing.T, err error) {
			t.Helper()
			var line *fhir.LineError
			require.ErrorAs(t, err, &line)
			assert.Equal(t, 2, line.Line)
		}},
		{"a refusal", refuses(410, "deleted", "planted"), ``, 0, func(t *testing.T, err error) {
			t.Helper()
			require.ErrorIs(t, err, fhir.ErrGone)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, _ := connect(t, exporter(manifestJSON("", `{"type":"Patient","url":"/base/1"`+tt.count+`}`),
				map[string]func(http.ResponseWriter, *http.Request){serverURL + "/1": tt.file}), func(c *fhir.ClientConfig) { c.MaxBody = 2000 })
			found, failed := 0, error(nil)
			for _, err := range exported(t, client).Resources(t.Context()) {
				if err != nil {
					require.NoError(t, failed, "an error ends a file")
					failed = err
					continue
				}
				found++
			}
			assert.Equal(t, tt.found, found)
			require.Error(t, failed)
			tt.check(t, failed)
		})
	}
}

func TestManifestThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, manifest := range []string{"", "<html>", "{}", `{"output":[]}`, `{"transactionTime":"today","output":[]}`, annJSON} {
		client, _ := connect(t, exporter(manifest, nil))
		job, err := client.StartExport(t.Context(), fhir.Export{})
		require.NoError(t, err)
		_, err = job.Wait(t.Context(), fhir.PollOptions{})
		var response *fhir.ResponseError
		require.ErrorAs(t, err, &response, manifest)
	}
	client, _ := connect(t, answers(refuses(400, "processing", "HAPI-0513")))
	_, err := client.StartExport(t.Context(), fhir.Export{})
	require.ErrorIs(t, err, fhir.ErrInvalid)
	_, err = client.ExportJob("https://evil.test/x")
	require.ErrorIs(t, err, fhir.ErrOtherOrigin)
}

func TestNDJSONIsReadLineByLine(t *testing.T) {
	t.Parallel()
	read := func(text string, limit int64) (found []string, failed []error) {
		for r, err := range fhir.ReadNDJSON(iotest.OneByteReader(strings.NewReader(text)), limit) {
			if err != nil {
				failed = append(failed, err)
				continue
			}
			found = append(found, r.Type())
		}
		return found, failed
	}
	found, failed := read("\xef\xbb\xbf{\"resourceType\":\"A\"}\n\n\r\n{\"resourceType\":\"B\"}", 0)
	assert.Equal(t, []string{"A", "B"}, found)
	assert.Empty(t, failed)
	found, failed = read("{\"resourceType\":\"A\"}\nplanted\n{\"resourceType\":\"B\"}\n", 0)
	assert.Equal(t, []string{"A", "B"}, found, "what follows a bad line is read")
	require.Len(t, failed, 1)
	var line *fhir.LineError
	require.ErrorAs(t, failed[0], &line)
	assert.Equal(t, 2, line.Line)
	assert.NotContains(t, line.Error(), "planted")
	_, failed = read(strings.Repeat("x", 100), 99)
	require.Len(t, failed, 1)
	found, _ = read(`{"resourceType":"A"}`, 20)
	assert.Len(t, found, 1)
	found, failed = read("", 0)
	assert.Empty(t, found)
	assert.Empty(t, failed)
	kept := []fhir.Resource{}
	for r, err := range fhir.ReadNDJSON(strings.NewReader("{\"resourceType\":\"A\"}\n{\"resourceType\":\"B\"}\n"), 0) {
		require.NoError(t, err)
		kept = append(kept, r)
	}
	assert.Equal(t, `{"resourceType":"A"}`, string(kept[0].Bytes()), "lines do not share memory")
}

func FuzzReadNDJSON(f *testing.F) {
	f.Add([]byte("{\"resourceType\":\"A\"}\n{\"resourceType\":\"B\"}"), 30)
	f.Fuzz(func(t *testing.T, data []byte, limit int) {
		limit = max(1, limit%4096)
		n := 0
		for r, err := range fhir.ReadNDJSON(bytes.NewReader(data), int64(limit)) {
			if n++; n > len(data)+1 {
				t.Fatal("more lines than bytes")
			}
			if err == nil && len(r.Bytes()) > limit {
				t.Fatal(fmt.Sprint("a line of ", len(r.Bytes()), " bytes within ", limit))
			}
		}
	})
}
