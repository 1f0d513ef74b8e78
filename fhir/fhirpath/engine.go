package fhirpath

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/openhim/mediator-go/fhir"
)

// Config is what expressions may ask for. The zero Config is good: standard functions, no
// references beyond the document, no terminology.
type Config struct {
	// Functions are yours, by name. Names of standard functions are refused. Defaults to none.
	Functions map[string]Function
	// Constants are %name for all expressions; [WithVariable] sets them for one evaluation. Defaults to none.
	Constants map[string]Collection
	// Resolver finds what references lead to, for resolve(). Contained resources and entries of the
	// same Bundle are found without. Defaults to none: resolve() then leaves the others out.
	Resolver Resolver
	// Terminology answers memberOf(), subsumes() and subsumedBy(). Defaults to none: they are errors then.
	Terminology Terminology
	// Profiles answers conformsTo(). Defaults to the types of R4, by which a resource conforms to
	// http://hl7.org/fhir/StructureDefinition/T when it is a T; other URLs are errors.
	Profiles Profiles
	// Tracer is told what trace() meets. It sees patients' data. Defaults to none.
	Tracer Tracer
	// LooseAs lets as, on several items, keep those of the type, like ofType(). The specification wants an error, but
	// R4's own invariants (dom-3) and search parameters were written for engines that do so. Defaults to false.
	LooseAs bool
	// Limits bound each evaluation.
	Limits Limits
	// Now is asked once an evaluation that needs it. Defaults to time.Now.
	Now func() time.Time
	// CacheSize is how many compiled expressions are kept, those used least recently make
	// room. Defaults to 1000; below 0 none are.
	CacheSize int
}

// Function is a function of the user's.
type Function struct {
	// MinArgs and MaxArgs are how many arguments it takes.
	MinArgs, MaxArgs int
	// Call is given the collection it is called on, and the arguments, evaluated outside of it like those of
	// union(). It must not keep or change them. An error ends the evaluation.
	Call func(ctx context.Context, input Collection, args []Collection) (Collection, error)
}

// Resolver finds resources by reference.
type Resolver interface {
	// Resolve returns the resource that a reference (relative, absolute, urn) leads to, nil if there is none.
	// An error ends the evaluation.
	Resolve(ctx context.Context, reference string) (*Document, error)
}

// ResolverFunc is a function as a [Resolver].
type ResolverFunc func(ctx context.Context, reference string) (*Document, error)

// Resolve calls f.
func (f ResolverFunc) Resolve(ctx context.Context, reference string) (*Document, error) {
	return f(ctx, reference)
}

// Terminology knows codes. known is false when it cannot tell, which gives an empty result.
type Terminology interface {
	// MemberOf tells whether a value set holds a code; system is empty for a bare code.
	MemberOf(ctx context.Context, valueSet, system, code string) (member, known bool, err error)
	// Subsumes tells whether code a of a system is b or an ancestor of b.
	Subsumes(ctx context.Context, system, a, b string) (subsumes, known bool, err error)
}

// Profiles knows StructureDefinitions.
type Profiles interface {
	// ConformsTo tells whether an element conforms to a profile. An unknown profile is an error.
	ConformsTo(ctx context.Context, element Item, url string) (bool, error)
}

// Tracer is told what trace(name) meets, in the order of evaluation.
type Tracer interface {
	Trace(ctx context.Context, name string, items Collection)
}

// TracerFunc is a function as a [Tracer].
type TracerFunc func(ctx context.Context, name string, items Collection)

// Trace calls f.
func (f TracerFunc) Trace(ctx context.Context, name string, items Collection) { f(ctx, name, items) }

// LogTracer logs names, numbers and types of what trace() meets at debug level, never values. A nil
// logger is silent.
func LogTracer(logger *slog.Logger) Tracer {
	return TracerFunc(func(ctx context.Context, name string, items Collection) {
		if logger == nil {
			return
		}
		types := make([]string, 0, min(len(items), 10))
		for i := range items[:cap(types)] {
			namespace, typ := items[i].Type()
			types = append(types, namespace+"."+typ)
		}
		logger.DebugContext(ctx, "fhirpath trace", "name", name, "items", len(items), "types", types)
	})
}

// Limits bound one evaluation. Zero fields have the defaults named.
type Limits struct {
	// Steps are elements visited, calls made, items compared, and one for 16 bytes of text
	// made. Defaults to 20 million, about a second.
	Steps int
	// Items is the most a collection may hold on the way. Defaults to 2 million.
	Items int
}

// Engine compiles expressions, keeps the compiled ones, and holds what they may ask for. Safe
// for concurrent use.
type Engine struct {
	config Config
	cache  cache
	runs   sync.Pool
}

// New returns an Engine. It refuses functions that are incomplete or named like standard ones.
func New(config Config) (*Engine, error) {
	for name, f := range config.Functions {
		switch _, standard := functions[name]; {
		case standard:
			return nil, fmt.Errorf("fhirpath: Config.Functions: %q is a standard function; choose another name", name)
		case f.Call == nil || f.MinArgs < 0 || f.MaxArgs < f.MinArgs:
			return nil, fmt.Errorf("fhirpath: Config.Functions: %q needs Call and 0 <= MinArgs <= MaxArgs", name)
		case !isIdentifier(name):
			return nil, fmt.Errorf("fhirpath: Config.Functions: %q is no name; use letters, digits and underscores", name)
		}
	}
	if config.Limits.Steps <= 0 {
		config.Limits.Steps = 20_000_000
	}
	if config.Limits.Items <= 0 {
		config.Limits.Items = 2_000_000
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.CacheSize == 0 {
		config.CacheSize = 1000
	}
	return &Engine{config: config, cache: cache{size: config.CacheSize}}, nil
}

func isIdentifier(name string) bool {
	l := lexer{source: name}
	return name != "" && identifierStart(name[0]) && l.word() == name
}

// Compile reads an expression, or returns the one that it has read before. Errors are
// *[SyntaxError]: what does not parse, unknown functions and types, wrong numbers of arguments, bad patterns of literals. Names of
// elements are not checked, see [Expression.Check].
func (e *Engine) Compile(source string) (*Expression, error) {
	if x := e.cache.get(source); x != nil {
		return x, nil
	}
	x, err := compile(e, source)
	if err != nil {
		return nil, err
	}
	e.cache.put(source, x)
	return x, nil
}

// Compile reads an expression for use with the standard functions alone. Use [New] for a
// cache, functions, references and terminology.
func Compile(source string) (*Expression, error) {
	e, err := New(Config{CacheSize: -1})
	if err != nil {
		return nil, err
	}
	return compile(e, source)
}

// MustCompile is [Compile] for expressions that are written in the program: it panics on an error.
func MustCompile(source string) *Expression {
	x, err := Compile(source)
	if err != nil {
		panic(err)
	}
	return x
}

// Expression is a compiled expression. Safe for concurrent use.
type Expression struct {
	engine *Engine
	source string
	syntax *syntax
	root   evaluator
}

// String returns the text it was compiled from.
func (x *Expression) String() string { return x.source }

// EvalOption changes one evaluation.
type EvalOption func(*evaluation)

type evaluation struct {
	variables map[string]Collection
	resource  Item
	outer     Item
}

// WithVariable sets %name, with or without the "%". It hides a constant of the engine's; the names that
// FHIR defines (resource, context, ucum …) are not hidden.
func WithVariable(name string, value Collection) EvalOption {
	return func(e *evaluation) {
		if e.variables == nil {
			e.variables = map[string]Collection{}
		}
		if name != "" && name[0] == '%' {
			name = name[1:]
		}
		e.variables[name] = value
	}
}

// WithResource sets %resource and %rootResource, where what is evaluated on does not stand in them:
// a data type from elsewhere. Defaults to the resources that the element stands in.
func WithResource(resource, rootResource Item) EvalOption {
	return func(e *evaluation) { e.resource, e.outer = resource, rootResource }
}

// Eval evaluates on a document's resource. Errors are *[EvalError].
func (x *Expression) Eval(ctx context.Context, doc *Document, options ...EvalOption) (Collection, error) {
	return x.EvalOn(ctx, doc.root, options...)
}

// EvalBytes reads a resource from JSON and evaluates on it. Besides errors of Eval there are
// *[fhir.ParseError].
func (x *Expression) EvalBytes(ctx context.Context, data []byte, options ...EvalOption) (Collection, error) {
	doc, err := ParseDocument(data)
	if err != nil {
		return nil, err
	}
	return x.EvalOn(ctx, doc.root, options...)
}

// EvalResource evaluates on a resource.
func (x *Expression) EvalResource(ctx context.Context, r fhir.Resource, options ...EvalOption) (Collection, error) {
	return x.EvalBytes(ctx, r.Bytes(), options...)
}

// EvalOn evaluates on an element, which is %context and $this then, or on a System value.
func (x *Expression) EvalOn(ctx context.Context, item Item, options ...EvalOption) (Collection, error) {
	v := x.engine.Evaluator(options...)
	defer v.release()
	return v.Eval(ctx, x, item)
}
