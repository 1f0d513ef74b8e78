package fhir

import (
	"net/http"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Option changes any call.
type Option interface {
	ReadOption
	SearchOption
	CreateOption
	UpdateOption
	DeleteOption
	OperationOption
	BundleOption
}

// ReadOption changes a read: [IfNoneMatch], [IfModifiedSince], [Elements],
// [Summary] and every [Option].
type ReadOption interface{ applyRead(q *request) }

// SearchOption changes a search or history: every [Param], a [Query],
// [InCompartment], [ByPost], [Strict] and every [Option].
type SearchOption interface{ applySearch(q *request) }

// CreateOption changes a create: [IfNoneExist], a [WriteOption] and every
// [Option].
type CreateOption interface{ applyCreate(q *request) }

// UpdateOption changes an update or a patch: [IfMatch], [IfNoMatch], a
// [WriteOption] and every [Option].
type UpdateOption interface{ applyUpdate(q *request) }

// DeleteOption changes a delete: [IfMatch] and every [Option].
type DeleteOption interface{ applyDelete(q *request) }

// OperationOption changes an operation.
type OperationOption interface{ applyOperation(q *request) }

// BundleOption changes a transaction or a batch: a [WriteOption] and every
// [Option].
type BundleOption interface{ applyBundle(q *request) }

// WriteOption changes what a write answers with: [Return].
type WriteOption interface {
	CreateOption
	UpdateOption
	BundleOption
}

// VersionOption names the version a change is meant for: [IfMatch].
type VersionOption interface {
	UpdateOption
	DeleteOption
}

// option implements all of them.
type option func(q *request)

func (o option) applyRead(q *request)      { o(q) }
func (o option) applySearch(q *request)    { o(q) }
func (o option) applyCreate(q *request)    { o(q) }
func (o option) applyUpdate(q *request)    { o(q) }
func (o option) applyDelete(q *request)    { o(q) }
func (o option) applyOperation(q *request) { o(q) }
func (o option) applyBundle(q *request)    { o(q) }

// WithHeader sends one more header.
func WithHeader(name, value string) Option {
	return option(func(q *request) { q.header.Set(name, value) })
}

// WithAnswer stores what the server answered in answer: status, headers,
// version. It is the zero Answer where the server refused or was not reached. Of
// a search it is that of the first page.
func WithAnswer(answer *Answer) Option {
	return option(func(q *request) { q.captured = answer })
}

// Fresh asks for an answer that comes from no cache (Cache-Control: no-cache).
// HAPI answers a search that it knows with what it found up to 60 seconds ago.
func Fresh() Option {
	return option(func(q *request) { q.header.Set("Cache-Control", "no-cache") })
}

// Idempotent says that doing the call twice is like doing it once: it is
// repeated after faults that leave open whether the server acted.
func Idempotent() Option {
	return option(func(q *request) { q.retry = httpx.RetrySafe })
}

// Once sends the request one time only, whatever happens and whatever other
// options say.
func Once() Option {
	return option(func(q *request) { q.once = true })
}

// Handling asks the server to refuse ("strict") or to ignore ("lenient")
// parameters of a search it does not know (Prefer: handling). HAPI heeds it
// only when it is set up to. See [Strict] for a check of our own.
func Handling(handling string) SearchOption {
	return option(func(q *request) { q.prefer = append(q.prefer, "handling="+handling) })
}

// Returned is what a write answers with (R4 http.html, "Prefer: return").
type Returned string

// What a write may answer with.
const (
	ReturnMinimal        Returned = "minimal"          // no content
	ReturnRepresentation Returned = "representation"   // the resource as stored
	ReturnOutcome        Returned = "OperationOutcome" // what the server has to say
)

// Return asks for what a write answers with. Servers choose by themselves
// without it, mostly the representation.
func Return(r Returned) WriteOption {
	return option(func(q *request) { q.prefer = append(q.prefer, "return="+string(r)) })
}

// IfNoneMatch reads a resource only if it is not this version any more: an
// unchanged one gives [ErrNotModified]. It takes a version id or an ETag.
func IfNoneMatch(version string) ReadOption {
	return option(func(q *request) {
		q.version("IfNoneMatch", "If-None-Match", version)
	})
}

// IfModifiedSince reads a resource only if it was changed since then: an
// unchanged one gives [ErrNotModified].
func IfModifiedSince(t time.Time) ReadOption {
	return option(func(q *request) { q.header.Set("If-Modified-Since", t.UTC().Format(http.TimeFormat)) })
}

// IfMatch makes a change only if the resource still has this version, else the
// error is [ErrVersionConflict]. It takes a version id or an ETag. Such a
// change is not repeated after faults that leave open whether it was made.
func IfMatch(version string) VersionOption {
	return option(func(q *request) {
		q.version("IfMatch", "If-Match", version)
		q.ifMatch, q.races = true, racesNone
		if q.retry == httpx.RetrySafe {
			q.retry = httpx.RetryRefused
		}
	})
}

// IfNoMatch makes an update only if there is no such resource yet
// (If-None-Match: *); else the error is [ErrPrecondition]. HAPI ignores it.
func IfNoMatch() UpdateOption {
	return option(func(q *request) {
		q.header.Set("If-None-Match", "*")
		if q.retry == httpx.RetrySafe {
			q.retry = httpx.RetryRefused
		}
	})
}

// IfNoneExist makes a create conditional: where the search finds one resource,
// nothing is made and that one is the result; where it finds several, the error
// is [ErrMultipleMatches]. Such a create can be repeated safely, and is. A
// search without parameters is refused: servers would take it for none.
func IfNoneExist(params ...Param) CreateOption {
	return option(func(q *request) {
		condition, err := Query(params).condition()
		if err != nil {
			q.fail(err)
			return
		}
		q.header.Set("If-None-Exist", condition)
		q.conditional, q.retry, q.races = true, httpx.RetrySafe, racesAll
	})
}
