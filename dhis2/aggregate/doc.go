// Package aggregate sends reports to DHIS2, 2.40 to 2.43, and reads them: data
// values of data sets, ADX (the Aggregate Data Exchange of IHE), periods, and
// which data sets are complete.
//
// Use it for numbers that were counted: 12 doses of BCG in January at a
// facility. Patients and their events are package tracker's.
//
// # Sending
//
// [Import] sends the values of a data set and tells what became of each row,
// whatever the version answers: a partial success is 409 with WARNING before
// 2.43 and 200 with WARNING since, 2.43 refuses all of a request for one bad
// name in it, and answers success to what it could not read. [ImportRows] does
// so with a stream, [Delete] deletes, [Read] reads back and [Compare] tells what
// is not as it should be.
//
//	result, err := aggregate.Import(ctx, client, set, aggregate.Options{})
//	for _, r := range result.Rejections {
//		fmt.Println(r.Row, r.Code)
//	}
//
// # ADX
//
// [NewADXReader] reads messages of any size, [ParseADX] those that fit in
// memory; both are strict and bounded, and tell line and column. A [Checker]
// checks a message against the data set, as OpenHIE's workflow HMISWF-1 asks
// for, and makes of it values that can be sent to any version:
//
//	adx, err := aggregate.ParseADX(body)
//	report := checker.ADX(adx)     // findings with line, column and the server's code
//	for _, set := range report.Sets {
//		result, err := aggregate.Import(ctx, client, set.DataValueSet, aggregate.Options{})
//	}
//
// [MakeADX] and [ADXWriter] are the way back.
//
// # Periods
//
// [ParsePeriod] reads ids of all period types of DHIS2, [ParseInterval] the
// intervals of ADX, and [PeriodType.Period] finds the period of a day. Periods of
// the Ethiopian calendar are computed (but for weeks), those of the Nepali one
// read only: see [Calendar].
//
// Nothing in this package is global. Errors hold no values.
package aggregate
