package dhis2test_test

// unmetRest are the exchanges of aggregate,datastore,metadata,metadata-cache,system that are not met, with the reason.
func unmetRest() unmetTable {
	return unmetTable{}
}
