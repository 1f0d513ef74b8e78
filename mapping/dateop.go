package mapping

import (
	"errors"
	"time"

	"github.com/openhim/mediator-go/mapping/internal/date"
)

// dateOp is the operator $date.
type dateOp struct {
	in        []*date.Format
	out       *date.Format
	precision date.Precision // to cut down to, or None
	zone      *time.Location
}

func (o *dateOp) apply(r *run, _ *scope, ru *rule, v value) value {
	if !r.needText(ru, "$date", v) {
		return failed()
	}
	r.text = append(r.text[:0], v.Text(nil)...)
	if len(r.text) == 0 {
		return value{} // an empty text is no date, and not a wrong one
	}
	var (
		d   date.Date
		err error
	)
	for _, format := range o.in {
		d, err = format.Parse(r.text)
		if err == nil || errors.Is(err, date.ErrImpossible) {
			break
		}
	}
	if err != nil {
		hint := "in: is " + o.in[0].Name
		if errors.Is(err, date.ErrImpossible) {
			hint = ""
		}
		return r.fail(ru, CodeFormat, v, "$date: "+err.Error(), hint)
	}
	if o.precision != date.None {
		d.Cut(o.precision)
	}
	if o.zone != nil {
		if err := d.In(o.zone); err != nil {
			return r.fail(ru, CodeFormat, v, "$date: "+err.Error(), "clocks in the zone skipped it")
		}
		if d.Year < 1 || d.Year > 9999 {
			return r.fail(ru, CodeFormat, v, "$date: a year that has not four digits in the zone", "")
		}
	}
	src := append(r.heap.Begin(), '"')
	src, err = o.out.Append(src, d)
	if err != nil {
		hint := "out: is " + o.out.Name
		if errors.Is(err, date.ErrNoOffset) {
			hint = "say which: zone: +03:00"
		}
		return r.fail(ru, CodeFormat, v, "$date: "+err.Error(), hint)
	}
	return r.heap.AddPlain(append(src, '"'))
}
