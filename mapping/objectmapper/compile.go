package objectmapper

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Options say how a document is compiled. The zero value is the peer's default behaviour with its defects mended.
type Options struct {
	// Limits bound every run. Zero values mean the defaults.
	Limits Limits
	// Functions are transforms of the host, by the name documents call them; they come before those of the fork.
	Functions map[string]TransformFunc
	// Engine runs the inputTransforms that are not converted. Defaults to none: such a document is refused.
	Engine TransformEngine
	// CoerceTypes changes values to the types inputValidation asks for before it checks them, as VALIDATION_COERCE_TYPES does.
	// Defaults to CoerceNone.
	CoerceTypes Coercion
	// RefuseNull makes inputValidation ignore the keyword nullable, as VALIDATION_ACCEPT_NULL_VALUES=false does.
	// Defaults to false: nullable members may be null.
	RefuseNull bool
}

// Plan is a compiled document. It is immutable and safe for concurrent use; swap the pointer to reload.
type Plan struct {
	doc        *Document
	limits     Limits
	rules      []rule
	constants  *value
	transforms []program
	validator  *validator
	route      []string
	lookups    []*requestPlan
	responses  []*requestPlan
}

type rule struct {
	source  *Path
	pos     Position
	targets []target
}

type target struct {
	rule     *rule
	path     *Path
	pos      Position
	def      *value
	function string
	params   json.RawMessage
	change   transform
	codes    *codeTable
	append   []Segment
}

// Compile checks everything in a document and makes a plan of it. The error joins all mistakes found, each a [*DocumentError] with its
// place: unknown transforms, expressions that cannot be converted (when there is no engine), broken schemas, parameters that are never
// used safely. A document that compiles does not fail later for reasons of its own.
func Compile(doc *Document, opts Options) (*Plan, error) {
	if doc == nil {
		return nil, errors.New("objectmapper: Compile needs a document: call Parse")
	}
	p := &Plan{doc: doc, limits: opts.Limits.withDefaults(), constants: doc.constants}
	var errs []error
	p.rules = make([]rule, len(doc.Rules))
	for i := range doc.Rules {
		errs = append(errs, p.rules[i].compile(&doc.Rules[i], opts.Functions)...)
	}
	for i := range doc.Transforms {
		prog, err := compileExpression(&doc.Transforms[i], opts.Engine, p.limits)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p.transforms = append(p.transforms, prog)
	}
	var err error
	if doc.validation != nil {
		if p.validator, err = compileValidator(doc, opts); err != nil {
			errs = append(errs, err)
		}
	}
	if doc.Pattern != "" {
		if p.route, err = parsePattern(doc.Pattern); err != nil {
			errs = append(errs, &DocumentError{Position: Position{Pointer: "/endpoint/pattern"}, Message: err.Error()})
		}
	}
	var more []error
	p.lookups, more = compileRequests(doc.Lookups, doc.constants)
	errs = append(errs, more...)
	p.responses, more = compileRequests(doc.Responses, doc.constants)
	errs = append(errs, more...)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// Document returns what the plan was compiled from.
func (p *Plan) Document() *Document { return p.doc }

func (r *rule) compile(from *Rule, host map[string]TransformFunc) []error {
	r.source, r.pos = &from.Source, from.Position
	var errs []error
	r.targets = make([]target, len(from.Targets))
	for i := range from.Targets {
		t, src := &r.targets[i], &from.Targets[i]
		*t = target{rule: r, path: src.Path, pos: src.Position, def: src.def, function: src.Function, params: src.Parameters}
		if err := t.compile(src, host); err != nil {
			errs = append(errs, &DocumentError{Position: src.Position, Message: err.Error()})
		}
	}
	return errs
}

func (t *target) compile(src *Target, host map[string]TransformFunc) error {
	if t.function == "" {
		if t.path == nil {
			return errors.New("the target has neither a path nor a transform")
		}
		return nil
	}
	if fn, ok := host[t.function]; ok && fn != nil {
		t.change = hostTransform(fn)
		return nil
	}
	change, ok := builtin(t.function)
	if !ok {
		return fmt.Errorf("there is no transform %q; known are %s", t.function, knownTransforms(host))
	}
	t.change = change
	switch t.function {
	case "mapCodes":
		var err error
		t.codes, err = compileCodes(src.parameters)
		return err
	case "oneToAllElements":
		if t.path == nil || eachSlots(t.path.Segments) == 0 {
			return errors.New("oneToAllElements needs a target path with [] for the array it fills")
		}
	case "appendArray":
		if t.path == nil || eachSlots(t.path.Segments) == 0 {
			return errors.New("appendArray needs a target path that ends with []")
		}
		t.append = appendTo(t.path.Segments)
	}
	return nil
}

// appendTo is the path up to its last [], which becomes []+.
func appendTo(segments []Segment) []Segment {
	for i := len(segments) - 1; i >= 0; i-- {
		if segments[i].each() {
			out := append([]Segment(nil), segments[:i+1]...)
			out[i].Append = true
			return out
		}
	}
	return nil
}

// describe names a target in reports.
func (t *target) describe() string {
	if t.path != nil {
		return t.path.Text
	}
	return strings.TrimSpace(t.function)
}
