package objectmapper

import (
	"encoding/json"
	"time"
)

// Data is what paths, expressions and templates read: the peer's "allData" (peers.md 1.2). Every part is JSON; nil means that there is
// none. A Data is only read, so several goroutines may share one.
type Data struct {
	// RequestBody is the parsed body of the request.
	RequestBody json.RawMessage
	// RequestHeaders is an object with lower-case names.
	RequestHeaders json.RawMessage
	// Query is an object of texts, or lists of texts for repeated names.
	Query json.RawMessage
	// URLParams is an object of the pattern's parameters: what [Plan.Match] returned.
	URLParams json.RawMessage
	// LookupRequests is an object of lookup ids, each {data, headers} or, for a forEach, a list of those.
	LookupRequests json.RawMessage
	// Transforms is an object of the results of inputTransforms. [Plan.Run] fills it; templates and [Plan.Map] read it.
	Transforms json.RawMessage
	// Constants takes the place of the document's constants when it is not nil.
	Constants json.RawMessage
	// State is the last stored state document.
	State json.RawMessage
	// Timestamps is an object: endpointStart, endpointEnd, lookupRequests.<id>.requestStart and so on.
	Timestamps json.RawMessage
	// Item is the current element inside a forEach.
	Item json.RawMessage
	// ResponseBody is the mapped document, for the templates of response requests.
	ResponseBody json.RawMessage
	// Now is what $now() and $millis() tell in expressions; they are an error when it is zero.
	Now time.Time
}

// bind reads all parts into one object, in the order the peer builds it.
func (p *Plan) bind(d *Data) (*value, error) {
	all := newObject()
	constants := p.constants
	if d.Constants != nil {
		var err error
		if constants, err = decode("constants", d.Constants, p.limits); err != nil {
			return nil, err
		}
	}
	if constants != nil {
		all.set("constants", constants)
	}
	for _, part := range [...]struct {
		name string
		json json.RawMessage
	}{
		{"state", d.State},
		{"urlParams", d.URLParams},
		{"timestamps", d.Timestamps},
		{"requestHeaders", d.RequestHeaders},
		{"query", d.Query},
		{"requestBody", d.RequestBody},
		{"lookupRequests", d.LookupRequests},
		{"transforms", d.Transforms},
		{"item", d.Item},
		{"responseBody", d.ResponseBody},
	} {
		if part.json == nil {
			continue
		}
		v, err := decode(part.name, part.json, p.limits)
		if err != nil {
			return nil, err
		}
		all.set(part.name, v)
	}
	return all, nil
}
