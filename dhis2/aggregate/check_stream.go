package aggregate

import "iter"

// CheckedRow is a value of a stream that was checked.
type CheckedRow struct {
	// Row is the value by UID, with its data set, period and org unit. It counts
	// only if there is no SeverityError among Findings.
	Row Row
	// Place of the value, or of its group.
	Place Place
	// Group and Value are indexes of the message; Value is -1 of what is not about
	// a value: then Row is empty, and there are Findings about all of the group.
	Group, Value int
	// Findings about the value.
	Findings []Finding
	// OK says that Row can be sent: neither it nor its group has an error.
	OK bool
}

// Stream checks a message as it is read, in memory that grows with the largest
// group only: values that are given twice are found within a group. Each group
// with findings of its own comes first by itself, with Value -1. The last
// element has the error of the reader, an *[ADXError], if there was one.
//
// CompleteDate of groups is checked and not carried: use [Checker.ADX] for
// messages that have it.
func (c *Checker) Stream(r *ADXReader) iter.Seq2[CheckedRow, error] {
	return func(yield func(CheckedRow, error) bool) {
		for index := 0; r.NextGroup(); index++ {
			b := c.group(r.Group(), index, map[Key]Place{})
			if len(b.findings) > 0 {
				head := CheckedRow{Place: b.place, Group: index, Value: -1, Findings: b.findings}
				if !yield(head, nil) {
					return
				}
			}
			for k := 0; r.NextValue(); k++ {
				v := r.Value()
				b.findings = nil
				row, ok := b.value(v, k)
				out := CheckedRow{Place: Place{v.Line, v.Column}, Group: index, Value: k, Findings: b.findings, OK: ok}
				if ok {
					out.Row = Row{DataSet: b.set.DataSet, DataValue: row}
				}
				if !yield(out, nil) {
					return
				}
			}
		}
		if err := r.Err(); err != nil {
			yield(CheckedRow{}, err)
		}
	}
}
