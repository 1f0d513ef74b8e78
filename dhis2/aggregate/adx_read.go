package aggregate

import (
	"bytes"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// ADXReader reads ADX as it comes, in memory that does not grow with the
// message. It is strict: the message must be well-formed XML in UTF-8 without
// a document type, in the namespace of ADX, with the elements and attributes
// that ADX wants. Whether a period or a code is right is not its business, see
// [Check]. Attributes of other namespaces are passed over, and so are elements
// in dataValue that are no annotation.
//
//	r := aggregate.NewADXReader(body, aggregate.ADXLimits{})
//	for r.NextGroup() {
//		for r.NextValue() {
//			use(r.Group(), r.Value())
//		}
//	}
//	if err := r.Err(); err != nil { … }
//
// It is for one goroutine at a time.
type ADXReader struct {
	s        *scanner
	exported time.Time
	state    adxState
	group    *ADXGroup
	value    ADXValue
	err      error
}

type adxState int

const (
	adxStart adxState = iota // nothing is read
	adxRoot                  // in the root element
	adxGroup                 // in a group
	adxDone
)

// NewADXReader makes a reader of a message. It does not close r.
func NewADXReader(r io.Reader, limits ADXLimits) *ADXReader {
	return &ADXReader{s: newScanner(r, limits.withDefaults())}
}

// ParseADX reads a whole message. An error is an *[ADXError].
func ParseADX(message []byte) (*ADX, error) {
	r := NewADXReader(bytes.NewReader(message), ADXLimits{})
	var adx ADX
	for r.NextGroup() {
		g := *r.Group()
		for r.NextValue() {
			g.Values = append(g.Values, r.Value())
		}
		adx.Groups = append(adx.Groups, g)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	adx.Exported = r.Exported()
	return &adx, nil
}

// Values reads all values, each with its group, whose Values are nil. Groups
// without values are not seen. After an error, an *[ADXError], nothing follows.
func (r *ADXReader) Values() iter.Seq2[*ADXGroup, ADXValue] {
	return func(yield func(*ADXGroup, ADXValue) bool) {
		for r.NextGroup() {
			for r.NextValue() {
				if !yield(r.group, r.value) {
					return
				}
			}
		}
	}
}

// Err is why the message could not be read on, an *[ADXError]; nil at its end.
func (r *ADXReader) Err() error { return r.err }

// Exported is when the message was made; the zero time if it does not say, or
// before the first call of NextGroup.
func (r *ADXReader) Exported() time.Time { return r.exported }

// Group is the group that NextGroup read. It stays as it is: the next one is
// another.
func (r *ADXReader) Group() *ADXGroup { return r.group }

// Value is the value that NextValue read.
func (r *ADXReader) Value() ADXValue { return r.value }

// NextGroup reads the start of the next group, over the values of this one that
// were not read, and reports whether there is one.
func (r *ADXReader) NextGroup() bool {
	for r.NextValue() {
		continue // over what is left of the group
	}
	switch r.state {
	case adxStart:
		if !r.open() {
			return false
		}
	case adxDone:
		return false
	case adxRoot, adxGroup:
	}
	found, ok := r.child("group", "adx")
	switch {
	case !ok:
		return false
	case !found:
		r.state = adxDone
		_, err := r.s.next() // the end of the document, or what may not follow
		r.fail(err)
		return false
	}
	r.state = adxGroup
	return r.readGroup()
}

// NextValue reads the next value of the group, and reports whether there is
// one.
func (r *ADXReader) NextValue() bool {
	if r.state != adxGroup {
		return false
	}
	found, ok := r.child("dataValue", "group")
	switch {
	case !ok:
		return false
	case !found:
		r.state = adxRoot
		return false
	}
	return r.readValue()
}

// fail ends the reading with an error, if it is one.
func (r *ADXReader) fail(err error) bool {
	if err == nil {
		return false
	}
	r.err, r.state = err, adxDone
	return true
}

// refuse ends the reading at the token.
func (r *ADXReader) refuse(reason string) bool {
	return r.fail(&ADXError{Line: r.s.fromLine, Column: r.s.fromCol, Reason: reason})
}

// open reads the start of the root element.
func (r *ADXReader) open() bool {
	kind, err := r.s.next()
	switch {
	case r.fail(err):
		return false
	case kind != tokenOpen || r.s.name != xmlName{ADXNamespace, "adx"}:
		r.refuse("the root element is not adx of " + ADXNamespace)
		return false
	}
	for _, a := range r.s.attrs {
		if a.name != (xmlName{"", "exported"}) {
			continue
		}
		if r.exported, err = parseTime(a.value); err != nil {
			r.refuse("exported is no time, as 2026-02-01T00:00:00Z")
			return false
		}
	}
	r.state = adxRoot
	return true
}

// parseTime reads a time by XML Schema; without a zone it is UTC.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05", s)
	}
	return t, err
}

// child reads up to the start of an element of this name (found) or the end of
// the one that it is in.
func (r *ADXReader) child(name, in string) (found, ok bool) {
	for {
		kind, err := r.s.next()
		switch {
		case r.fail(err):
			return false, false
		case kind == tokenClose:
			return false, true
		case kind == tokenText && isBlank(r.s.text):
		case kind == tokenText:
			r.refuse("there is text in " + in)
			return false, false
		case kind == tokenOpen && r.s.name == xmlName{ADXNamespace, name}:
			return true, true
		default:
			r.refuse("the element " + shorten(r.s.name.local) + " is not known in " + in)
			return false, false
		}
	}
}

func (r *ADXReader) readGroup() bool {
	g := &ADXGroup{Line: r.s.fromLine, Column: r.s.fromCol}
	r.group = g
	for _, a := range r.s.attrs {
		if a.name.space != "" {
			continue
		}
		switch a.name.local {
		case "orgUnit":
			g.OrgUnit = a.value
		case "period":
			g.Period = a.value
		case "dataSet":
			g.DataSet = a.value
		case "attributeOptionCombo":
			g.AttributeOptionCombo = a.value
		case "completeDate":
			g.CompleteDate = a.value
		case "comment":
			g.Comment = a.value
		default:
			g.Dimensions = append(g.Dimensions, ADXDimension{a.name.local, a.value})
		}
	}
	switch {
	case strings.TrimSpace(g.OrgUnit) == "":
		r.refuse("group has no orgUnit")
	case strings.TrimSpace(g.Period) == "":
		r.refuse("group has no period")
	}
	return r.err == nil
}

func (r *ADXReader) readValue() bool {
	v := ADXValue{Line: r.s.fromLine, Column: r.s.fromCol}
	hasValue := false
	for _, a := range r.s.attrs {
		if a.name.space != "" {
			continue
		}
		var err error
		switch a.name.local {
		case "dataElement":
			v.DataElement = a.value
		case "value":
			v.Value, hasValue = a.value, true
		case "categoryOptionCombo":
			v.CategoryOptionCombo = a.value
		case "comment":
			v.Comment = a.value
		case "followup":
			v.Followup, err = strconv.ParseBool(a.value)
		case "deleted":
			v.Deleted, err = strconv.ParseBool(a.value)
		case "created", "lastUpdated", "storedBy": // what a server notes itself
		default:
			v.Dimensions = append(v.Dimensions, ADXDimension{a.name.local, a.value})
		}
		if err != nil {
			r.refuse(a.name.local + " is neither true nor false")
			return false
		}
	}
	switch {
	case strings.TrimSpace(v.DataElement) == "":
		r.refuse("dataValue has no dataElement")
		return false
	case !hasValue && !v.Deleted:
		r.refuse("dataValue has no value")
		return false
	}
	r.value = v
	return r.readAnnotation()
}

// readAnnotation reads what is in a dataValue.
func (r *ADXReader) readAnnotation() bool {
	var text []byte
	seen := false
	for depth, inside := 1, false; depth > 0; {
		kind, err := r.s.next()
		if r.fail(err) {
			return false
		}
		switch kind {
		case tokenOpen:
			if depth == 1 && r.s.name == (xmlName{ADXNamespace, "annotation"}) {
				if seen {
					r.refuse("dataValue has two annotations")
					return false
				}
				seen, inside = true, true
			}
			depth++
		case tokenClose:
			depth--
			inside = inside && depth > 1
		case tokenText:
			switch {
			case inside && depth == 2:
				text = append(text, r.s.text...)
				if r.fail(r.s.within(len(text))) {
					return false
				}
			case depth == 1 && !isBlank(r.s.text):
				r.refuse("there is text in dataValue")
				return false
			}
		case tokenEnd:
			return !r.refuse("the document ends too early")
		}
	}
	r.value.Annotation = string(bytes.TrimSpace(text))
	return true
}
