package openhim_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// stricter are the rules by which this package refuses what a core takes,
// each with its reason, matched by the error.
var stricter = []struct {
	message *regexp.Regexp
	reason  string
}{
	{regexp.MustCompile(`param: is required`), "a setting without a name can never be set"},
	{regexp.MustCompile(`param: .* is the param of`), "the core checks values against the first, the console shows both"},
	{regexp.MustCompile(`^(config\.)?[^.:[]+(\[\d+\])?\.[^:]+: must be `), "members of a struct have the type of their template"},
	{regexp.MustCompile(`must be an object whose values are texts`), "a map is an object; cores let arrays of texts pass"},
	{regexp.MustCompile(`is not a JavaScript regular expression`), "such a pattern ends the core's worker"},
	{regexp.MustCompile(`roles: at least one is required`), "a client without a role may use nothing"},
	{regexp.MustCompile(`a port is 1 to 65535`), "there is no such port"},
	{regexp.MustCompile(`cannot be set beside path`), "channels with both are refused, endpoints are channels' routes"},
	{regexp.MustCompile(`is required for a polling channel|needs a port`), "such a channel never gets a request"},
	{regexp.MustCompile(`nested deeper`), "databases stop at 100 levels"},
	{regexp.MustCompile(`which databases`), "not every database of a core stores such a key"},
}

func stricterRule(err error) string {
	var all *openhim.ValidationError
	if !errors.As(err, &all) {
		return ""
	}
	for _, rule := range stricter {
		for _, e := range all.Errors {
			if rule.message.MatchString(e.Error()) {
				return rule.reason
			}
		}
	}
	return ""
}

// TestValidationAgreesWithTheCore feeds every document the recorded cores were
// given through Validate and compares the verdicts.
func TestValidationAgreesWithTheCore(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings(t, "api") {
		passed, total := 0, 0
		for _, c := range rec.Cases {
			verdict := judge(c, openhim.Version(rec.Core))
			if verdict == nil {
				continue
			}
			total++
			ok := t.Run(rec.Core+"/"+c.ID, func(t *testing.T) {
				for _, v := range verdict {
					t.Log(v.what, "core:", v.coreTakes, "we:", v.err, v.note)
					switch {
					case !v.coreTakes:
						assert.True(t, v.err != nil || v.inexpressible, "the core refused it: %s", v.reply)
					case v.err != nil:
						assert.NotEmpty(t, stricterRule(v.err)+v.note, "the core took it, and no stricter rule is listed: %v", v.err)
					}
				}
			})
			if ok {
				passed++
			}
		}
		report(rec.name+"#validation", passed, total)
		assert.NotZero(t, total)
	}
}

type verdict struct {
	what          string
	coreTakes     bool
	reply         string
	err           error
	note          string // why an error that is no ValidationError is right
	inexpressible bool   // our types cannot hold the document
}

// judge returns the verdicts on the documents of a case, nil for a case
// without any. Only a core's 400, and a 500 of its database about the
// document, are verdicts on a document.
func judge(c recordedCase, v openhim.Version) []verdict {
	var out []verdict
	var defs []openhim.ConfigDef
	for _, s := range c.Steps {
		kind := documentKind(s.Request)
		if kind == "" || s.Request.JSON == nil || s.Request.Auth != nil {
			continue
		}
		refused := s.Reply.Status == 400 || s.Reply.Status == 500 && strings.Contains(s.Reply.Text, "invalid key")
		if s.Reply.Status > 299 && !refused || strings.Contains(s.Reply.Text, "E11000") {
			continue // about the world, not about the document
		}
		vd := verdict{what: s.Request.Method + " " + s.Request.Path, coreTakes: !refused, reply: s.Reply.Text}
		if notJSON(s.Request.Headers) {
			continue // this client sends JSON only
		}
		vd.check(kind, s.Request.JSON, v, &defs)
		if kind == "mediator" && (s.Setup || strings.HasPrefix(c.ID, "update")) && vd.err != nil && vd.coreTakes {
			vd.note = "a core does not check what comes with a higher version (Q8), nor what it ignores"
		}
		if !s.Setup {
			out = append(out, vd)
		}
	}
	return out
}

func documentKind(r recordedRequest) string {
	switch {
	case r.Method == http.MethodPost && r.Path == "/mediators":
		return "mediator"
	case r.Method == http.MethodPut && strings.HasSuffix(r.Path, "/config"):
		return "config"
	case r.Method == http.MethodPost && r.Path == "/channels":
		return "channel"
	case r.Method == http.MethodPost && r.Path == "/clients":
		return "client"
	default:
		return ""
	}
}

func notJSON(headers json.RawMessage) bool {
	return bytes.Contains(headers, []byte("text/plain")) || bytes.Contains(headers, []byte("urlencoded"))
}

func (vd *verdict) check(kind string, doc json.RawMessage, v openhim.Version, defs *[]openhim.ConfigDef) {
	doc = bytes.ReplaceAll(doc, []byte(`"<medport:number>"`), []byte("9000"))
	doc = bytes.ReplaceAll(doc, []byte(`"<deadport:number>"`), []byte("9001"))
	decode := func(into any) bool {
		if err := json.Unmarshal(doc, into); err != nil {
			vd.err, vd.note, vd.inexpressible = err, "the types of Go cannot hold it", true
			return false
		}
		vd.inexpressible = !holds(into, doc)
		return true
	}
	switch kind {
	case "mediator":
		var m openhim.Mediator
		if decode(&m) {
			*defs = m.ConfigDefs
			vd.err = m.Validate(openhim.ForVersion(v))
		}
	case "config":
		var config map[string]any
		if decode(&config) {
			vd.err = openhim.ValidateConfig(*defs, config)
		}
	case "channel":
		var c openhim.Channel
		if decode(&c) {
			vd.err = c.Validate(openhim.ForVersion(v))
		}
	case "client":
		var c openhim.Client
		if decode(&c) {
			vd.err = c.Validate()
		}
	}
}

// holds reports whether value, written again, still has everything of doc:
// otherwise what the core judged cannot be sent with our types.
func holds(value any, doc json.RawMessage) bool {
	again, err := json.Marshal(value)
	if err != nil {
		return false
	}
	var a, b any
	if json.Unmarshal(again, &a) != nil || json.Unmarshal(doc, &b) != nil {
		return false
	}
	return contains(a, b)
}

func contains(have, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range want {
			if !contains(h[k], v) {
				return false
			}
		}
		return true
	case []any:
		h, ok := have.([]any)
		if !ok || len(h) != len(want) {
			return false
		}
		for i := range want {
			if !contains(h[i], want[i]) {
				return false
			}
		}
		return true
	default:
		return reflect.DeepEqual(have, want)
	}
}

// TestURNsThatCannotBeAddressedAreRefused checks the rule against what the
// cores answered to the address of each registered URN.
func TestURNsThatCannotBeAddressedAreRefused(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings(t, "api") {
		for _, c := range rec.Cases {
			if !strings.HasPrefix(c.ID, "urn-") {
				continue
			}
			t.Run(rec.Core+"/"+c.ID, func(t *testing.T) {
				t.Parallel()
				for _, s := range c.Steps {
					if s.Request.Method != http.MethodGet {
						continue
					}
					urn, err := url.PathUnescape(strings.TrimPrefix(s.Request.Path, "/mediators/"))
					assert.NoError(t, err)
					m := valid()
					m.URN = urn
					assert.Equal(t, s.Reply.Status == 200, m.Validate() == nil, urn)
				}
			})
		}
	}
}

// valid returns a registration without fault.
func valid() openhim.Mediator {
	return openhim.Mediator{
		URN: "urn:mediator:test", Version: "1.0.0", Name: "Test",
		Endpoints: []openhim.Endpoint{{Name: "api", Host: "localhost", Port: 4000}},
	}
}
