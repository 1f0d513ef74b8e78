package fhir

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Operation is a call of an operation (R4 operations.html).
type Operation struct {
	// Name with or without the $: "$match". Needed.
	Name string
	// Type is the resource type it is called on; empty for the whole server.
	Type string
	// ID is the resource it is called on; empty for the type.
	ID string
	// Input is sent as Parameters. Defaults to none.
	Input Parameters
	// Body is sent instead of Input: a resource by itself, which most servers
	// take for the one parameter called "resource". Defaults to none.
	Body Resource
	// Query goes into the URL. With neither Input nor Body the operation is
	// called by GET, which is for those that change nothing. Defaults to none.
	Query Query
	// Post calls it by POST even so. Defaults to false.
	Post bool
	// ReadOnly says that the operation changes nothing, so that it may be
	// repeated as a read may be. Defaults to false.
	ReadOnly bool
}

var operationName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{0,63}$`)

// Call calls an operation and returns the resource that it answers with: a
// Parameters, see [ParseParameters], or whatever it is defined to return; the
// zero Resource if there is no content. An operation that the server does not
// know is [ErrNotSupported].
func (c *Client) Call(ctx context.Context, op Operation, opts ...OperationOption) (Resource, error) {
	answer, err := c.call(ctx, op, opts)
	if err != nil {
		return Resource{}, err
	}
	return answer.Resource()
}

func (c *Client) call(ctx context.Context, op Operation, opts []OperationOption) (*Answer, error) {
	q, err := c.newOperation(op)
	if err != nil {
		return nil, err
	}
	for _, o := range opts {
		o.applyOperation(q)
	}
	return c.send(ctx, q)
}

func (c *Client) newOperation(op Operation) (*request, error) {
	name := strings.TrimPrefix(op.Name, "$")
	switch {
	case !operationName.MatchString(name):
		return nil, &ArgumentError{Argument: "operation", Reason: "its name is none"}
	case op.Type == "" && op.ID != "":
		return nil, &ArgumentError{Argument: "operation", Reason: "has an id but no type"}
	case len(op.Input) > 0 && !op.Body.IsZero():
		return nil, &ArgumentError{Argument: "operation", Reason: "has both Input and Body"}
	}
	if op.Type != "" {
		if err := checkType(op.Type); err != nil {
			return nil, err
		}
	}
	if op.ID != "" {
		if err := checkID("id", op.ID); err != nil {
			return nil, err
		}
	}
	q := c.newRequest(http.MethodGet)
	q.url = c.join(op.Type, op.ID, "$"+name)
	q.query, q.operation = op.Query, true
	body := op.Body
	if len(op.Input) > 0 || op.Post && body.IsZero() {
		var err error
		if body, err = op.Input.Resource(); err != nil {
			return nil, err
		}
	}
	if !body.IsZero() {
		q.method, q.retry = http.MethodPost, httpx.RetryRefused
		q.content(body.Bytes(), mediaFHIR)
	}
	if op.ReadOnly {
		q.retry = httpx.RetrySafe
	}
	return q, nil
}

// Everything yields all resources of a record: of a patient, an encounter or
// whatever else the server knows $everything for, over all pages. Options are
// the operation's parameters, such as ByRaw("start", "2026-01-01"), and
// [PageSize].
func (c *Client) Everything(ctx context.Context, typ, id string, opts ...SearchOption) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) {
		first := func() (*Page, error) {
			q, err := c.newOperation(Operation{Name: "everything", Type: typ, ID: id})
			if err != nil {
				return nil, err
			}
			for _, o := range opts {
				o.applySearch(q)
			}
			return c.page(ctx, q, "")
		}
		for p, err := range c.pages(ctx, first) {
			if err != nil {
				yield(Resource{}, err)
				return
			}
			for r := range p.found() {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// MatchOptions shape a [Client.Match].
type MatchOptions struct {
	// OnlyCertain asks for those only that are the same patient for certain.
	// Defaults to false.
	OnlyCertain bool
	// Count bounds the number of matches. Defaults to the server's choice.
	Count int
}

// Match is a candidate that a master patient index found.
type Match struct {
	// Resource is the candidate.
	Resource Resource
	// Score is how well it fits, from 0 to 1; 0 where the server does not tell.
	Score float64
	// Grade is "certain", "probable", "possible" or "certainly-not", "" where
	// the server does not tell (extension match-grade).
	Grade string
}

const matchGradeURL = "http://hl7.org/fhir/StructureDefinition/match-grade"

// Match finds who a patient may be in a master patient index (R4
// Patient/$match), the best match first as the server sorts them. It works for
// Practitioner and others too where the server does.
func (c *Client) Match(ctx context.Context, patient Resource, options MatchOptions, opts ...OperationOption) ([]Match, error) {
	if patient.IsZero() {
		return nil, errZero
	}
	in := Parameters{}.Of("resource", patient)
	if options.OnlyCertain {
		in = in.Boolean("onlyCertainMatches", true)
	}
	if options.Count > 0 {
		in = in.Integer("count", int32(min(options.Count, 1<<30)))
	}
	answer, err := c.call(ctx, Operation{Name: "match", Type: patient.Type(), Input: in, ReadOnly: true}, opts)
	if err != nil {
		return nil, err
	}
	r, err := answer.need("Bundle")
	if err != nil {
		return nil, err
	}
	b, err := BundleOf(r)
	if err != nil {
		return nil, answer.broken(err)
	}
	var out []Match
	for i, e := range b.Entries() {
		if e.SearchMode() != SearchMatch || e.Resource().Type() != patient.Type() {
			continue
		}
		m := Match{Resource: e.Resource()}
		m.Score, _ = e.SearchScore()
		m.Grade = text(r.Get(fmt.Sprintf(`entry.%d.search.extension.#(url=="%s").valueCode`, i, matchGradeURL)))
		out = append(out, m)
	}
	return out, nil
}

// ValidateOptions shape a [Client.Validate].
type ValidateOptions struct {
	// Mode is "create", "update" or "delete". Defaults to none.
	Mode string
	// Profile is the canonical URL to validate against. Defaults to those the
	// resource claims.
	Profile string
}

// Validate has the server validate a resource ($validate). What it finds is
// the outcome and no error, whatever the status: HAPI answers 200 to an invalid
// resource, others 412 or 422. See [OperationOutcome.HasErrors].
func (c *Client) Validate(ctx context.Context, r Resource, options ValidateOptions, opts ...OperationOption) (OperationOutcome, error) {
	if r.IsZero() {
		return OperationOutcome{}, errZero
	}
	in := Parameters{}.Of("resource", r)
	if options.Mode != "" {
		in = in.Code("mode", options.Mode)
	}
	if options.Profile != "" {
		in = in.URI("profile", options.Profile)
	}
	answer, err := c.call(ctx, Operation{Name: "validate", Type: r.Type(), Input: in, ReadOnly: true}, opts)
	var refused *OutcomeError
	if errors.As(err, &refused) && refused.ContentType == "" && len(refused.Outcome.Issues) > 0 &&
		(refused.Status == http.StatusUnprocessableEntity || refused.Status == http.StatusPreconditionFailed) {
		return refused.Outcome, nil
	}
	if err != nil {
		return OperationOutcome{}, err
	}
	o, ok := answer.outcome()
	if !ok {
		return OperationOutcome{}, answer.broken(errNoOutcome)
	}
	return o, nil
}
