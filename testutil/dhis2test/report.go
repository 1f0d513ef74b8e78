package dhis2test

import (
	"math/rand/v2"
	"slices"
)

// importReport is the answer to an import, in DHIS2's words (dhis2.md 1.1,
// "Sync answer").
type importReport struct {
	Status           string           `json:"status"`
	ValidationReport validationReport `json:"validationReport"`
	Stats            stats            `json:"stats"`
	BundleReport     *bundleReport    `json:"bundleReport,omitempty"`
}

type validationReport struct {
	ErrorReports   []errorReport   `json:"errorReports"`
	WarningReports []warningReport `json:"warningReports"`
}

type errorReport struct {
	Message     string   `json:"message"`
	ErrorCode   string   `json:"errorCode"`
	TrackerType string   `json:"trackerType"`
	UID         string   `json:"uid"`
	Args        []string `json:"args"`
}

type warningReport struct {
	Message     string `json:"message"`
	WarningCode string `json:"warningCode"`
	TrackerType string `json:"trackerType"`
	UID         string `json:"uid"`
}

type stats struct {
	Created int `json:"created"`
	Updated int `json:"updated"`
	Deleted int `json:"deleted"`
	Ignored int `json:"ignored"`
	Total   int `json:"total"`
}

func (s *stats) count(do action) {
	switch do {
	case create:
		s.Created++
	case update:
		s.Updated++
	case remove:
		s.Deleted++
	}
}

func (s *stats) sum() { s.Total = s.Created + s.Updated + s.Deleted + s.Ignored }

type bundleReport struct {
	TypeReportMap map[string]*typeReport `json:"typeReportMap"`
}

type typeReport struct {
	TrackerType   string         `json:"trackerType"`
	Stats         stats          `json:"stats"`
	ObjectReports []objectReport `json:"objectReports"`
}

// objectReport stands for an object that was stored; there is no index, so an
// object sent without a UID cannot be told from another (dhis2.md 1.1).
type objectReport struct {
	TrackerType  string   `json:"trackerType"`
	UID          string   `json:"uid"`
	ErrorReports []string `json:"errorReports"`
}

func newBundleReport() *bundleReport {
	b := &bundleReport{TypeReportMap: map[string]*typeReport{}}
	for _, t := range []string{typeEntity, typeEnrollment, typeEvent, typeRelationship} {
		b.TypeReportMap[t] = &typeReport{TrackerType: t, ObjectReports: []objectReport{}}
	}
	return b
}

func (b *bundleReport) stored(trackerType, uid string, do action) {
	t := b.TypeReportMap[trackerType]
	t.Stats.count(do)
	t.ObjectReports = append(t.ObjectReports, objectReport{TrackerType: trackerType, UID: uid, ErrorReports: []string{}})
}

// findings collects what validation says about one import. An object with an
// error of its own is invalid; the same finding is reported once.
type findings struct {
	errors   []errorReport
	warnings []warningReport
	invalid  map[string]bool // tracker type + UID
	failFast bool
}

func (f *findings) add(trackerType, uid, code string, args ...arg) {
	if f.failFast && f.invalid[trackerType+uid] {
		return
	}
	f.invalid[trackerType+uid] = true
	r := errorReport{
		Message: messageText(code, args), ErrorCode: code,
		TrackerType: trackerType, UID: uid, Args: make([]string, len(args)),
	}
	for i, a := range args {
		r.Args[i] = a.repr
	}
	if !slices.ContainsFunc(f.errors, func(o errorReport) bool {
		return o.UID == r.UID && o.ErrorCode == r.ErrorCode && o.Message == r.Message
	}) {
		f.errors = append(f.errors, r)
	}
}

func (f *findings) warn(trackerType, uid, code string, args ...arg) {
	f.warnings = append(f.warnings, warningReport{
		Message: messageText(code, args), WarningCode: code, TrackerType: trackerType, UID: uid,
	})
}

func (f *findings) failed(trackerType, uid string) bool { return f.invalid[trackerType+uid] }

// shuffle puts the errors in no order that a client could rely on: DHIS2 keeps
// them in a hash set. The same test run gets the same order.
func (f *findings) shuffle(seed int) {
	r := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // an order, not a secret
	r.Shuffle(len(f.errors), func(i, j int) { f.errors[i], f.errors[j] = f.errors[j], f.errors[i] })
}

// report shows the findings as reportMode asks: ERRORS, the default, drops the
// warnings.
func (f *findings) report(mode string) validationReport {
	out := validationReport{ErrorReports: []errorReport{}, WarningReports: []warningReport{}}
	out.ErrorReports = append(out.ErrorReports, f.errors...)
	if mode != "ERRORS" {
		out.WarningReports = append(out.WarningReports, f.warnings...)
	}
	return out
}
