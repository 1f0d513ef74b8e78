package openhim

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// Update is a change of a stored transaction. Empty fields stay as they are.
type Update struct {
	// Status the transaction gets.
	Status Status
	// Response replaces what the client is shown to have got.
	Response *Response
	// PushOrchestrations are added behind those that are stored.
	PushOrchestrations []Orchestration
	// SetProperties adds properties or replaces those of the same name.
	SetProperties Properties
	// Error replaces the transaction's error. On a channel with auto-retry it
	// queues one.
	Error *Error
}

// Validate checks an update as a *[ValidationError]: a core checks nothing,
// and stores what its own console cannot show.
func (u Update) Validate(opts ...ValidateOption) error {
	r := newRules(opts)
	r.status("status", u.Status)
	if u.Response != nil {
		if u.Response.Status < 100 || u.Response.Status > 599 {
			r.add("response.status", "is %d; a status is 100 to 599", u.Response.Status)
		}
		r.time("response.timestamp", u.Response.Timestamp, false)
		r.storedHeaders("response.headers", u.Response.Headers)
	}
	for i, o := range u.PushOrchestrations {
		r.orchestration(index("orchestrations", i), o)
	}
	if _, ok := u.SetProperties[""]; ok {
		r.add("properties", "a property needs a name")
	}
	r.properties("properties", u.SetProperties)
	return r.result("update")
}

// MarshalJSON implements [json.Marshaler]. Plain members replace, dotted ones
// set one property, and $push adds: the forms that were recorded to work
// together on every version (cases tx-put-* of the recordings).
func (u Update) MarshalJSON() ([]byte, error) {
	document := map[string]any{}
	if u.Status != "" {
		document["status"] = u.Status
	}
	if u.Response != nil {
		document["response"] = u.Response
	}
	if u.Error != nil {
		document["error"] = u.Error
	}
	for name, value := range u.SetProperties {
		document["properties."+name] = value
	}
	if len(u.PushOrchestrations) > 0 {
		document["$push"] = map[string]any{"orchestrations": map[string]any{"$each": u.PushOrchestrations}}
	}
	return json.Marshal(document)
}

// finishing returns u as a transaction in this state needs it: what is on an
// asynchronous channel is finished by Successful, Failed and Completed with
// error(s) only, and reruns wait for ever behind a Completed (section 8).
func (u Update) finishing(current Status) Update {
	if current == StatusPendingAsync && u.Status == StatusCompleted {
		u.Status = StatusCompletedWithErrors
	}
	return u
}

// missing returns the part of u that tx does not have.
func (u Update) missing(tx Transaction) Update {
	var left Update
	if u.Status != "" && tx.Status != u.Status {
		left.Status = u.Status
	}
	if u.Response != nil && !sameResponse(*u.Response, tx.Response) {
		left.Response = u.Response
	}
	if u.Error != nil && (tx.Error == nil || tx.Error.Message != u.Error.Message) {
		left.Error = u.Error
	}
	for name, value := range u.SetProperties {
		if stored, ok := tx.Properties[name]; ok && reflect.DeepEqual(generic(stored), generic(value)) {
			continue
		}
		if left.SetProperties == nil {
			left.SetProperties = Properties{}
		}
		left.SetProperties[name] = value
	}
	stored := make(map[string]int, len(tx.Orchestrations))
	for _, o := range tx.Orchestrations {
		stored[o.identity()]++
	}
	for _, o := range u.PushOrchestrations {
		if id := o.identity(); stored[id] > 0 {
			stored[id]--
			continue
		}
		left.PushOrchestrations = append(left.PushOrchestrations, o)
	}
	return left
}

// names lists what u changes, for errors.
func (u Update) names() []string {
	var out []string
	if u.Status != "" {
		out = append(out, "status")
	}
	if u.Response != nil {
		out = append(out, "response")
	}
	if len(u.PushOrchestrations) > 0 {
		out = append(out, "orchestrations")
	}
	if len(u.SetProperties) > 0 {
		out = append(out, "properties")
	}
	if u.Error != nil {
		out = append(out, "error")
	}
	return slices.Clip(out)
}

func (u Update) empty() bool { return len(u.names()) == 0 }

// identity tells orchestrations apart by what a core keeps whatever the size
// of the bodies.
func (o Orchestration) identity() string {
	response := ""
	if o.Response != nil {
		response = fmt.Sprintf("%d %s", o.Response.Status, o.Response.Timestamp.AppendJSON(nil))
	}
	return fmt.Sprintf("%q %q %s %q %q %q %q %q %s", o.Name, o.Group, o.Request.Timestamp.AppendJSON(nil),
		o.Request.Method, o.Request.Host, string(o.Request.Port), o.Request.Path, o.Request.Querystring, response)
}

func sameResponse(want Response, got *Response) bool {
	return got != nil && got.Status == want.Status &&
		string(got.Timestamp.AppendJSON(nil)) == string(want.Timestamp.AppendJSON(nil))
}
