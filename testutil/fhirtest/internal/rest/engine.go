// Package rest is the FHIR server itself: an http.Handler over a store.
package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/shape"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// Config sets an Engine up. All fields but Notify, Validate and FailEntry are needed.
type Config struct {
	// HAPI makes the server behave as HAPI FHIR 8.8 does, else as the specification asks.
	HAPI bool
	// Path is what stands before the types in URLs, such as /fhir.
	Path string
	// Clock gives the time of versions and of the search cache.
	Clock func() time.Time
	// References are checked: what they lead to must be there, and stays.
	References bool
	// PageSize without _count, and the most a page holds.
	PageSize, MaxPageSize int
	// MaxBody bounds what is read of a request, compressed or not.
	MaxBody int64
	// SearchCache is how long the first result of a search is given again.
	SearchCache time.Duration
	// ExportPolls is how often an export answers that it is at work.
	ExportPolls int
	// Validate looks at a resource beyond its shape; profiles are URLs.
	Validate func(ctx context.Context, resource []byte, profiles []string) ([]Issue, error)
	// EveryWrite validates what is created and updated, not only what $validate is given.
	EveryWrite bool
	// Notify sends what a subscription is told; it is called after the commit, in order.
	Notify func(Notification)
	// FailEntry makes a transaction fail at an entry: a status, or 0.
	FailEntry func(r *http.Request, entry int) int
}

// Issue is one finding of Config.Validate.
type Issue struct {
	Severity, Code, Text, Expression string
	Line, Column                     int
}

// Engine is an http.Handler. Safe for concurrent use.
type Engine struct {
	config Config
	table  *definitions.Table
	store  store.Store
	pages  pages
	jobs   jobs
	counts counts

	indexed sync.Map // paths of references by type
	started string   // the id of the capability statement
}

// New makes an engine with an empty store.
func New(config Config) *Engine {
	return &Engine{config: config, table: definitions.R4(), started: newUUID()}
}

// Store is what the engine keeps; for read-back and seeds.
func (e *Engine) Store() *store.Store { return &e.store }

// Forget makes all pages, cached searches and exports unknown, as time does.
func (e *Engine) Forget() {
	e.pages.forget()
	e.jobs.forget()
	e.counts.forget()
}

// Seed stores a resource as it is, unchecked, under its own id or a new one.
func (e *Engine) Seed(resource []byte) (typ, id string, err error) {
	tree, err := jsontree.Parse(resource)
	if err != nil {
		return "", "", err
	}
	typ, id = tree.Str("resourceType"), tree.Str("id")
	if !e.table.IsResource(typ) {
		return "", "", errNoType
	}
	if id != "" && !shape.ValidID(id) {
		return "", "", errBadID
	}
	err = e.store.Update(func(tx *store.Tx) error {
		x := &exchange{e: e, tx: tx, now: e.config.Clock(), requestID: newRequestID()}
		if id == "" {
			id = x.newID()
		}
		x.put(typ, id, http.MethodPut, tree)
		return nil
	})
	return typ, id, err
}

func (x *exchange) newID() string {
	if x.e.config.HAPI {
		const first = 999
		return itoa(first + x.tx.NextNumber())
	}
	return newUUID()
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func newRequestID() string { return rand.Text()[:16] }
