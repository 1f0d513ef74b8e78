package objectmapper

import "strings"

// shape is what is known of the values at a place of the data.
type shape uint8

const (
	shapeList shape = 1 << iota
	shapeText
	shapeOther // a number, boolean or null
	shapeObject
)

// shapes are what inputValidation, samples and the source paths tell, by the names on the way; elements of a list are named [].
type shapes map[string]shape

func shapeKey(names []string) string { return strings.Join(names, "\x00") }

func (s shapes) at(names []string) shape { return s[shapeKey(names)] }

// maxShapeDepth bounds schemas that refer to themselves.
const maxShapeDepth = 40

func (s shapes) sample(v *value, names []string) {
	if len(names) > maxShapeDepth || v.absent() {
		return
	}
	key := shapeKey(names)
	switch v.kind {
	case kindArray:
		s[key] |= shapeList
		for _, item := range v.list {
			s.sample(item, append(names, "[]"))
		}
	case kindObject:
		s[key] |= shapeObject
		for i, name := range v.keys {
			s.sample(v.list[i], append(names, name))
		}
	case kindString:
		s[key] |= shapeText
	case kindNull, kindFalse, kindTrue, kindNumber:
		s[key] |= shapeOther
	}
}

func (s shapes) schema(v, root *value, names []string) {
	if !v.is(kindObject) || len(names) > maxShapeDepth {
		return
	}
	if ref := v.get("$ref"); ref.is(kindString) {
		if path, ok := strings.CutPrefix(ref.text, "#/"); ok {
			s.schema(follow(root, strings.Split(path, "/")), root, append(names[:len(names):len(names)], names[len(names):]...))
		}
		return
	}
	key := shapeKey(names)
	for _, t := range items(v.get("type")) {
		switch {
		case !t.is(kindString):
		case t.text == "array":
			s[key] |= shapeList
		case t.text == "object":
			s[key] |= shapeObject
		case t.text == "string":
			s[key] |= shapeText
		case t.text != "null":
			s[key] |= shapeOther
		}
	}
	if p := v.get("properties"); p.is(kindObject) {
		for i, name := range p.keys {
			s.schema(p.list[i], root, append(names, name))
		}
	}
	if i := v.get("items"); i.is(kindObject) {
		s.schema(i, root, append(names, "[]"))
	}
	for _, part := range items(v.get("allOf")) {
		if part.get("$ref") == nil {
			s.schema(part, root, names)
		}
	}
}

// learn reads what is known of the data.
func (m *migrator) learn() error {
	limits := Limits{}.withDefaults()
	for _, text := range m.opts.Samples {
		v, err := decode("a sample", text, limits)
		if err != nil {
			return err
		}
		m.shapes.sample(v, nil)
	}
	if m.doc.validation != nil {
		m.shapes.schema(m.doc.validation, m.doc.validation, nil)
	}
	for i := range m.doc.Rules {
		var names []string
		for _, s := range m.doc.Rules[i].Source.Segments {
			if s.Key != "" {
				names = append(names, s.Key)
			}
			for _, b := range s.Brackets {
				if b.Each {
					m.shapes[shapeKey(names)] |= shapeList
				}
				names = append(names, "[]")
			}
		}
	}
	return nil
}
