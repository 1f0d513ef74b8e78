package mediator

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// envelopeOf is everything of an envelope but its response, fit for the core
// whatever a handler did.
func envelopeOf(x *exchange, a *answer, result Response, failure *Error, out outcome) openhim.Envelope {
	e := openhim.Envelope{
		URN:            x.m.cfg.Registration.URN,
		Status:         statusOf(a.status, failure != nil, out.sideFailed),
		Orchestrations: out.orchestrations,
		Properties:     propertiesOf(out.properties),
		Error:          result.Error,
	}
	if failure != nil && failure.Retry && e.Error == nil {
		e.Error = &openhim.Error{Message: failure.Message}
	}
	for _, s := range []openhim.Status{out.status, result.TransactionStatus} {
		if s.Valid() {
			e.Status = s
		}
	}
	if result.later != nil && x.m.channels.asynchronous(x.path) {
		e.Status = "" // the core's own "Pending Async" stands
	}
	cleanEnvelope(&e)
	return e
}

// statusOf is the status of a transaction that was answered with an HTTP status.
func statusOf(code int, failed, sideFailed bool) openhim.Status {
	switch {
	case code >= 500:
		return openhim.StatusFailed
	case code >= 300:
		return openhim.StatusCompleted
	case failed:
		return openhim.StatusFailed
	case sideFailed:
		return openhim.StatusCompletedWithErrors
	}
	return openhim.StatusSuccessful
}

// propertiesOf are properties under keys the core's database takes.
func propertiesOf(in map[string]string) openhim.Properties {
	if len(in) == 0 {
		return nil
	}
	out := make(openhim.Properties, len(in))
	for _, k := range slices.Sorted(maps.Keys(in)) {
		out[cleanKey(k)] = strings.ToValidUTF8(in[k], "\uFFFD")
	}
	return out
}

// cleanEnvelope makes what a handler or another mediator supplied fit for the
// core: names and timestamps it requires, keys it can store.
func cleanEnvelope(e *openhim.Envelope) {
	now := openhim.At(time.Now())
	for i := range e.Orchestrations {
		o := &e.Orchestrations[i]
		o.Name = cleanText(o.Name, 200)
		if o.Name == "" {
			o.Name = "unnamed"
		}
		o.Group = cleanText(o.Group, 200)
		cleanTime(&o.Request.Timestamp, now)
		o.Request.Headers = cleanKeys(o.Request.Headers)
		if o.Response != nil {
			response := *o.Response
			if response.Status < 0 || response.Status > 999 {
				response.Status = 0
			}
			cleanTime(&response.Timestamp, now)
			response.Headers = cleanKeys(response.Headers)
			o.Response = &response
		}
	}
}

// cleanTime replaces an instant that cannot be written.
func cleanTime(t *openhim.Time, now openhim.Time) {
	if y := t.UTC().Year(); t.IsZero() || y < 1 || y > 9999 {
		*t = now
	}
}

func cleanKeys(h openhim.Headers) openhim.Headers {
	for name := range h {
		if cleanKey(name) == name {
			continue
		}
		out := make(openhim.Headers, len(h))
		for name, values := range h {
			out[cleanKey(name)] = values
		}
		return out
	}
	return h
}

// join adds what an answer's own envelope says to the mediator's.
func join(e, own *openhim.Envelope) {
	e.Orchestrations = append(e.Orchestrations, own.Orchestrations...)
	for k, v := range own.Properties {
		text, ok := v.(string)
		if !ok {
			continue // the console shows and filters texts
		}
		if e.Properties == nil {
			e.Properties = make(openhim.Properties)
		}
		e.Properties[cleanKey(k)] = text
	}
	if own.Status.Valid() {
		e.Status = own.Status
	}
	if own.Error != nil && e.Error == nil {
		e.Error = &openhim.Error{Message: own.Error.Message}
	}
	cleanEnvelope(e)
}
