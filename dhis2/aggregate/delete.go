package aggregate

import (
	"context"
	"fmt"

	"github.com/openhim/mediator-go/dhis2"
)

// Delete deletes values of a data set and tells what became of each. A server
// deletes softly: the value can be read with Query.IncludeDeleted, and its
// metadata cannot be deleted.
//
// The server wants each value with it. For rows without, the values are read
// first, which needs names by UID; rows that are not stored are Skipped. A row
// with a value is sent as it is: 2.43 counts one that is gone as deleted again.
//
// It is as [Import] otherwise; CompleteDate is not used, nor Options.Strategy.
func Delete(ctx context.Context, c *dhis2.Client, set DataValueSet, o Options) (*Result, error) {
	set.CompleteDate = ""
	o.Strategy = deleteOnly
	rows := make([]DataValue, 0, len(set.Values))
	kept := make([]int, 0, len(set.Values)) // the caller's row of each
	total := &Result{Statuses: make([]Status, len(set.Values))}
	stored := map[Key]DataValue{}
	read := map[[2]string]bool{}
	for i := range set.Values {
		v := set.row(i)
		if v.Value == "" && v.Period != "" && v.OrgUnit != "" {
			if o.IDSchemes != (IDSchemes{}) {
				return nil, &dhis2.ArgumentError{Argument: "Values", Reason: "has one without its value: that can be looked for by UIDs only"}
			}
			if at := [2]string{v.Period, v.OrgUnit}; !read[at] {
				read[at] = true
				found, err := Read(ctx, c, Query{DataSets: []string{set.DataSet}, Periods: at[:1], OrgUnits: at[1:]})
				if err != nil {
					return nil, fmt.Errorf("delete data values: %w", err)
				}
				for _, f := range found {
					stored[f.Key()] = f
				}
			}
			found, there := stored[v.Key()]
			if !there {
				total.Statuses[i] = Skipped
				continue
			}
			v.Value = found.Value
		}
		v.Deleted = false // the strategy says it
		rows, kept = append(rows, v), append(kept, i)
	}
	set.Values = rows
	part, err := Import(ctx, c, set, o)
	if part == nil {
		return nil, err
	}
	part.moveTo(total, kept)
	return total, err
}

// moveTo makes rows of r those of total.
func (r *Result) moveTo(total *Result, rows []int) {
	statuses := total.Statuses
	for i, s := range r.Statuses {
		statuses[rows[i]] = s
	}
	for i := range r.Rejections {
		r.Rejections[i].Row = rows[r.Rejections[i].Row]
	}
	for i := range r.Conflicts {
		for k, row := range r.Conflicts[i].Rows {
			r.Conflicts[i].Rows[k] = rows[row]
		}
	}
	*total = *r
	total.Statuses = statuses
}
