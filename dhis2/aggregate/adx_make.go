package aggregate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// MakeADX writes values by UID, as [Read] gives them, as ADX: names by scheme
// (dhis2.SchemeCode as a rule), periods as intervals, disaggregation as an
// attribute for each category, texts as annotations. Deleted values stay so.
//
// It is how ADX comes from 2.43, which answers JSON to who asks for it. A value
// whose metadata are not in the snapshot, or have no name in the scheme, is an
// error. Groups are by period, org unit and attribute option combo, in the order
// in which they first come.
func MakeADX(s *dhis2.Snapshot, scheme dhis2.IDScheme, c Calendar, set DataValueSet, exported time.Time) (*ADX, error) {
	m := &adxMaker{s: s, scheme: scheme, calendar: c}
	dataSet := s.DataSets().UID(set.DataSet)
	if dataSet == nil {
		return nil, errors.New("adx: the data set is not in the metadata")
	}
	name, err := m.name(dataSet.By(scheme), "data set", dataSet.UID)
	if err != nil {
		return nil, err
	}
	adx := &ADX{Exported: exported}
	groups := map[Key]int{}
	for i := range set.Values {
		v := set.row(i)
		key := Key{Period: v.Period, OrgUnit: v.OrgUnit, AttributeOptionCombo: cmp.Or(v.AttributeOptionCombo, dhis2.DefaultOptionComboUID)}
		at, ok := groups[key]
		if !ok {
			g, err := m.group(dataSet, key)
			if err != nil {
				return nil, fmt.Errorf("adx: value %d: %w", i, err)
			}
			g.DataSet = name
			if set.CompleteDate != "" && v.Period == set.Period && v.OrgUnit == set.OrgUnit {
				g.CompleteDate = set.CompleteDate
			}
			at = len(adx.Groups)
			groups[key] = at
			adx.Groups = append(adx.Groups, *g)
		}
		value, err := m.value(dataSet, v)
		if err != nil {
			return nil, fmt.Errorf("adx: value %d: %w", i, err)
		}
		adx.Groups[at].Values = append(adx.Groups[at].Values, value)
	}
	return adx, nil
}

type adxMaker struct {
	s        *dhis2.Snapshot
	scheme   dhis2.IDScheme
	calendar Calendar
}

func (m *adxMaker) name(name, kind, uid string) (string, error) {
	if name == "" {
		return "", fmt.Errorf("the %s %s has no %s", kind, uid, m.scheme)
	}
	return name, nil
}

func (m *adxMaker) group(set *dhis2.DataSet, key Key) (*ADXGroup, error) {
	p, err := m.calendar.Parse(key.Period)
	if err != nil {
		return nil, err
	}
	if !p.HasDates() {
		return nil, ErrNoDates
	}
	unit := m.s.OrgUnits().UID(key.OrgUnit)
	if unit == nil {
		return nil, errors.New("the org unit is not in the metadata")
	}
	g := &ADXGroup{Period: p.Interval().String()}
	if g.OrgUnit, err = m.name(unit.By(m.scheme), "org unit", unit.UID); err != nil {
		return nil, err
	}
	g.Dimensions, g.AttributeOptionCombo, err = m.dimensions(set.CategoryCombo, key.AttributeOptionCombo, groupAttributes())
	return g, err
}

func (m *adxMaker) value(set *dhis2.DataSet, v DataValue) (ADXValue, error) {
	element := m.s.DataElements().UID(v.DataElement)
	if element == nil {
		return ADXValue{}, errors.New("the data element is not in the metadata")
	}
	combo := element.CategoryCombo
	if in, ok := set.Element(element.UID); ok {
		combo = in.CategoryCombo
	}
	out := ADXValue{Value: v.Value, Comment: v.Comment, Followup: v.Followup, Deleted: v.Deleted}
	if !element.ValueType.Numeric() {
		out.Value, out.Annotation = "0", v.Value
	}
	var err error
	if out.DataElement, err = m.name(element.By(m.scheme), "data element", element.UID); err != nil {
		return out, err
	}
	out.Dimensions, out.CategoryOptionCombo, err = m.dimensions(combo, cmp.Or(v.CategoryOptionCombo, dhis2.DefaultOptionComboUID), valueAttributes())
	return out, err
}

// dimensions writes an option combo: by categories if their names can be
// attributes, else by its own name.
func (m *adxMaker) dimensions(combo *dhis2.CategoryCombo, uid string, taken []string) ([]ADXDimension, string, error) {
	if uid == dhis2.DefaultOptionComboUID {
		return nil, "", nil
	}
	found := m.s.OptionCombos().UID(uid)
	if found == nil {
		return nil, "", errors.New("the option combo is not in the metadata")
	}
	var out []ADXDimension
	for _, category := range combo.Categories {
		i := slices.IndexFunc(found.Options, func(o *dhis2.CategoryOption) bool { return slices.Contains(category.Options, o) })
		name := category.By(m.scheme)
		if i < 0 || !IsADXName(name) || slices.Contains(taken, name) || found.Options[i].By(m.scheme) == "" {
			out = nil
			break
		}
		out = append(out, ADXDimension{Category: name, Option: found.Options[i].By(m.scheme)})
	}
	if len(out) > 0 && len(out) == len(found.Options) {
		return out, "", nil
	}
	name, err := m.name(found.By(m.scheme), "option combo", found.UID)
	return nil, name, err
}
