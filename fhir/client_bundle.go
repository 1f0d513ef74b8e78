package fhir

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Transaction has the server do all entries of a Bundle or none (R4 http.html,
// transaction). The results stand in the order of its entries. A refusal is an
// *[OutcomeError] for the whole, and nothing was done; HAPI does not say which
// entry it was.
//
// A transaction is repeated after faults that leave open whether it was done
// only when doing it twice is like doing it once: when each entry is a GET, a
// DELETE, a PUT without ifMatch, or a POST with ifNoneExist.
func (c *Client) Transaction(ctx context.Context, b *Bundle, opts ...BundleOption) (BundleResults, error) {
	return c.submit(ctx, b, BundleTransaction, BundleTransactionResponse, opts)
}

// Batch has the server do each entry of a Bundle by itself. That some were
// refused is no error of the call: see [BundleResults.Err]. Repeated is a batch
// as a transaction is.
func (c *Client) Batch(ctx context.Context, b *Bundle, opts ...BundleOption) (BundleResults, error) {
	return c.submit(ctx, b, BundleBatch, BundleBatchResponse, opts)
}

func (c *Client) submit(
	ctx context.Context, b *Bundle, kind, due BundleType, opts []BundleOption,
) (BundleResults, error) {
	if b == nil || b.Type() != kind {
		return nil, &ArgumentError{Argument: "bundle", Reason: "is not of type " + string(kind)}
	}
	q := c.newRequest(http.MethodPost).content(b.Bytes(), mediaFHIR)
	q.judge(b)
	for _, o := range opts {
		o.applyBundle(q)
	}
	answer, err := c.send(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := answer.need("Bundle")
	if err != nil {
		return nil, err
	}
	got, err := BundleOf(r)
	if err != nil {
		return nil, answer.broken(err)
	}
	if got.Type() != due {
		return nil, answer.broken(fmt.Errorf("%w: it is %s", ErrBundleMismatch, safeType(string(got.Type()))))
	}
	results, err := b.Results(got)
	if err != nil {
		return nil, answer.broken(err)
	}
	return results, nil
}

// judge sets what may be repeated of a Bundle.
func (q *request) judge(b *Bundle) {
	idempotent, deletes := true, false
	for _, e := range b.Entries() {
		r, _ := e.Request()
		switch strings.ToUpper(r.Method) {
		case http.MethodGet, http.MethodHead:
		case http.MethodDelete:
			deletes = true
		case http.MethodPut:
			idempotent = idempotent && r.IfNoneMatch == ""
		case http.MethodPost:
			idempotent = idempotent && (r.IfNoneExist != "" || isSearchURL(r.URL))
		default:
			idempotent = false
		}
		if r.IfMatch != "" {
			q.ifMatch, idempotent = true, false
		}
	}
	if idempotent {
		q.retry = httpx.RetrySafe
	}
	switch {
	case b.Type() == BundleBatch && !idempotent:
		q.races = racesNone // some of its entries may have been done
	case deletes:
		q.races = racesKnown
	default:
		q.races = racesAll
	}
}

func isSearchURL(url string) bool {
	path, _, _ := strings.Cut(url, "?")
	return path == "_search" || strings.HasSuffix(path, "/_search")
}
