package validate

import (
	"context"
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirpath"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// Options says what to validate against, and how much. The zero value validates against FHIR R4 itself.
type Options struct {
	// Packages are FHIR packages (implementation guides), as [ReadPackage] reads them. Their profiles, extensions, value sets and code
	// systems are used where a resource or another profile names them. Defaults to none.
	Packages []*Package
	// Definitions are single conformance resources beside those of packages: StructureDefinition, ValueSet, CodeSystem, Questionnaire;
	// others are ignored. They come before what packages say. Defaults to none.
	Definitions []fhir.Resource
	// Profiles are canonical URLs of profiles that every resource of their type is validated against, besides those in its meta.profile.
	// They must be among R4's, the packages' or the definitions. Defaults to none.
	Profiles []string
	// Terminology answers for codes that cannot be told offline. Defaults to none: such codes pass.
	Terminology Terminology
	// StrictTargets makes an error of a reference whose text names a resource type that may not stand there, though what it leads to
	// is not in the text. Defaults to a warning, as servers do.
	StrictTargets bool
	// AllowUnknownProfiles makes a warning of a meta.profile that is not known. Defaults to an error: what was not checked is not valid.
	AllowUnknownProfiles bool
	// UnknownExtensions says of the URL of an extension that has no definition at hand whether it may be there. Defaults to letting all pass:
	// FHIR lets anybody extend.
	UnknownExtensions func(url string) bool
	// RejectHTML makes an error of strings and markdown with what looks like an HTML tag: text that an application may show unescaped. Defaults
	// to taking them, as FHIR does.
	RejectHTML bool
	// BestPractice adds the rules that the specification calls best practice, such as dom-6, as warnings. Defaults to leaving them out.
	BestPractice bool
	// MaxIssues bounds the issues of one answer; errors push out warnings, and a last issue tells how many more there are. Defaults to 200.
	MaxIssues int
	// MaxBytes bounds a text. Defaults to 64 MiB.
	MaxBytes int
	// MaxDepth bounds how deeply objects and arrays are nested. Defaults to 128.
	MaxDepth int
}

type limits struct{ Issues, Bytes, Depth int }

// Validator validates resources. It never changes but for caches, which are bounded by its definitions; it is safe for concurrent use. Make one
// and keep it.
type Validator struct {
	limits        limits
	terminology   Terminology
	strictTargets bool
	allowUnknown  bool
	rejectHTML    bool
	extensions    func(url string) bool
	profileURLs   []string

	codes       *codebook
	rules       *rulebook
	shapes      *shapes
	definitions *definitions
	engine      *fhirpath.Engine
}

// New makes a validator. It fails when a definition cannot be read, or a profile named in the options is not known.
func New(options Options) (*Validator, error) {
	v := &Validator{
		terminology: options.Terminology, strictTargets: options.StrictTargets, allowUnknown: options.AllowUnknownProfiles, rejectHTML: options.RejectHTML,
		extensions:  options.UnknownExtensions,
		profileURLs: options.Profiles,
		limits:      limits{orDefault(options.MaxIssues, 200), orDefault(options.MaxBytes, 64<<20), orDefault(options.MaxDepth, 128)},
	}
	v.codes = newCodebook()
	v.rules = &rulebook{bestPractice: options.BestPractice}
	v.shapes = newShapes(v.codes, v.rules)
	v.definitions = newDefinitions(v.codes, v.rules)
	engine, err := newEngine(v)
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	v.engine = engine
	for _, pkg := range options.Packages {
		if pkg == nil {
			return nil, errors.New("validate: nil package in Options.Packages")
		}
		if err := v.definitions.addPackage(pkg); err != nil {
			return nil, fmt.Errorf("validate: package %s: %w", pkg.Name, err)
		}
	}
	for i, definition := range options.Definitions {
		if err := v.definitions.add(definition.Bytes(), true); err != nil {
			return nil, fmt.Errorf("validate: Options.Definitions[%d] (%s): %w", i, definition.Type(), err)
		}
	}
	for _, url := range options.Profiles {
		if _, err := v.definitions.find(url); err != nil {
			return nil, fmt.Errorf("validate: Options.Profiles: %w", err)
		}
	}
	return v, nil
}

func orDefault(n, fallback int) int {
	if n <= 0 {
		return fallback
	}
	return n
}

// Validate validates a resource against FHIR R4, the profiles in its meta.profile, those of [Options], and those named here, which are for the
// resource itself and not for those inside of it. The outcome
// holds what is wrong or doubtful, with FHIRPath expressions and lines and columns; [fhir.OperationOutcome.HasErrors] tells
// whether the resource is valid. Messages hold no values of the resource but codes that are not in their value set, and names of properties.
//
// An error means that there is no verdict: ctx ended, the terminology service failed, or a profile named here is not known.
func (v *Validator) Validate(ctx context.Context, resource fhir.Resource, profiles ...string) (fhir.OperationOutcome, error) {
	return v.ValidateJSON(ctx, resource.Bytes(), profiles...)
}

// ValidateJSON is Validate for a text that need not be a resource, nor JSON at all: what keeps it from being one is an issue of the outcome.
// data must not change during the call.
func (v *Validator) ValidateJSON(ctx context.Context, data []byte, profiles ...string) (fhir.OperationOutcome, error) {
	for _, url := range profiles {
		if _, err := v.definitions.find(url); err != nil {
			return fhir.OperationOutcome{}, fmt.Errorf("validate: %w", err)
		}
	}
	parsed, err := tree.Parse(data, tree.Limits{Bytes: v.limits.Bytes, Depth: v.limits.Depth})
	if err != nil {
		return unreadable(err), nil
	}
	r := &run{v: v, ctx: ctx, tree: parsed}
	r.text(profiles) //nolint:contextcheck // the run carries ctx
	if r.stopped == nil {
		r.stopped = ctx.Err()
	}
	if r.stopped != nil {
		return fhir.OperationOutcome{}, fmt.Errorf("validate: stopped before a verdict: %w", r.stopped)
	}
	return r.outcome(), nil
}
