package openhimtest

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// Transactions gives all transactions, oldest first. What does not fit the wire
// types (a core stores nearly anything a mediator sends) is left out; see
// [Core.Raw].
func (c *Core) Transactions() []openhim.Transaction {
	return all[openhim.Transaction](c, model.Transactions)
}

// Transaction gives one transaction; the error wraps [ErrNotFound] when there is
// none, or says what of it does not fit the wire type.
func (c *Core) Transaction(id string) (openhim.Transaction, error) {
	return one[openhim.Transaction](c, model.Transactions, id)
}

// Events gives the events the console's visualizers would draw, in the order they
// were written.
func (c *Core) Events() []openhim.Event { return all[openhim.Event](c, model.Events) }

// Mediators gives the registered mediators, passwords in clear, in the order of
// their registration.
func (c *Core) Mediators() []openhim.Mediator { return all[openhim.Mediator](c, model.Mediators) }

// Mediator gives the mediator with this URN; the error wraps [ErrNotFound] when
// there is none.
func (c *Core) Mediator(urn string) (openhim.Mediator, error) {
	doc, found := c.collection(model.Mediators).FindOne(mongo.Doc{"urn": urn})
	if !found {
		return openhim.Mediator{}, fmt.Errorf("openhimtest: mediator %q: %w", urn, ErrNotFound)
	}
	return decode[openhim.Mediator](doc)
}

// Channels gives the channels, oldest first.
func (c *Core) Channels() []openhim.Channel { return all[openhim.Channel](c, model.Channels) }

// Task gives a rerun task; the error wraps [ErrNotFound] when there is none.
func (c *Core) Task(id string) (openhim.Task, error) { return one[openhim.Task](c, model.Tasks, id) }

// The collections of [Core.Raw].
const (
	RawTransactions = model.Transactions
	RawChannels     = model.Channels
	RawClients      = model.Clients
	RawMediators    = model.Mediators
	RawTasks        = model.Tasks
	RawEvents       = model.Events
	RawUsers        = model.Users
)

// Raw gives the documents of a collection as JSON, oldest first: exactly what is
// stored.
func (c *Core) Raw(collection string) []json.RawMessage {
	docs := c.collection(collection).Find(mongo.Doc{}, mongo.FindOptions{})
	out := make([]json.RawMessage, len(docs))
	for i, doc := range docs {
		out[i] = mongo.JSON(doc)
	}
	return out
}

// RawTransaction gives one transaction as JSON; the error wraps [ErrNotFound] when
// there is none.
func (c *Core) RawTransaction(id string) (json.RawMessage, error) {
	doc, err := c.get(model.Transactions, id)
	if err != nil {
		return nil, err
	}
	return mongo.JSON(doc), nil
}

func (c *Core) get(collection, id string) (mongo.Doc, error) {
	oid, err := lowerID(id)
	if err != nil {
		return nil, err
	}
	doc, found := c.collection(collection).Get(oid)
	if !found {
		return nil, fmt.Errorf("openhimtest: %s %s: %w", collection, id, ErrNotFound)
	}
	return doc, nil
}

func one[T any](c *Core, collection, id string) (T, error) {
	doc, err := c.get(collection, id)
	if err != nil {
		var none T
		return none, err
	}
	return decode[T](doc)
}

func all[T any](c *Core, collection string) []T {
	docs := c.collection(collection).Find(mongo.Doc{}, mongo.FindOptions{})
	out := make([]T, len(docs))
	for i, doc := range docs {
		out[i], _ = decode[T](doc) // best effort, as documented
	}
	return out
}

// decode reads a document as a wire type; with an error of types the rest is there.
func decode[T any](doc mongo.Doc) (T, error) {
	var out T
	err := json.Unmarshal(mongo.JSON(doc), &out)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return out, fmt.Errorf("openhimtest: stored %s does not fit the wire type: %w", kind.Field, err)
	}
	if err != nil {
		return out, fmt.Errorf("openhimtest: stored document: %w", err)
	}
	return out, nil
}
