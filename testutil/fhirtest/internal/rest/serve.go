package rest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

const fhirJSON = "application/fhir+json"

// none is the contentType of an answer that says nothing of it.
const none = "none"

// answer is what is sent back, or what becomes an entry of a Bundle.
type answer struct {
	status      int
	header      http.Header
	tree        *jsontree.Node // the body as FHIR
	body        []byte         // the body of another contentType
	contentType string
	plain       bool           // HAPI gives it no request id
	version     *store.Version // what was made or found
	outcome     *jsontree.Node // what was done, for entries and Prefer
}

// ServeHTTP answers one request.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{
		e: e, ctx: r.Context(), request: r, method: r.Method, header: r.Header, now: e.config.Clock().UTC(),
		base: "http://" + r.Host + e.config.Path, requestID: r.Header.Get("X-Request-Id"),
	}
	if r.TLS != nil {
		x.base = "https://" + r.Host + e.config.Path
	}
	if x.method == http.MethodHead {
		x.method = http.MethodGet
	}
	if x.requestID == "" {
		x.requestID = newRequestID()
	}
	a, f := e.answerTo(x, r)
	if f != nil {
		a = x.refusal(f)
	}
	x.send(w, a)
}

func (x *exchange) refusal(f *failure) *answer {
	a := &answer{status: x.statusOf(f), header: f.header, tree: x.outcomeOf(f, false)}
	if x.e.config.HAPI {
		a.header.Del("Allow")
	}
	return a
}

func (e *Engine) answerTo(x *exchange, r *http.Request) (*answer, *failure) {
	path, inside := strings.CutPrefix(r.URL.EscapedPath(), e.config.Path)
	if !inside {
		return nil, fail(http.StatusNotFound, "not-found", "FHIR is below %s", e.config.Path)
	}
	var f *failure
	if x.params, f = parseQuery(r.URL.RawQuery); f != nil {
		return nil, f
	}
	if x.body, f = e.readBody(r); f != nil {
		return nil, f
	}
	_, x.matchURL, _ = strings.Cut(r.URL.RequestURI(), "?")
	h, need, f := e.route(x, path)
	if f != nil {
		return nil, f
	}
	if f := x.readXML(); f != nil {
		return nil, f
	}
	if f := x.negotiate(); f != nil {
		return nil, f
	}
	if r.Method == http.MethodPost && strings.HasSuffix(path, "/_search") {
		form, f := x.form()
		if f != nil {
			return nil, f
		}
		x.params = append(x.params, form...)
	}
	return e.run(x, h, need)
}

// run gives a handler the access it needs.
func (e *Engine) run(x *exchange, h handler, need access) (*answer, *failure) {
	var (
		a       *answer
		f       *failure
		written []*store.Version
	)
	switch need {
	case reading:
		e.store.View(func(tx *store.Tx) {
			x.tx = tx
			a, f = h(x)
		})
	case writing:
		_ = e.store.Update(func(tx *store.Tx) error { // the error is f
			x.tx = tx
			if a, f = h(x); f == nil {
				f = x.checkWritten()
			}
			if f != nil {
				return f
			}
			written = tx.Written()
			return nil
		})
	default:
		a, f = h(x)
	}
	x.tx = nil
	if f == nil {
		e.notify(x, written)
		e.activate(written)
	}
	return a, f
}

func (e *Engine) readBody(r *http.Request) ([]byte, *failure) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	from := io.Reader(r.Body)
	if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "invalid", "the body is not compressed as Content-Encoding says")
		}
		from = unzipped
	}
	body, err := io.ReadAll(io.LimitReader(from, e.config.MaxBody+1))
	if err != nil {
		return nil, fail(http.StatusBadRequest, "incomplete", "the body could not be read")
	}
	if int64(len(body)) > e.config.MaxBody {
		return nil, fail(http.StatusRequestEntityTooLarge, "too-long", "the body is longer than %d bytes", e.config.MaxBody)
	}
	return body, nil
}

// negotiate refuses formats the server does not have. HAPI answers JSON to every Accept.
func (x *exchange) negotiate() *failure {
	if x.e.config.HAPI || x.typ == "Binary" {
		return nil
	}
	if format := x.param("_format"); format != "" {
		if !strings.Contains(format, "json") && !strings.Contains(format, "xml") {
			return fail(http.StatusNotAcceptable, "not-supported", "only JSON and XML are supported")
		}
		return nil
	}
	accept := strings.Join(x.header.Values("Accept"), ",")
	if accept == "" {
		return nil
	}
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		switch media {
		case "*/*", "application/*", "application/json", "text/json", fhirJSON, "application/fhir+ndjson", "application/ndjson",
			"application/fhir+xml", "application/xml", "text/xml":
			if v := params["fhirversion"]; v == "" || strings.HasPrefix(v, "4.0") {
				return nil
			}
		}
	}
	return fail(http.StatusNotAcceptable, "not-supported", "only application/fhir+json and application/fhir+xml in FHIR version 4.0 are supported")
}

func (x *exchange) form() ([]param, *failure) {
	media, _, err := mime.ParseMediaType(x.header.Get("Content-Type"))
	if x.e.config.HAPI && media != "application/x-www-form-urlencoded" {
		return nil, nil // what is no form is not looked at
	}
	if (err != nil || media != "application/x-www-form-urlencoded") && len(x.body) > 0 {
		return nil, fail(http.StatusUnsupportedMediaType, "not-supported", "a search by POST is a form, application/x-www-form-urlencoded")
	}
	return parseQuery(string(x.body))
}

// prefers tells whether a Prefer header asks for something, such as return=minimal.
func (x *exchange) prefers(what string) bool {
	for _, value := range x.header.Values("Prefer") {
		for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' }) {
			if strings.EqualFold(strings.TrimSpace(part), what) {
				return true
			}
		}
	}
	return false
}

func (x *exchange) send(w http.ResponseWriter, a *answer) {
	h := w.Header()
	maps.Copy(h, a.header)
	if x.e.config.HAPI {
		h.Set("X-Powered-By", "HAPI FHIR 8.8.0 REST Server (FHIR Server; FHIR 4.0.1/R4)")
		if !a.plain {
			h.Set("X-Request-Id", x.requestID)
		}
	} else {
		h.Set("X-Request-Id", x.requestID)
	}
	body := a.body
	if a.tree != nil {
		body = x.encode(a)
		if x.wantsXML() {
			if text, ok := x.writeXML(body); ok {
				body, a.contentType = text, "application/fhir+xml;charset=utf-8"
			}
		}
	}
	switch {
	case a.status == http.StatusNotModified:
		if x.e.config.HAPI {
			h.Set("Content-Type", fhirJSON+";charset=utf-8")
		}
	case len(body) > 0:
		if a.contentType == "" {
			a.contentType = fhirJSON + ";charset=utf-8"
		}
		h.Set("Content-Type", a.contentType)
		if a.contentType == none {
			h["Content-Type"] = nil // and nothing is guessed
		}
	}
	if len(body) > 0 && strings.Contains(x.header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = compressed(body)
	}
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		h.Set("Content-Length", itoa(len(body)))
	}
	w.WriteHeader(a.status)
	if x.request.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // FHIR, for tests; a client that went away is not the server's concern
	}
}

func (x *exchange) encode(a *answer) []byte {
	body := a.body
	if body == nil {
		body = a.tree.Bytes()
	}
	if x.param("_pretty") == "true" {
		var out bytes.Buffer
		if json.Indent(&out, body, "", "  ") == nil {
			return out.Bytes()
		}
	}
	return body
}

func compressed(body []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(body)
	if errors.Join(err, z.Close()) != nil {
		return body // never: a Buffer takes everything
	}
	return out.Bytes()
}

func etag(number int) string { return fmt.Sprintf(`W/"%d"`, number) }
