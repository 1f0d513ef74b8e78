package dhis2

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Op is an operator of a tracker filter. Texts are compared without regard to case, by OpEq
// too, and with regard to accents; numbers as numbers, except by 2.40 and 2.41: see
// Version.FiltersNumbersAsText.
type Op string

// The operators of tracker filters. Metadata has others: see MetadataFilter.
const (
	OpEq      Op = "eq"
	OpIEq     Op = "ieq"
	OpNe      Op = "neq"
	OpNIEq    Op = "nieq"
	OpGt      Op = "gt"
	OpGe      Op = "ge"
	OpLt      Op = "lt"
	OpLe      Op = "le"
	OpIn      Op = "in" // one of its values
	OpLike    Op = "like"
	OpILike   Op = "ilike"
	OpNLike   Op = "nlike"
	OpNILike  Op = "nilike"
	OpStarts  Op = "sw"
	OpEnds    Op = "ew"
	OpNull    Op = "null"  // has no value; takes none; from 2.42
	OpNotNull Op = "!null" // has a value; takes none; from 2.42
)

// unary reports whether the operator takes no value.
func (o Op) unary() bool { return o == OpNull || o == OpNotNull }

func (o Op) known() bool {
	return slices.Contains([]Op{
		OpEq, OpIEq, OpNe, OpNIEq, OpGt, OpGe, OpLt, OpLe, OpIn, OpLike, OpILike, OpNLike, OpNILike, OpStarts, OpEnds, OpNull, OpNotNull,
	}, o)
}

// Test is one operator of a filter, with its values: none for OpNull and OpNotNull, any number
// for OpIn, one for the others.
type Test struct {
	Op     Op
	Values []string
}

// TrackerFilter asks for objects by the values of one attribute or data element. All its tests
// must hold; one without tests asks that there is a value. It is a value: Is returns another.
//
//	dhis2.Where("XhXpL2WqB15").Is(dhis2.OpEq, "NID-0001")
//	dhis2.Where("HeSe4K0lamJ").Is(dhis2.OpGe, "5").Is(dhis2.OpLt, "15")
type TrackerFilter struct {
	UID   string // of the attribute or data element: servers take no codes
	Tests []Test
}

// Where begins a filter by the values of the attribute or data element with that UID.
func Where(uid string) TrackerFilter { return TrackerFilter{UID: uid} }

// Is returns the filter with one more test.
func (f TrackerFilter) Is(op Op, values ...string) TrackerFilter {
	f.Tests = append(slices.Clip(f.Tests), Test{op, slices.Clone(values)})
	return f
}

// TrackerFilters writes filters as one parameter `filter` of the tracker's lists, or as
// filterAttributes of its events. All must hold. A filter that the version does not know is an
// error here: servers answer 400, or give everything.
func TrackerFilters(v Version, filters ...TrackerFilter) (string, error) {
	var b strings.Builder
	for i, f := range filters {
		if err := f.check(v); err != nil {
			return "", fmt.Errorf("dhis2: filter %d: %w", i+1, err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(f.String())
	}
	return b.String(), nil
}

// String writes the filter as it goes to the server. It holds the values, which may be a
// patient's: keep it out of logs.
func (f TrackerFilter) String() string {
	var b strings.Builder
	b.WriteString(f.UID)
	for _, t := range f.Tests {
		b.WriteByte(':')
		b.WriteString(string(t.Op))
		for i, value := range t.Values {
			if i == 0 {
				b.WriteByte(':')
			} else {
				b.WriteByte(';')
			}
			escapeFilter(&b, value)
		}
	}
	return b.String()
}

// escapeFilter writes a value so that its commas, colons and slashes are text.
func escapeFilter(b *strings.Builder, value string) {
	for i := range len(value) {
		if c := value[i]; c == ',' || c == ':' || c == '/' {
			b.WriteByte('/')
		}
		b.WriteByte(value[i])
	}
}

// check says what a server of that version would refuse.
func (f TrackerFilter) check(v Version) error {
	if !ValidUID(f.UID) {
		return errors.New("it is not by the UID of an attribute or data element: names and codes are not taken")
	}
	most := 3
	if !v.AtLeast(2, 42) {
		most = 2
	}
	if len(f.Tests) > most {
		return fmt.Errorf("%d operators, and %s takes %d for each attribute", len(f.Tests), v, most)
	}
	for _, t := range f.Tests {
		if err := t.check(v); err != nil {
			return err
		}
	}
	return nil
}

func (t Test) check(v Version) error {
	switch {
	case !t.Op.known():
		return fmt.Errorf("there is no operator %q", string(t.Op))
	case t.Op.unary() && len(t.Values) > 0:
		return fmt.Errorf("operator %s takes no value", t.Op)
	case t.Op.unary() && !v.AtLeast(2, 42):
		return fmt.Errorf("operator %s: %w", t.Op, v.need(2, 42, "a filter by missing values"))
	case t.Op == OpIn && len(t.Values) == 0:
		return fmt.Errorf("operator %s needs a value at least", t.Op)
	case !t.Op.unary() && t.Op != OpIn && len(t.Values) != 1:
		return fmt.Errorf("operator %s takes one value", t.Op)
	}
	for _, value := range t.Values {
		switch {
		case strings.TrimSpace(value) == "":
			return fmt.Errorf("operator %s: a value is empty; ask with null for what is missing", t.Op)
		case strings.ContainsRune(value, 0):
			return fmt.Errorf("operator %s: a value has a NUL character", t.Op)
		case t.Op == OpIn && strings.Contains(value, ";"):
			return errors.New("operator in: a value has a semicolon, which parts the values and cannot be escaped")
		}
	}
	return nil
}

// ParseTrackerFilters reads the parameter `filter` of the tracker's lists, by the grammar of
// 2.42: uid[:operator[:value]]…, parted by commas; `/` before a comma, colon or slash makes it
// text.
func ParseTrackerFilters(text string) ([]TrackerFilter, error) {
	var filters []TrackerFilter
	for i, part := range splitFilter(text, ',') {
		f, err := parseTrackerFilter(part)
		if err == nil {
			err = f.check(Version{Major: 2, Minor: 42})
		}
		if err != nil {
			return nil, fmt.Errorf("dhis2: filter %d: %w", i+1, err)
		}
		filters = append(filters, f)
	}
	return filters, nil
}

func parseTrackerFilter(text string) (TrackerFilter, error) {
	parts := splitFilter(text, ':')
	f := TrackerFilter{UID: parts[0]}
	for parts = parts[1:]; len(parts) > 0; {
		op := Op(strings.ToLower(parts[0]))
		if op == "ne" {
			op = OpNe
		}
		t := Test{Op: op}
		parts = parts[1:]
		if !op.unary() {
			if len(parts) == 0 {
				return f, errors.New("an operator without a value")
			}
			t.Values = []string{parts[0]}
			if op == OpIn {
				t.Values = strings.Split(parts[0], ";")
			}
			for i := range t.Values {
				t.Values[i] = unescapeFilter(t.Values[i])
			}
			parts = parts[1:]
		}
		f.Tests = append(f.Tests, t)
	}
	return f, nil
}

// splitFilter splits at a separator that no slash stands before. Slashes stay.
func splitFilter(text string, at byte) []string {
	var parts []string
	from := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '/':
			i++ // what follows is text
		case at:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

// unescapeFilter takes the slash off before a comma, colon or slash; any other is text.
func unescapeFilter(text string) string {
	if !strings.Contains(text, "/") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '/' && i+1 < len(text) && strings.IndexByte(",:/", text[i+1]) >= 0 {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
