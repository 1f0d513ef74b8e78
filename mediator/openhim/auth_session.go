package openhim

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/openhim/mediator-go/internal/httpx"
)

// sessionAuth logs in at POST /authenticate/local and keeps the cookies
// koa.sess and koa.sess.sig, which the core renews with its answers and which
// end after two hours without use.
type sessionAuth struct {
	api *API

	mu      sync.Mutex
	cookies map[string]string
}

func (s *sessionAuth) login(ctx context.Context) error {
	x := exchange{
		op:     "log in",
		method: http.MethodPost,
		path:   "/authenticate/local",
		body: struct {
			Username string `json:"username"`
			Password string `json:"password"`
		}{s.api.cfg.Username, s.api.cfg.Password},
		retry: httpx.RetrySafe, anonymous: true,
	}
	r, err := s.api.do(ctx, x)
	if err != nil {
		return err
	}
	s.forget()
	s.learn(r.header)
	if !s.ready() {
		return &ReplyError{
			Op: x.op, Status: r.status, ContentType: r.header.Get("Content-Type"),
			Err: errors.New("the core set no session cookie"),
		}
	}
	return nil
}

func (s *sessionAuth) ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.cookies) > 0
}

func (s *sessionAuth) renewable() bool { return true }

func (s *sessionAuth) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cookies = nil
}

// learn keeps the session's cookies of an answer.
func (s *sessionAuth) learn(h http.Header) {
	cookies := (&http.Response{Header: h}).Cookies()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range cookies {
		if !strings.HasPrefix(c.Name, "koa.sess") || c.Value == "" {
			continue
		}
		if s.cookies == nil {
			s.cookies = map[string]string{}
		}
		s.cookies[c.Name] = c.Value
	}
}

func (s *sessionAuth) authorizer() func(*http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cookies := maps.Clone(s.cookies)
	return func(r *http.Request) {
		for _, name := range slices.Sorted(maps.Keys(cookies)) {
			r.AddCookie(&http.Cookie{Name: name, Value: cookies[name]}) //nolint:gosec // a cookie that is sent, not set
		}
	}
}
