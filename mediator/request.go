package mediator

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// Request is a request the core routed here, with its body read. It belongs
// to one call of a handler and must not be used after it.
type Request struct {
	// Request has method, URL, headers, path values and TLS state. Its own
	// body is [Request.Body] again.
	*http.Request
	// Body is the whole body, unzipped, at most Config.MaxRequestBody bytes.
	// It is empty for GET, HEAD, DELETE and OPTIONS, whatever the headers say:
	// the core announces bodies with them that it does not send.
	Body []byte
	// Transaction is what OpenHIM said of the request. Never nil.
	Transaction *Transaction
}

// Decode reads the body as JSON into v, as [json.Unmarshal] does. A body that
// is not JSON, or not of v's shape, gives an [Error] with status 400 that names
// line and column. A body that is not UTF-8 is read in the charset its
// Content-Type names, and refused where it names none: bytes are never
// replaced in silence.
func (r *Request) Decode(v any) error {
	text, err := r.Text()
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return Errorf(http.StatusBadRequest, "the body is empty, JSON is expected")
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	err = json.Unmarshal(text, v)
	if err == nil {
		return nil
	}
	return &Error{Status: http.StatusBadRequest, Message: problemOf(text, err)} // without err: its text quotes values
}

// Text returns the body as UTF-8. A body in another charset that its
// Content-Type names is converted; one that is not UTF-8 and names none gives
// an [Error] with status 400.
func (r *Request) Text() ([]byte, error) {
	_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	if charset != "" && charset != "utf-8" && charset != "utf8" && charset != "us-ascii" {
		enc, err := htmlindex.Get(charset)
		if err != nil {
			return nil, Errorf(http.StatusUnsupportedMediaType, "the charset of the body is not known; send UTF-8")
		}
		text, err := enc.NewDecoder().Bytes(r.Body)
		if err != nil {
			return nil, Errorf(http.StatusBadRequest, "the body is not in the charset its Content-Type names")
		}
		return text, nil
	}
	if i := invalidUTF8(r.Body); i >= 0 {
		line, column := position(r.Body, int64(i)+1)
		return nil, Errorf(http.StatusBadRequest,
			"the body is not UTF-8 at line %d, column %d; send UTF-8, or name the charset in Content-Type", line, column)
	}
	return r.Body, nil
}
