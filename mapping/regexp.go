package mapping

import (
	"regexp"
	"regexp/syntax"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// pattern is a regular expression with what it costs to match: RE2 takes a time that grows
// with the text and with the size of the expression, which repetitions make large.
type pattern struct {
	*regexp.Regexp
	size int // instructions
}

const (
	maxPattern  = 2000      // instructions of a pattern
	maxPatterns = 1_000_000 // of all patterns of a document
	// patternStep is how many instructions on a byte are one step of Limits.Steps.
	patternStep = 64
)

// pattern compiles a regular expression of the document, nil when it cannot be read or is too
// large.
func (c *compiler) pattern(n *doc.Node, text, what string) *pattern {
	const hint = "regular expressions are Go's (RE2): no look-around, no back-references"
	size, ok := patternSize(text)
	if !ok {
		c.fail(CodeLimit, n, "", "%s: a regular expression of more than %d parts, repetitions counted out", what, maxPattern)
		return nil
	}
	if c.patterns += size; c.patterns > maxPatterns {
		c.fail(CodeLimit, n, "", "%s: the regular expressions of the document have more than %d parts together", what, maxPatterns)
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		c.fail(CodeInvalid, n, hint, "%s: %v", what, err)
		return nil
	}
	return &pattern{re, size}
}

// patternSize estimates how large an expression becomes, before it is compiled. It is true
// for one that cannot be read.
func patternSize(text string) (int, bool) {
	if len(text) > maxPattern {
		return 0, false
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return 0, true
	}
	size := partSize(parsed)
	return size, size <= maxPattern
}

func partSize(re *syntax.Regexp) int {
	size := 1
	switch re.Op { //nolint:exhaustive // the others have parts and are one
	case syntax.OpLiteral:
		size = len(re.Rune)
	case syntax.OpCharClass:
		size = 1 + len(re.Rune)/8
	}
	for _, part := range re.Sub {
		size = min(size+partSize(part), maxPattern+1)
	}
	if re.Op == syntax.OpRepeat {
		size = min(size*max(re.Min, re.Max, 1), maxPattern+1)
	}
	return size
}

// affords counts the steps that matching a text takes.
func (p *pattern) affords(r *run, ru *rule, text []byte) bool {
	return r.step(ru, 1+p.size*(len(text)/patternStep))
}
