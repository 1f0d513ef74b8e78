package tracker

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// Status is the word an import report begins with. It says little: with atomicMode=OBJECT it is
// OK even when no object was stored. Ask [Report.Outcome].
type Status string

// The statuses of import reports. WARNING is known to the server but never sent by 2.40 to 2.43.
const (
	StatusOK      Status = "OK"
	StatusWarning Status = "WARNING"
	StatusError   Status = "ERROR"
)

// Report is the server's account of one import: the body of a synchronous answer, with HTTP 200
// or 409, or of /tracker/jobs/{id}/report. It is safe for concurrent reading.
type Report struct {
	Status   Status
	Errors   []Entry
	Warnings []Entry
	Stats    Stats
	// Types holds the bundle report, by type of object. It is nil after errors with
	// atomicMode=ALL and empty after a dry run.
	Types map[Type]TypeReport
	// Message says why the import died, where 2.40 answers "Exception:…". It may quote patient
	// data: do not log it.
	Message string
	// Validated says that the request was a dry run (importMode=VALIDATE), which stores nothing.
	// The answer does not tell; [Import] and [Validate] set it.
	Validated bool

	byRef map[Ref]*objectState
}

// Stats counts objects.
type Stats struct {
	Created int `json:"created"`
	Updated int `json:"updated"`
	Deleted int `json:"deleted"`
	Ignored int `json:"ignored"`
	Total   int `json:"total"`
}

// Stored returns the number of objects created, updated and deleted.
func (s Stats) Stored() int { return s.Created + s.Updated + s.Deleted }

// TypeReport is the part of a bundle report for one type of object.
type TypeReport struct {
	Stats Stats
	// UIDs lists the objects the server processed, in its order.
	UIDs []string
}

// Entry is one error or warning about one object.
type Entry struct {
	// Code is the server's, "E1064".
	Code string
	Ref  Ref
	// Message and Args are the server's words. Those of E1007, E1019, E1064, E1077, E1125 and
	// E1302 quote patient data: do not log them. Args are Java texts, no stable ids.
	Message string
	Args    []string
}

// String returns code, type and UID, without the message, which may quote patient data.
func (e Entry) String() string { return e.Code + " " + e.Ref.String() }

// GoString does as String, so that %#v quotes no patient data either.
func (e Entry) GoString() string { return e.String() }

// LogValue implements [slog.LogValuer], without the message.
func (e Entry) LogValue() slog.Value { return slog.StringValue(e.String()) }

// String counts, without the words of the server.
func (r *Report) String() string {
	return fmt.Sprintf("import %s: %d created, %d updated, %d deleted, %d ignored, %d errors, %d warnings",
		r.Status, r.Stats.Created, r.Stats.Updated, r.Stats.Deleted, r.Stats.Ignored, len(r.Errors), len(r.Warnings))
}

// LogValue implements [slog.LogValuer] with what String says.
func (r *Report) LogValue() slog.Value { return slog.StringValue(r.String()) }

// wireReport is the report as the server writes it.
type wireReport struct {
	Status           *Status `json:"status"`
	Message          string  `json:"message"`
	ValidationReport *struct {
		ErrorReports   []wireEntry `json:"errorReports"`
		WarningReports []wireEntry `json:"warningReports"`
	} `json:"validationReport"`
	Stats        *Stats `json:"stats"`
	BundleReport *struct {
		TypeReportMap map[Type]struct {
			Stats         Stats `json:"stats"`
			ObjectReports []struct {
				UID          string      `json:"uid"`
				ErrorReports []wireEntry `json:"errorReports"`
			} `json:"objectReports"`
		} `json:"typeReportMap"`
	} `json:"bundleReport"`
}

type wireEntry struct {
	Message     string `json:"message"`
	ErrorCode   string `json:"errorCode"`
	WarningCode string `json:"warningCode"`
	TrackerType Type   `json:"trackerType"`
	UID         string `json:"uid"`
	Args        []any  `json:"args"`
}

// IsReport says whether the body of an answer is an import report and not a WebMessage, whatever
// the HTTP status: the two share the statuses 200 and 409.
func IsReport(body []byte) bool {
	report, err := decodeReport(body)
	return err == nil && report.isReport()
}

func decodeReport(body []byte) (*wireReport, error) {
	var wire wireReport
	if err := json.Unmarshal(body, &wire); err != nil {
		return nil, fmt.Errorf("tracker: %w: the answer is no JSON of the right shape", ErrNoReport)
	}
	return &wire, nil
}

func (w *wireReport) isReport() bool {
	return w.Status != nil && (w.ValidationReport != nil || w.Stats != nil || w.BundleReport != nil)
}

// ParseReport reads an import report. It returns an error that wraps [ErrNoReport] for anything
// else, a WebMessage too. The report's size is bounded by the body's.
func ParseReport(body []byte) (*Report, error) {
	wire, err := decodeReport(body)
	if err != nil {
		return nil, err
	}
	if !wire.isReport() {
		return nil, fmt.Errorf("tracker: %w: it has neither validationReport nor stats", ErrNoReport)
	}
	report := &Report{Status: *wire.Status, Message: wire.Message}
	if wire.Stats != nil {
		report.Stats = *wire.Stats
	}
	if wire.ValidationReport != nil {
		report.Errors = entries(wire.ValidationReport.ErrorReports, Ref{})
		report.Warnings = entries(wire.ValidationReport.WarningReports, Ref{})
	}
	if wire.BundleReport != nil {
		report.Types = make(map[Type]TypeReport, len(wire.BundleReport.TypeReportMap))
		for kind, part := range wire.BundleReport.TypeReportMap {
			typed := TypeReport{Stats: part.Stats, UIDs: make([]string, 0, len(part.ObjectReports))}
			for _, object := range part.ObjectReports {
				typed.UIDs = append(typed.UIDs, object.UID)
				report.Errors = append(report.Errors, entries(object.ErrorReports, Ref{kind, object.UID})...)
			}
			report.Types[kind] = typed
		}
	}
	report.index()
	return report, nil
}

// entries converts; an entry that names no object is about the given one.
func entries(wire []wireEntry, of Ref) []Entry {
	if len(wire) == 0 {
		return nil
	}
	list := make([]Entry, len(wire))
	for i, w := range wire {
		entry := Entry{Code: w.ErrorCode, Ref: Ref{w.TrackerType, w.UID}, Message: w.Message}
		if entry.Code == "" {
			entry.Code = w.WarningCode
		}
		if entry.Ref.UID == "" {
			entry.Ref = of
		}
		for _, arg := range w.Args {
			if text, ok := arg.(string); ok {
				entry.Args = append(entry.Args, text)
			}
		}
		list[i] = entry
	}
	return list
}
