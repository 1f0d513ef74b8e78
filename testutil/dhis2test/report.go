package dhis2test

import (
	"math/rand/v2"
)

// importReport is the answer to an import, in DHIS2's words (dhis2.md 1.1,
// "Sync answer").
type importReport struct {
	Status           string           `json:"status"`
	ValidationReport validationReport `json:"validationReport"`
	Stats            stats            `json:"stats"`
	Timings          *timings         `json:"timingsStats,omitempty"` // 2.40, reportMode=FULL
	BundleReport     *bundleReport    `json:"bundleReport,omitempty"`
	Message          string           `json:"message,omitempty"` // 2.40: what the import died of
}

type timings struct {
	Timers map[string]string `json:"timers"`
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
	Args        []string `json:"args,omitzero"` // from 2.41
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

// objectReport stands for an object that was stored; from 2.41 there is no
// index, so an object sent without a UID cannot be told from another (dhis2.md
// 1.1).
type objectReport struct {
	TrackerType  string   `json:"trackerType"`
	UID          string   `json:"uid"`
	Index        *int     `json:"index,omitempty"`
	ErrorReports []string `json:"errorReports"`
}

func newBundleReport() *bundleReport {
	b := &bundleReport{TypeReportMap: map[string]*typeReport{}}
	for _, t := range []string{typeEntity, typeEnrollment, typeEvent, typeRelationship} {
		b.TypeReportMap[t] = &typeReport{TrackerType: t, ObjectReports: []objectReport{}}
	}
	return b
}

// finding is one error of one object; DHIS2 keeps them in a set.
type finding struct {
	object  objectKey
	code    string
	message string
}

// findings collects what validation says about one import. An object with an
// error of its own is invalid.
type findings struct {
	version  version
	errors   []errorReport
	warnings []warningReport
	seen     map[finding]bool
	invalid  map[objectKey]bool
	failFast bool
}

func newFindings(v version, failFast bool) *findings {
	return &findings{version: v, seen: map[finding]bool{}, invalid: map[objectKey]bool{}, failFast: failFast}
}

func (f *findings) add(object objectKey, code string, args ...arg) {
	if f.failFast && f.invalid[object] {
		return
	}
	f.invalid[object] = true
	r := errorReport{
		Message: f.version.messageText(code, args), ErrorCode: code, TrackerType: object.kind, UID: object.uid,
	}
	found := finding{object, code, r.Message}
	if f.seen[found] {
		return
	}
	f.seen[found] = true
	if f.version.atLeast(2, 41) {
		r.Args = make([]string, len(args))
		for i, a := range args {
			r.Args[i] = a.repr
		}
	}
	f.errors = append(f.errors, r)
}

func (f *findings) warn(object objectKey, code string, args ...arg) {
	f.warnings = append(f.warnings, warningReport{
		Message: f.version.messageText(code, args), WarningCode: code, TrackerType: object.kind, UID: object.uid,
	})
}

// shuffle puts the errors in no order that a client could rely on: DHIS2 keeps
// them in a hash set. The same test run gets the same order.
func (f *findings) shuffle(seed int) {
	if len(f.errors) < 2 {
		return
	}
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
