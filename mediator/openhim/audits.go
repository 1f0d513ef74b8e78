package openhim

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Audit is an ATNA audit record (src/model/audits.js). It may name patients.
type Audit struct {
	ID         string `json:"_id,omitempty"`
	RawMessage string `json:"rawMessage,omitempty"`
	Event      struct {
		Time    Time      `json:"eventDateTime,omitzero"`
		Outcome string    `json:"eventOutcomeIndicator,omitempty"`
		Action  string    `json:"eventActionCode,omitempty"`
		ID      AuditCode `json:"eventID,omitzero"`
		Type    AuditCode `json:"eventTypeCode,omitzero"`
	} `json:"eventIdentification"`
	Source struct {
		ID         string `json:"auditSourceID,omitempty"`
		Enterprise string `json:"auditEnterpriseSiteID,omitempty"`
	} `json:"auditSourceIdentification,omitzero"`
	// Participants and Objects are as the core keeps them.
	Participants []map[string]any `json:"activeParticipant,omitempty"`
	Objects      []map[string]any `json:"participantObjectIdentification,omitempty"`
	Syslog       map[string]any   `json:"syslog,omitempty"`
}

// AuditCode is a coded value of an audit record.
type AuditCode struct {
	Code       string `json:"code,omitempty"`
	Display    string `json:"displayName,omitempty"`
	CodeSystem string `json:"codeSystemName,omitempty"`
}

// AuditFilter says which audits are meant.
type AuditFilter struct {
	// Fields are filters in the core's form, for example
	// {"auditSourceIdentification.auditSourceID": "openhim"}.
	Fields map[string]any
	// Full gives participants, objects and the raw message too. The core
	// audits that they were read.
	Full bool
	// Page counts from 0, PageSize is 1 to 1000. Defaults to 100.
	Page, PageSize int
}

// Audits returns one page of audits, the newest first.
func (a *API) Audits(ctx context.Context, filter AuditFilter) ([]Audit, error) {
	r := newRules(nil)
	if filter.Page < 0 {
		r.add("Page", "is %d; it counts from 0", filter.Page)
	}
	if filter.PageSize < 0 || filter.PageSize > 1000 {
		r.add("PageSize", "is %d; it must be 1 to 1000", filter.PageSize)
	}
	fields := filter.Fields
	if fields == nil {
		fields = map[string]any{}
	}
	filters, err := json.Marshal(fields)
	if err != nil {
		r.add("Fields", "cannot be written as JSON")
	}
	if err := r.result("audit filter"); err != nil {
		return nil, err
	}
	size := filter.PageSize
	if size == 0 {
		size = 100
	}
	query := url.Values{
		"filterLimit": {strconv.Itoa(size)},
		"filterPage":  {strconv.Itoa(filter.Page)},
		"filters":     {string(filters)},
	}
	if filter.Full {
		query.Set("filterRepresentation", string(RepresentationFull))
	}
	var list []Audit
	err = a.document(ctx, exchange{
		op: "list audits", method: http.MethodGet, path: "/audits", query: query,
		retry: httpx.RetrySafe, limit: maxList,
	}, &list)
	return list, err
}

// CreateAudit stores an audit record.
func (a *API) CreateAudit(ctx context.Context, audit Audit) error {
	_, err := a.do(ctx, exchange{
		op: "create audit", method: http.MethodPost, path: "/audits", body: audit, retry: httpx.RetryUnsent,
	})
	return err
}
