package mediator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// maxEnvelope bounds the envelope of a downstream mediator: the core itself
// keeps no more than 15 MiB of one.
const maxEnvelope = 16 << 20

// unwrap makes the answer inside a downstream mediator's envelope the answer
// of the call, and its orchestrations the transaction's.
func (t *Transaction) unwrap(c *call, resp *http.Response) (*http.Response, error) {
	fail := func(problem string) (*http.Response, error) {
		err := fmt.Errorf("mediator: envelope of %s: %s", resp.Request.URL.Host, problem)
		t.change(c, func(c *call) {
			c.failed = true
			c.orchestration.Error = errorOf(err)
		})
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxEnvelope+1))
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		return fail(safeText(err))
	case len(raw) > maxEnvelope:
		return fail("more than 16 MiB")
	}
	if len(raw) == 0 { // a HEAD answer
		t.answered(c, resp)
		return resp, nil
	}
	var env openhim.Envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		return fail("not readable as an envelope")
	}
	if env.Response.Status < 200 || env.Response.Status > 599 {
		return fail("response.status " + strconv.Itoa(env.Response.Status) + " is no HTTP status of an answer")
	}
	inner := *resp
	inner.StatusCode = env.Response.Status
	inner.Status = strconv.Itoa(inner.StatusCode) + " " + http.StatusText(inner.StatusCode)
	inner.Header = make(http.Header, len(env.Response.Headers))
	for name, values := range env.Response.Headers {
		for _, v := range values {
			inner.Header.Add(name, v)
		}
	}
	inner.Header.Del("Content-Length")
	inner.Header.Del("Content-Encoding")
	inner.Body = io.NopCloser(bytes.NewReader([]byte(env.Response.Body)))
	inner.ContentLength = int64(len(env.Response.Body))
	inner.TransferEncoding, inner.Uncompressed = nil, false

	t.answered(c, &inner)
	t.change(c, func(c *call) { c.adopted = t.adopt(env.Orchestrations) })
	return &inner, nil
}

// adopt makes the orchestrations of another mediator fit for this one's
// envelope, within the same bounds and with the same redaction.
func (t *Transaction) adopt(list []openhim.Orchestration) []openhim.Orchestration {
	room := max(0, t.recording.MaxOrchestrations-t.recorded)
	if len(list) > room {
		t.dropped += len(list) - room
		list = list[:room]
	}
	t.recorded += len(list)
	out := make([]openhim.Orchestration, 0, len(list))
	for _, o := range list {
		o.Request.Headers = t.recording.headers(http.Header(o.Request.Headers))
		o.Request.Querystring = t.recording.querystring(o.Request.Querystring)
		o.Request.Body = t.recording.body(o.Request.Body)
		if o.Request.Timestamp.IsZero() {
			o.Request.Timestamp = openhim.At(time.Now())
		}
		if o.Response != nil {
			response := *o.Response
			response.Headers = t.recording.headers(http.Header(response.Headers))
			response.Body = t.recording.body(response.Body)
			o.Response = &response
		}
		if o.Error != nil {
			o.Error = &openhim.Error{Message: o.Error.Message}
		}
		out = append(out, o)
	}
	return out
}

// body is a text as far as it may be recorded.
func (r *Recording) body(text string) string {
	if !r.PatientData || text == "" {
		return ""
	}
	c := &capture{limit: r.MaxBody}
	c.add([]byte(text))
	cut, _ := c.text(r.MaxBody)
	return cut
}
