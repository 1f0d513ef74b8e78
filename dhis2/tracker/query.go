package tracker

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// OrgUnitMode says where a list looks, from the org units that are given or from the user's.
type OrgUnitMode string

// The org unit modes. Selected, Children and Descendants go with org units, the others without.
// All needs an authority, or filters by attributes.
const (
	Selected    OrgUnitMode = "SELECTED"
	Children    OrgUnitMode = "CHILDREN"
	Descendants OrgUnitMode = "DESCENDANTS"
	Accessible  OrgUnitMode = "ACCESSIBLE"
	Capture     OrgUnitMode = "CAPTURE"
	All         OrgUnitMode = "ALL"
)

// Order is one member a list is ordered by: a name, or for tracked entities and events the UID of
// an attribute or data element.
type Order struct {
	By         string
	Descending bool
}

// Listing is what every list of the export takes. The zero value asks for what the server gives
// unasked, page by page.
//
// The server ignores a parameter it does not know, and answers with everything: therefore there is
// no way to add others, and what a version would ignore or refuse is an error here, a
// *[dhis2.ArgumentError] that nothing was sent for.
type Listing struct {
	// Fields of each object. Defaults to the server's choice, which leaves children out.
	Fields dhis2.Fields
	// Order of the list. Defaults to createdAt (enrollments: enrolledAt), so that what is added
	// while the list is read comes at its end.
	Order []Order
	// UpdatedAfter and UpdatedBefore are inclusive, as 2026-01-31T10:00:00.000; without an offset
	// in the server's zone.
	UpdatedAfter, UpdatedBefore string
	// UpdatedWithin is a time back from now, as "1d" or "12h". It excludes the other two.
	UpdatedWithin string
	// IncludeDeleted gives tombstones too, with Deleted set.
	IncludeDeleted bool
	// IDScheme names metadata in the answer. Defaults to UID. Other schemes need 2.42, for events
	// 2.40 to 2.41 take them too.
	IDScheme dhis2.IDScheme
	// PageSize is how many objects one answer has, at most 50,000. Defaults to 200.
	PageSize int
	// MaxObjects ends the walk with an error when more come. Defaults to 10 million.
	MaxObjects int
}

// OrgUnits says where a list looks. The zero value is what the user may see (ACCESSIBLE).
type OrgUnits struct {
	UIDs []string
	Mode OrgUnitMode
}

// query gathers the parameters of one list, and the first thing that is wrong with them.
type query struct {
	list    dhis2.List
	version dhis2.Version
	values  url.Values
	err     error
}

func newQuery(list dhis2.List, version dhis2.Version) *query {
	q := &query{list: list, version: version, values: url.Values{}}
	if !version.HasList(list) {
		q.refuse("list", "is not there before 2.43")
	}
	return q
}

func (q *query) refuse(argument, reason string) {
	if q.err == nil {
		q.err = fmt.Errorf("tracker: list %s: %w", q.list, &dhis2.ArgumentError{Argument: argument, Reason: reason})
	}
}

// set writes a parameter under the name the version knows it by; empty ones are left out.
func (q *query) set(name, value string) {
	if value != "" {
		q.values.Set(q.version.Param(q.list, name), value)
	}
}

func (q *query) boolean(name string, value *bool) {
	if value != nil {
		q.set(name, strconv.FormatBool(*value))
	}
}

// uid writes one UID.
func (q *query) uid(name, value string) {
	if value != "" && !dhis2.ValidUID(value) {
		q.refuse(name, "is no UID")
	}
	q.set(name, value)
}

// uids writes UIDs, once and joined: servers refuse lists that mix repetition with separators.
func (q *query) uids(name string, values []string) {
	for _, value := range values {
		if !dhis2.ValidUID(value) {
			q.refuse(name, "holds what is no UID")
		}
	}
	q.set(name, strings.Join(values, q.version.Separator()))
}

// dates writes dates by their names, in pairs.
func (q *query) dates(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		if value == "" {
			continue
		}
		if _, err := dhis2.ParseTime(value, time.UTC); err != nil {
			q.refuse(name, "is no date; write 2026-01-31 or 2026-01-31T10:00:00.000Z")
		}
		q.set(name, value)
	}
}

// word writes a word that must be one of those the server knows.
func (q *query) word(name, value string, known ...string) {
	if value != "" && !slices.Contains(known, value) {
		q.refuse(name, "is none of "+strings.Join(known, ", "))
	}
	q.set(name, value)
}

func (q *query) filters(name string, filters []dhis2.TrackerFilter) {
	text, err := dhis2.TrackerFilters(q.version, filters...)
	if err != nil && q.err == nil {
		q.err = fmt.Errorf("tracker: list %s: %s: %w", q.list, name, err)
	}
	q.set(name, text)
}

// orgUnits writes where to look. single is the name of a parameter that takes one UID, "" if the
// list takes several.
func (q *query) orgUnits(where OrgUnits, single string) {
	switch where.Mode {
	case Accessible, Capture, All:
		if len(where.UIDs) > 0 {
			q.refuse("orgUnitMode", string(where.Mode)+" goes without org units")
		}
	case Selected, Children, Descendants:
		if len(where.UIDs) == 0 {
			q.refuse("orgUnitMode", string(where.Mode)+" needs org units")
		}
	case "":
		if len(where.UIDs) == 0 {
			where.Mode = Accessible
		}
	default:
		q.refuse("orgUnitMode", "is none the server knows")
	}
	q.set("orgUnitMode", string(where.Mode))
	if single == "" {
		q.uids("orgUnits", where.UIDs)
		return
	}
	if len(where.UIDs) > 1 {
		q.refuse(single, "takes one org unit; ask for each, or for one above them with DESCENDANTS")
	}
	q.uid(single, strings.Join(where.UIDs, ""))
}

var periodBack = regexp.MustCompile(`^[1-9][0-9]{0,5}[dhms]$`)

// listing writes what all lists take. orders are the names the list can be ordered by; fallback is
// the order where none is asked for.
func (q *query) listing(l Listing, fallback string, orders ...string) {
	if err := l.Fields.Check(); err != nil && q.err == nil {
		q.err = fmt.Errorf("tracker: list %s: %w", q.list, err)
	}
	q.set("fields", l.Fields.String())
	q.dates("updatedAfter", l.UpdatedAfter, "updatedBefore", l.UpdatedBefore)
	if l.UpdatedWithin != "" {
		if !periodBack.MatchString(l.UpdatedWithin) {
			q.refuse("updatedWithin", `is none; write "1d" or "12h"`)
		}
		if l.UpdatedAfter != "" || l.UpdatedBefore != "" {
			q.refuse("updatedWithin", "goes without updatedAfter and updatedBefore")
		}
		q.set("updatedWithin", l.UpdatedWithin)
	}
	if l.IncludeDeleted {
		q.set("includeDeleted", "true")
	}
	if l.IDScheme != "" && l.IDScheme != dhis2.SchemeUID {
		if !l.IDScheme.Valid() {
			q.refuse("idScheme", "is none of UID, CODE, NAME and ATTRIBUTE:uid")
		}
		if !q.version.HasIDSchemes(q.list) {
			q.refuse("idScheme", "is ignored by "+q.version.String())
		}
		q.set("idScheme", string(l.IDScheme))
	}
	q.order(l.Order, fallback, orders)
}

func (q *query) order(orders []Order, fallback string, known []string) {
	if len(orders) == 0 {
		q.set("order", fallback)
		return
	}
	seen := map[string]bool{}
	parts := make([]string, 0, len(orders))
	for _, order := range orders {
		byValue := (q.list == dhis2.TrackedEntities || q.list == dhis2.Events || q.list == dhis2.TrackerEvents || q.list == dhis2.SingleEvents) &&
			dhis2.ValidUID(order.By) && !slices.Contains(allOrders(), order.By)
		switch {
		case !slices.Contains(known, order.By) && !byValue:
			q.refuse("order", "cannot be by this member; there are "+strings.Join(known, ", "))
		case seen[order.By]:
			q.refuse("order", "names a member twice")
		}
		seen[order.By] = true
		direction := ":asc"
		if order.Descending {
			direction = ":desc"
		}
		parts = append(parts, order.By+direction)
	}
	q.set("order", strings.Join(parts, ","))
}

// allOrders are the names of members that look like UIDs.
func allOrders() []string { return []string{"completedAt", "completedBy", "scheduledAt"} }

// result returns the parameters, or what is wrong with them.
func (q *query) result() (url.Values, error) {
	if q.err != nil {
		return nil, q.err
	}
	return q.values, nil
}
