package openhim

import (
	"context"
	"fmt"
	"net/http"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Validate checks a client as a *[ValidationError].
func (c Client) Validate() error {
	r := newRules(nil)
	r.required("clientID", c.ClientID)
	r.required("name", c.Name)
	if len(c.Roles) == 0 {
		r.add("roles", "at least one is required")
	}
	for i, role := range c.Roles {
		r.required(index("roles", i), role)
	}
	if hash := c.PasswordHash != ""; hash != (c.PasswordAlgorithm != "") {
		r.add("passwordAlgorithm", "belongs with passwordHash: set both or none")
	}
	return r.result("client")
}

// Clients returns all clients. Cores since 7 leave out their password hashes
// or not, depending on version.
func (a *API) Clients(ctx context.Context) ([]Client, error) {
	var list []Client
	err := a.document(ctx, exchange{
		op: "list clients", method: http.MethodGet, path: "/clients", retry: httpx.RetrySafe, limit: maxList,
	}, &list)
	return list, err
}

// Client returns one client by the core's ID, not by its clientID. An unknown
// one is a *[StatusError] 404.
func (a *API) Client(ctx context.Context, id string) (Client, error) {
	if err := checkID("client", id); err != nil {
		return Client{}, err
	}
	var c Client
	err := a.document(ctx, exchange{
		op: "read client", method: http.MethodGet, path: "/clients/" + id, retry: httpx.RetrySafe,
	}, &c)
	return c, err
}

// CreateClient stores a new client and returns it with its ID. A broken one is
// a *[ValidationError]; a clientID that is taken is a *[StatusError] 400.
func (a *API) CreateClient(ctx context.Context, c Client) (Client, error) {
	c.ID = ""
	if err := c.Validate(); err != nil {
		return Client{}, err
	}
	_, err := a.do(ctx, exchange{
		op: "create client", method: http.MethodPost, path: "/clients", body: c, retry: httpx.RetryUnsent,
	})
	if err != nil {
		return Client{}, err
	}
	list, err := a.Clients(ctx)
	if err != nil {
		return Client{}, err
	}
	for _, stored := range list {
		if stored.ClientID == c.ClientID {
			return stored, nil
		}
	}
	return Client{}, fmt.Errorf("openhim: create client: the core took %q, but does not list it: may this user see it?", c.ClientID)
}

// UpdateClient changes a client. The client must be complete and is
// validated; what is empty in it stays as it is stored.
func (a *API) UpdateClient(ctx context.Context, id string, c Client) error {
	if err := checkID("client", id); err != nil {
		return err
	}
	c.ID = ""
	if err := c.Validate(); err != nil {
		return err
	}
	_, err := a.do(ctx, exchange{
		op: "update client", method: http.MethodPut, path: "/clients/" + id, body: c, retry: httpx.RetrySafe,
	})
	return err
}

// DeleteClient removes a client.
func (a *API) DeleteClient(ctx context.Context, id string) error {
	if err := checkID("client", id); err != nil {
		return err
	}
	_, err := a.do(ctx, exchange{
		op: "delete client", method: http.MethodDelete, path: "/clients/" + id, retry: httpx.RetrySafe,
	})
	return err
}
