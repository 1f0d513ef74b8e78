package mapping

import (
	"cmp"
	"errors"
)

// OperatorError is an error of a host's operator that says more than its text: which code the
// issue has, which code a table of the host's lacks, and what to go on with. Any other error
// becomes an issue of CodeOperator.
type OperatorError struct {
	// Code is the issue's. Defaults to CodeOperator.
	Code string
	// Message and Hint are the issue's. They hold no value of the input.
	Message, Hint string
	// Table and Unmapped are counted in Report.Unmapped: a code that a table has not.
	// Default to nothing.
	Table, Unmapped string
	// Instead is what to go on with. Then there is no issue. The zero Value is nothing, as
	// for a member that is left out. Defaults to nil: the rule fails.
	Instead *Value
}

// Error returns the message.
func (e *OperatorError) Error() string { return e.Message }

// failed deals with the error of a host's operator: it reports the error, or goes on with what
// the operator gives instead.
func (o *hosted) failed(r *run, ru *rule, v value, err error) (instead Value, failure value, ok bool) {
	bad, more := errors.AsType[*OperatorError](err)
	if !more {
		return Value{}, r.fail(ru, CodeOperator, v, o.name+": "+err.Error(), ""), false
	}
	if bad.Unmapped != "" {
		r.unmappedCode(bad.Table, []byte(bad.Unmapped))
	}
	if bad.Instead != nil {
		return *bad.Instead, value{}, true
	}
	return Value{}, r.fail(ru, cmp.Or(bad.Code, CodeOperator), v, o.name+": "+bad.Message, bad.Hint), false
}
