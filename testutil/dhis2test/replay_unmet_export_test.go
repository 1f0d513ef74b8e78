package dhis2test_test

// unmetExports are the exchanges of tracker-export that are not met, with the reason.
func unmetExports() unmetTable {
	return unmetTable{
		// The server wrote two events of one payload in one millisecond, so that
		// order=createdAt,event fell back to their UIDs; ours are always apart.
		"2.43.1/tracker-export/ev-totalPages=true&pageSize=3": "chance: two events of one payload were written in the same millisecond",
	}
}
