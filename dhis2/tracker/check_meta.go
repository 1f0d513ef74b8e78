package tracker

import "github.com/openhim/mediator-go/dhis2"

// scheme returns the first that is set, else UID.
func scheme(schemes ...dhis2.IDScheme) dhis2.IDScheme {
	for _, s := range schemes {
		if s != "" {
			return s
		}
	}
	return dhis2.SchemeUID
}

// find returns the object a payload names, nil if there is none or more than one.
func find[T any](objects *dhis2.Objects[T], by dhis2.IDScheme, name string) *T {
	if name == "" {
		return nil
	}
	object, err := objects.Find(by, name)
	if err != nil {
		return nil
	}
	return object
}

func (c *checker) attribute(name string) *dhis2.Attribute {
	return find(c.meta.Attributes(), scheme(c.options.Params.IDScheme), name)
}

func (c *checker) entityType(name string) *dhis2.TrackedEntityType {
	return find(c.meta.TrackedEntityTypes(), scheme(c.options.Params.IDScheme), name)
}

func (c *checker) relationshipType(name string) *dhis2.RelationshipType {
	return find(c.meta.RelationshipTypes(), scheme(c.options.Params.IDScheme), name)
}

func (c *checker) dataElement(name string) *dhis2.DataElement {
	return find(c.meta.DataElements(), scheme(c.options.Params.DataElementIDScheme, c.options.Params.IDScheme), name)
}

// orgUnit finds an org unit. Of a snapshot without any, nothing is said against them.
func (c *checker) orgUnit(name string) *dhis2.OrgUnit {
	if c.meta.OrgUnits().Len() == 0 {
		return &dhis2.OrgUnit{Object: dhis2.Object{UID: name}}
	}
	return find(c.meta.OrgUnits(), scheme(c.options.Params.OrgUnitIDScheme, c.options.Params.IDScheme), name)
}

// assigned says whether a program is for an org unit, as far as the snapshot tells.
func (c *checker) assigned(program *dhis2.Program, unit *dhis2.OrgUnit) bool {
	return c.meta.OrgUnits().Len() == 0 || program.OrgUnits.Has(unit.UID)
}

func (c *checker) program(name string) *dhis2.Program {
	return find(c.meta.Programs(), scheme(c.options.Params.ProgramIDScheme, c.options.Params.IDScheme), name)
}

func (c *checker) stage(name string) *dhis2.ProgramStage {
	return find(c.meta.ProgramStages(), scheme(c.options.Params.ProgramStageIDScheme, c.options.Params.IDScheme), name)
}

func (c *checker) optionCombo(name string) *dhis2.OptionCombo {
	return find(c.meta.OptionCombos(), scheme(c.options.Params.CategoryOptionComboIDScheme, c.options.Params.IDScheme), name)
}

func (c *checker) categoryOption(name string) *dhis2.CategoryOption {
	return find(c.meta.CategoryOptions(), scheme(c.options.Params.CategoryOptionIDScheme, c.options.Params.IDScheme), name)
}
