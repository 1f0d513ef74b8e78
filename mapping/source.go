package mapping

import "context"

// Source yields the records of an input that is not one JSON document: the rows of a CSV
// file, the lines of NDJSON, the repeated elements of an XML file, HL7 v2 messages. Package
// mapping/source has them; anything with these two methods will do. A Source is read by one
// goroutine.
type Source interface {
	// Next returns the next record as one JSON value, or io.EOF after the last. The bytes
	// belong to the source and stay as they are until Next is called again. An error ends
	// the run, unless it has a method Skip() bool that says true: then the record is
	// reported as a failed item and reading goes on. If it also has a method
	// Split() (where, reason string), the issue has these as its Source and its Message.
	Next(ctx context.Context) ([]byte, error)

	// Locate says where the record last returned by Next, or the part of it at a JSON
	// pointer ("" for the record, "/facility_code", "/PID/3/1"), stands in the source, in
	// the source's own terms: "row 418, column facility_code", an XPath, "PID-3.1". It
	// returns "" when it cannot tell, and the JSON pointer is reported alone.
	Locate(pointer string) string
}
