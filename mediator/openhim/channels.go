package openhim

import (
	"context"
	"fmt"
	"net/http"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Channels returns all channels the user may see, deleted ones included.
func (a *API) Channels(ctx context.Context) ([]Channel, error) {
	var list []Channel
	err := a.document(ctx, exchange{
		op: "list channels", method: http.MethodGet, path: "/channels", retry: httpx.RetrySafe, limit: maxList,
	}, &list)
	return list, err
}

// Channel returns one channel. An unknown ID is a *[StatusError] 404.
func (a *API) Channel(ctx context.Context, id string) (Channel, error) {
	if err := checkID("channel", id); err != nil {
		return Channel{}, err
	}
	var c Channel
	err := a.document(ctx, exchange{
		op: "read channel", method: http.MethodGet, path: "/channels/" + id, retry: httpx.RetrySafe,
	}, &c)
	return c, err
}

// CreateChannel stores a new channel and returns it with its ID. A broken one
// is a *[ValidationError]; a name that is taken is a *[StatusError] 400.
func (a *API) CreateChannel(ctx context.Context, c Channel) (Channel, error) {
	c.ID = ""
	version, err := a.Version(ctx)
	if err != nil {
		return Channel{}, err
	}
	if err := c.Validate(ForVersion(version)); err != nil {
		return Channel{}, err
	}
	_, err = a.do(ctx, exchange{
		op: "create channel", method: http.MethodPost, path: "/channels", body: c, retry: httpx.RetryUnsent,
	})
	if err != nil {
		return Channel{}, err
	}
	list, err := a.Channels(ctx)
	if err != nil {
		return Channel{}, err
	}
	for _, stored := range list {
		if stored.Name == c.Name {
			return stored, nil
		}
	}
	return Channel{}, fmt.Errorf("openhim: create channel: the core took %q, but does not list it: may this user see it?", c.Name)
}

// UpdateChannel changes a channel. The channel must be complete and is
// validated; what is empty in it stays as it is stored.
func (a *API) UpdateChannel(ctx context.Context, id string, c Channel) error {
	if err := checkID("channel", id); err != nil {
		return err
	}
	c.ID = ""
	version, err := a.Version(ctx)
	if err != nil {
		return err
	}
	if err := c.Validate(ForVersion(version)); err != nil {
		return err
	}
	_, err = a.do(ctx, exchange{
		op: "update channel", method: http.MethodPut, path: "/channels/" + id, body: c, retry: httpx.RetrySafe,
	})
	return err
}

// DeleteChannel removes a channel. A core keeps one that has transactions,
// with the status "deleted", and its name stays taken.
func (a *API) DeleteChannel(ctx context.Context, id string) error {
	if err := checkID("channel", id); err != nil {
		return err
	}
	_, err := a.do(ctx, exchange{
		op: "delete channel", method: http.MethodDelete, path: "/channels/" + id, retry: httpx.RetrySafe,
	})
	return err
}

// TriggerChannel makes a polling channel poll now. For any other type the
// core answers 500.
func (a *API) TriggerChannel(ctx context.Context, id string) error {
	if err := checkID("channel", id); err != nil {
		return err
	}
	_, err := a.do(ctx, exchange{
		op: "trigger channel", method: http.MethodPost, path: "/channels/" + id + "/trigger",
		body: struct{}{}, retry: httpx.RetryUnsent,
	})
	return err
}
