package elements

// Bits of an element's flags; internal/fhirgen writes the same.
const (
	flagChoice = 1 << iota
	flagSummary
	flagModifier
	flagXMLAttr
	flagBinding
)

// openTypes reads what the records share, and where they are.
func openTypes(data string) *typeTable {
	r := newReader(data, "FHT1")
	table := &typeTable{texts: r.texts}
	constraints := make([]Constraint, r.count())
	table.constraints = make([]*Constraint, len(constraints))
	for i := range constraints {
		c := &constraints[i]
		c.Key = r.text()
		flags := r.number()
		c.Warning, c.BestPractice = flags&1 != 0, flags&2 != 0
		c.Human, c.Expression, c.Source = r.text(), r.text(), r.text()
		table.constraints[i] = c
	}
	table.slots = readSlots(r, table.decode)
	return table
}

// decode builds a type with its backbones; references between them are pointers.
func (t *typeTable) decode(s *slot[Type]) *Type {
	r := reader{data: s.record, texts: t.texts}
	kind := Kind(r.number()) //nolint:gosec // written by the generator: 1 to 4
	abstract := r.number() != 0
	structures := make([]Type, r.count())
	for i := range structures {
		st := &structures[i]
		st.Name, st.Base = r.text(), r.text()
		st.Kind = Complex
		if i == 0 {
			st.Kind, st.Abstract = kind, abstract
		}
		st.Constraints = t.references(&r)
		st.Elements = make([]Element, r.count())
		for j := range st.Elements {
			t.element(&r, &st.Elements[j], structures)
		}
		st.index()
	}
	return &structures[0]
}

func (t *typeTable) element(r *reader, el *Element, structures []Type) {
	el.Name = r.text()
	flags := r.number()
	el.Choice, el.Summary = flags&flagChoice != 0, flags&flagSummary != 0
	el.Modifier, el.XMLAttr = flags&flagModifier != 0, flags&flagXMLAttr != 0
	el.Min, el.Max = r.count(), r.count()-1
	if content := r.count(); content > 0 {
		el.Content = &structures[content-1]
	}
	el.Types = make([]TypeRef, r.count())
	for i := range el.Types {
		el.Types[i] = TypeRef{Code: r.text(), Targets: r.list(), Profiles: r.list()}
	}
	if flags&flagBinding != 0 {
		el.Binding = &Binding{
			Strength:    Strength(r.number()), //nolint:gosec // written by the generator: 1 to 4
			ValueSet:    r.text(),
			MaxValueSet: r.text(),
		}
	}
	el.Constraints = t.references(r)
}

func (t *typeTable) references(r *reader) []*Constraint {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]*Constraint, n)
	for i := range list {
		list[i] = t.constraints[r.count()]
	}
	return list
}

// index fills the map from JSON names.
func (t *Type) index() {
	t.members = make(map[string]member, len(t.Elements))
	for i := range t.Elements {
		el := &t.Elements[i]
		if !el.Choice {
			m := member{element: int16(i)}
			if len(el.Types) == 0 {
				m.typ = -1
			}
			t.members[el.Name] = m
			continue
		}
		for j := range el.Types {
			t.members[el.JSONName(el.Types[j].Code)] = member{element: int16(i), typ: int16(j)}
		}
	}
}
