package openhim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// AuthError means that the core refused every way of authentication that was
// tried. It is a *[StatusError] 401 too.
type AuthError struct {
	// Tried says what was tried, in this order.
	Tried []AuthAttempt
	// Err is the last refusal, always with status 401.
	Err *StatusError
}

// AuthAttempt is one way of authentication that did not work.
type AuthAttempt struct {
	// Auth is the way.
	Auth Auth
	// Reason says why, for example "no token for this user (404)".
	Reason string
}

// Error implements error.
func (e *AuthError) Error() string {
	tried := make([]string, len(e.Tried))
	for i, t := range e.Tried {
		tried[i] = fmt.Sprintf("%s: %s", t.Auth, t.Reason)
	}
	return e.Err.Error() + "; tried " + strings.Join(tried, "; ") +
		"; check user and password, and api.authenticationTypes of the core"
}

// Unwrap returns the refusal.
func (e *AuthError) Unwrap() error { return e.Err }

// method is one way of authentication. Its methods are called by one
// goroutine at a time.
type method interface {
	// login gets what the method needs from the core. A *StatusError means
	// that the core does not offer it to this user.
	login(ctx context.Context) error
	// ready reports whether login has been done.
	ready() bool
	// renewable reports whether a new login can help after a refusal.
	renewable() bool
	// forget drops what login got.
	forget()
	// authorizer returns what puts the credentials on a request.
	authorizer() func(*http.Request)
	// learn sees the headers of every answer to an authorized request.
	learn(h http.Header)
}

// authenticator chooses the way of authentication, gets credentials and
// renews them.
type authenticator struct {
	api     *API
	order   []Auth
	methods map[Auth]method
	turn    chan struct{} // one login at a time; a waiting call can give up

	mu     sync.Mutex // guards what follows and the methods' state
	chosen Auth       // what worked last, or the only one
	epoch  int        // counts changes of chosen and of credentials
}

func newAuthenticator(a *API) *authenticator {
	s := &authenticator{
		api: a, turn: make(chan struct{}, 1), chosen: a.cfg.Auth,
		methods: map[Auth]method{
			AuthToken:   &tokenAuth{api: a},
			AuthSession: &sessionAuth{api: a},
			AuthBasic:   &basicAuth{username: a.cfg.Username, password: a.cfg.Password},
		},
	}
	if a.cfg.Auth != AuthAuto {
		s.order = []Auth{a.cfg.Auth}
		return s
	}
	s.order = []Auth{AuthToken, AuthSession, AuthBasic}
	if a.base.Scheme == "http" {
		s.order = []Auth{AuthToken, AuthBasic} // the session's cookie is for https only
	}
	return s
}

// do sends x with the credentials at hand. When there are none, or the core
// refuses them, every way is tried once, the one that worked last first with
// renewed credentials. A 401 means that the core did not act, so that
// anything may be sent again.
func (s *authenticator) do(ctx context.Context, x exchange) (*reply, error) {
	authorize, name, epoch := s.current()
	refused := &AuthError{}
	if authorize != nil {
		r, err := s.api.send(ctx, x, authorize)
		if !IsUnauthorized(err) {
			s.learn(r, epoch)
			return r, err
		}
		if !s.methods[name].renewable() {
			refused.add(name, &StatusError{Status: http.StatusUnauthorized})
		}
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, &TransportError{Op: x.op, URL: s.api.URL(), Err: ctx.Err()}
	}
	defer func() { <-s.turn }()
	// Somebody may have logged in while this call waited for its turn.
	if fresh, _, now := s.current(); fresh != nil && now != epoch {
		r, err := s.api.send(ctx, x, fresh)
		if !IsUnauthorized(err) {
			s.learn(r, now)
			return r, err
		}
	}
	return s.probe(ctx, x, refused)
}

// current returns the credentials at hand, or nil.
func (s *authenticator) current() (authorize func(*http.Request), name Auth, epoch int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m, ok := s.methods[s.chosen]; ok && m.ready() {
		return m.authorizer(), s.chosen, s.epoch
	}
	return nil, s.chosen, s.epoch
}

func (s *authenticator) learn(r *reply, epoch int) {
	if r == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m, ok := s.methods[s.chosen]; ok && s.epoch == epoch {
		m.learn(r.header)
	}
}

// probe tries every way once, but for those in refused. It is called by the
// goroutine whose turn it is.
func (s *authenticator) probe(ctx context.Context, x exchange, refused *AuthError) (*reply, error) {
	for _, name := range s.preferred() {
		if slices.ContainsFunc(refused.Tried, func(t AuthAttempt) bool { return t.Auth == name }) {
			continue
		}
		authorize, err := s.login(ctx, name)
		if err == nil {
			var r *reply
			r, err = s.api.send(ctx, x, authorize)
			if !IsUnauthorized(err) {
				s.choose(name, r)
				return r, err
			}
		}
		s.drop(name)
		var status *StatusError
		var broken *ReplyError
		switch {
		case errors.As(err, &status):
			refused.add(name, status)
		case errors.As(err, &broken):
			refused.add(name, &StatusError{Op: broken.Op, Status: broken.Status, Message: broken.Err.Error()})
		default:
			return nil, err // the core was not reached: that says nothing about the user
		}
	}
	refused.Err.Op = x.op
	return nil, refused
}

// add notes a refusal.
func (e *AuthError) add(name Auth, status *StatusError) {
	reason := fmt.Sprintf("refused with %d", status.Status)
	switch {
	case name == AuthToken && status.Status == http.StatusNotFound:
		reason = "the core knows no such user, or no token for it (404)"
	case status.Status != http.StatusUnauthorized:
		reason = fmt.Sprintf("not offered by this core (%d)", status.Status)
	}
	e.Tried = append(e.Tried, AuthAttempt{Auth: name, Reason: reason})
	e.Err = &StatusError{Status: http.StatusUnauthorized, Message: http.StatusText(http.StatusUnauthorized)}
}

// preferred returns the order of probing, what worked last first.
func (s *authenticator) preferred() []Auth {
	s.mu.Lock()
	defer s.mu.Unlock()
	order := make([]Auth, 0, len(s.order))
	if s.chosen != AuthAuto {
		order = append(order, s.chosen)
	}
	for _, name := range s.order {
		if name != s.chosen {
			order = append(order, name)
		}
	}
	return order
}

// login gets new credentials for one way.
func (s *authenticator) login(ctx context.Context, name Auth) (func(*http.Request), error) {
	m := s.methods[name]
	if err := m.login(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.authorizer(), nil
}

func (s *authenticator) choose(name Auth, r *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chosen = name
	s.epoch++
	for other, m := range s.methods {
		if other != name {
			m.forget()
		}
	}
	if r != nil {
		s.methods[name].learn(r.header)
	}
}

// Authenticate checks user and password: it gets new credentials, whatever
// was remembered, and makes one call with them. Other calls do so by
// themselves when they must. A refusal is an *[AuthError].
func (a *API) Authenticate(ctx context.Context) error {
	if a.cfg.Username == "" {
		return &ConfigError{Field: "Username", Reason: "is empty; there is nobody to authenticate"}
	}
	a.auth.reset()
	_, err := a.About(ctx)
	return err
}

// drop forgets the credentials of one way, which the core did not take.
func (s *authenticator) drop(name Auth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.methods[name].forget()
	s.epoch++
}

// reset forgets all credentials, but not which way worked.
func (s *authenticator) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.methods {
		m.forget()
	}
	s.epoch++
}
