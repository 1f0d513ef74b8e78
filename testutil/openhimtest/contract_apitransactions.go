package openhimtest

import (
	"slices"
	"testing"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// What openhim.API makes of a core's transactions.

func (c *contract) apiTransactionFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	unfinished := enveloped(object{"status": "Processing", "response": response(object{"status": 202})})
	began, err := time.Parse(time.RFC3339, stepBegan)
	wantEqual(t, "error", err, nil)
	late := openhim.Update{
		Status:   openhim.StatusSuccessful,
		Response: &openhim.Response{Status: 200, Headers: openhim.Headers{}, Body: "late", Timestamp: openhim.At(began)},
		PushOrchestrations: []openhim.Orchestration{
			{Name: "late", Request: openhim.Request{Host: "h", Path: "/p", Method: "GET", Timestamp: openhim.At(began)}},
		},
		SetProperties: openhim.Properties{"late": "1"},
	}
	t.Run("FinishTransaction is kept although it comes at once", func(t *testing.T) {
		id := c.transactionID(t, c.send(t, main, unfinished, ask{}))
		wantEqual(t, "error", c.api.FinishTransaction(t.Context(), id, late), nil)
		tx := c.transaction(t, id)
		wantText(t, tx, "status", "Successful")
		wantText(t, tx, "response.body", "late")
		wantText(t, tx, "properties.late", "1")
		wantText(t, tx, "orchestrations.1.name", "late")
		wantLength(t, tx, "orchestrations", 2)
	})
	t.Run("FinishTransaction does no harm when it is done twice", func(t *testing.T) {
		id := c.transactionID(t, c.send(t, main, unfinished, ask{}))
		for range 2 {
			wantEqual(t, "error", c.api.FinishTransaction(t.Context(), id, late), nil)
		}
		wantLength(t, c.transaction(t, id), "orchestrations", 2)
	})
	t.Run("FinishTransaction of an unknown transaction is not found", func(t *testing.T) {
		err := c.api.FinishTransaction(t.Context(), unknownID, late)
		wantTrue(t, "it is not found", openhim.IsNotFound(err))
	})
	t.Run("FinishTransaction finishes what an asynchronous channel left open", func(t *testing.T) {
		x := c.send(t, c.channels.unfinished, enveloped(object{"status": absent{}}), ask{})
		id := c.transactionID(t, x)
		wantEqual(t, "error", c.api.FinishTransaction(t.Context(), id, openhim.Update{Status: openhim.StatusFailed}), nil)
		wantText(t, c.transaction(t, id), "status", "Failed")
	})
	t.Run("UpdateTransaction changes what it has", func(t *testing.T) {
		id := c.settled(t, c.send(t, main, unfinished, ask{})).Get("_id").String()
		err := c.api.UpdateTransaction(t.Context(), id, openhim.Update{SetProperties: openhim.Properties{"k": "v"}})
		wantEqual(t, "error", err, nil)
		wantText(t, c.transaction(t, id), "properties.k", "v")
		wantText(t, c.transaction(t, id), "status", "Processing")
	})
	t.Run("Transaction reads what is stored", func(t *testing.T) {
		a := enveloped(object{"orchestrations": []object{step("one", nil)}, "properties": object{"k": "v"}})
		id := c.stored(t, c.send(t, main, a, ask{body: "question"})).Get("_id").String()
		tx, err := c.api.Transaction(t.Context(), id)
		wantEqual(t, "error", err, nil)
		wantEqual(t, "status", tx.Status, openhim.StatusSuccessful)
		wantEqual(t, "body", tx.Request.Body, "question")
		wantEqual(t, "property", tx.Properties["k"], any("v"))
		if wantEqual(t, "orchestrations", len(tx.Orchestrations), 2); len(tx.Orchestrations) == 2 {
			wantEqual(t, "name", tx.Orchestrations[0].Name, "one")
		}
	})
	t.Run("Transactions walks over all pages, the newest first", func(t *testing.T) {
		var sent []string
		for range 5 {
			x := c.send(t, c.channels.public, enveloped(object{"properties": object{"walk": "1"}}), ask{})
			sent = append(sent, c.stored(t, x).Get("_id").String())
		}
		var got []string
		var newest openhim.Time
		for tx, err := range c.api.Transactions(t.Context(), openhim.TransactionFilter{
			ChannelID: c.channels.public.id, Property: "walk", PropertyValue: "1", PageSize: 2,
		}) {
			wantEqual(t, "error", err, nil)
			// Those of one millisecond come in any order.
			wantTrue(t, "the newest first", len(got) == 0 || !tx.Request.Timestamp.After(newest.Time))
			newest = tx.Request.Timestamp
			got = append(got, tx.ID)
		}
		slices.Sort(got)
		slices.Sort(sent)
		wantEqual(t, "transactions", got, sent)
	})
	t.Run("Rerun makes a transaction with its parent", func(t *testing.T) {
		id := c.stored(t, c.send(t, main, enveloped(nil), ask{body: "question"})).Get("_id").String()
		task, err := c.api.Rerun(t.Context(), id)
		if err != nil {
			t.Fatalf("rerun: %v", err)
		}
		c.until(t, "the task to be completed", func() (bool, string) {
			task, err = c.api.Task(t.Context(), task.ID)
			return err == nil && task.Status == "Completed", task.Status
		})
		child, err := c.api.Transaction(t.Context(), task.Transactions[0].RerunID)
		wantEqual(t, "error", err, nil)
		wantEqual(t, "parent", child.ParentID, id)
	})
	t.Run("Events tell start and end of an orchestration, with the mediator's URN", func(t *testing.T) {
		since := time.Now().Add(c.signer.skew - time.Minute)
		now := time.Now().Add(c.signer.skew).UTC().Format(isoTime)
		recent := step("eventful", object{
			"request": object{"host": "h", "timestamp": now}, "response": object{"status": 200, "timestamp": now},
		})
		id := c.stored(t, c.send(t, main, enveloped(object{"orchestrations": []object{recent}}), ask{})).Get("_id").String()
		kinds := map[string]bool{}
		urn := ""
		c.until(t, "the events of the orchestration", func() (bool, string) {
			events, err := c.api.Events(t.Context(), since)
			wantEqual(t, "error", err, nil)
			for _, e := range events {
				if e.TransactionID == id && e.Name == "eventful" {
					kinds[e.Type+" "+e.Event] = true
				}
				if e.TransactionID == id && e.Mediator != "" {
					urn = e.Mediator
				}
			}
			return len(kinds) == 2, show(events)
		})
		wantEqual(t, "events", kinds, map[string]bool{"orchestration start": true, "orchestration end": true})
		wantEqual(t, "mediator", urn, "urn:contract")
	})
}
