package mongo

import (
	"sync"
	"time"
)

// DB is a set of collections in memory. Safe for concurrent use: one lock guards
// all of it, so each call sees and leaves whole documents.
type DB struct {
	dialect Dialect
	now     func() time.Time

	mu          sync.RWMutex
	collections map[string]*Collection
}

// NewDB makes an empty database that speaks the dialect's texts. now gives the
// time new identifiers carry; nil means time.Now.
func NewDB(dialect Dialect, now func() time.Time) *DB {
	if now == nil {
		now = time.Now
	}
	return &DB{dialect: dialect, now: now, collections: map[string]*Collection{}}
}

// Define adds a collection with a schema, whose Unique fields become unique
// indexes. The schema does not cast: callers cast with [Schema.Cast] before they
// store, as mongoose stands before MongoDB. Defining twice replaces nothing.
func (db *DB) Define(name string, schema *Schema) *Collection {
	db.mu.Lock()
	defer db.mu.Unlock()
	c, has := db.collections[name]
	if !has {
		c = &Collection{db: db, name: name, schema: schema, docs: map[ObjectID]Doc{}}
		db.collections[name] = c
	}
	return c
}

// Collection gives a collection by name; one that was never defined has no schema
// and no indexes, and starts empty.
func (db *DB) Collection(name string) *Collection {
	db.mu.RLock()
	c, has := db.collections[name]
	db.mu.RUnlock()
	if has {
		return c
	}
	return db.Define(name, &Schema{Dialect: db.dialect})
}
