package terminology

import (
	"context"
	"errors"
)

// Service asks Local, and Remote for what cannot be told without a server. Either may be nil:
// then it is the other one alone. It is safe for concurrent use.
type Service struct {
	local  *Local
	remote *Remote
}

// NewService makes a Service.
func NewService(local *Local, remote *Remote) *Service { return &Service{local, remote} }

// either asks the one and then the other. What Local can tell is final, a code that it does not
// have too.
func either[T any](s *Service, local func(*Local) (T, error), remote func(*Remote) (T, error)) (T, error) {
	var none T
	err := error(&OfflineError{Reason: "there is neither a Local nor a Remote"})
	if s.local != nil {
		var answer T
		answer, err = local(s.local)
		if err == nil || !errors.Is(err, ErrNotSupplied) && !errors.Is(err, ErrOffline) {
			return answer, err
		}
	}
	if s.remote == nil {
		return none, err
	}
	return remote(s.remote)
}

// Translate translates a code: see [Local.Translate].
func (s *Service) Translate(ctx context.Context, request TranslateRequest) (Translation, error) {
	return either(s,
		func(l *Local) (Translation, error) { return l.Translate(ctx, request) },
		func(r *Remote) (Translation, error) { return r.Translate(ctx, request) })
}

// Lookup tells what a code means: see [Local.Lookup].
func (s *Service) Lookup(ctx context.Context, request LookupRequest) (Concept, error) {
	return either(s,
		func(l *Local) (Concept, error) { return l.Lookup(ctx, request) },
		func(r *Remote) (Concept, error) { return r.Lookup(ctx, request) })
}

// ValidateCode tells whether a code is in a value set or a code system: see
// [Local.ValidateCode].
func (s *Service) ValidateCode(ctx context.Context, request ValidateRequest) (Validation, error) {
	return either(s,
		func(l *Local) (Validation, error) { return l.ValidateCode(ctx, request) },
		func(r *Remote) (Validation, error) { return r.ValidateCode(ctx, request) })
}

// MemberOf reports whether a value set has a code: see [Local.MemberOf].
func (s *Service) MemberOf(ctx context.Context, valueSet, system, code string) (bool, error) {
	return either(s,
		func(l *Local) (bool, error) { return l.MemberOf(ctx, valueSet, system, code) },
		func(r *Remote) (bool, error) { return r.MemberOf(ctx, valueSet, system, code) })
}

// Expand lists the codes of a value set: see [Local.Expand].
func (s *Service) Expand(ctx context.Context, request ExpandRequest) (Expansion, error) {
	return either(s,
		func(l *Local) (Expansion, error) { return l.Expand(ctx, request) },
		func(r *Remote) (Expansion, error) { return r.Expand(ctx, request) })
}

// Subsumes tells how two codes of a system are related: see [Local.Subsumes].
func (s *Service) Subsumes(ctx context.Context, system, a, b string) (string, error) {
	return either(s,
		func(l *Local) (string, error) { return l.Subsumes(ctx, system, a, b) },
		func(r *Remote) (string, error) { return r.Subsumes(ctx, system, a, b) })
}
