package dhis2

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/tidwall/gjson"
)

// poll is one poll of a watch. It reads in the order of change, always the first page from the
// last time of change on: rows that change meanwhile move behind what is read and are met there.
// Only objects with one and the same time of change that fill a page need more than that.
type poll struct {
	*Watch
	zone    *time.Location
	key     string
	links   bool      // the pager says whether there is another page
	ties    string    // what orders objects of one time of change, "" if nothing can
	now     time.Time // of the server, when the poll began: what changes later is for the next one
	horizon time.Time // the watermark may not come later than this
	from    time.Time // what is read next has this time of change or a later one; zero is all
	size    int
}

const (
	maxWatchPage = 10_000
	maxPasses    = 5
)

func (w *Watch) begin(ctx context.Context) (*poll, error) {
	server, err := w.client.Server(ctx)
	if err != nil {
		return nil, err
	}
	if !server.Version.HasList(w.cfg.List) {
		return nil, &ArgumentError{Argument: "list", Reason: string(w.cfg.List) + " is not in " + server.Version.String()}
	}
	now, err := w.client.now(ctx, server)
	if err != nil {
		return nil, err
	}
	p := &poll{
		Watch: w, zone: server.zone(), key: server.Version.ListKey(w.cfg.List), links: server.Version.PagerHasLinks(),
		now: now, horizon: now.Add(-w.cfg.Overlap), from: w.mark.Time, size: w.cfg.PageSize,
	}
	if w.id == "event" && server.Version.AtLeast(2, 41) { // tracked entities and enrollments cannot be ordered by UID
		p.ties = ",event:asc"
	}
	// Twice a year the server's clock shows an hour twice, and its timestamps do not say which.
	if !p.from.IsZero() && p.clockChanges() {
		p.from = p.from.Add(-2 * time.Hour)
	}
	return p, nil
}

// clockChanges reports whether the offset of the server's zone is another one soon before or
// after the watermark.
func (p *poll) clockChanges() bool {
	_, before := p.mark.Add(-3 * time.Hour).In(p.zone).Zone()
	_, after := p.mark.Add(3 * time.Hour).In(p.zone).Zone()
	return before != after
}

// now asks the server for the time of its clock.
func (c *Client) now(ctx context.Context, server Server) (time.Time, error) {
	var info systemInfo
	if err := c.getJSON(ctx, Request{Path: infoPath}, &info); err != nil {
		return time.Time{}, err
	}
	at, err := ParseTime(info.ServerDate, server.zone())
	if err != nil {
		return time.Time{}, fmt.Errorf("dhis2: GET %s: serverDate: %w", infoPath, err)
	}
	return closest(at, server.Time(c.cfg.Clock())), nil
}

// run reads until nothing new comes, or what changed since the poll began. done is false if the caller wanted no more.
func (p *poll) run(ctx context.Context, yield func(Change) bool) (done bool, err error) {
	for {
		changes, more, err := p.read(ctx, 1, "")
		if err != nil {
			return false, err
		}
		if !p.give(changes, yield) {
			return false, nil
		}
		last := p.from
		if len(changes) > 0 {
			last = changes[len(changes)-1].UpdatedAt
		}
		switch {
		case last.After(p.now): // on a busy server there would be no end; the overlap reads it again
			p.advance(p.horizon)
			return true, nil
		case last.After(p.from): // also if there seems to be no more: it shows what came meanwhile
			p.from, p.size = last, p.cfg.PageSize
			continue
		case !more && !p.links && p.size < maxWatchPage: // there a page that is not full tells nothing: one look at more
			p.size = maxWatchPage
			continue
		}
		switch {
		case !more: // nothing has changed since
			p.advance(p.horizon)
			return true, nil
		case p.size < maxWatchPage:
			p.size = min(2*p.size, maxWatchPage)
		default:
			if p.from, more, err = p.crowd(ctx, yield); err != nil || !more {
				return false, err
			}
			p.size = p.cfg.PageSize
		}
	}
}

// crowd reads the objects of one time of change that are more than the largest page, by page
// numbers, until a pass brings nothing new. It returns the time of change that comes next.
func (p *poll) crowd(ctx context.Context, yield func(Change) bool) (next time.Time, more bool, err error) {
	for range maxPasses {
		var news int
		if next, news, more, err = p.pass(ctx, yield); err != nil || !more {
			return next, false, err
		}
		if news > 0 {
			continue
		}
		switch {
		case !next.IsZero():
		case p.from.IsZero(): // there is nothing that may be read
			next = p.now
		default: // nothing is behind them: one step on ends the poll
			next = p.from.Add(time.Millisecond)
		}
		return next, true, nil
	}
	return next, false, fmt.Errorf("dhis2: watch %s: more than %d objects of one time of change go on changing, or are more than MaxRemembered; ask for less, or raise it", p.cfg.List, maxWatchPage)
}

// pass gives the objects of one time of change by page numbers. next is the time of change that
// comes behind them, zero if there is none; more is false if the caller wanted no more.
func (p *poll) pass(ctx context.Context, yield func(Change) bool) (next time.Time, news int, more bool, err error) {
	var before []Change
	empty := 0
	for number := 1; ; number++ {
		changes, full, err := p.read(ctx, number, p.ties)
		if err != nil {
			return next, 0, false, err
		}
		if n := len(changes); n > 0 && n == len(before) && changes[0].UID == before[0].UID && changes[n-1].UID == before[n-1].UID {
			return next, 0, false, p.fail("two pages are the same: something between ignores the page")
		}
		if empty++; len(changes) > 0 {
			empty = 0
			full = full || !p.links // only an empty page ends it
		}
		if empty > maxEmptyPages {
			return next, 0, false, p.fail("pages without objects, and the server says there are more")
		}
		before = changes
		for i := range changes {
			if changes[i].UpdatedAt.After(p.from) {
				next, full = changes[i].UpdatedAt, false
				changes = changes[:i]
				break
			}
		}
		for _, c := range changes {
			if !p.seen.has(c) {
				news++
			}
		}
		if !p.give(changes, yield) {
			return next, 0, false, nil
		}
		if !full {
			return next, news, true, nil
		}
	}
}

// give hands on what was not given before, and moves the watermark behind it.
func (p *poll) give(changes []Change, yield func(Change) bool) bool {
	for _, c := range changes {
		if p.seen.has(c) {
			continue
		}
		p.seen.add(c)
		if !yield(c) {
			p.seen.remove(c)
			return false
		}
		p.advance(c.UpdatedAt)
	}
	return true
}

// advance moves the watermark, never back and never past the horizon.
func (p *poll) advance(to time.Time) {
	if to.After(p.horizon) {
		to = p.horizon
	}
	if to.After(p.mark.Time) {
		p.mark = Watermark{to.UTC()}
		if p.clockChanges() {
			to = to.Add(-3 * time.Hour)
		}
		p.seen.forget(to)
	}
}

// read reads one page from p.from on, in the order of change and then by ties. full says that
// there may be more.
func (p *poll) read(ctx context.Context, number int, ties string) (changes []Change, full bool, err error) {
	q := p.query(p.zone, p.from)
	q.Set("order", q.Get("order")+ties)
	q.Set("page", strconv.Itoa(number))
	q.Set("pageSize", strconv.Itoa(p.size))
	body, err := p.get(ctx, q)
	if err != nil {
		return nil, false, err
	}
	list := body.Get(p.key)
	if !list.IsArray() {
		return nil, false, p.fail("the answer has no list " + p.key)
	}
	received := 0
	var before time.Time
	list.ForEach(func(_, object gjson.Result) bool {
		received++
		var c Change
		if c, err = p.change(object); err != nil {
			return false
		}
		if c.UpdatedAt.Before(before.Add(-2 * time.Hour)) { // an hour may come twice
			err = p.fail("the server did not order by the time of change")
			return false
		}
		before = c.UpdatedAt
		changes = append(changes, c)
		return true
	})
	if err != nil {
		return nil, false, err
	}
	if received > p.size {
		return nil, false, p.fail("the server gave more than a page: it ignores pageSize")
	}
	return changes, p.more(body, received), nil
}

// more reports whether a page may be followed by others. One that is not full, or empty, may be
// in the middle: what the user may not read was taken out of it.
func (p *poll) more(body gjson.Result, received int) bool {
	if pager := body.Get("pager"); pager.Get("nextPage").Exists() || pager.Get("prevPage").Exists() {
		return pager.Get("nextPage").Exists()
	}
	return received == p.size
}

func (p *poll) get(ctx context.Context, q url.Values) (gjson.Result, error) {
	res, err := p.client.Do(ctx, Request{Path: "tracker/" + string(p.cfg.List), Query: q})
	if err != nil {
		return gjson.Result{}, err
	}
	if !gjson.ValidBytes(res.Body) {
		return gjson.Result{}, p.fail("the answer is not JSON")
	}
	return gjson.ParseBytes(res.Body), nil
}

func (p *poll) change(object gjson.Result) (Change, error) {
	c := Change{UID: object.Get(p.id).String(), Deleted: object.Get("deleted").Bool(), Object: []byte(object.Raw)}
	at, err := ParseTime(object.Get("updatedAt").String(), p.zone)
	if err != nil || !ValidUID(c.UID) {
		return c, p.fail("an object has no UID or no time of change")
	}
	c.UpdatedAt = at
	return c, nil
}

func (p *poll) fail(text string) error {
	return fmt.Errorf("dhis2: watch %s: %w", p.cfg.List, errors.New(text))
}
