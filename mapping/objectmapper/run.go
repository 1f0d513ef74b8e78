package objectmapper

import (
	"context"
	"encoding/json"
	"errors"
)

// Result is what a run made.
type Result struct {
	// Body is the mapped document as JSON; nil when there was nothing to map. [Plan.Encode] writes it in the endpoint's output format.
	Body json.RawMessage
	// Data is the input with what the run added: coerced values and the results of inputTransforms. Templates read it.
	Data Data
	// Report is what there is to say; never nil.
	Report *Report
}

// Run validates the data, evaluates inputTransforms and maps, in the peer's order. Errors are a [*ValidationError] (the input is not
// valid), a [*RunError] (a rule or expression cannot be run on it), a [*LimitError], a [*SyntaxError] (a part of the data is no JSON) or
// the cause of ctx. It is safe for concurrent use.
func (p *Plan) Run(ctx context.Context, data Data) (*Result, error) {
	all, err := p.bind(&data)
	if err != nil {
		return nil, err
	}
	if p.validator != nil {
		if err := p.validator.validate(all); err != nil {
			return nil, err
		}
		p.validator.store(all, &data)
	}
	b := &budget{ctx: ctx, limits: p.limits}
	if err := p.transform(b, all, &data); err != nil {
		return nil, err
	}
	result := &Result{Data: data, Report: &Report{}}
	result.Body, err = p.mapAll(b, all, result.Report)
	if err != nil {
		return nil, err
	}
	result.Data.ResponseBody = result.Body
	return result, nil
}

// Validate checks data by inputValidation. It returns nil when the document has none, and a [*ValidationError] that lists every mistake.
func (p *Plan) Validate(data Data) error {
	if p.validator == nil {
		return nil
	}
	all, err := p.bind(&data)
	if err != nil {
		return err
	}
	return p.validator.validate(all)
}

// Transform evaluates inputTransforms and returns their results as one JSON object; nil when the document has none.
func (p *Plan) Transform(ctx context.Context, data Data) (json.RawMessage, error) {
	all, err := p.bind(&data)
	if err != nil {
		return nil, err
	}
	if err := p.transform(&budget{ctx: ctx, limits: p.limits}, all, &data); err != nil || len(p.transforms) == 0 {
		return nil, err
	}
	return data.Transforms, nil
}

// transform adds the results of inputTransforms to all. Results are copied: an expression may give back all itself, and what it
// names twice must count twice.
func (p *Plan) transform(b *budget, all *value, data *Data) error {
	if len(p.transforms) == 0 {
		return nil
	}
	out := newObject()
	for i := range p.transforms {
		prog := &p.transforms[i]
		v, err := prog.eval(b, all, data.Now)
		if err == nil {
			v, err = b.copy(v)
		}
		if err != nil {
			return &RunError{Position: prog.from.Position, Source: "inputTransforms." + prog.from.Name, Err: err}
		}
		out.set(prog.from.Name, v)
	}
	all.set("transforms", out)
	data.Transforms = encode(out)
	return nil
}

// Map runs inputMapping alone. Without one, the request's body passes through, beside the lookups when there are any.
func (p *Plan) Map(ctx context.Context, data Data) (json.RawMessage, *Report, error) {
	all, err := p.bind(&data)
	if err != nil {
		return nil, nil, err
	}
	report := &Report{}
	out, err := p.mapAll(&budget{ctx: ctx, limits: p.limits}, all, report)
	return out, report, err
}

// MapValue runs the rules on one JSON value as the source, whatever it is, and writes into a copy of dest (JSON; nil for {}). It is the
// fork's objectMapper(source, dest, map): a bare inputMapping runs on any document with it.
func (p *Plan) MapValue(ctx context.Context, source, dest []byte) (json.RawMessage, *Report, error) {
	from, err := decode("the source", source, p.limits)
	if err != nil {
		return nil, nil, err
	}
	out := newObject()
	if dest != nil {
		if out, err = decode("the destination", dest, p.limits); err != nil {
			return nil, nil, err
		}
	}
	report := &Report{}
	body, err := p.mapRules(&budget{ctx: ctx, limits: p.limits}, from, out, report)
	return body, report, err
}

func (p *Plan) mapAll(b *budget, all *value, report *Report) (json.RawMessage, error) {
	if p.doc.HasMapping {
		return p.mapRules(b, all, newObject(), report)
	}
	body := all.get("requestBody")
	if lookups := all.get("lookupRequests"); lookups != nil {
		out := newObject()
		if body != nil {
			out.set("requestBody", body)
		}
		out.set("lookupRequests", lookups)
		return p.finish(out)
	}
	if body == nil {
		return nil, nil
	}
	return p.finish(body)
}

func (p *Plan) finish(v *value) (json.RawMessage, error) {
	out := encode(v)
	if len(out) > p.limits.OutputBytes {
		return nil, &LimitError{What: "bytes of output", Limit: p.limits.OutputBytes}
	}
	return out, nil
}

// run is the state of one mapping.
type run struct {
	*budget
	from   *value
	out    *value
	report *Report
	later  []pending
}

// pending is a oneToAllElements rule that waits for its array.
type pending struct {
	target *target
	val    *value
}

func (p *Plan) mapRules(b *budget, from, out *value, report *Report) (json.RawMessage, error) {
	r := &run{budget: b, from: from, out: out, report: report}
	for i := range p.rules {
		rule := &p.rules[i]
		f, err := (reader{b}).read(from, rule.source.Segments)
		if err != nil {
			return nil, rule.failed("", err)
		}
		for j := range rule.targets {
			t := &rule.targets[j]
			if err := r.target(t, f); err != nil {
				return nil, rule.failed(t.describe(), err)
			}
		}
	}
	for _, late := range r.later {
		if err := r.again(late); err != nil {
			return nil, late.target.rule.failed(late.target.describe(), err)
		}
	}
	return p.finish(r.out)
}

func (r *rule) failed(target string, err error) error {
	return &RunError{Position: r.pos, Source: r.source.Text, Target: target, Err: err}
}

func (r *run) target(t *target, f found) error {
	if f.absent() {
		f = found{val: t.def}
	}
	if t.change != nil {
		var done bool
		var err error
		if f, done, err = t.change(r, t, f); err != nil || done {
			return err
		}
	}
	if t.path == nil {
		return nil
	}
	out, err := r.writer(t).set(r.out, t.path.Segments, f.shape(t.rule.source, t.path))
	if err != nil {
		return err
	}
	r.out = out
	return nil
}

// again runs a rule whose array was not there when its turn came.
func (r *run) again(late pending) error {
	out, ok, err := r.writer(late.target).setAll(r.out, late.target.path.Segments, late.val, false)
	if err != nil {
		return err
	}
	r.out = out
	if !ok {
		r.remark(late.target, CodeNoArray, "no rule has built the array that oneToAllElements fills; nothing was written")
	}
	return nil
}

func (r *run) writer(t *target) *writer {
	w := &writer{budget: r.budget, whole: t.rule.source.endsWithEach()}
	w.keepNull = t.path != nil && t.path.KeepNull
	w.overwritten = func() {
		r.remark(t, CodeOverwritten, "the rule replaced what earlier rules had written there")
	}
	return w
}

func (r *run) remark(t *target, code Code, message string) {
	r.report.add(r.limits.Issues, Issue{Code: code, Position: t.pos, Source: t.rule.source.Text, Target: t.describe(), Message: message})
}

// merge copies an object's members into the root of the output.
func (r *run) merge(v *value) error {
	if r.out.empty() {
		r.out = newObject()
	}
	if r.out.kind != kindObject {
		return errors.New("the output is a list, so that no members can be merged into it")
	}
	for i, key := range v.keys {
		c, err := r.copy(v.list[i])
		if err != nil {
			return err
		}
		r.out.set(key, c)
	}
	return nil
}
