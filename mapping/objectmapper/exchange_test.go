package objectmapper_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/mapping/objectmapper"
)

// exchange is one whole exchange over a small mediator made of the plan's parts.
type exchange struct {
	c      gjson.Result
	plan   *objectmapper.Plan
	states map[string]json.RawMessage
	next   int
	issued []objectmapper.Request
}

type reply struct {
	status int
	body   string
	fail   error
}

var errDownstream = errors.New("downstream")

func (x *exchange) call(r objectmapper.Request) (gjson.Result, bool) {
	x.issued = append(x.issued, r)
	all := x.c.Get("downstream").Array()
	if x.next >= len(all) {
		return gjson.Result{}, false
	}
	x.next++
	return all[x.next-1].Get("response"), true
}

func headerObject(list ...string) json.RawMessage {
	return json.RawMessage("{" + strings.Join(list, ",") + "}")
}

func (x *exchange) request(t *testing.T) (objectmapper.Data, error) {
	t.Helper()
	c := x.c
	address, err := url.Parse(c.Get("request.url").Str)
	require.NoError(t, err)
	method := c.Get("request.method").Str
	params, ok := x.plan.Match(method, address.EscapedPath())
	require.True(t, ok, "the route matches")
	asJSON := func(v any) json.RawMessage {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		return text
	}
	query := map[string]any{}
	for name, list := range address.Query() {
		query[name] = list
		if len(list) == 1 {
			query[name] = list[0]
		}
	}
	d := objectmapper.Data{
		URLParams: asJSON(params), Query: asJSON(query), RequestHeaders: raw(c.Get("request.headers")),
		Timestamps: json.RawMessage(`{"endpointStart":"<timestamp>"}`),
		Now:        time.Date(2026, 11, 22, 21, 38, 0, 0, time.UTC),
		State:      x.states[c.Get("endpoint.name").Str],
	}
	if d.State == nil {
		d.State = json.RawMessage(`{}`)
	}
	if method == "GET" || method == "DELETE" {
		return d, nil
	}
	body := c.Get("request.body.json").Raw
	if text := c.Get("request.body.text"); text.Exists() {
		body = text.Str
	}
	d.RequestBody, err = x.plan.Decode([]byte(body))
	return d, err
}

func (x *exchange) lookups(d *objectmapper.Data) (*reply, int, error) {
	batches, err := x.plan.Lookups(*d)
	if err != nil {
		return nil, 0, err
	}
	highest := 0
	var members []string
	for _, b := range batches {
		var answers []string
		for _, r := range b.Requests {
			answer, ok := x.call(r)
			status := int(answer.Get("status").Int())
			if !ok {
				return nil, 0, errDownstream
			}
			highest = max(highest, status)
			if !b.Config.Allows(status) {
				return &reply{status: status, fail: errDownstream}, highest, nil
			}
			body := answer.Get("data").Raw
			if answer.Get("data.x-mediator-urn").Exists() {
				// An answer that is itself an envelope is unwrapped before it gets here: package mediator's transport does that.
				body = answer.Get("data.response.body").Str
			}
			answers = append(answers, `{"data":`+body+`,"headers":`+answer.Get("headers").Raw+`}`)
		}
		text := strings.Join(answers, ",")
		if b.ForEach {
			text = "[" + text + "]"
		}
		members = append(members, quote(b.ID)+":"+text)
	}
	if len(batches) > 0 {
		d.LookupRequests = headerObject(members...)
	}
	return nil, highest, nil
}

// run gives what the mediator answers. The peer stores the state of every exchange.
func (x *exchange) run(t *testing.T) reply {
	t.Helper()
	d, err := x.request(t)
	if err != nil {
		return reply{status: 400, fail: err}
	}
	failed, highest, err := x.lookups(&d)
	if err != nil {
		return reply{status: 400, fail: err}
	}
	if failed != nil {
		return *failed
	}
	result, err := x.plan.Run(t.Context(), d)
	if err != nil {
		return reply{status: 400, fail: err}
	}
	answer := x.respond(result)
	if state, err := x.plan.ExtractState(result.Data); err == nil && x.plan.AcceptsState(highest, false) {
		system := `"system":{"timestamps":{"endpointStart":"<timestamp>","lookupRequests":{"requestId1":{"requestStart":"<timestamp>"}}}}`
		text := strings.TrimPrefix(string(state), "{")
		if text != "}" {
			system += ","
		}
		x.states[x.c.Get("endpoint.name").Str] = json.RawMessage("{" + system + text)
	}
	return answer
}

func (x *exchange) respond(result *objectmapper.Result) reply {
	batches, err := x.plan.Responses(result.Data)
	if err != nil {
		return reply{status: 400, fail: err}
	}
	if len(batches) == 0 {
		return reply{status: 200, body: string(result.Body)}
	}
	status := 200
	var members []string
	for _, b := range batches {
		var answers []string
		for _, r := range b.Requests {
			answer, ok := x.call(r)
			if !ok {
				return reply{status: 500, fail: errDownstream}
			}
			answers = append(answers, answer.Get("data").Raw)
			if len(batches) == 1 && !b.ForEach {
				status = int(answer.Get("status").Int())
			}
		}
		text := strings.Join(answers, ",")
		if b.ForEach {
			text = "[" + text + "]"
		}
		members = append(members, quote(b.ID)+":"+text)
	}
	if len(batches) == 1 && !batches[0].ForEach {
		_, body, _ := strings.Cut(members[0], ":")
		return reply{status: status, body: body}
	}
	return reply{status: status, body: string(headerObject(members...))}
}

// checkIssued compares the requests the plan asked for with the recorded ones.
func (x *exchange) checkIssued(t *testing.T) {
	t.Helper()
	recorded := x.c.Get("downstream").Array()
	require.Len(t, x.issued, len(recorded))
	for i, r := range x.issued {
		want := recorded[i].Get("request")
		require.Equal(t, want.Get("url").Str, r.URL)
		require.Equal(t, strings.ToUpper(want.Get("method").Str), r.Method)
		var params []string
		for _, q := range r.Query {
			params = append(params, quote(q.Name)+":"+quote(q.Value))
		}
		requireSame(t, want.Get("params").Raw, string(headerObject(params...)), true)
		if body := want.Get("data"); body.Exists() {
			requireSame(t, body.Raw, timeless(string(r.Body)), false)
		}
	}
}

// timeless replaces the time of the test by the recording's placeholder.
func timeless(text string) string {
	return strings.ReplaceAll(text, "2026-11-22T21:38:00.000Z", "<timestamp>")
}

func TestHTTPExchangeCorpus(t *testing.T) {
	t.Parallel()
	states := map[string]json.RawMessage{}
	text, err := os.ReadFile(filepath.Join(corpusDir(t), "http-exchanges.json"))
	require.NoError(t, err)
	apart := deviations(t)
	passed, total := 0, 0
	var notes []string
	for _, c := range gjson.GetBytes(text, "cases").Array() {
		id := c.Get("id").Str
		total++
		known, isApart := apart[id]
		if isApart {
			notes = append(notes, fmt.Sprintf("conformance-apart: mapping-mediator/http-exchanges %s: %s", id, known.Reason))
		}
		if t.Run(id, func(t *testing.T) { exchangeCase(t, c, states, known, isApart) }) {
			passed++
		}
	}
	for _, note := range notes {
		fmt.Println(note)
	}
	fmt.Printf("conformance: mapping-mediator/http-exchanges %d/%d\n", passed, total)
}

func exchangeCase(t *testing.T, c gjson.Result, states map[string]json.RawMessage, known deviation, isApart bool) {
	t.Helper()
	status := c.Get("response.status").Int()
	plan, err := compile(c.Get("endpoint").Raw, objectmapper.Options{})
	if err != nil {
		require.GreaterOrEqual(t, status, int64(400), "the document does not compile: %v", err)
		return
	}
	x := &exchange{c: c, plan: plan, states: states}
	got := x.run(t)
	if isApart {
		checkApart(t, x, known)
		return
	}
	if status >= 400 {
		if got.fail == nil {
			// A response request's failure is handed on.
			require.EqualValues(t, status, got.status)
		}
		return
	}
	require.NoError(t, got.fail)
	require.EqualValues(t, status, got.status)
	x.checkIssued(t)
	checkReply(t, c, plan, got)
}

// checkApart checks what is right where the peer is wrong: the recorded body, or every element with its own identifier.
func checkApart(t *testing.T, x *exchange, known deviation) {
	t.Helper()
	last := x.issued[len(x.issued)-1]
	if known.Body != nil {
		requireSame(t, string(known.Body), string(last.Body), false)
		return
	}
	checkFacilities(t, x.c.Get("request.body.json"), last.Body)
}

func checkFacilities(t *testing.T, input gjson.Result, body []byte) {
	t.Helper()
	for _, path := range []string{"id", "displayName"} {
		at := map[string]string{"id": "entry.#.resource.identifier.0.value", "displayName": "entry.#.resource.name"}[path]
		want := input.Get("consolidated.#." + path).Raw
		require.NotEqual(t, "[]", want)
		requireSame(t, want, gjson.GetBytes(body, at).Raw, false)
	}
}

func checkReply(t *testing.T, c gjson.Result, plan *objectmapper.Plan, got reply) {
	t.Helper()
	encoded, _, err := plan.Encode([]byte(got.body))
	require.NoError(t, err)
	want, body := c.Get("response.body"), timeless(string(encoded))
	envelope := want.Get("json.x-mediator-urn").Exists()
	switch {
	case want.Get("text").Exists():
		require.Equal(t, want.Get("text").Str, body)
	case envelope && strings.HasPrefix(want.Get("json.response.body").Str, "<?xml"):
		require.Equal(t, want.Get("json.response.body").Str, body)
	case envelope:
		requireSame(t, want.Get("json.response.body").Str, body, true)
	default:
		requireSame(t, volatile(t, want.Get("json").Raw), volatile(t, body), true)
	}
}

// volatile takes out the headers and counters that the recording replaced.
func volatile(t *testing.T, text string) string {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal([]byte(text), &v))
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if _, ok := v["content-type"]; ok {
				for name := range v {
					if name != "content-type" {
						delete(v, name)
					}
				}
			}
			for name, member := range v {
				if name == "duration" || name == "milliseconds" {
					v[name] = 0
					continue
				}
				walk(member)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(v)
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

func TestSamples(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(corpusDir(t), "samples")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	apart := deviations(t)
	passed, total := 0, 0
	var notes []string
	for _, entry := range entries {
		name := entry.Name()
		total++
		known, isApart := apart["samples/"+name]
		if isApart {
			notes = append(notes, fmt.Sprintf("conformance-apart: mapping-mediator/samples %s: %s", name, known.Reason))
		}
		if t.Run(name, func(t *testing.T) { sampleCase(t, filepath.Join(dir, name), known, isApart) }) {
			passed++
		}
	}
	for _, note := range notes {
		fmt.Println(note)
	}
	fmt.Printf("conformance: mapping-mediator/samples %d/%d\n", passed, total)
}

// sampleCase runs a sample's first exchange and compares the mapped document: what goes downstream, else the reply.
func sampleCase(t *testing.T, dir string, known deviation, isApart bool) {
	t.Helper()
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(text)
	}
	c := gjson.Parse(`{"endpoint":` + read("endpoint.json") + "," + strings.TrimPrefix(gjson.Get(read("exchanges.json"), "0").Raw, "{"))
	plan, err := compile(c.Get("endpoint").Raw, objectmapper.Options{})
	require.NoError(t, err)
	x := &exchange{c: c, plan: plan, states: map[string]json.RawMessage{}}
	got := x.run(t)
	mapped := got.body
	if len(plan.Document().Responses) > 0 {
		mapped = string(x.issued[len(x.issued)-1].Body)
	}
	switch {
	case isApart && known.Want != nil:
		requireSame(t, string(known.Want), mapped, false)
	case isApart:
		checkFacilities(t, c.Get("request.body.json"), []byte(mapped))
	default:
		require.NoError(t, got.fail)
		requireSame(t, read("output.json"), timeless(mapped), false)
	}
}
