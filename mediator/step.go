package mediator

import (
	"context"
	"net/http"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

type stepKey struct{}

// Orchestrate runs a step that is no HTTP call, a mapping or a query of a
// database, and records it as an orchestration: when it ran, and its error.
// HTTP calls made within it are grouped under its name. It returns fn's error.
// On a nil Transaction it just runs fn.
//
// The text of the error is shown in the console: a step that may fail with
// patient data in its error returns an [*Error] with that as its Cause.
func (t *Transaction) Orchestrate(ctx context.Context, name string, fn func(context.Context) error) error {
	if t == nil {
		return fn(ctx)
	}
	c := t.begin(openhim.Orchestration{
		Name:    name,
		Request: openhim.Request{Timestamp: openhim.At(time.Now())},
	})
	err := fn(context.WithValue(ctx, stepKey{}, name))
	t.change(c, func(c *call) {
		response := &openhim.Response{Status: http.StatusOK, Timestamp: openhim.At(time.Now())}
		if err != nil {
			response.Status = http.StatusInternalServerError
			c.failed = true
			c.orchestration.Error = errorOf(err)
		}
		c.orchestration.Response = response
	})
	return err
}
