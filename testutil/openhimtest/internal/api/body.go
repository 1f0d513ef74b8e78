package api

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

const (
	// maxForm is what koa-bodyparser takes of a form.
	maxForm = 56 << 10
	// drainFactor bounds how much of a refused body is read, as a multiple of the
	// limit, so that the client sees the answer.
	drainFactor = 4
)

var errTooLarge = errors.New("request entity too large")

// input is the body of a request as koa-bodyparser leaves it: an empty document
// unless it is JSON or a form.
type input struct {
	value any // Doc or []any
	raw   []byte
}

// doc is the body as a document; a list has no fields.
func (in input) doc() mongo.Doc {
	if d, isDoc := in.value.(mongo.Doc); isDoc {
		return d
	}
	return mongo.Doc{}
}

// keys gives the keys of the object at a path of the body in the order they were
// written, which Doc does not keep and the core's messages depend on.
func (in input) keys(path ...string) []string {
	value, err := js.Parse(string(in.raw))
	if err != nil {
		return nil
	}
	for _, key := range path {
		object, isObject := value.(*js.Object)
		if !isObject {
			return nil
		}
		value = object.Get(key)
	}
	if object, isObject := value.(*js.Object); isObject {
		return object.Keys()
	}
	return nil
}

// readBody parses the body before anything else, as the core does; false when it
// answered: 400 for what is not JSON, 413 for what is too large, 415 for an
// unknown encoding (openhim-core.md section 1).
func (c *call) readBody() bool {
	c.input.value = mongo.Doc{}
	if c.r.Body == nil || c.r.ContentLength == 0 {
		return true
	}
	media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		return true
	}
	isJSON := media == "application/json" || media == "application/json-patch+json" ||
		media == "application/vnd.api+json" || media == "application/csp-report"
	isForm := media == "application/x-www-form-urlencoded"
	if !isJSON && !isForm {
		return true
	}
	limit := c.MaxBodyBytes
	if isForm {
		limit = maxForm
	}
	raw, status := c.readAll(limit)
	if status != 0 {
		c.refuseBody(status)
		return false
	}
	c.input.raw = raw
	if isForm {
		c.input.value = parseForm(string(raw))
		return true
	}
	value, ok := parseStrict(raw)
	if !ok {
		c.refuseBody(http.StatusBadRequest)
		return false
	}
	c.input.value = value
	return true
}

// refuseBody answers before any handler runs, without the session's cookie.
func (c *call) refuseBody(status int) {
	switch status {
	case http.StatusRequestEntityTooLarge:
		if !c.modern {
			// 4.0.5 closes the connection under a client that is still sending, which
			// then sees a broken pipe instead of the answer (recorded: body-too-large).
			panic(http.ErrAbortHandler)
		}
		_, _ = io.CopyN(io.Discard, c.r.Body, drainFactor*c.MaxBodyBytes)
		c.setBody(errTooLarge.Error())
	case http.StatusUnsupportedMediaType:
		c.setBody("unsupported content encoding")
	default:
		c.setBody("Bad Request")
	}
	c.setStatus(status)
	c.send()
}

func (c *call) readAll(limit int64) ([]byte, int) {
	if c.r.ContentLength > limit && c.r.Header.Get("Content-Encoding") == "" {
		return nil, http.StatusRequestEntityTooLarge
	}
	var reader io.Reader = c.r.Body
	var err error
	switch strings.ToLower(c.r.Header.Get("Content-Encoding")) {
	case "", "identity":
	case "gzip":
		reader, err = gzip.NewReader(c.r.Body)
	case "deflate":
		reader, err = inflate(c.r.Body)
	default:
		return nil, http.StatusUnsupportedMediaType
	}
	if err != nil {
		return nil, http.StatusBadRequest
	}
	raw, err := io.ReadAll(io.LimitReader(reader, limit+1))
	switch {
	case err != nil:
		return nil, http.StatusBadRequest
	case int64(len(raw)) > limit:
		return nil, http.StatusRequestEntityTooLarge
	default:
		return raw, 0
	}
}

// inflate reads deflate in both of its forms, with zlib's header or without.
func inflate(r io.Reader) (io.Reader, error) {
	head := make([]byte, 2)
	n, err := io.ReadFull(r, head)
	if err != nil {
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(head[:n]), r)
	if head[0]&0x0f == 8 && (uint16(head[0])<<8|uint16(head[1]))%31 == 0 {
		return zlib.NewReader(whole)
	}
	return flate.NewReader(whole), nil
}

// parseStrict parses a JSON body as co-body does: an object or a list, or nothing.
func parseStrict(raw []byte) (any, bool) {
	if len(raw) == 0 {
		return mongo.Doc{}, true
	}
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' && trimmed[0] != '[' {
		return nil, false
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return nil, false
	}
	return mongo.Clone(value), true
}

// parseForm reads a form; a[b]=c makes an object, a repeated name a list.
func parseForm(raw string) mongo.Doc {
	out := mongo.Doc{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || name == "" {
			continue
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			continue
		}
		at := out
		first, rest, nested := strings.Cut(name, "[")
		for nested && strings.Contains(rest, "]") {
			next, isDoc := at[first].(mongo.Doc)
			if !isDoc {
				next = mongo.Doc{}
				at[first] = next
			}
			at = next
			first, rest, _ = strings.Cut(rest, "]")
			_, rest, nested = strings.Cut(rest, "[")
		}
		switch old := at[first].(type) {
		case nil:
			at[first] = value
		case []any:
			at[first] = append(old, value)
		default:
			at[first] = []any{old, value}
		}
	}
	return out
}
