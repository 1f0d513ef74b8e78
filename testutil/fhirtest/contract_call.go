package fhirtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// object is a JSON object.
type object = map[string]any

// contractReply is an answer, read to its end.
type contractReply struct {
	asked  string
	status int
	header http.Header
	body   string
}

// is ends the test unless the answer has the status.
func (r contractReply) is(t *testing.T, status int) contractReply {
	t.Helper()
	if r.status != status {
		t.Fatalf("%s: got status %d, want %d: %s", r.asked, r.status, status, show(r.body))
	}
	return r
}

func (r contractReply) get(path string) gjson.Result { return gjson.Get(r.body, path) }

func (r contractReply) id() string { return r.get("id").String() }

func (r contractReply) version() string { return r.get("meta.versionId").String() }

// outcome fails the test unless the answer is an OperationOutcome with an issue of the
// severity, and of one of the codes when some are given.
func (r contractReply) outcome(t *testing.T, severity string, codes ...string) {
	t.Helper()
	wantText(t, r.body, "resourceType", "OperationOutcome")
	wantText(t, r.body, "issue.0.severity", severity)
	if got := r.get("issue.0.code").String(); len(codes) > 0 && !slices.Contains(codes, got) {
		t.Errorf("%s: got issue code %q, want one of %q", r.asked, got, codes)
	}
}

// call sends a request below the base, or to a whole URL. A body that is a string goes out
// as it is, nil not at all, anything else as JSON; as application/fhir+json unless header
// (names and values in turn) says otherwise. An empty value takes a header away.
func (c *contract) call(t *testing.T, method, path string, body any, header ...string) contractReply {
	t.Helper()
	r, err := c.exchange(t.Context(), method, path, body, header...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// maxContractReply bounds what is read of an answer.
const maxContractReply = 64 << 20

func (c *contract) exchange(ctx context.Context, method, path string, body any, header ...string) (contractReply, error) {
	content, err := contentOf(body)
	if err != nil {
		return contractReply{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.target.Patience)
	defer cancel()
	target := path
	if !strings.HasPrefix(path, "http") {
		target = c.target.URL + path
	}
	req, err := http.NewRequestWithContext(ctx, method, target, content)
	if err != nil {
		return contractReply{}, err
	}
	req.Header.Set("Accept", "application/fhir+json")
	if body != nil {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	res, err := c.http.Do(req)
	if err != nil {
		return contractReply{}, err
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxContractReply))
	return contractReply{asked: method + " " + path, status: res.StatusCode, header: res.Header, body: string(text)}, errors.Join(err, res.Body.Close())
}

func contentOf(body any) (io.Reader, error) {
	switch b := body.(type) {
	case nil:
		return http.NoBody, nil
	case string:
		return strings.NewReader(b), nil
	case []byte:
		return bytes.NewReader(b), nil
	}
	raw, err := json.Marshal(body)
	return bytes.NewReader(raw), err
}

func (c *contract) get(t *testing.T, path string, header ...string) contractReply {
	t.Helper()
	return c.call(t, http.MethodGet, path, nil, header...)
}

func (c *contract) post(t *testing.T, path string, body any, header ...string) contractReply {
	t.Helper()
	return c.call(t, http.MethodPost, path, body, header...)
}

func (c *contract) put(t *testing.T, path string, body any, header ...string) contractReply {
	t.Helper()
	return c.call(t, http.MethodPut, path, body, header...)
}

// make creates a resource.
func (c *contract) make(t *testing.T, resource object) contractReply {
	t.Helper()
	return c.post(t, "/"+resource["resourceType"].(string), resource).is(t, http.StatusCreated)
}

// find searches past every cache; query is names and values in turn.
func (c *contract) find(t *testing.T, typ string, query ...string) contractReply {
	t.Helper()
	return c.get(t, "/"+typ+"?"+queryOf(query...), "Cache-Control", "no-cache")
}

func queryOf(pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	return strings.Join(out, "&")
}

// system is the system of identifiers of this run.
func (c *contract) system() string { return "urn:contract:" + c.name }

// token is a search for an identifier of this run.
func (c *contract) token(value string) string { return c.system() + "|" + value }

// patient has an identifier of this run.
func (c *contract) patient(value string, more ...any) object {
	p := object{
		"resourceType": "Patient", "identifier": []object{{"system": c.system(), "value": value}},
		"name": []object{{"family": "Doe" + c.name, "given": []string{"Ann"}}}, "gender": "female", "birthDate": "1980-02-29",
	}
	return and(p, more...)
}

// observation is about a patient.
func (c *contract) observation(subject string, more ...any) object {
	o := object{
		"resourceType": "Observation", "status": "final",
		"code": object{"coding": []object{{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}}},
	}
	if subject != "" {
		o["subject"] = object{"reference": subject}
	}
	return and(o, more...)
}

// and adds members, names and values in turn; nil takes one away.
func and(o object, more ...any) object {
	for i := 0; i+1 < len(more); i += 2 {
		name := more[i].(string) // the suite's own
		if more[i+1] == nil {
			delete(o, name)
			continue
		}
		o[name] = more[i+1]
	}
	return o
}

// show is how a value looks in a message, cut to a line or two.
func show(value any) string {
	const most = 500
	text := fmt.Sprintf("%v", value)
	if len(text) > most {
		text = text[:most] + "…"
	}
	return text
}
