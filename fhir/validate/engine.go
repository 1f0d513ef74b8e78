package validate

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirpath"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// compiled is an invariant's expression, compiled when it is first needed.
type compiled struct {
	once       sync.Once
	expression *fhirpath.Expression
	err        error
}

func (c *compiled) get(engine *fhirpath.Engine, source string) (*fhirpath.Expression, error) {
	c.once.Do(func() { c.expression, c.err = engine.Compile(source) })
	return c.expression, c.err
}

// newEngine makes the FHIRPath engine that invariants are evaluated with. It compiles each expression once: rules keep theirs.
func newEngine(v *Validator) (*fhirpath.Engine, error) {
	return fhirpath.New(fhirpath.Config{
		CacheSize:   -1,
		Limits:      fhirpath.Limits{Steps: 2_000_000, Items: 500_000},
		Terminology: pathTerminology{v},
		Profiles:    pathProfiles{v},
	})
}

// evaluate asks the engine. What cannot be evaluated is a warning, not a violation.
func (r *run) evaluate(n node, rule *rule, typ *elements.Type) bool {
	expression, err := rule.compiled.get(r.v.engine, rule.expression)
	if err != nil {
		r.warn(n, fhir.IssueException, "%s could not be checked: its expression cannot be compiled", rule.key)
		return true
	}
	if r.document == nil {
		r.document = fhirpath.DocumentOf(r.tree, nil)
		r.evaluator = r.v.engine.Evaluator()
	}
	value, beside := n, r.tree.Sibling(n)
	if strings.HasPrefix(r.nameOf(n), "_") && r.tree.Kind(n) == tree.Object {
		value, beside = beside, n
	}
	ok, err := r.evaluator.Holds(r.context(), expression, r.document.Element(value, beside, typ))
	if err == nil {
		return ok
	}
	if r.ctx.Err() != nil {
		r.stopped = r.ctx.Err()
		return true
	}
	r.warn(n, fhir.IssueException, "%s could not be checked: its expression cannot be evaluated here", rule.key)
	return true
}

// nameOf is the name of the member that a value is, or is an item of.
func (r *run) nameOf(n node) string {
	if name := r.tree.Name(n); name != "" {
		return name
	}
	return r.tree.Name(r.tree.Parent(n))
}

// runKey is how expressions that ask for profiles find the run they belong to.
type runKey struct{}

func (r *run) context() context.Context {
	if r.pathContext == nil {
		r.pathContext = context.WithValue(r.ctx, runKey{}, r)
	}
	return r.pathContext
}

// pathTerminology answers memberOf() from the value sets at hand and the user's service.
type pathTerminology struct{ v *Validator }

func (p pathTerminology) MemberOf(ctx context.Context, valueSet, system, code string) (member, known bool, err error) {
	r := &run{v: p.v, ctx: ctx}
	set := p.v.codes.valueSet(valueSet)
	var answer verdict
	if system == "" {
		answer = r.belongsCode(set, valueSet, code)
	} else {
		answer = r.belongs(set, valueSet, system, code)
	}
	return answer == yes, answer != unknown, r.stopped
}

func (p pathTerminology) Subsumes(_ context.Context, system, a, b string) (subsumes, known bool, err error) {
	found := p.v.codes.system(system)
	if found == nil {
		return false, false, nil
	}
	i, okA := found.codes[a]
	j, okB := found.codes[b]
	if !okA || !okB {
		return false, false, nil
	}
	return found.isA(j, i), true, nil
}

// pathProfiles answers conformsTo() with the validator itself.
type pathProfiles struct{ v *Validator }

var errOutsideOfRun = errors.New("conformsTo() was called outside of a validation")

func (p pathProfiles) ConformsTo(ctx context.Context, element fhirpath.Item, url string) (bool, error) {
	r, ok := ctx.Value(runKey{}).(*run)
	if !ok {
		return false, errOutsideOfRun
	}
	_, typ := element.Type()
	if name := typeOfURL(url); name != "" {
		if found, known := elements.Lookup(typ); known && found.IsA(name) {
			return true, nil
		}
		if _, isType := elements.Lookup(name); isType {
			return false, nil
		}
	}
	profile, err := p.v.definitions.find(url)
	if err != nil {
		return false, err
	}
	n, _ := element.Node()
	if n == 0 || profile.typ != typ {
		return false, nil
	}
	// The evaluator is in use: the profile's own invariants need another one.
	busy := r.evaluator
	r.evaluator = p.v.engine.Evaluator()
	defer func() { r.evaluator = busy }()
	sc := &scope{resource: n, typ: typ}
	sc.container = sc
	return r.satisfies(n, profile, typ, sc), nil
}
