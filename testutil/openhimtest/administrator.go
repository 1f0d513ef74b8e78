package openhimtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// What an administrator does in the console, and what runs by a schedule there.

// DeleteMediator removes a registration, as DELETE /mediators/:urn: the next
// heartbeat gets 404. The error wraps [ErrNotFound] when there is none.
func (c *Core) DeleteMediator(urn string) error {
	doc, found := c.collection(model.Mediators).FindOne(mongo.Doc{"urn": urn})
	id, _ := doc["_id"].(mongo.ObjectID)
	if !found || !c.collection(model.Mediators).Delete(id) {
		return fmt.Errorf("openhimtest: mediator %q: %w", urn, ErrNotFound)
	}
	return nil
}

// SetConfig replaces a mediator's whole config, as PUT /mediators/:urn/config but
// without validation: the next heartbeat of the first replica that beats gets it
// (openhim-core.md section 4). The error wraps [ErrNotFound] when there is none.
func (c *Core) SetConfig(urn string, config map[string]any) error {
	doc, found := c.collection(model.Mediators).FindOne(mongo.Doc{"urn": urn})
	id, _ := doc["_id"].(mongo.ObjectID)
	if !found {
		return fmt.Errorf("openhimtest: mediator %q: %w", urn, ErrNotFound)
	}
	_, _, err := c.collection(model.Mediators).Update(id, mongo.Doc{"$set": mongo.Doc{
		"config": mongo.CloneDoc(config), "_configModifiedTS": mongo.Time(c.opts.Clock()),
	}})
	if err != nil {
		return fmt.Errorf("openhimtest: mediator %q, config: %w", urn, err)
	}
	return nil
}

// Rerun makes a rerun task for transactions, as POST /tasks, and waits until it is
// completed. Where a real core would wait for ever (the rerun of a PATCH) it waits
// until ctx ends; the error then wraps ctx's.
func (c *Core) Rerun(ctx context.Context, ids ...string) (openhim.Task, error) {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = mongo.Doc{"tid": id, "tstatus": "Queued"}
	}
	n := float64(len(ids))
	id, err := c.insert(model.Tasks, "rerun", mongo.Doc{
		"status": "Queued", "transactions": list, "user": c.opts.Username, "batchSize": 1.0,
		"remainingTransactions": n, "totalTransactions": n, "created": c.opts.Clock().UTC().Format(time.RFC3339Nano),
	})
	if err != nil {
		return openhim.Task{}, err
	}
	c.state.Lock()
	running := c.running
	c.state.Unlock()
	if running == nil {
		return openhim.Task{}, fmt.Errorf("openhimtest: rerun: %w", errKilled)
	}
	running.router.EnqueueTask(id)
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		task, err := c.Task(string(id))
		if err != nil || task.Status == "Completed" {
			return task, err
		}
		select {
		case <-ctx.Done():
			return task, fmt.Errorf("openhimtest: rerun task %s is %s: %w", id, task.Status, ctx.Err())
		case <-ticker.C:
		}
	}
}

var errKilled = errors.New("the core was killed")

// Poll runs a polling channel now, as its schedule would, and gives the status the
// core's own request was answered with. lastRun is what X-OpenHIM-LastRunAt says.
// The error wraps [ErrNotFound] when there is no such channel.
func (c *Core) Poll(ctx context.Context, channelID string, lastRun time.Time) (status int, err error) {
	id, err := lowerID(channelID)
	if err != nil {
		return 0, err
	}
	c.state.Lock()
	running := c.running
	c.state.Unlock()
	if running == nil {
		return 0, fmt.Errorf("openhimtest: poll: %w", errKilled)
	}
	status, found := running.router.Poll(ctx, id, lastRun)
	if !found {
		return 0, fmt.Errorf("openhimtest: channel %s: %w", channelID, ErrNotFound)
	}
	return status, nil
}
