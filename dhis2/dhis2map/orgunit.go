package dhis2map

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/mapping"
)

type orgUnitArgument struct {
	By, As  string
	Program string
	DataSet string
	Within  string
	failing

	by, as   dhis2.IDScheme
	assigned *dhis2.OrgUnitSet
	to       string
	root     string
}

// orgUnit finds an organisation unit.
func (o *operators) orgUnit() mapping.Operator {
	return mapping.Operator{
		Summary: "The organisation unit with this code: how it is named (code, name, uid or attribute:UID), or {by, as, program, dataSet, within, unmapped: error | omit, default}.",
		In:      mapping.Text | mapping.Number, Out: mapping.Any,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","additionalProperties":false,"properties":{"by":{"type":"string"},"as":{"type":"string"},"program":{"type":"string"},"dataSet":{"type":"string"},"within":{"type":"string"},"unmapped":{"enum":["error","omit"]},"default":true}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			a := &orgUnitArgument{By: "code"}
			if err := decode(argument, func(text string) { a.By = text }, a, "by", "as", "program", "dataSet", "within", "unmapped", "default"); err != nil {
				return nil, err
			}
			if err := o.checkOrgUnit(a); err != nil {
				return nil, err
			}
			return func(in mapping.Value) (mapping.Value, error) { return o.findOrgUnit(a, in) }, nil
		},
	}
}

func (o *operators) checkOrgUnit(a *orgUnitArgument) (err error) {
	if a.by, err = scheme("by", a.By); err != nil {
		return err
	}
	a.as = o.config.Names
	if a.As != "" {
		if a.as, err = scheme("as", a.As); err != nil {
			return err
		}
	}
	if a.Program != "" && a.DataSet != "" {
		return errors.New("program and dataSet: say one of them")
	}
	if a.Program != "" {
		program, err := named(o.config.Snapshot.Programs(), ofProgram, a.Program)
		if err != nil {
			return err
		}
		a.assigned, a.to = &program.OrgUnits, "program "+a.Program
	}
	if a.DataSet != "" {
		set, err := named(o.config.Snapshot.DataSets(), ofDataSet, a.DataSet)
		if err != nil {
			return err
		}
		a.assigned, a.to = &set.OrgUnits, "data set "+a.DataSet
	}
	if a.Within != "" {
		root, err := named(o.config.Snapshot.OrgUnits(), ofUnit, a.Within)
		if err != nil {
			return err
		}
		a.root = root.UID
	}
	if err := a.check(); err != nil {
		return err
	}
	return o.checkDefault(a)
}

func (o *operators) checkDefault(a *orgUnitArgument) error {
	instead, err := a.fallback()
	if err != nil || instead == "" {
		return err
	}
	unit, err := o.config.Snapshot.OrgUnits().Find(a.as, instead)
	switch {
	case err != nil || unit.Missing:
		return fmt.Errorf("default: there is no org unit %s by %s", instead, a.as)
	case a.assigned != nil && !a.assigned.Has(unit.UID):
		return fmt.Errorf("default: the org unit %s is not assigned to %s", instead, a.to)
	}
	a.Default, err = json.Marshal(instead)
	return err
}

func (o *operators) findOrgUnit(a *orgUnitArgument, in mapping.Value) (mapping.Value, error) {
	text := strings.TrimSpace(in.Text())
	if text == "" {
		return mapping.Value{}, nil
	}
	table := "org units by " + a.By
	unit, err := o.config.Snapshot.OrgUnits().Find(a.by, text)
	var bad *dhis2.LookupError
	switch {
	case errors.As(err, &bad) && len(bad.UIDs) > 0:
		return mapping.Value{}, a.unmapped(table, text, fmt.Sprintf("%d org units have this %s", len(bad.UIDs), a.By), "name it by what is unique")
	case err != nil || unit.Missing:
		return mapping.Value{}, a.unmapped(table, text, "there is no org unit with this "+a.By, "add it to DHIS2, or set unmapped: omit or a default")
	case a.assigned != nil && !a.assigned.Has(unit.UID):
		return mapping.Value{}, a.unmapped("org units of "+a.to, text, "the org unit is not assigned to "+a.to, "assign it in DHIS2: it would refuse the data (E1029, E1041)")
	case a.root != "" && !unit.Within(a.root):
		return mapping.Value{}, a.unmapped("org units within "+a.Within, text, "the org unit is not within "+a.Within, "")
	}
	name := unit.By(a.as)
	if name == "" {
		return mapping.Value{}, a.unmapped(table, text, "the org unit has no "+string(a.as), "give it one in DHIS2")
	}
	return mapping.TextValue(name), nil
}
