package objectmapper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openhim/mediator-go/mapping"
)

// Proof compares the endpoint document and the converted one on samples.
type Proof struct {
	// Samples is how many were run, Equal how many gave the same, or were refused by both.
	Samples, Equal int
	// Differences are in the order of the samples.
	Differences []Difference
}

// Holds reports whether there is no difference but those on purpose.
func (p *Proof) Holds() bool {
	return !slices.ContainsFunc(p.Differences, func(d Difference) bool { return d.Purpose == "" })
}

// Difference is one place where the two outputs differ. It holds no values.
type Difference struct {
	// Sample is the index of the sample.
	Sample int
	// Pointer is the JSON pointer of the place in the endpoint document's output; empty for the whole.
	Pointer string
	// Message says how they differ.
	Message string
	// Purpose is why the difference is on purpose: what the peer does there is a defect that the language corrects. It is empty for a
	// real difference.
	Purpose string

	missing bool // the mapping has nothing there
	hollow  bool // the endpoint has an empty object there
}

// The purposes of differences.
const (
	// PurposeEmpty: nulls, holes, empty objects and empty lists are left out.
	PurposeEmpty = "nulls, holes and empty parts are left out"
	// PurposeExact: numbers are calculated exactly.
	PurposeExact = "numbers are exact"
	// PurposeList: a list of one element is a list; JSONata gives the element alone.
	PurposeList = "a list of one is a list"
	// PurposeChecked: a value of a wrong type or form is an error; the peer goes on without it, or with a part of it.
	PurposeChecked = "wrong values are reported"
	// PurposeHidden: a value that a later rule writes over is not looked at; the peer refuses the input when it is a wrong one.
	PurposeHidden = "what is written over is not looked at"
)

// sampleKey is the context's key of the sample that lookups answer from.
type sampleKey struct{}

// sampleLookup reads the answer of a lookup from the sample in the context.
func sampleLookup(id string) mapping.Lookup {
	return func(ctx context.Context, keys []string) ([]json.RawMessage, error) {
		out := make([]json.RawMessage, len(keys))
		if all, ok := ctx.Value(sampleKey{}).(*value); ok {
			if answer := all.get("lookupRequests").get(id); answer != nil {
				for i := range out {
					out[i] = encode(answer)
				}
			}
		}
		return out, nil
	}
}

// Prove runs the endpoint document and the converted one on every sample and compares their outputs. A sample is a JSON object of the
// parts that [Data] has (requestBody, query, lookupRequests, …; now is a time in RFC 3339); of a bare mapping it is the input itself.
// Errors are those of [Compile], of a sample that is no JSON, and the cause of ctx.
func (m *Migration) Prove(ctx context.Context, samples [][]byte) (*Proof, error) {
	plan, err := Compile(m.source, m.opts.Options)
	if err != nil {
		return nil, err
	}
	converted, err := m.compile()
	if err != nil {
		return nil, err
	}
	proof := &Proof{Samples: len(samples)}
	for i, text := range samples {
		all, err := decode("a sample", text, plan.limits)
		if err != nil {
			return nil, err
		}
		differences, err := m.compare(ctx, plan, converted, all)
		if err != nil {
			return nil, err
		}
		if len(differences) == 0 {
			proof.Equal++
		}
		for _, d := range differences {
			d.Sample = i
			proof.Differences = append(proof.Differences, d)
		}
	}
	return proof, nil
}

func (m *Migration) compare(ctx context.Context, plan *Plan, converted *mapping.Mapping, all *value) ([]Difference, error) {
	old, oldErr := m.runOld(ctx, plan, all)
	fresh, report, newErr := m.runNew(ctx, converted, all)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	switch {
	case oldErr != nil && newErr != nil:
		return nil, nil //nolint:nilerr // both refuse the sample
	case oldErr != nil:
		d := Difference{Message: "the endpoint refuses the sample and the mapping does not: " + oldErr.Error()}
		var failed *RunError
		if errors.As(oldErr, &failed) && slices.Contains(m.hidden, hiddenRule{failed.Source, failed.Target}) {
			d.Purpose = PurposeHidden
		}
		return []Difference{d}, nil
	case newErr != nil:
		return refusedSample(newErr, m.input(all)), nil
	}
	var d differ
	a, err := decode("the endpoint's output", orNull(old), plan.limits)
	if err != nil {
		return nil, err
	}
	b, err := decode("the mapping's output", orNull(fresh), plan.limits)
	if err != nil {
		return nil, err
	}
	d.values("", a, b)
	for i := range d.out {
		// What the mapping leaves out and reports is what the endpoint lets through.
		switch {
		case d.out[i].Purpose != "":
		case d.out[i].missing && reported(report, d.out[i].Pointer):
			d.out[i].Purpose = PurposeChecked
		case d.out[i].hollow && m.hasSecond(d.out[i].Pointer):
			d.out[i].Purpose = PurposeEmpty
		}
	}
	return d.out, nil
}

func orNull(text []byte) []byte {
	if text == nil {
		return []byte("null")
	}
	return text
}

// refusedSample tells why the mapping refuses what the endpoint takes.
func refusedSample(err error, in *value) []Difference {
	var bad *mapping.InputError
	if !errors.As(err, &bad) {
		return []Difference{{Message: err.Error()}}
	}
	var out []Difference
	for _, issue := range bad.Report.Issues {
		if issue.Severity != mapping.SeverityError {
			continue
		}
		d := Difference{Message: "the mapping refuses the sample: " + issue.String()}
		switch issue.Code {
		case mapping.CodeFormat:
			d.Purpose = PurposeChecked
		case mapping.CodeType:
			// A list where the map expects none, or an object where it expects a list, is a place that the conversion did not know.
			switch {
			case strings.HasPrefix(issue.Message, "$") && !strings.HasPrefix(issue.Message, "$each"):
				d.Purpose = PurposeChecked // an operator was given what it cannot take
			case issue.Pointer != nil:
				if found := follow(in, pointerSteps(*issue.Pointer)); found != nil && found.kind < kindArray {
					d.Purpose = PurposeChecked
				}
			}
		}
		out = append(out, d)
	}
	return out
}

func (m *Migration) input(all *value) *value {
	if m.opts.Mapping {
		return all
	}
	if body := all.get("requestBody"); body != nil {
		return body
	}
	return newObject()
}

func part(all *value, name string) json.RawMessage {
	v := all.get(name)
	if v == nil {
		return nil
	}
	return encode(v)
}

func now(all *value) time.Time {
	if at, err := time.Parse(time.RFC3339, textOf(all.get("now"))); err == nil {
		return at
	}
	return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
}

func textOf(v *value) string {
	if v.is(kindString) {
		return v.text
	}
	return ""
}

func (m *Migration) runOld(ctx context.Context, plan *Plan, all *value) ([]byte, error) {
	if m.opts.Mapping {
		out, _, err := plan.MapValue(ctx, encode(all), nil)
		return out, err
	}
	answers := part(all, "lookupRequests")
	if !m.source.HasMapping && len(m.source.Lookups) == 0 {
		answers = nil // an endpoint without lookups has no answers that could pass through
	}
	result, err := plan.Run(ctx, Data{
		RequestBody: part(all, "requestBody"), RequestHeaders: part(all, "requestHeaders"), Query: part(all, "query"),
		URLParams: part(all, "urlParams"), LookupRequests: answers, State: part(all, "state"),
		Timestamps: part(all, "timestamps"), Now: now(all),
	})
	if err != nil {
		return nil, err
	}
	return result.Body, nil
}

// reported reports whether the mapping warned about a rule that writes at a place.
func reported(report *mapping.Report, at string) bool {
	steps := pointerSteps(at)
	return slices.ContainsFunc(report.Issues, func(issue mapping.Issue) bool {
		rule, _, _ := strings.Cut(issue.Rule, "#")
		names := pointerSteps(rule)
		if len(names) != len(steps) || issue.Severity != mapping.SeverityWarning {
			return false
		}
		for i, name := range names {
			if _, err := strconv.Atoi(steps[i]); name != steps[i] && (name != "*" || err != nil) {
				return false
			}
		}
		return true
	})
}

// hasSecond reports whether a place is one where an earlier rule's value counts when a later one finds nothing.
func (m *Migration) hasSecond(at string) bool {
	steps := pointerSteps(at)
	return slices.ContainsFunc(m.second, func(target string) bool {
		path, err := ParseTarget(target)
		if err != nil {
			return false
		}
		var names []string
		for i := range path.Segments {
			s := &path.Segments[i]
			if s.Key != "" {
				names = append(names, s.Key)
			}
			for _, b := range s.Brackets {
				names = append(names, b.Text)
			}
		}
		return slices.EqualFunc(names, steps, func(name, step string) bool { return name == "" || name == step })
	})
}

func (m *Migration) runNew(ctx context.Context, converted *mapping.Mapping, all *value) ([]byte, *mapping.Report, error) {
	ambient := newObject()
	for _, name := range [...]string{"query", "urlParams", "requestHeaders", "state", "timestamps", "lookupRequests"} {
		if v := all.get(name); v != nil && !m.opts.Mapping {
			ambient.set(name, v)
		}
	}
	ambient.set("now", newString(now(all).UTC().Format("2006-01-02T15:04:05.000Z")))
	return converted.Run(context.WithValue(ctx, sampleKey{}, all), encode(m.input(all)), mapping.Options{Context: encode(ambient)})
}

// differ compares two outputs.
type differ struct{ out []Difference }

const maxDifferences = 100

func (d *differ) add(at, purpose, format string, args ...any) {
	if len(d.out) < maxDifferences {
		d.out = append(d.out, Difference{Pointer: at, Purpose: purpose, Message: fmt.Sprintf(format, args...)})
	}
}
