package aggregate

import (
	"errors"
	"fmt"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// Severity says what a finding is for.
type Severity int

const (
	// SeverityError is of what the server would refuse, or store otherwise than it was
	// meant.
	SeverityError Severity = iota
	// SeverityWarning is of what may be refused, or not count.
	SeverityWarning
)

// String is "error" or "warning".
func (s Severity) String() string {
	if s == SeverityWarning {
		return "warning"
	}
	return "error"
}

// Finding is something about a message that a [Checker] found. Its text holds no
// value of the message and no name that came with it, but of attributes.
type Finding struct {
	// Rule that is not kept.
	Rule Rule
	// Severity of it.
	Severity Severity
	// Code is what the server would answer, in its version; "" if it would not
	// mind, or has no code.
	Code string
	// Place in the message.
	Place
	// Group and Value are indexes of the message; Value is -1 if all of the group
	// is concerned. Of a [DataValueSet] Group is 0.
	Group, Value int
	// Message is for people.
	Message string
}

// Place is a place in a message. Of a [DataValueSet] it is zero.
type Place struct {
	// Line and Column, from 1, in bytes.
	Line, Column int
}

// String is the finding in one line.
func (f Finding) String() string {
	text := f.Severity.String()
	if f.Line > 0 {
		text = fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, text)
	}
	if f.Code != "" {
		text += " " + f.Code
	}
	return text + ": " + f.Message
}

// CheckConfig is what a [Checker] goes by.
type CheckConfig struct {
	// Snapshot is the server's metadata. It is needed.
	Snapshot *dhis2.Snapshot
	// Scheme says how messages name metadata. Defaults to dhis2.SchemeCode, as in
	// ADX.
	Scheme dhis2.IDScheme
	// DataSet is that of groups that name none, in Scheme. Defaults to none: then
	// each must name one.
	DataSet string
	// Version of the server decides which codes are told. Defaults to that of the
	// snapshot, else 2.42.
	Version dhis2.Version
	// Calendar of the server's periods. Defaults to ISO8601.
	Calendar Calendar
	// Today says which day it is, in the server's zone: that of the time in its own
	// location. It decides which periods are in the future. Defaults to no
	// opinion, and then nothing is.
	Today func() time.Time
}

// Checker checks aggregate data against the data set before they are sent, as
// OpenHIE's workflow HMISWF-1 (save aggregate data) asks for, and makes of ADX
// what can be sent to any version: values by UID, with the periods of DHIS2.
//
// It is what a server before 2.43 would not do: that stores values outside of
// the data set, of org units that do not report it and of periods of other
// types without a word. And it is how ADX gets to 2.43, which reads no codes in
// it (E8004) and no values without categories (E8108).
//
// It is safe for concurrent use if Today is.
type Checker struct {
	cfg CheckConfig
}

// NewChecker makes a checker.
func NewChecker(cfg CheckConfig) (*Checker, error) {
	switch {
	case cfg.Snapshot == nil:
		return nil, errors.New("aggregate: check: Snapshot is missing: see dhis2.FetchMetadata")
	case !cfg.Calendar.Valid():
		return nil, fmt.Errorf("aggregate: check: there is no calendar %q", string(cfg.Calendar))
	}
	if cfg.Scheme == "" {
		cfg.Scheme = dhis2.SchemeCode
	}
	if !cfg.Scheme.Valid() {
		return nil, errors.New("aggregate: check: Scheme is no id scheme")
	}
	if cfg.Version == (dhis2.Version{}) {
		v, err := dhis2.ParseVersion(cfg.Snapshot.Header().Version)
		if err != nil {
			v = dhis2.Version{Major: 2, Minor: 42}
		}
		cfg.Version = v
	}
	return &Checker{cfg: cfg}, nil
}

// CheckedSet is values that were checked, ready for [Import], by UID.
type CheckedSet struct {
	DataValueSet
	// Places are where the message has the values.
	Places []Place
}

// Report is what a check came to.
type Report struct {
	// Findings in the order of the message.
	Findings []Finding
	// Sets are the values without errors. Groups that follow each other and are of
	// one data set are in one set, but for those with a CompleteDate: which is
	// dropped if a value of the group has an error.
	Sets []CheckedSet
	// Values is how many the message has, those with errors included.
	Values int
}

// OK reports whether there is no error.
func (r *Report) OK() bool { return r.Errors() == 0 }

// Errors is how many findings are errors.
func (r *Report) Errors() int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == SeverityError {
			n++
		}
	}
	return n
}

// ADX checks a whole message. Values that it gives twice are found, in whatever
// group.
func (c *Checker) ADX(adx *ADX) *Report {
	r := &Report{}
	seen := map[Key]Place{}
	for i := range adx.Groups {
		g := &adx.Groups[i]
		b := c.group(g, i, seen)
		r.Values += len(g.Values)
		set := CheckedSet{DataValueSet: b.set}
		for k, v := range g.Values {
			row, ok := b.value(v, k)
			if ok {
				set.Values = append(set.Values, row)
				set.Places = append(set.Places, Place{v.Line, v.Column})
			}
		}
		r.Findings = append(r.Findings, b.findings...)
		if len(set.Values) < len(g.Values) {
			set.CompleteDate = "" // it is not
		}
		if b.ok {
			r.add(set)
		}
	}
	return r
}

// add appends a set, or joins it with the last.
func (r *Report) add(set CheckedSet) {
	if set.CompleteDate != "" {
		r.Sets = append(r.Sets, set)
		return
	}
	if len(set.Values) == 0 {
		return
	}
	if n := len(r.Sets); n > 0 && r.Sets[n-1].DataSet == set.DataSet && r.Sets[n-1].CompleteDate == "" {
		last := &r.Sets[n-1]
		last.Values = append(last.Values, set.Values...)
		last.Places = append(last.Places, set.Places...)
		return
	}
	// Each value says its own.
	set.Period, set.OrgUnit, set.AttributeOptionCombo = "", "", ""
	r.Sets = append(r.Sets, set)
}
