package dhis2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// ListRequest is a list of the server to be read page by page: metadata, as
// "organisationUnits", or one of the tracker, as "tracker/events".
type ListRequest struct {
	// Path is below /api. Needed.
	Path string
	// Key is the member of the answer that holds the list. Defaults to the last segment of
	// Path; for the tracker's lists of 2.40 to "instances".
	Key string
	// Query is what is asked for: filters, fields, order. page, pageSize and paging are set
	// here. Without an order pages of a list that changes are arbitrary: metadata are ordered
	// by id unless Query says otherwise.
	Query url.Values
	// PageSize is how many objects one answer has. Defaults to 200.
	PageSize int
	// MaxObjects ends the walk with an error when more come. Defaults to 10 million.
	MaxObjects int
	// ID is the member that tells objects apart, as "event" or "id". With it an object that a
	// change of the list moved from one page to the next does not come twice. Defaults to none.
	ID string
	// Total asks for the total on each page, which is expensive for the tracker's lists;
	// metadata give it always.
	Total bool
	// Timeout bounds the call for one page. Defaults to Config.Timeout.
	Timeout time.Duration
}

// Page is a part of a list.
type Page struct {
	Objects []json.RawMessage
	Number  int // from 1
	Total   int // of all pages; -1 if the server does not say
	Last    bool
}

const (
	defaultPageSize = 200
	maxPageSize     = 50_000 // KeyTrackedEntityMaxLimit
	defaultObjects  = 10_000_000
	maxEmptyPages   = 1000 // in a row: pages of objects that the user may not read are empty
)

// Pages walks a list page by page. It knows the four envelopes of the tracker (dhis2.md 1.3) and
// that of metadata, and follows no links. A page past the end, which metadata clamp to the last
// one, ends the walk; so does an error, which is the last thing that comes.
//
// A list that changes while it is walked loses what moves to a page that was read already. For
// metadata the total tells; data are read by Watch instead.
func (c *Client) Pages(ctx context.Context, r ListRequest) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		w, err := c.newWalk(ctx, r)
		if err != nil {
			yield(Page{}, err)
			return
		}
		for number := 1; ; number++ {
			page, err := w.page(ctx, number)
			if err != nil {
				yield(Page{}, err)
				return
			}
			if page.Last && len(page.Objects) == 0 && number > 1 || !yield(page, nil) || page.Last {
				return
			}
		}
	}
}

// List walks a list object by object, over Pages. The last pair has the error, if there is one.
func (c *Client) List(ctx context.Context, r ListRequest) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for page, err := range c.Pages(ctx, r) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, object := range page.Objects {
				if !yield(object, nil) {
					return
				}
			}
		}
	}
}

// ListOf walks a list and decodes its objects, over List.
func ListOf[T any](ctx context.Context, c *Client, r ListRequest) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for raw, err := range c.List(ctx, r) {
			var object T
			if err == nil {
				if bad := json.Unmarshal(raw, &object); bad != nil {
					err = fmt.Errorf("dhis2: list %s: %w", endpointOf(r.Path), withoutValues(bad))
				}
			}
			if !yield(object, err) || err != nil {
				return
			}
		}
	}
}

// walk is a list under way.
type walk struct {
	client  *Client
	request ListRequest
	tracker bool
	version Version
	query   url.Values
	count   int
	before  map[string]struct{} // ids of the page before
	last    string              // the list of the page before, as it came
	empty   int                 // pages without objects, one after the other
}

func (c *Client) newWalk(ctx context.Context, r ListRequest) (*walk, error) {
	w := &walk{client: c, request: r, query: url.Values{}}
	var name string
	name, w.tracker = strings.CutPrefix(strings.Trim(r.Path, "/"), "tracker/")
	if r.PageSize < 0 || r.PageSize > maxPageSize {
		return nil, &ArgumentError{Argument: "page size", Reason: "must be 1 to 50,000, or 0 for the default"}
	}
	if r.PageSize == 0 {
		w.request.PageSize = defaultPageSize
	}
	if r.MaxObjects <= 0 {
		w.request.MaxObjects = defaultObjects
	}
	maps.Copy(w.query, r.Query)
	for _, name := range []string{"page", "pageSize", "paging", "skipPaging", "totalPages"} {
		if r.Query.Has(name) {
			return nil, &ArgumentError{Argument: "query", Reason: name + " is set by the walk itself"}
		}
	}
	if !w.tracker && !r.Query.Has("order") {
		w.query.Set("order", "id:asc")
	}
	if w.tracker {
		var err error
		if w.version, err = c.Version(ctx); err != nil {
			return nil, err
		}
		if !w.version.HasList(List(name)) && r.Key == "" {
			return nil, &ArgumentError{Argument: "path", Reason: "is no list of the tracker of " + w.version.String()}
		}
		if r.Total {
			w.query.Set("totalPages", "true")
		}
	}
	if r.Key == "" {
		w.request.Key = name[strings.LastIndexByte(name, '/')+1:]
		if w.tracker {
			w.request.Key = w.version.ListKey(List(name))
		}
	}
	w.query.Set("pageSize", strconv.Itoa(w.request.PageSize))
	return w, nil
}

func (w *walk) fail(format string, args ...any) error {
	return fmt.Errorf("dhis2: list %s: %w", endpointOf(w.request.Path), fmt.Errorf(format, args...))
}

// page reads one page.
func (w *walk) page(ctx context.Context, number int) (Page, error) {
	w.query.Set("page", strconv.Itoa(number))
	res, err := w.client.Do(ctx, Request{Path: w.request.Path, Query: w.query, Timeout: w.request.Timeout})
	if err != nil {
		return Page{}, err
	}
	if !gjson.ValidBytes(res.Body) {
		return Page{}, w.fail("%w", errors.New("the answer is not JSON"))
	}
	body := gjson.ParseBytes(res.Body)
	list := body.Get(gjson.Escape(w.request.Key))
	if !list.IsArray() {
		return Page{}, w.fail("the answer has no list %s", w.request.Key)
	}
	page := Page{Number: number, Total: -1}
	seen, received := map[string]struct{}{}, 0
	list.ForEach(func(_, object gjson.Result) bool {
		received++
		if w.request.ID != "" {
			id := object.Get(gjson.Escape(w.request.ID)).String()
			seen[id] = struct{}{}
			if _, twice := w.before[id]; twice && id != "" {
				return true
			}
		}
		page.Objects = append(page.Objects, json.RawMessage(object.Raw))
		return true
	})
	pager := body.Get("pager")
	if !pager.IsObject() {
		pager = body
	}
	if total := pager.Get("total"); total.Type == gjson.Number {
		page.Total = int(total.Int())
	}
	given := pager.Get("page")
	if at := int(given.Int()); given.Type == gjson.Number && at != number {
		if received > 0 && (at > number || int(pager.Get("pageCount").Int()) > at || pager.Get("nextPage").Exists()) {
			return Page{}, w.fail("page %d came instead of page %d: something between ignores the page", at, number)
		}
		// Metadata clamp a page past the end to the last one, and say which that is.
		page.Objects, page.Last = nil, true
		return page, nil
	}
	page.Last = w.ends(pager, received, number)
	if received > 0 && given.Type != gjson.Number && list.Raw == w.last {
		return Page{}, w.fail("pages %d and %d are the same: something between ignores the page", number-1, number)
	}
	if w.count += len(page.Objects); w.count > w.request.MaxObjects {
		return Page{}, w.fail("more than %d objects: raise MaxObjects, or ask for less", w.request.MaxObjects)
	}
	if w.empty++; received > 0 {
		w.empty = 0
	}
	if w.empty > maxEmptyPages {
		return Page{}, w.fail("%d pages without objects, and the server says there are more", w.empty)
	}
	w.before, w.last = seen, list.Raw
	return page, nil
}

// ends reports whether a page is the last one, as far as its envelope tells. A page that is not
// full may be in the middle: objects that the user may not read are taken out of it.
func (w *walk) ends(pager gjson.Result, received, number int) bool {
	if received == 0 {
		return !pager.Get("nextPage").Exists()
	}
	if w.tracker && w.version.PagerHasLinks() && pager.Get("page").Exists() {
		return !pager.Get("nextPage").Exists()
	}
	if pages := pager.Get("pageCount"); pages.Type == gjson.Number {
		return number >= int(pages.Int())
	}
	// Without a pager the answer is all there is (an endpoint that does not page).
	return !w.tracker && !pager.Get("page").Exists()
}
