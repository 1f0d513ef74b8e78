package terminology

import (
	"context"
	"errors"

	"github.com/openhim/mediator-go/fhir"
)

// Checks answers yes, no or not known, as validators and expressions ask: it is what
// fhirpath.Config.Terminology and validate.Options.Terminology take. It is safe for concurrent
// use.
type Checks struct{ service *Service }

// Checks returns the service as validators and expressions ask it.
func (s *Service) Checks() Checks { return Checks{s} }

// MemberOf reports whether a value set has a code; an empty system stands for any. It is not
// known where neither what is here nor the server can tell. The error is a fault of the server
// or the network.
func (c Checks) MemberOf(ctx context.Context, valueSet, system, code string) (member, known bool, err error) {
	member, err = c.service.MemberOf(ctx, valueSet, system, code)
	known, err = told(err)
	return member && known, known, err
}

// ValidateCode is MemberOf, and for an empty valueSet whether the system has the code.
func (c Checks) ValidateCode(ctx context.Context, valueSet, system, code string) (valid, known bool, err error) {
	if valueSet != "" {
		return c.MemberOf(ctx, valueSet, system, code)
	}
	v, err := c.service.ValidateCode(ctx, ValidateRequest{Coding: fhir.Coding{System: system, Code: code}})
	known, err = told(err)
	return v.Result && known, known, err
}

// Subsumes reports whether a is the code b or a wider one.
func (c Checks) Subsumes(ctx context.Context, system, a, b string) (subsumes, known bool, err error) {
	outcome, err := c.service.Subsumes(ctx, system, a, b)
	known, err = told(err)
	return outcome == SubsumptionSubsumes || outcome == SubsumptionEquivalent, known, err
}

// told divides errors into what is not known and what went wrong.
func told(err error) (known bool, fault error) {
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, ErrNotSupplied), errors.Is(err, ErrOffline), errors.Is(err, ErrUnknownCode), isAnswer(err):
		return false, nil
	default:
		return false, err
	}
}
