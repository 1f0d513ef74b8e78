package dhis2test_test

// unmetImports are the exchanges of import,concurrency,permissions,deletes,async that are not met, with the reason.
func unmetImports() unmetTable {
	return unmetTable{}
}
