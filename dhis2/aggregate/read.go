package aggregate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// Query says which values to read. It needs DataSets or DataElementGroups, and
// OrgUnits, and Periods or Start and End or LastUpdated, as the server does.
type Query struct {
	// DataSets, DataElementGroups, OrgUnits and Periods are named by UID, periods
	// by their id.
	DataSets, DataElementGroups, OrgUnits, Periods []string
	// Start and End bound periods instead. Only their dates count.
	Start, End time.Time
	// LastUpdated takes values that changed since, in the server's clock. 2.43
	// wants Periods, or Start and End, all the same.
	LastUpdated time.Time
	// Children takes the org units below, too.
	Children bool
	// IncludeDeleted takes deleted values, too: they have Deleted set.
	IncludeDeleted bool
	// Limit is how many values to read at most. Defaults to all.
	Limit int
	// IDSchemes says how the answer names metadata. Defaults to UIDs.
	IDSchemes IDSchemes
}

func (q Query) values() (url.Values, error) {
	v := url.Values{}
	for name, all := range map[string][]string{
		"dataSet": q.DataSets, "dataElementGroup": q.DataElementGroups, "orgUnit": q.OrgUnits, "period": q.Periods,
	} {
		for _, one := range all {
			if one == "" {
				return nil, &dhis2.ArgumentError{Argument: name, Reason: "is empty"}
			}
			v.Add(name, one)
		}
	}
	switch {
	case len(q.DataSets) == 0 && len(q.DataElementGroups) == 0:
		return nil, &dhis2.ArgumentError{Argument: "DataSets", Reason: "is missing"}
	case len(q.OrgUnits) == 0:
		return nil, &dhis2.ArgumentError{Argument: "OrgUnits", Reason: "is missing"}
	case len(q.Periods) == 0 && q.LastUpdated.IsZero() && (q.Start.IsZero() || q.End.IsZero()):
		return nil, &dhis2.ArgumentError{Argument: "Periods", Reason: "is missing, and so are Start and End, and LastUpdated"}
	}
	if !q.Start.IsZero() && !q.End.IsZero() {
		v.Set("startDate", q.Start.Format(time.DateOnly))
		v.Set("endDate", q.End.Format(time.DateOnly))
	}
	if !q.LastUpdated.IsZero() {
		v.Set("lastUpdated", q.LastUpdated.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	if q.Children {
		v.Set("children", "true")
	}
	if q.IncludeDeleted {
		v.Set("includeDeleted", "true")
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v, q.IDSchemes.set(v)
}

// wireValue is a value as it is read.
type wireValue struct {
	DataValue

	StoredBy    string  `json:"storedBy"`
	Created     string  `json:"created"`
	LastUpdated string  `json:"lastUpdated"`
	Comment     *string `json:"comment"`
	Followup    *bool   `json:"followup"`
}

// Read reads values. Each of the result has its period and org unit, which 2.43
// leaves out where they are those of the query. A data set that does not exist
// is an error before 2.43 (E2001), and no values since.
//
// The whole answer is held in memory, within Config.MaxBody of the client:
// divide what is large by org units or periods.
func Read(ctx context.Context, c *dhis2.Client, q Query) ([]DataValue, error) {
	values, err := q.values()
	if err != nil {
		return nil, err
	}
	var answer struct {
		Period               string      `json:"period"`
		OrgUnit              string      `json:"orgUnit"`
		AttributeOptionCombo string      `json:"attributeOptionCombo"`
		DataValues           []wireValue `json:"dataValues"`
	}
	if err := c.Get(ctx, "dataValueSets", values, &answer); err != nil {
		return nil, fmt.Errorf("read data values: %w", err)
	}
	out := make([]DataValue, len(answer.DataValues))
	for i, w := range answer.DataValues {
		v := w.DataValue
		v.StoredBy, v.Created, v.LastUpdated = w.StoredBy, w.Created, w.LastUpdated
		if w.Comment != nil {
			v.Comment = *w.Comment
		}
		v.Followup = w.Followup != nil && *w.Followup
		v.Period = cmp.Or(v.Period, answer.Period)
		v.OrgUnit = cmp.Or(v.OrgUnit, answer.OrgUnit)
		v.AttributeOptionCombo = cmp.Or(v.AttributeOptionCombo, answer.AttributeOptionCombo)
		if v.Period == "" || v.OrgUnit == "" {
			return nil, errors.New("read data values: the answer has a value without period or org unit")
		}
		out[i] = v
	}
	return out, nil
}

// Difference is a value that is not stored as it should be.
type Difference struct {
	// Row is the index of the wanted value, -1 of one that is stored and was not
	// wanted.
	Row int
	// Want and Stored are the values; the zero DataValue of one that is not there.
	Want, Stored DataValue
}

// Compare tells which values of the set are not stored so: stored is what [Read]
// gave, in the same id schemes, UIDs best. A wanted value that is Deleted must
// not be stored, or be so as deleted. Of a value that is wanted several times
// the last counts. Values that are stored and not wanted are left out unless
// exact says otherwise.
func Compare(set DataValueSet, stored []DataValue, exact bool) []Difference {
	have := make(map[Key]DataValue, len(stored))
	for _, v := range stored {
		if !v.Deleted {
			have[v.Key()] = v
		}
	}
	last := make(map[Key]int, len(set.Values))
	for i := range set.Values {
		last[set.row(i).Key()] = i
	}
	var out []Difference
	for i := range set.Values {
		want := set.row(i)
		key := want.Key()
		if last[key] != i {
			continue
		}
		v, there := have[key]
		delete(have, key)
		switch {
		case want.Deleted && there:
			out = append(out, Difference{Row: i, Want: want, Stored: v})
		case want.Deleted:
		case !there || v.Value != want.Value || v.Comment != want.Comment:
			out = append(out, Difference{Row: i, Want: want, Stored: v})
		}
	}
	if exact {
		for _, v := range stored {
			if _, extra := have[v.Key()]; extra && !v.Deleted {
				out = append(out, Difference{Row: -1, Stored: v})
			}
		}
	}
	return out
}
