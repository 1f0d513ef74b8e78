package objectmapper

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Batch is what one entry of requests.lookup or requests.response asks for: one request, or one for each element of forEach.
type Batch struct {
	// ID is the entry's id, Config the entry.
	ID     string
	Config *RequestConfig
	// ForEach tells that the answers make a list, in the order of Requests.
	ForEach bool
	// Requests are what to send; at most Config.Concurrency at once.
	Requests []Request
}

// Request is one request to send.
type Request struct {
	// Method is upper case. URL is complete but for Query.
	Method, URL string
	// Query are the parameters to add, in the document's order, not encoded yet.
	Query []QueryValue
	// Headers are the document's.
	Headers []Header
	// Body is JSON, or nil.
	Body json.RawMessage
}

// QueryValue is one parameter of a query.
type QueryValue struct{ Name, Value string }

// Address returns the URL with the query, encoded.
func (r *Request) Address() string {
	if len(r.Query) == 0 {
		return r.URL
	}
	var b strings.Builder
	for i, q := range r.Query {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(q.Name) + "=" + url.QueryEscape(q.Value))
	}
	address, fragment, hasFragment := strings.Cut(r.URL, "#")
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	address += mark + b.String()
	if hasFragment {
		address += "#" + fragment
	}
	return address
}

// Allows reports whether a lookup's answer counts as a success: config.allowedStatuses, or 2xx.
func (c *RequestConfig) Allows(status int) bool {
	if len(c.AllowedStatuses) == 0 {
		return status >= 200 && status < 300
	}
	return statusMatches(c.AllowedStatuses, status)
}

// Lookups returns the requests to send before validation. In templates, payload is the request's body. A forEach whose path is no list is
// an error.
func (p *Plan) Lookups(data Data) ([]Batch, error) { return p.batches(p.lookups, data, true) }

// Responses returns the requests to send with the mapped document, which is data.ResponseBody. In templates, payload is the request's
// body.
func (p *Plan) Responses(data Data) ([]Batch, error) { return p.batches(p.responses, data, false) }

type requestPlan struct {
	config  *RequestConfig
	url     []urlPart
	query   []paramPlan
	forEach []string
}

type paramPlan struct {
	from  *Param
	steps []string
}

// urlPart is literal text, or a parameter.
type urlPart struct {
	text  string
	param *paramPlan
}

func compileRequests(configs []RequestConfig, constants *value) ([]*requestPlan, []error) {
	var out []*requestPlan
	var errs []error
	for i := range configs {
		c := &configs[i]
		r := &requestPlan{config: c}
		if c.ForEach != "" {
			r.forEach = valuePath(c.ForEach)
		}
		for j := range c.QueryParams {
			r.query = append(r.query, paramPlan{from: &c.QueryParams[j], steps: valuePath(c.QueryParams[j].Path)})
		}
		var err error
		if r.url, err = compileURL(c, constants); err != nil {
			errs = append(errs, &DocumentError{Position: c.Position, Message: fmt.Sprintf("request %s: %v", c.ID, err)})
		}
		out = append(out, r)
	}
	return out, errs
}

// compileURL cuts a URL at its parameters: the longest declared name wins, and no letter, digit or _ may follow it.
func compileURL(c *RequestConfig, constants *value) ([]urlPart, error) {
	var parts []urlPart
	text := c.URL
	pathStart := authorityEnd(text)
	start := 0
	for i := 0; i < len(text); {
		param := paramAt(c, text, i)
		if param == nil {
			i++
			continue
		}
		parts = append(parts, urlPart{text: text[start:i]})
		plan := &paramPlan{from: param, steps: valuePath(param.Path)}
		if i < pathStart {
			host, err := fixedPart(plan, constants)
			if err != nil {
				return nil, err
			}
			parts = append(parts, urlPart{text: host})
		} else {
			parts = append(parts, urlPart{text: ":" + param.Name, param: plan})
		}
		i += 1 + len(param.Name)
		start = i
	}
	return append(parts, urlPart{text: text[start:]}), nil
}

// fixedPart is a parameter in the scheme or host: only a constant may stand there, so that no request chooses where calls go.
func fixedPart(p *paramPlan, constants *value) (string, error) {
	if p.steps[0] != "constants" {
		return "", fmt.Errorf("the parameter %s is in the URL's scheme or host; only a constant may stand there", p.from.Name)
	}
	text, ok, err := templateText(p.from, follow(constants, p.steps[1:]))
	if err == nil && !ok {
		err = fmt.Errorf("the constant of the parameter %s is missing", p.from.Name)
	}
	return text, err
}

// authorityEnd is where the path of a URL begins.
func authorityEnd(text string) int {
	start := 0
	if i := strings.Index(text, "://"); i >= 0 {
		start = i + 3
	}
	if i := strings.IndexAny(text[start:], "/?#"); i >= 0 {
		return start + i
	}
	return len(text)
}

func paramAt(c *RequestConfig, text string, i int) *Param {
	if text[i] != ':' {
		return nil
	}
	var best *Param
	for j := range c.URLParams {
		p := &c.URLParams[j]
		rest, ok := strings.CutPrefix(text[i+1:], p.Name)
		if ok && p.Name != "" && (rest == "" || !isWord(rest[0])) && (best == nil || len(p.Name) > len(best.Name)) {
			best = p
		}
	}
	return best
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *Plan) batches(plans []*requestPlan, data Data, lookup bool) ([]Batch, error) {
	if len(plans) == 0 {
		return nil, nil
	}
	all, err := p.bind(&data)
	if err != nil {
		return nil, err
	}
	body := all.get("requestBody")
	all.set("payload", body)
	var out []Batch
	for _, r := range plans {
		b := Batch{ID: r.config.ID, Config: r.config, ForEach: r.forEach != nil}
		items := []*value{nil}
		if b.ForEach {
			list := follow(all, r.forEach)
			if !list.is(kindArray) {
				return nil, &RunError{Position: r.config.Position, Source: r.config.ID, Err: errors.New("forEach.items is no list")}
			}
			if items = list.list; len(items) > p.limits.Items {
				return nil, &LimitError{What: "requests of one forEach", Limit: p.limits.Items}
			}
		}
		for _, item := range items {
			if b.ForEach {
				all.set("item", item)
			}
			request, err := r.build(all)
			if err != nil {
				return nil, &RunError{Position: r.config.Position, Source: r.config.ID, Err: err}
			}
			switch {
			case b.ForEach && (!lookup || r.config.ForwardBody):
				request.Body = encode(item)
			case lookup && r.config.ForwardBody && body != nil:
				request.Body = data.RequestBody
			case !lookup && r.config.Method != methodGet:
				request.Body = data.ResponseBody
			}
			b.Requests = append(b.Requests, request)
		}
		out = append(out, b)
	}
	return out, nil
}

func (r *requestPlan) build(all *value) (Request, error) {
	out := Request{Method: r.config.Method, Headers: r.config.Headers}
	var b strings.Builder
	for i := range r.url {
		part := &r.url[i]
		if part.param == nil {
			b.WriteString(part.text)
			continue
		}
		text, ok, err := part.param.text(all)
		if err != nil {
			return out, err
		}
		if !ok {
			// The peer leaves the name in the URL; the other side answers that it knows nothing of the kind.
			b.WriteString(part.text)
			continue
		}
		b.WriteString(part.param.from.Prefix + text + part.param.from.Postfix)
	}
	out.URL = b.String()
	if err := checkSegments(out.URL); err != nil {
		return out, err
	}
	for i := range r.query {
		q := &r.query[i]
		text, ok, err := templateText(q.from, follow(all, q.steps))
		if err != nil {
			return out, err
		}
		if ok {
			out.Query = append(out.Query, QueryValue{Name: q.from.Name, Value: text})
		}
	}
	return out, nil
}

// text is a parameter of a path, encoded so that it stays one segment.
func (p *paramPlan) text(all *value) (string, bool, error) {
	bare := Param{Name: p.from.Name}
	text, ok, err := templateText(&bare, follow(all, p.steps))
	return strings.ReplaceAll(url.PathEscape(text), ":", "%3A"), ok, err
}

func templateText(p *Param, v *value) (string, bool, error) {
	if v.absent() {
		return "", false, nil
	}
	text, err := plainText(v)
	if err != nil {
		return "", false, fmt.Errorf("the parameter %s: %w", p.Name, err)
	}
	return p.Prefix + text + p.Postfix, true, nil
}

// plainText writes a value into a template: a list joined by commas, as JavaScript does.
func plainText(v *value) (string, error) {
	switch v.kind {
	case kindString, kindNumber:
		return v.text, nil
	case kindTrue:
		return "true", nil
	case kindFalse:
		return "false", nil
	case kindNull:
		return "", nil
	case kindArray:
		var parts []string
		for _, item := range v.list {
			text := ""
			if item != nil {
				if item.kind == kindArray {
					return "", errors.New("a list of lists cannot be written into a URL")
				}
				var err error
				if text, err = plainText(item); err != nil {
					return "", err
				}
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ","), nil
	default:
		return "", errors.New("an object cannot be written into a URL")
	}
}

// checkSegments refuses "." and ".." as segments: they would lead the request elsewhere.
func checkSegments(address string) error {
	path, _, _ := strings.Cut(address[authorityEnd(address):], "?")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return errors.New("a URL parameter would make the path lead to another place (. or ..)")
		}
	}
	return nil
}

// checkTypedPath checks that a template's path begins with a part of the data.
func checkTypedPath(path string) error {
	steps := valuePath(path)
	if len(steps) == 0 {
		return errors.New("the path is empty")
	}
	switch steps[0] {
	case "payload", "query", "transforms", "state", "lookupRequests", "responseBody", "urlParams", "constants", "timestamps", "item":
		return nil
	}
	return fmt.Errorf("the path begins with %q; it must begin with payload, query, transforms, state, lookupRequests, responseBody, "+
		"urlParams, constants, timestamps or item", steps[0])
}

// valuePath cuts a path of templates and state: a.b[0].c.
func valuePath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

// follow walks such a path.
func follow(v *value, steps []string) *value {
	for _, step := range steps {
		if v.is(kindArray) {
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 {
				return nil
			}
			v = v.at(i)
			continue
		}
		v = v.get(step)
	}
	return v
}
