package objectmapper

import (
	"context"
	"maps"
)

// Limits bound what one run may use. Zero values mean the defaults.
type Limits struct {
	// InputBytes bounds a document and each part of [Data]. Defaults to 16 MiB.
	InputBytes int
	// OutputBytes bounds the mapped document. Defaults to 64 MiB.
	OutputBytes int
	// Depth bounds the nesting of JSON texts, XML texts and expressions. Defaults to 128.
	Depth int
	// Items bounds the index a target path may name and the entries of one forEach. Defaults to 10,000.
	Items int
	// Steps bounds the values read, copied and written in one run. Defaults to 5,000,000.
	Steps int
	// Rules bounds the rules of a document. Defaults to 10,000.
	Rules int
	// Issues bounds the remarks of one report. Defaults to 100.
	Issues int
}

func (l Limits) withDefaults() Limits {
	def := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	def(&l.InputBytes, 16<<20)
	def(&l.OutputBytes, 64<<20)
	def(&l.Depth, 128)
	def(&l.Items, 10_000)
	def(&l.Steps, 5_000_000)
	def(&l.Rules, 10_000)
	def(&l.Issues, 100)
	return l
}

// budget counts the steps of one run and looks at the context now and then.
type budget struct {
	ctx    context.Context
	limits Limits
	steps  int
	bytes  int
}

func (b *budget) step() error {
	b.steps++
	if b.steps > b.limits.Steps {
		return &LimitError{What: "steps", Limit: b.limits.Steps}
	}
	if b.steps&1023 == 0 {
		return context.Cause(b.ctx)
	}
	return nil
}

// spend counts n steps and size bytes that are made.
func (b *budget) spend(n, size int) error {
	b.steps += n
	b.bytes += size
	if b.bytes > b.limits.OutputBytes {
		return &LimitError{What: "bytes of output", Limit: b.limits.OutputBytes}
	}
	return b.step()
}

// copy returns a deep copy, so that later rules cannot change inputs or constants.
func (b *budget) copy(v *value) (*value, error) {
	if err := b.step(); err != nil {
		return nil, err
	}
	if v == nil {
		return nil, nil //nolint:nilnil // nil is the value undefined
	}
	b.bytes += len(v.text)
	for _, key := range v.keys {
		b.bytes += len(key)
	}
	if b.bytes > b.limits.OutputBytes {
		return nil, &LimitError{What: "bytes of output", Limit: b.limits.OutputBytes}
	}
	if v.kind < kindArray {
		return v, nil
	}
	c := &value{kind: v.kind, keys: v.keys[:len(v.keys):len(v.keys)], list: make([]*value, len(v.list))}
	if v.more != nil && v.more.find != nil {
		c.more = &members{find: maps.Clone(v.more.find)}
	}
	for i, item := range v.list {
		var err error
		if c.list[i], err = b.copy(item); err != nil {
			return nil, err
		}
	}
	return c, nil
}
