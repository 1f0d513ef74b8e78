package aggregate

import (
	"context"
	"maps"
	"slices"
)

// apply notes what a summary says of rows.
func (j *job) apply(ctx context.Context, s *Summary, rows []int, complete bool) error {
	if s.Status == statusError && s.Count.Total() != len(rows) {
		return j.refused(ctx, s, rows, complete)
	}
	if s.Count.Total() != len(rows) {
		j.settleAll(rows, Unknown)
		return &CountError{Sent: len(rows), Counted: s.Count.Total(), Version: j.version}
	}
	j.result.Count = j.result.Count.plus(s.Count)
	if s.DataSetComplete != "" {
		j.result.DataSetComplete = s.DataSetComplete
	}
	// Of an ERROR nothing is stored, and of a conflict that gives no row of the request,
	// or a warning about nothing, it is not known which are not.
	isOurs := func(i int) bool { return i < len(rows) }
	isVague := slices.ContainsFunc(s.Conflicts, func(c Conflict) bool { return !slices.ContainsFunc(c.Rows, isOurs) }) ||
		s.Status != statusSuccess && len(s.Conflicts)+len(s.RejectedIndexes) == 0
	others := Accepted
	if s.Status == statusError || isVague {
		others = Unknown
	}
	j.settleAll(rows, others)
	for _, c := range s.Conflicts {
		about := c.Rows
		if len(about) == 0 && s.Status == statusError {
			about = indexesOf(rows)
		}
		j.conflict(c, about, rows)
	}
	j.unexplained(s, rows, isVague)
	return nil
}

// unexplained notes the rows that a summary lists as rejected, and that no conflict
// names: a strategy may want that, else they are rejected all the same.
func (j *job) unexplained(s *Summary, rows []int, isVague bool) {
	var left []int
	for _, i := range s.RejectedIndexes {
		if i >= 0 && i < len(rows) && j.result.Statuses[rows[i]] != Rejected {
			left = append(left, i)
		}
	}
	switch {
	case len(left) == 0:
	case j.options.Strategy == CreateAndUpdate:
		j.conflict(Conflict{Text: "the server rejected the value and does not say why"}, left, rows)
	case !isVague: // else for one reason or the other
		for _, i := range left {
			j.settle(rows[i], Skipped)
		}
	}
}

// refused notes that nothing of a request was taken, and sends again what is
// not at fault.
func (j *job) refused(ctx context.Context, s *Summary, rows []int, complete bool) error {
	atFault := map[int]bool{} // indexes of rows
	about := make([][]int, len(s.Conflicts))
	for k, c := range s.Conflicts {
		about[k] = j.atFault(c, rows)
		for _, i := range about[k] {
			atFault[i] = true
		}
	}
	everything := len(atFault) == 0 || len(atFault) == len(rows) || j.spare < 1
	for k, c := range s.Conflicts {
		if everything || len(about[k]) == 0 { // or it is of something that concerns them all
			about[k] = indexesOf(rows)
			if !everything {
				about[k] = slices.Sorted(maps.Keys(atFault))
			}
		}
		j.conflict(c, about[k], rows)
	}
	if everything {
		return nil
	}
	j.spare--
	rest := make([]int, 0, len(rows)-len(atFault))
	for i, row := range rows {
		if !atFault[i] {
			rest = append(rest, row)
		}
	}
	return j.send(ctx, rest, complete && len(j.result.Rejections) == 0)
}

// atFault finds the rows of a request that a conflict is about, by their
// indexes: those it names, or those whose indexes it gives, unless these are
// all; none if it does not say.
func (j *job) atFault(c Conflict, rows []int) []int {
	var found []int
	names := c.named()
	for i, row := range rows {
		if j.set.isAbout(row, names) {
			found = append(found, i)
		}
	}
	if len(found) == 0 && len(c.Rows) < len(rows) {
		for _, i := range c.Rows {
			if i < len(rows) {
				found = append(found, i)
			}
		}
	}
	return found
}

// isAbout reports whether one of the names is of the row.
func (s *DataValueSet) isAbout(row int, names []string) bool {
	if len(names) == 0 {
		return false
	}
	v := s.row(row)
	for _, name := range []string{v.DataElement, v.OrgUnit, v.Period, v.CategoryOptionCombo, v.AttributeOptionCombo} {
		if name != "" && slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// conflict notes one about the request's rows with these indexes.
func (j *job) conflict(c Conflict, about, rows []int) {
	at := len(j.result.Conflicts)
	mapped := c
	mapped.Rows = nil
	for _, i := range about {
		if i < 0 || i >= len(rows) {
			continue
		}
		for _, row := range append([]int{rows[i]}, j.same[rows[i]]...) {
			mapped.Rows = append(mapped.Rows, row)
			if j.result.Statuses[row] != Rejected {
				j.result.Statuses[row] = Rejected
				j.result.Rejections = append(j.result.Rejections, Rejection{Row: row, Code: c.Code, Conflict: at})
			}
		}
	}
	slices.Sort(mapped.Rows)
	j.result.Conflicts = append(j.result.Conflicts, mapped)
}

func indexesOf(rows []int) []int {
	all := make([]int, len(rows))
	for i := range all {
		all[i] = i
	}
	return all
}
