// Package conformance makes the conformance report from what tests print.
//
// A test that runs a corpus or a recording prints one line at its end, and may print a
// line for each case that it does not meet, or that does not count by the corpus's README:
//
//	conformance: NAME passed/total
//	conformance-unmet: NAME id: reason
//	conformance-apart: NAME id: reason
//
// Scan reads the lines from the output of `go test -json`, Report.Markdown writes the
// document. `make conformance` does both, by the command in folder report:
//
//	report, err := conformance.Scan(output)
//	err = report.Markdown(file, command)
package conformance
