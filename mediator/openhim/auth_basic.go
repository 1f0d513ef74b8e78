package openhim

import (
	"context"
	"net/http"
)

// basicAuth sends user and password with every request.
type basicAuth struct{ username, password string }

func (b *basicAuth) login(context.Context) error { return nil }

func (b *basicAuth) ready() bool { return true }

func (b *basicAuth) renewable() bool { return false }

func (b *basicAuth) forget() {}

func (b *basicAuth) learn(http.Header) {}

func (b *basicAuth) authorizer() func(*http.Request) {
	// net/http writes "Basic" with a capital, as cores want it.
	return func(r *http.Request) { r.SetBasicAuth(b.username, b.password) }
}
