package dhis2

import "encoding/json"

// What takes each kind of object, and what is nested in it. The UIDs of nested objects are
// kept where the objects were.

func (p *metadataParser) program(raw []byte) (string, error) {
	return overlay(p, p.programs, raw, func(w *wireProgram) error {
		if err := p.one(p.combo, &w.CategoryCombo); err != nil {
			return err
		}
		if err := p.one(p.combo, &w.EnrollmentCategoryCombo); err != nil {
			return err
		}
		if err := p.all(p.stage, w.Stages); err != nil {
			return err
		}
		return p.inMembers(w.Attributes)
	})
}

func (p *metadataParser) stage(raw []byte) (string, error) {
	return overlay(p, p.stages, raw, func(w *wireStage) error { return p.inMembers(w.Elements) })
}

// member takes what stands in a list of its own; its owner is what it refers to.
func (p *metadataParser) member(raw []byte) error {
	var m wireMember
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	members := wireMembers{m}
	if err := p.inMembers(members); err != nil {
		return err
	}
	p.members = append(p.members, members[0])
	return nil
}

// inMembers takes the objects that members of a program, stage, type or data set name.
func (p *metadataParser) inMembers(members wireMembers) error {
	if err := p.count(len(members)); err != nil {
		return err
	}
	for i := range members {
		if err := p.one(p.attribute, &members[i].Attribute); err != nil {
			return err
		}
		if err := p.one(p.element, &members[i].DataElement); err != nil {
			return err
		}
		if err := p.one(p.combo, &members[i].CategoryCombo); err != nil {
			return err
		}
	}
	return nil
}

func (p *metadataParser) attribute(raw []byte) (string, error) {
	return overlay(p, p.attributes, raw, func(w *wireAttribute) error { return p.one(p.optionSet, &w.OptionSet) })
}

func (p *metadataParser) element(raw []byte) (string, error) {
	return overlay(p, p.elements, raw, func(w *wireElement) error {
		if err := p.one(p.optionSet, &w.OptionSet); err != nil {
			return err
		}
		return p.one(p.combo, &w.CategoryCombo)
	})
}

func (p *metadataParser) optionSet(raw []byte) (string, error) {
	return overlay(p, p.optionSets, raw, func(w *wireOptionSet) error {
		if w.Options == nil {
			return nil
		}
		return p.all(p.option, *w.Options)
	})
}

func (p *metadataParser) option(raw []byte) (string, error) {
	return overlay(p, p.options, raw, nil)
}

func (p *metadataParser) orgUnit(raw []byte) (string, error) {
	return overlay(p, p.orgUnits, raw, nil)
}

func (p *metadataParser) entityType(raw []byte) (string, error) {
	return overlay(p, p.entityTypes, raw, func(w *wireEntityType) error { return p.inMembers(w.Attributes) })
}

func (p *metadataParser) relationshipType(raw []byte) (string, error) {
	return overlay(p, p.relationships, raw, nil)
}

func (p *metadataParser) dataSet(raw []byte) (string, error) {
	return overlay(p, p.dataSets, raw, func(w *wireDataSet) error {
		if err := p.one(p.combo, &w.CategoryCombo); err != nil {
			return err
		}
		return p.inMembers(w.Elements)
	})
}

func (p *metadataParser) combo(raw []byte) (string, error) {
	return overlay(p, p.combos, raw, func(w *wireCombo) error {
		if err := p.all(p.category, w.Categories); err != nil {
			return err
		}
		return p.all(p.optionCombo, w.OptionCombos)
	})
}

func (p *metadataParser) optionCombo(raw []byte) (string, error) {
	return overlay(p, p.optionCombos, raw, func(w *wireOptionCombo) error { return p.all(p.categoryOption, w.Options) })
}

func (p *metadataParser) category(raw []byte) (string, error) {
	return overlay(p, p.categories, raw, func(w *wireCategory) error { return p.all(p.categoryOption, w.Options) })
}

func (p *metadataParser) categoryOption(raw []byte) (string, error) {
	return overlay(p, p.categoryOptions, raw, nil)
}

func (p *metadataParser) rule(raw []byte) (string, error) {
	return overlay(p, p.rules, raw, func(w *wireRule) error {
		for i := range w.Actions {
			if w.Actions[i].Type != "" { // and not a reference to one in a list of its own
				w.Actions[i].ProgramRule = &wireRef{w.UID}
			}
		}
		return p.count(len(w.Actions))
	})
}

func (p *metadataParser) action(raw []byte) error {
	var a wireRuleAction
	if err := json.Unmarshal(raw, &a); err != nil {
		return err
	}
	p.actions = append(p.actions, a)
	return p.count(1)
}

// one takes a nested object and leaves its UID, as text, in its place.
func (p *metadataParser) one(take func([]byte) (string, error), at *json.RawMessage) error {
	if len(*at) == 0 || ValidUID(string(*at)) {
		return nil // it is not there, or it was taken before
	}
	uid, err := take(*at)
	*at = json.RawMessage(uid)
	return err
}

// all takes nested objects and leaves their UIDs in their places.
func (p *metadataParser) all(take func([]byte) (string, error), list []json.RawMessage) error {
	for i := range list {
		if err := p.one(take, &list[i]); err != nil {
			return err
		}
	}
	return nil
}
