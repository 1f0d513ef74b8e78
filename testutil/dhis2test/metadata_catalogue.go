package dhis2test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// object is one metadata object as its JSON document.
type object = map[string]any

// catalogue holds the server's metadata as documents, as the API shows them.
// The importer's view of them, metadata, is made anew from it after a change.
// A document in it is never changed: a change puts a new one in its place.
type catalogue struct {
	kinds   []metadataKind
	shelves map[string]*shelf
}

// shelf is one type's objects in their order of creation.
type shelf struct {
	order []string
	byID  map[string]object
}

func newCatalogue() *catalogue {
	c := &catalogue{kinds: metadataKinds(), shelves: map[string]*shelf{}}
	for _, k := range c.kinds {
		c.shelves[k.plural] = &shelf{byID: map[string]object{}}
	}
	return c
}

// clone is a copy that can be changed without the original being changed.
func (c *catalogue) clone() *catalogue {
	out := &catalogue{kinds: c.kinds, shelves: map[string]*shelf{}}
	for name, s := range c.shelves {
		out.shelves[name] = &shelf{order: slices.Clone(s.order), byID: maps.Clone(s.byID)}
	}
	return out
}

func (c *catalogue) kind(plural string) (metadataKind, bool) {
	i := slices.IndexFunc(c.kinds, func(k metadataKind) bool { return k.plural == plural })
	if i < 0 {
		return metadataKind{}, false
	}
	return c.kinds[i], true
}

func (c *catalogue) get(plural, uid string) object {
	s := c.shelves[plural]
	if s == nil {
		return nil
	}
	return s.byID[uid]
}

// all are a type's objects in order of creation.
func (c *catalogue) all(plural string) []object {
	s := c.shelves[plural]
	out := make([]object, 0, len(s.order))
	for _, uid := range s.order {
		out = append(out, s.byID[uid])
	}
	return out
}

func (c *catalogue) put(plural string, o object) {
	s, uid := c.shelves[plural], text(o["id"])
	if s.byID[uid] == nil {
		s.order = append(s.order, uid)
	}
	s.byID[uid] = o
}

func (c *catalogue) remove(plural, uid string) {
	s := c.shelves[plural]
	delete(s.byID, uid)
	s.order = slices.DeleteFunc(s.order, func(x string) bool { return x == uid })
}

// export is everything as one metadata export.
func (c *catalogue) export() ([]byte, error) {
	doc := map[string][]object{}
	for name := range c.shelves {
		doc[name] = c.all(name)
	}
	out, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	return out, nil
}

// readExport reads a metadata export: the objects by type. Types the server
// does not keep are left out.
func (c *catalogue) readExport(export []byte) (map[string][]object, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(export, &doc); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	out := map[string][]object{}
	for name, raw := range doc {
		if _, ok := c.kind(name); !ok {
			continue
		}
		var objects []object
		if err := json.Unmarshal(raw, &objects); err != nil {
			return nil, fmt.Errorf("metadata: %s: %w", name, err)
		}
		out[name] = objects
	}
	return out, nil
}

// text is v when it is a string.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// isReference tells whether a value is an object that only points to another:
// {"id": …}.
func isReference(v any) (uid string, ok bool) {
	o, ok := v.(map[string]any)
	if !ok || len(o) != 1 {
		return "", false
	}
	uid, ok = o["id"].(string)
	return uid, ok
}

// brokenReference is a property that points to an object that is not there.
type brokenReference struct{ property, class, uid string }

// broken finds the references of an object that lead nowhere; those inside of
// its parts (a program's attributes, a stage's data elements) count too.
func (c *catalogue) broken(o object) []brokenReference {
	var out []brokenReference
	for _, property := range slices.Sorted(maps.Keys(o)) {
		out = append(out, c.brokenValue(property, o[property])...)
	}
	return out
}

func (c *catalogue) brokenValue(property string, v any) []brokenReference {
	switch v := v.(type) {
	case []any:
		var out []brokenReference
		for _, item := range v {
			out = append(out, c.brokenValue(property, item)...)
		}
		return out
	case map[string]any:
		target := referenceKinds[property]
		if target == "" {
			if strings.HasSuffix(property, "Constraint") || strings.HasSuffix(property, "Attributes") || strings.HasSuffix(property, "Elements") {
				return c.broken(v)
			}
			return nil
		}
		uid := text(v["id"])
		if kind, _ := c.kind(target); uid != "" && c.get(target, uid) == nil {
			return []brokenReference{{property, kind.class, uid}}
		}
	}
	return nil
}

// Metadata returns an object as the server keeps it, a JSON document, or nil:
// for instance Metadata("programs", uid) after a test has changed it over the
// API.
func (s *Server) Metadata(plural, uid string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.catalogue.get(plural, uid)
	if o == nil {
		return nil
	}
	out, err := json.Marshal(o)
	if err != nil {
		panic("dhis2test: " + err.Error()) // it was JSON once
	}
	return out
}
