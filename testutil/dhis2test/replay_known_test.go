package dhis2test_test

// readRecordings are the numbers of exchanges of the files that somebody has read: in them every exchange must be met
// or explained. A file that has grown since, or is new, is gated by the floor of its version alone; what it does not meet
// is printed.
func readRecordings() map[string]int {
	return map[string]int{
		"2.41.9.1/concurrency":    115,
		"2.41.9.1/deletes":        35,
		"2.41.9.1/permissions":    35,
		"2.41.9.1/tracker-async":  34,
		"2.41.9.1/tracker-export": 208,
		"2.41.9.1/tracker-import": 290,
		"2.42.5.2/aggregate":      61,
		"2.42.5.2/concurrency":    115,
		"2.42.5.2/datastore":      30,
		"2.42.5.2/deletes":        35,
		"2.42.5.2/metadata-cache": 19,
		"2.42.5.2/metadata":       46,
		"2.42.5.2/permissions":    35,
		"2.42.5.2/system":         53,
		"2.42.5.2/tracker-async":  34,
		"2.42.5.2/tracker-export": 208,
		"2.42.5.2/tracker-import": 290,
		"2.43.1/aggregate":        61,
		"2.43.1/concurrency":      115,
		"2.43.1/datastore":        30,
		"2.43.1/deletes":          35,
		"2.43.1/metadata-cache":   19,
		"2.43.1/metadata":         46,
		"2.43.1/permissions":      35,
		"2.43.1/system":           53,
		"2.43.1/tracker-async":    34,
		"2.43.1/tracker-export":   208,
		"2.43.1/tracker-import":   290,
	}
}
