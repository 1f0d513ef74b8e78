package dhis2

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// refusedFor is how long a password that was refused is not sent again. DHIS2
// locks an account after 4 failures within 15 minutes, where that is switched on.
const refusedFor = 5 * time.Minute

// withoutFor is how long a server whose sessions cannot be used gets the
// credentials with every request, before another session is tried: it may only
// have been restarted twice.
const withoutFor = 5 * time.Minute

// connection is what a client knows of its server and has from it: version and
// zone, and the session of its user. The session is opened by the request that
// asks for the version, so that those who need it meanwhile wait a short time for
// it, not for somebody's import, and the server makes one session, not many.
type connection struct {
	mu           sync.Mutex
	server       *Server
	jar          http.CookieJar // the session's cookies, nil for none
	generation   int            // of jar
	withoutUntil time.Time      // this server opens none that can be used
	refused      *Error         // what the server said to the credentials
	refusedUntil time.Time
	pending      *probing
}

// probing is a question for the server's version that is on its way.
type probing struct {
	done chan struct{}
	err  error
}

// ticket is what one attempt shows to be let in: a session or credentials.
type ticket struct {
	credentials string
	jar         http.CookieJar
	generation  int
	opens       bool // what the server answers opens a session
}

// put puts the ticket on a request.
func (t ticket) put(req *http.Request, base *url.URL) {
	if t.credentials != "" {
		setCredentials(req, t.credentials)
	}
	if t.jar != nil {
		for _, cookie := range t.jar.Cookies(base) {
			req.AddCookie(cookie)
		}
	}
}

// ticket gets what the next attempt shows, opening a session if there has to be
// one.
func (c *Client) ticket(ctx context.Context, q *call) (ticket, error) {
	if q.credentials || !c.cfg.Auth.keepsSession() {
		return c.credentials(ctx, q)
	}
	k := &c.connection
	for {
		now := c.cfg.Clock()
		k.mu.Lock()
		switch {
		case k.isRefused(now):
			refused := k.refusal(q.Method, q.endpoint)
			k.mu.Unlock()
			return ticket{}, refused
		case now.Before(k.withoutUntil):
			k.mu.Unlock()
			return c.credentials(ctx, q)
		case k.jar != nil:
			t := ticket{jar: k.jar, generation: k.generation}
			k.mu.Unlock()
			return t, nil
		}
		k.mu.Unlock()
		if err := c.probe(ctx, false); err != nil && !k.isOpen(now) {
			return ticket{}, err
		}
	}
}

// isRefused reports whether the password is not to be sent for now; mu is held.
func (k *connection) isRefused(now time.Time) bool {
	return k.refused != nil && now.Before(k.refusedUntil)
}

// refusal is what the server said to the password, for another request; mu is
// held.
func (k *connection) refusal(method, path string) *Error {
	refused := *k.refused
	refused.Method, refused.Path, refused.Attempts = method, path, 0
	refused.Err = errors.New("the password was refused before and is not sent again for now, " +
		"as the account might be locked; see Client.Refresh")
	return &refused
}

func (c *Client) credentials(ctx context.Context, q *call) (ticket, error) {
	value, err := c.cfg.Auth.header(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ticket{}, q.noAnswer(ctx, err) // the caller gave up
		}
		e := &Error{Method: q.Method, Path: q.endpoint, Class: ClassAuthentication, Verdict: VerdictOperator, Err: err}
		var provider *providerError
		if transient(err) || errors.As(err, &provider) && httpx.TransientStatus(provider.status) {
			e.Class, e.Verdict = ClassTransport, VerdictRetry // it is not about who we are
		}
		return ticket{}, e
	}
	return ticket{credentials: value, opens: c.cfg.Auth.keepsSession()}, nil
}

// isOpen reports whether requests can be sent, with a session or without.
func (k *connection) isOpen(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.jar != nil || now.Before(k.withoutUntil)
}

// probe asks the server for its version, and with a password for a session. Who
// comes while it is on its way waits for the same answer, unless it has to be one
// to a question of now: then what is known is forgotten before it is asked.
func (c *Client) probe(ctx context.Context, anew bool) error {
	k := &c.connection
	for {
		k.mu.Lock()
		now := c.cfg.Clock()
		switch {
		case anew:
		case k.isRefused(now):
			defer k.mu.Unlock()
			return k.refusal(http.MethodGet, infoPath)
		case k.server != nil && (!c.cfg.Auth.keepsSession() || k.jar != nil || now.Before(k.withoutUntil)):
			k.mu.Unlock()
			return nil // somebody else asked meanwhile
		}
		p := k.pending
		if p == nil {
			p = &probing{done: make(chan struct{})}
			k.pending = p
			if anew {
				k.jar, k.refused, k.withoutUntil = nil, nil, time.Time{}
			}
			k.mu.Unlock()
			return c.lead(ctx, p)
		}
		k.mu.Unlock()
		select {
		case <-ctx.Done():
			return ended(ctx)
		case <-p.done:
			if anew || p.err != nil && (errors.Is(p.err, context.Canceled) || errors.Is(p.err, context.DeadlineExceeded)) {
				continue // the time of another call ended; ours has not
			}
			return p.err
		}
	}
}

// lead asks for all who wait.
func (c *Client) lead(ctx context.Context, p *probing) error {
	k := &c.connection
	p.err = context.Canceled // of a panic
	defer func() {
		k.mu.Lock()
		k.pending = nil
		k.mu.Unlock()
		close(p.done)
	}()
	server, err := c.askServer(ctx)
	p.err = err
	if err == nil {
		k.mu.Lock()
		k.server = &server
		k.mu.Unlock()
		c.cfg.Logger.LogAttrs(ctx, slog.LevelDebug, "dhis2 server is known", slog.String("version", server.Version.String()))
	}
	return err
}

// accept takes the session that an answer opens, or a new cookie of the one that
// is kept. An answer to an older session changes nothing. One that is not surely
// the server's own proves nothing by having no session.
func (k *connection) accept(now time.Time, base *url.URL, t ticket, res *Response, own bool) {
	if !t.opens && t.jar == nil {
		return
	}
	cookies := (&http.Response{Header: res.Header}).Cookies()
	k.mu.Lock()
	defer k.mu.Unlock()
	if t.jar != nil {
		if t.generation == k.generation && len(cookies) > 0 {
			t.jar.SetCookies(base, cookies)
		}
		return
	}
	if !hasSession(cookies) {
		if own {
			k.refused = nil
			k.without(now)
		}
		return
	}
	k.refused = nil
	if now.Before(k.withoutUntil) {
		return // its sessions were no good
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return // never, without options
	}
	jar.SetCookies(base, cookies)
	if !hasSession(jar.Cookies(base)) {
		k.without(now) // a cookie that does not hold here, Secure over http for example
		return
	}
	k.generation++
	k.jar = jar
}

// without makes the next requests go without a session, if there is none.
func (k *connection) without(now time.Time) {
	if k.jar == nil {
		k.withoutUntil = now.Add(withoutFor)
	}
}

// drop forgets a session that the server refused, unless there is a newer one;
// useless says that a new one was refused as well.
func (k *connection) drop(now time.Time, t ticket, useless bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if t.generation == k.generation {
		k.jar = nil
		if useless {
			k.without(now)
		}
	}
}

// refuse keeps that the server refused the credentials.
func (k *connection) refuse(now time.Time, e *Error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept := *e
	k.jar, k.refused, k.refusedUntil = nil, &kept, now.Add(refusedFor)
}

// hasSession reports whether one of the cookies is a session's: of the servlet
// container, or of sessions kept in Redis.
func hasSession(cookies []*http.Cookie) bool {
	for _, c := range cookies {
		if (strings.EqualFold(c.Name, "JSESSIONID") || strings.EqualFold(c.Name, "SESSION")) && c.Value != "" && c.MaxAge >= 0 {
			return true
		}
	}
	return false
}
