package mapping

// onError is what becomes of a rule that failed.
type onError uint8

const (
	onErrorFail    onError = iota // the run has no output
	onErrorOmit                   // the rule gives nothing
	onErrorDrop                   // the item of the $each around gives nothing
	onErrorDefault                // the rule gives its $default
)

// guard is around a node with a condition, a duty or a second choice.
type guard struct {
	rule     *rule
	inner    node
	when     condition // nil for always
	required bool
	onError  onError
	other    node // $default, or nil
}

func (n *guard) emit(r *run, s *scope) yield {
	mark, errorsBefore, issuesBefore := len(r.out), r.errors, len(r.issues)
	if n.onError != onErrorFail {
		r.guards++
	}
	y := nothing
	if n.when != nil && !n.when.test(r, s) {
		if n.onError == onErrorFail {
			return nothing
		}
	} else if y = n.inner.emit(r, s); y == nothing && r.errors == errorsBefore {
		if n.other != nil {
			y = n.other.emit(r, s)
		}
		if y == nothing && n.required {
			n.lacks(r, s)
		}
	}
	if n.onError == onErrorFail {
		return y
	}
	r.guards--
	if r.errors > errorsBefore && !r.stopped() {
		r.handled(errorsBefore, issuesBefore)
		r.out = r.out[:mark]
		switch n.onError {
		case onErrorDrop:
			r.dropping = true
		case onErrorDefault:
			return n.other.emit(r, s)
		case onErrorFail, onErrorOmit:
		}
		return nothing
	}
	return y
}

func (n *guard) value(r *run, s *scope) value {
	errorsBefore, issuesBefore := r.errors, len(r.issues)
	if n.onError != onErrorFail {
		r.guards++
	}
	var v value
	if n.when != nil && !n.when.test(r, s) {
		if n.onError == onErrorFail {
			return value{}
		}
	} else if v = n.inner.value(r, s); v.Empty() && !isFailed(v) {
		if n.other != nil {
			v = n.other.value(r, s)
		}
		if v.Empty() && n.required && r.errors == errorsBefore {
			v = n.lacks(r, s)
		}
	}
	if n.onError == onErrorFail {
		return v
	}
	r.guards--
	if r.errors > errorsBefore && !r.stopped() {
		r.handled(errorsBefore, issuesBefore)
		switch n.onError {
		case onErrorDrop:
			r.dropping = true
		case onErrorDefault:
			return n.other.value(r, s)
		case onErrorFail, onErrorOmit:
		}
		return value{}
	}
	return v
}

func (n *guard) lacks(r *run, s *scope) value {
	hint := ""
	from, ok := n.inner.(*chain)
	if ok && len(from.sources) == 1 {
		if source, ok := from.sources[0].(*plainRead); ok {
			hint = "read from " + source.of.ref.text
		}
	}
	place := s.origin
	if place.Doc == nil {
		place = r.in.Value()
	}
	r.origin = place
	return r.fail(n.rule, CodeRequired, value{}, "required, and came to nothing", hint)
}
