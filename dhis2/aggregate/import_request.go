package aggregate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/openhim/mediator-go/dhis2"
)

// envelope is a request's body.
type envelope struct {
	DataSet              string      `json:"dataSet"`
	CompleteDate         string      `json:"completeDate,omitempty"`
	Period               string      `json:"period,omitempty"`
	OrgUnit              string      `json:"orgUnit,omitempty"`
	AttributeOptionCombo string      `json:"attributeOptionCombo,omitempty"`
	DataValues           []DataValue `json:"dataValues"`
}

// body makes a request of rows. What they all share is said once.
func (j *job) body(rows []int, complete bool) ([]byte, error) {
	e := envelope{DataSet: j.set.DataSet, DataValues: make([]DataValue, len(rows))}
	onePeriod, oneUnit, oneCombo := true, true, true
	for i, row := range rows {
		v := j.set.row(row)
		e.DataValues[i] = v
		if i == 0 {
			e.Period, e.OrgUnit, e.AttributeOptionCombo = v.Period, v.OrgUnit, v.AttributeOptionCombo
		}
		onePeriod = onePeriod && v.Period == e.Period
		oneUnit = oneUnit && v.OrgUnit == e.OrgUnit
		oneCombo = oneCombo && v.AttributeOptionCombo == e.AttributeOptionCombo
	}
	for i := range e.DataValues {
		v := &e.DataValues[i]
		if onePeriod {
			v.Period = ""
		}
		if oneUnit {
			v.OrgUnit = ""
		}
		if oneCombo {
			v.AttributeOptionCombo = ""
		}
	}
	if !onePeriod {
		e.Period = ""
	}
	if !oneUnit {
		e.OrgUnit = ""
	}
	if !oneCombo {
		e.AttributeOptionCombo = ""
	}
	if complete {
		e.CompleteDate, e.Period, e.OrgUnit = j.set.CompleteDate, j.set.Period, j.set.OrgUnit
		e.AttributeOptionCombo = j.set.AttributeOptionCombo
	}
	return marshal(e)
}

// marshal writes JSON without the escapes that are for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("aggregate: %w", err)
	}
	return b.Bytes(), nil
}

// post sends a request and reads its summary. There may be one with an error.
func (j *job) post(ctx context.Context, body []byte) (*Summary, error) {
	res, err := j.client.Do(ctx, dhis2.Request{
		Method: http.MethodPost, Path: "dataValueSets", Query: j.query, Body: body, Repeat: dhis2.RepeatSafe,
	})
	if res == nil {
		return nil, err
	}
	if j.options.Async && err == nil {
		return j.awaitJob(ctx, res.Body)
	}
	summary, unread := ParseSummary(res.Body)
	if summary == nil && err == nil {
		err = unread
	}
	return summary, err
}
