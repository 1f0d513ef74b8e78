package aggregate

import (
	"context"
	"fmt"
	"net/http"

	"github.com/openhim/mediator-go/dhis2"
)

// PostADX sends a message to a server before 2.43 as it is, for the server to
// read. The answer is a Summary for all of it; an error without one is an
// *[dhis2.Error]. Names are codes unless o.IDSchemes says otherwise.
//
// 2.43 reads neither codes in ADX (E8004) nor values without categories (E8108):
// there it is [dhis2.ErrUnsupported], and nothing is sent. What works with each
// version, and says which values were rejected, is [Checker.ADX] and [Import].
func PostADX(ctx context.Context, c *dhis2.Client, message []byte, o Options) (*Summary, error) {
	o = o.withDefaults()
	o.Async = false
	v, err := c.Version(ctx)
	if err != nil {
		return nil, fmt.Errorf("send adx: %w", err)
	}
	if v.StrictAggregate() {
		return nil, fmt.Errorf("aggregate: %s cannot read ADX with codes: check it and import its values: %w", v, dhis2.ErrUnsupported)
	}
	q, err := o.query(v)
	if err != nil {
		return nil, err
	}
	res, err := c.Do(ctx, dhis2.Request{
		Method: http.MethodPost, Path: "dataValueSets", Query: q, Body: message, ContentType: ADXContentType, Repeat: dhis2.RepeatSafe,
	})
	var summary *Summary
	if res != nil {
		summary, _ = ParseSummary(res.Body)
	}
	switch {
	case summary != nil && summary.Status != statusError:
		return summary, nil
	case err != nil:
		return summary, fmt.Errorf("send adx: %w", err)
	case summary == nil:
		return nil, fmt.Errorf("send adx: %w", ErrNoSummary)
	}
	return summary, nil
}
