package openhim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/openhim/mediator-go/internal/httpx"
)

// mediatorPath returns the path of one mediator. Cores decode the URN twice,
// the second time by unescape(), so that a URN with %41 or %u0041 in it can
// never be addressed; Validate refuses those (openhim-core.md section 1).
func mediatorPath(urn, suffix string) (string, error) {
	if err := checkURN(urn); err != nil {
		return "", err
	}
	return "/mediators/" + pathEscape(urn) + suffix, nil
}

// Mediators returns all mediators of the core. Their config holds passwords
// in the clear (openhim-core.md, Q9).
func (a *API) Mediators(ctx context.Context) ([]Mediator, error) {
	var list []Mediator
	err := a.document(ctx, exchange{
		op: "list mediators", method: http.MethodGet, path: "/mediators", retry: httpx.RetrySafe, limit: maxList,
	}, &list)
	return list, err
}

// Mediator returns one mediator. Config values of type password are masked
// with asterisks. An unknown URN is a *[StatusError] 404, see [IsNotFound].
func (a *API) Mediator(ctx context.Context, urn string) (Mediator, error) {
	path, err := mediatorPath(urn, "")
	if err != nil {
		return Mediator{}, err
	}
	var m Mediator
	err = a.document(ctx, exchange{
		op: "read mediator", method: http.MethodGet, path: path, retry: httpx.RetrySafe, limit: maxList,
	}, &m)
	return m, err
}

// DeleteMediator removes a mediator. A core says yes to an unknown URN too.
func (a *API) DeleteMediator(ctx context.Context, urn string) error {
	path, err := mediatorPath(urn, "")
	if err != nil {
		return err
	}
	_, err = a.do(ctx, exchange{
		op: "delete mediator", method: http.MethodDelete, path: path, retry: httpx.RetrySafe,
	})
	return err
}

// SetConfig replaces the whole config of a mediator: settings that are left
// out are gone. The values are checked against the stored definitions first,
// a broken one is a *[ValidationError]. A password of ten asterisks keeps the
// stored one. Mediators learn of it with their next heartbeat.
func (a *API) SetConfig(ctx context.Context, urn string, config map[string]any) error {
	path, err := mediatorPath(urn, "/config")
	if err != nil {
		return err
	}
	m, err := a.Mediator(ctx, urn)
	if err != nil {
		return err
	}
	if config == nil {
		config = map[string]any{}
	}
	if err := ValidateConfig(m.ConfigDefs, config); err != nil {
		return err
	}
	_, err = a.do(ctx, exchange{
		op: "set config", method: http.MethodPut, path: path, body: config, retry: httpx.RetrySafe,
	})
	return err
}

// Heartbeat sends a sign of life of the mediator with this URN. An unknown
// URN is a *[StatusError] 404: register again, an administrator may have
// deleted the mediator.
func (a *API) Heartbeat(ctx context.Context, urn string, beat Heartbeat) (HeartbeatReply, error) {
	path, err := mediatorPath(urn, "/heartbeat")
	if err != nil {
		return HeartbeatReply{}, err
	}
	x := exchange{
		op: "send heartbeat", method: http.MethodPost, path: path, limit: maxList,
		body: struct {
			Uptime float64 `json:"uptime"`
			Config bool    `json:"config,omitempty"` // only the boolean true counts
		}{max(0, beat.Uptime.Seconds()), beat.WantConfig},
		// A repeated beat could take the announcement of a new config to
		// nowhere: the core makes it to one beat only.
		retry: httpx.RetryUnsent,
	}
	r, err := a.do(ctx, x)
	if err != nil {
		return HeartbeatReply{}, err
	}
	return heartbeatReply(x, r)
}

// heartbeatReply decides by the content type, as the core's texts (OK, or
// nothing) are no documents. An empty array is a config without settings: an
// administrator can store one.
func heartbeatReply(x exchange, r *reply) (HeartbeatReply, error) {
	body := bytes.TrimSpace(r.body)
	if !r.isJSON() || len(body) == 0 || bytes.Equal(body, []byte("null")) {
		return HeartbeatReply{}, nil
	}
	bad := func(err error) error {
		return &ReplyError{Op: x.op, Status: r.status, ContentType: r.header.Get("Content-Type"), Err: err}
	}
	if !json.Valid(body) {
		return HeartbeatReply{}, bad(errors.New("the config is no valid JSON"))
	}
	switch {
	case body[0] == '{':
		return HeartbeatReply{Config: body}, nil
	case bytes.Equal(compactJSON(body), []byte("[]")):
		return HeartbeatReply{Config: []byte("{}")}, nil
	default:
		return HeartbeatReply{}, bad(errors.New("the config is not an object"))
	}
}

func compactJSON(b []byte) []byte {
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		return b
	}
	return out.Bytes()
}
