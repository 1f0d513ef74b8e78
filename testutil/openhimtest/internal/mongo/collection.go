package mongo

import (
	"slices"
	"strings"
)

// Collection holds documents by _id, in the order they came. Documents handed in
// and out are copies. Safe for concurrent use.
type Collection struct {
	db     *DB
	name   string
	schema *Schema

	docs  map[ObjectID]Doc
	order []ObjectID
}

// Schema is what the collection was defined with.
func (c *Collection) Schema() *Schema { return c.schema }

// Insert stores a document and gives its _id, made when the document has none. A
// value that a unique index holds already gives [ErrDuplicate]; a key with a dot or
// a leading dollar gives a [*ServerError], as FerretDB and MongoDB before 5 do
// (openhim-core.md section 11).
func (c *Collection) Insert(doc Doc) (ObjectID, error) {
	if err := checkKeys(doc, c.db.dialect, true); err != nil {
		return "", err
	}
	c.db.mu.Lock()
	defer c.db.mu.Unlock()
	doc = CloneDoc(doc)
	id, ok := doc["_id"].(ObjectID)
	if !ok || id == "" {
		id = NewID(c.db.now())
		doc["_id"] = id
	}
	if _, taken := c.docs[id]; taken || c.collides(doc) {
		return "", duplicate(c, doc)
	}
	c.docs[id] = doc
	c.order = append(c.order, id)
	return id, nil
}

// collides looks for another document with the same value in a unique index.
// A missing value counts as null, so one document may be without it.
func (c *Collection) collides(doc Doc) bool {
	for i := range c.schema.Fields {
		f := &c.schema.Fields[i]
		if !f.Unique {
			continue
		}
		for id, other := range c.docs {
			if id != doc["_id"] && Equal(other[f.Name], doc[f.Name]) {
				return true
			}
		}
	}
	return false
}

// Get gives the document with this _id.
func (c *Collection) Get(id ObjectID) (Doc, bool) {
	c.db.mu.RLock()
	defer c.db.mu.RUnlock()
	doc, has := c.docs[id]
	if !has {
		return nil, false
	}
	return CloneDoc(doc), true
}

// FindOptions bounds and orders what a find gives.
type FindOptions struct {
	// Sort is a dotted path, with a leading "-" for the largest first. Defaults to
	// the order of insertion.
	Sort string
	// Skip and Limit cut the result; a Limit of 0 means all.
	Skip, Limit int
	// Projection leaves out paths with 0 or keeps only those with 1 (and _id).
	Projection Doc
}

// Find gives the documents that meet a filter: equality, dotted paths through
// lists, *regexp.Regexp, $eq $ne $gt $gte $lt $lte $in $nin $all $exists $regex
// $size $not $elemMatch, and $and $or $nor. Values are compared as they are: cast
// the filter with [Schema.CastQuery] when it comes from outside. A filter MongoDB
// would refuse finds nothing; use [Collection.Query] to see the error.
func (c *Collection) Find(filter Doc, opts FindOptions) []Doc {
	found, err := c.Query(filter, opts)
	if err != nil {
		return nil
	}
	return found
}

// FindOne gives the first document that meets a filter.
func (c *Collection) FindOne(filter Doc) (Doc, bool) {
	found := c.Find(filter, FindOptions{Limit: 1})
	if len(found) == 0 {
		return nil, false
	}
	return found[0], true
}

// Count tells how many documents meet a filter.
func (c *Collection) Count(filter Doc) int {
	return len(c.Find(filter, FindOptions{Projection: Doc{"_id": 1.0}}))
}

// Query is [Collection.Find] with the error MongoDB answers to a filter it does
// not understand.
func (c *Collection) Query(filter Doc, opts FindOptions) ([]Doc, error) {
	c.db.mu.RLock()
	defer c.db.mu.RUnlock()
	var found []Doc
	for _, id := range c.order {
		ok, err := c.matches(c.docs[id], filter)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, c.docs[id])
		}
	}
	if opts.Sort != "" {
		path, descending := strings.CutPrefix(opts.Sort, "-")
		at := func(d Doc) any {
			v := resolve(d, strings.Split(path, "."))
			if len(v.list) == 0 {
				return nil
			}
			return v.list[0]
		}
		slices.SortStableFunc(found, func(a, b Doc) int {
			if descending {
				a, b = b, a
			}
			return sortOrder(at(a), at(b))
		})
	}
	found = found[min(max(opts.Skip, 0), len(found)):]
	if opts.Limit > 0 {
		found = found[:min(opts.Limit, len(found))]
	}
	out := make([]Doc, len(found))
	for i, doc := range found {
		out[i] = project(CloneDoc(doc), opts.Projection)
	}
	return out, nil
}

// Delete removes a document and tells whether it was there.
func (c *Collection) Delete(id ObjectID) bool {
	c.db.mu.Lock()
	defer c.db.mu.Unlock()
	if _, has := c.docs[id]; !has {
		return false
	}
	delete(c.docs, id)
	c.order = slices.DeleteFunc(c.order, func(other ObjectID) bool { return other == id })
	return true
}

// Replace stores a whole document in the place of the one with this _id; ok is
// false when there is none. Errors are those of Insert.
func (c *Collection) Replace(id ObjectID, doc Doc) (ok bool, err error) {
	if err := checkKeys(doc, c.db.dialect, false); err != nil {
		return false, err
	}
	c.db.mu.Lock()
	defer c.db.mu.Unlock()
	if _, has := c.docs[id]; !has {
		return false, nil
	}
	doc = CloneDoc(doc)
	doc["_id"] = id
	if c.collides(doc) {
		return false, duplicate(c, doc)
	}
	c.docs[id] = doc
	return true, nil
}
