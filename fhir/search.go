package fhir

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Search yields the matches of a search over all its pages. Pages are read as
// they are needed. An error ends it and is yielded with the zero Resource. An
// empty typ searches all types: say which with ByRaw("_type", "A,B").
//
//	for patient, err := range client.Search(ctx, "Patient",
//		fhir.ByToken("identifier", "http://moh.example/nid", "123"),
//		fhir.PageSize(100),
//	) {
//		if err != nil {
//			return err
//		}
//		…
//	}
//
// What came along by [Include] is not among them: see [Client.SearchAll].
func (c *Client) Search(ctx context.Context, typ string, opts ...SearchOption) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) {
		for p, err := range c.SearchPages(ctx, typ, opts...) {
			if err != nil {
				yield(Resource{}, err)
				return
			}
			for r := range p.Matches() {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// Found is a resource that a search found.
type Found struct {
	Resource Resource
	// Included is whether it came along with a match and is none itself.
	Included bool
}

// SearchAll yields matches and included resources of a search over all its
// pages, in the server's order. What several matches refer to may come on
// several pages.
func (c *Client) SearchAll(ctx context.Context, typ string, opts ...SearchOption) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		for p, err := range c.SearchPages(ctx, typ, opts...) {
			if err != nil {
				yield(Found{}, err)
				return
			}
			for r, match := range p.found() {
				if !yield(Found{Resource: r, Included: !match}, nil) {
					return
				}
			}
		}
	}
}

// SearchPages yields the pages of a search. [ErrPageLoop] and
// [ErrTooManyPages] end those that would not end.
func (c *Client) SearchPages(ctx context.Context, typ string, opts ...SearchOption) iter.Seq2[*Page, error] {
	return c.pages(ctx, func() (*Page, error) { return c.SearchPage(ctx, typ, opts...) })
}

// SearchPage reads the first page of a search.
func (c *Client) SearchPage(ctx context.Context, typ string, opts ...SearchOption) (*Page, error) {
	q, err := c.newSearch(typ, opts)
	if err != nil {
		return nil, err
	}
	return c.page(ctx, q, typ)
}

// SearchOne returns the one match of a search: none is [ErrNotFound], several
// are [ErrMultipleMatches].
func (c *Client) SearchOne(ctx context.Context, typ string, opts ...SearchOption) (Resource, error) {
	var one Resource
	for r, err := range c.Search(ctx, typ, append(opts[:len(opts):len(opts)], defaultSize(2))...) {
		switch {
		case err != nil:
			return Resource{}, err
		case one.IsZero():
			one = r
		default:
			return Resource{}, fmt.Errorf("%w: search for one %s", ErrMultipleMatches, typ)
		}
	}
	if one.IsZero() {
		return Resource{}, fmt.Errorf("%w: search for one %s", ErrNotFound, typ)
	}
	return one, nil
}

// defaultSize is a PageSize for a search that has none.
func defaultSize(n int) SearchOption {
	return option(func(q *request) {
		if !q.query.has("_count") {
			q.query = append(q.query, PageSize(n))
		}
	})
}

// Count returns how many matches a search has (_summary=count).
func (c *Client) Count(ctx context.Context, typ string, opts ...SearchOption) (int, error) {
	q, err := c.newSearch(typ, append(opts[:len(opts):len(opts)], Summary(SummaryCount)))
	if err != nil {
		return 0, err
	}
	p, err := c.page(ctx, q, typ)
	if err != nil {
		return 0, err
	}
	n, ok := p.Total()
	if !ok {
		return 0, &ResponseError{
			Method: q.method, URL: c.template(q.url), Status: http.StatusOK, ContentType: mediaFHIR,
			Err: errors.New("the Bundle has no total"),
		}
	}
	return n, nil
}

// InCompartment searches in the compartment of one resource only:
// InCompartment("Patient", "1") with a search for Observation is
// "Patient/1/Observation".
func InCompartment(typ, id string) SearchOption {
	return option(func(q *request) {
		if err := errors.Join(checkType(typ), checkID("id", id)); err != nil {
			q.fail(err)
			return
		}
		q.compartment = []string{typ, id}
	})
}

// ByPost sends the search as POST to _search, where its parameters are in no
// URL and so in no log of servers and proxies. Links to further pages may hold
// them all the same. Long searches are sent so without it.
func ByPost() SearchOption { return option(func(q *request) { q.post = true }) }

// Strict asks the server to refuse parameters it does not know (Prefer:
// handling=strict), and refuses the answer with [ErrIgnored] where the self link
// shows that some were ignored: a search without its conditions finds
// everybody. HAPI refuses unknown ones anyway, Medplum ignores them. A self
// link without parameters, as HAPI answers [ByPost] with, tells nothing.
func Strict() SearchOption {
	return option(func(q *request) {
		q.strict = true
		q.prefer = append(q.prefer, "handling=strict")
	})
}

// maxSearchURL is the length of a query above which a search is sent as POST:
// servers and proxies take 8 KiB and less.
const maxSearchURL = 4 << 10

// newSearch makes the request of a search.
func (c *Client) newSearch(typ string, opts []SearchOption) (*request, error) {
	if typ != "" {
		if err := checkType(typ); err != nil {
			return nil, err
		}
	}
	q := c.newRequest(http.MethodGet)
	for _, o := range opts {
		o.applySearch(q)
	}
	encoded, err := q.query.Encode()
	if err != nil {
		return nil, err
	}
	path := append(q.compartment, typ)
	if !q.post && len(encoded) <= maxSearchURL {
		q.url = c.join(path...)
		return q, nil
	}
	q.url = c.join(append(path, "_search")...)
	q.method = http.MethodPost
	if q.retry == httpx.RetryByMethod {
		q.retry = httpx.RetrySafe
	}
	// The parameters are in the body and nowhere else.
	q.form = true
	return q.content([]byte(encoded), mediaForm), nil
}

// join returns the URL of a path below the base.
func (c *Client) join(segments ...string) *url.URL { return c.newRequest("", segments...).url }
