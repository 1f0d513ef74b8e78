package dhis2

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"
)

// OrgUnitMode is how org units choose the objects of a tracker list.
type OrgUnitMode string

// The modes. The first three need org units, the others must have none.
const (
	ModeSelected    OrgUnitMode = "SELECTED"    // of these units; the default if there are units
	ModeChildren    OrgUnitMode = "CHILDREN"    // and one level below
	ModeDescendants OrgUnitMode = "DESCENDANTS" // and all below
	ModeAccessible  OrgUnitMode = "ACCESSIBLE"  // where the user may search; the default without units
	ModeCapture     OrgUnitMode = "CAPTURE"     // where the user may write
	ModeAll         OrgUnitMode = "ALL"         // everywhere; needs an authority
)

func (m OrgUnitMode) needsUnits() bool {
	return m == ModeSelected || m == ModeChildren || m == ModeDescendants
}

// OrgUnitScope says where the objects of a tracker list may be. The zero value leaves it to the
// server: where the user may search.
type OrgUnitScope struct {
	Mode OrgUnitMode // defaults to the server's, see ModeSelected and ModeAccessible
	UIDs []string
}

// AddTo adds the scope to the query of a list, under the names and separators of that version.
// What the server would refuse, or ignore, is an error.
func (s OrgUnitScope) AddTo(query url.Values, v Version, list List) error {
	if err := s.check(list); err != nil {
		return fmt.Errorf("dhis2: org units of %s: %w", list, err)
	}
	if len(s.UIDs) > 0 {
		name := "orgUnits"
		if list == Events || list == TrackerEvents || list == SingleEvents || !v.AtLeast(2, 41) {
			name = "orgUnit"
		}
		query.Set(name, strings.Join(s.UIDs, v.Separator()))
	}
	if s.Mode != "" {
		name := "orgUnitMode"
		if !v.AtLeast(2, 41) {
			name = "ouMode"
		}
		query.Set(name, string(s.Mode))
	}
	return nil
}

func (s OrgUnitScope) check(list List) error {
	switch s.Mode {
	case "", ModeSelected, ModeChildren, ModeDescendants, ModeAccessible, ModeCapture, ModeAll:
	default:
		return fmt.Errorf("there is no mode %q", string(s.Mode))
	}
	for _, uid := range s.UIDs {
		if !ValidUID(uid) {
			return errors.New("a unit is not named by its UID")
		}
	}
	switch {
	case list == Relationships:
		if s.Mode != "" || len(s.UIDs) > 0 {
			return errors.New("relationships are not asked for by org unit")
		}
	case s.Mode.needsUnits() && len(s.UIDs) == 0:
		return fmt.Errorf("mode %s needs units", s.Mode)
	case s.Mode != "" && !s.Mode.needsUnits() && len(s.UIDs) > 0:
		return fmt.Errorf("mode %s takes no units", s.Mode)
	case len(s.UIDs) > 1 && (list == Events || list == TrackerEvents || list == SingleEvents):
		return errors.New("events are asked for by one unit")
	}
	return nil
}

// OrgUnitQuery chooses organisation units.
type OrgUnitQuery struct {
	// Within is a unit: it and all below it are given. Defaults to all that the user sees.
	Within string
	// Level gives one level alone, 1 being the roots. Defaults to all.
	Level int
	// Filters choose further, all of them. Default to none.
	Filters []MetadataFilter
	// AttributeValues asks for the values of metadata attributes. Defaults to not.
	AttributeValues bool
	// PageSize defaults to 1,000.
	PageSize int
}

const orgUnitPage = 1000

func (q OrgUnitQuery) request() (ListRequest, error) {
	fields := Select("id", "code", "name", "path", "level", "openingDate", "closedDate")
	if q.AttributeValues {
		fields = fields.With("attributeValues", Select("value").With("attribute", Select("id")))
	}
	r := ListRequest{Path: "organisationUnits", ID: "id", PageSize: q.PageSize, Query: url.Values{"fields": {fields.String()}}}
	if q.PageSize == 0 {
		r.PageSize = orgUnitPage
	}
	filters := q.Filters
	if q.Within != "" {
		if !ValidUID(q.Within) {
			return r, &ArgumentError{Argument: "within", Reason: "is not the UID of an organisation unit"}
		}
		filters = append([]MetadataFilter{Filter("path", MetaLike, q.Within)}, filters...)
	}
	if q.Level < 0 {
		return r, &ArgumentError{Argument: "level", Reason: "is below 1, that of the roots"}
	}
	if q.Level > 0 {
		filters = append([]MetadataFilter{Filter("level", MetaEq, strconv.Itoa(q.Level))}, filters...)
	}
	return r, MetadataFilters(r.Query, filters...)
}

// OrgUnits reads organisation units, page by page.
func (c *Client) OrgUnits(ctx context.Context, q OrgUnitQuery) iter.Seq2[*OrgUnit, error] {
	return func(yield func(*OrgUnit, error) bool) {
		r, err := q.request()
		if err != nil {
			yield(nil, err)
			return
		}
		for w, err := range ListOf[wireOrgUnit](ctx, c, r) {
			if err != nil {
				yield(nil, err)
				return
			}
			unit := &w.OrgUnit
			unit.AttributeValues, unit.Opening, unit.Closed = w.values(), day(w.Opening), day(w.Closed)
			if !yield(unit, nil) {
				return
			}
		}
	}
}
