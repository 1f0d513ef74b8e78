package terminology

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/openhim/mediator-go/fhir"
)

// Caller calls operations of a FHIR server. A *fhir.Client is one.
type Caller interface {
	Call(ctx context.Context, op fhir.Operation, opts ...fhir.OperationOption) (fhir.Resource, error)
}

// RemoteConfig is how Remote works. Client is needed.
type RemoteConfig struct {
	// Client is of the terminology server.
	Client Caller
	// TTL is how long an answer is kept. Negative keeps none. Defaults to an hour.
	TTL time.Duration
	// NegativeTTL is how long a refusal is kept that is an answer: an unknown code, an unknown
	// value set. Faults of the server or the network are not kept. Negative keeps none.
	// Defaults to five minutes.
	NegativeTTL time.Duration
	// Size is how many answers are kept at most, the least recently used goes first; an expansion
	// counts as many as it has codes. Defaults to 10,000.
	Size int
	// MaxExpansion bounds how many codes the pages of an expansion may have together. More is
	// an error. Defaults to 50,000.
	MaxExpansion int
}

// Remote asks a terminology server and keeps its answers. Several goroutines that ask the same
// at the same time get the answer to one request. It is safe for concurrent use.
// What its answers hold is shared: do not change the slices in them.
type Remote struct {
	client Caller
	cache  *cache
	max    int // codes of an expansion
}

// NewRemote makes a Remote.
func NewRemote(config RemoteConfig) (*Remote, error) {
	if config.Client == nil {
		return nil, errors.New("terminology: RemoteConfig.Client is missing")
	}
	if config.TTL == 0 {
		config.TTL = time.Hour
	}
	if config.NegativeTTL == 0 {
		config.NegativeTTL = 5 * time.Minute
	}
	if config.Size <= 0 {
		config.Size = 10_000
	}
	if config.MaxExpansion <= 0 {
		config.MaxExpansion = 50_000
	}
	return &Remote{max: config.MaxExpansion, client: config.Client, cache: newCache(config.TTL, config.NegativeTTL, config.Size)}, nil
}

// isAnswer reports whether an error is what a server has to say about the question, and would
// say again.
func isAnswer(err error) bool {
	var refused *fhir.OutcomeError
	if !errors.As(err, &refused) || !spoken(refused) {
		return false
	}
	switch refused.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return false
	default:
		return refused.Status >= 400 && refused.Status < 500
	}
}

// spoken reports whether a FHIR server said why: a 404 of a proxy, or of a wrong address, says
// nothing of a code.
func spoken(refused *fhir.OutcomeError) bool {
	return refused.ContentType == "" && slices.ContainsFunc(refused.Outcome.Issues, func(i fhir.Issue) bool {
		return i.Details != "" || i.Diagnostics != "" || len(i.DetailsCode) > 0 || len(i.Expression) > 0 || len(i.Location) > 0
	})
}

// ask asks the server, or the cache.
func ask[T any](ctx context.Context, r *Remote, name string, request any, question fhir.Operation, read func(fhir.Resource) (T, error)) (T, error) {
	var none T
	key, err := json.Marshal(request)
	if err != nil {
		return none, fmt.Errorf("terminology: $%s: %w", name, err)
	}
	question.Name, question.ReadOnly = name, true
	answer, err := r.cache.get(ctx, question.Type+"$"+name+string(key), func(ctx context.Context) (any, error) {
		got, err := r.client.Call(ctx, question)
		if err != nil {
			return none, fmt.Errorf("terminology: $%s: %w", name, err)
		}
		value, err := read(got)
		if err != nil {
			return none, fmt.Errorf("terminology: $%s: %w", name, err)
		}
		return value, nil
	})
	if err != nil {
		return none, err
	}
	value, _ := answer.(T)
	return value, nil
}

// Translate is [Local.Translate] by the server's ConceptMap/$translate. AtLeast is applied to
// what it answers.
func (r *Remote) Translate(ctx context.Context, request TranslateRequest) (Translation, error) {
	question := fhir.Operation{Type: "ConceptMap", Input: request.parameters()}
	return ask(ctx, r, "translate", request, question, request.read)
}

// Lookup is [Local.Lookup] by the server's CodeSystem/$lookup. What the server answers with 404
// and an OperationOutcome is ErrUnknownCode: a code that it does not know or, with many
// servers, a code system.
func (r *Remote) Lookup(ctx context.Context, request LookupRequest) (Concept, error) {
	request.Coding.Display = ""
	question := fhir.Operation{Type: "CodeSystem", Input: request.parameters()}
	found, err := ask(ctx, r, "lookup", request, question, request.read)
	if isAnswer(err) && errors.Is(err, fhir.ErrNotFound) {
		err = &CodeError{System: request.Coding.System, Code: request.Coding.Code, Err: err}
	}
	return found, err
}

// ValidateCode is [Local.ValidateCode] by the server's $validate-code. A server that says that
// it does not have the code system (x-unknown-system) gives a *NotSuppliedError; others answer
// false then.
func (r *Remote) ValidateCode(ctx context.Context, request ValidateRequest) (Validation, error) {
	question := fhir.Operation{Type: "ValueSet", Input: request.parameters()}
	if request.ValueSet == "" {
		question.Type = "CodeSystem"
	}
	return ask(ctx, r, "validate-code", request, question, request.read)
}

// MemberOf is [Local.MemberOf] by the server's $validate-code.
func (r *Remote) MemberOf(ctx context.Context, valueSet, system, code string) (bool, error) {
	v, err := r.ValidateCode(ctx, ValidateRequest{ValueSet: valueSet, Coding: fhir.Coding{System: system, Code: code}})
	return v.Result, err
}

// Expand is [Local.Expand] by the server's ValueSet/$expand. With Count 0 it asks for the next
// page where the server's Total says that there is one, as HAPI answers with 1,000 codes.
// An expansion that the server says is not whole is an error.
func (r *Remote) Expand(ctx context.Context, request ExpandRequest) (Expansion, error) {
	first, err := r.expansionPage(ctx, request)
	if err != nil || request.Count != 0 {
		return first.Expansion, err
	}
	out, total, size := first.Expansion, first.total, first.listed
	for at := max(request.Offset, 0) + size; at < total; {
		if total > r.max {
			return Expansion{}, fmt.Errorf("terminology: $expand: the value set has %d codes, more than RemoteConfig.MaxExpansion allows", total)
		}
		request.Offset, request.Count = at, max(size, 1)
		next, err := r.expansionPage(ctx, request)
		if err != nil {
			return Expansion{}, err
		}
		if next.listed == 0 || next.total != total {
			return Expansion{}, fmt.Errorf("terminology: $expand: the server tells of %d codes and gives %d", total, at)
		}
		out.Codes = append(out.Codes[:len(out.Codes):len(out.Codes)], next.Codes...) // those of the cache stay as they are
		at += next.listed
	}
	return out, nil
}

func (r *Remote) expansionPage(ctx context.Context, request ExpandRequest) (expansionPage, error) {
	question := fhir.Operation{Type: "ValueSet", Input: request.parameters()}
	return ask(ctx, r, "expand", request, question, request.read)
}

// Subsumes is [Local.Subsumes] by the server's CodeSystem/$subsumes.
func (r *Remote) Subsumes(ctx context.Context, system, a, b string) (string, error) {
	url, version := splitCanonical(system)
	in := fhir.Parameters{}.Code("codeA", a).Code("codeB", b).URI("system", url)
	if version != "" {
		in = in.String("version", version)
	}
	return ask(ctx, r, "subsumes", []string{system, a, b}, fhir.Operation{Type: "CodeSystem", Input: in}, func(answer fhir.Resource) (string, error) {
		out, err := fhir.ParseParameters(answer)
		if err != nil {
			return "", err
		}
		switch outcome := out.Get("outcome").Text(); outcome {
		case SubsumptionEquivalent, SubsumptionSubsumes, SubsumptionSubsumedBy, SubsumptionNone:
			return outcome, nil
		default:
			return "", errors.New("the server's answer has no outcome")
		}
	})
}
