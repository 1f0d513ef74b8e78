package objectmapper

import (
	"errors"
	"strconv"
	"strings"
)

// maxSegments bounds the length of a path.
const maxSegments = 64

// Path is a parsed source or target path.
type Path struct {
	// Text is the path as the document has it.
	Text string
	// Segments are its parts, at least one.
	Segments []Segment
	// KeepNull is the trailing ? of a target: null is written instead of skipped.
	KeepNull bool
}

// Segment is one part of a path, between dots that are not escaped.
type Segment struct {
	// Key is the member's name, without escapes and brackets; empty for the root array ("[]" or "[2]").
	Key string
	// Brackets are the parts in brackets behind the name, in order. The fork reads one pair only; more index nested arrays.
	Brackets []Bracket
	// Append is the + of "x[]+": the value becomes a new last element.
	Append bool

	glob *glob // the name as a pattern, when it has the marks of one; sources only
}

// Bracket is one "[]", "[2]" or "[name]".
type Bracket struct {
	// Text is what stands between the brackets; empty for "[]".
	Text string
	// Each is true for "[]".
	Each bool
	// Index is the number in the brackets; IsIndex tells that it is one. A negative index counts from the end.
	Index   int
	IsIndex bool
}

// array reports whether the segment has brackets.
func (s *Segment) array() bool { return len(s.Brackets) > 0 }

// each reports whether the segment walks over or spreads into all elements.
func (s *Segment) each() bool { return len(s.Brackets) > 0 && s.Brackets[len(s.Brackets)-1].Each }

// endsWithEach reports whether the path ends with [], which keeps the value as the list it is.
func (p *Path) endsWithEach() bool {
	last := &p.Segments[len(p.Segments)-1]
	return last.each() && (last.Key != "" || len(p.Segments) > 1)
}

// ParseSource parses a path that reads: the left side of a rule.
func ParseSource(text string) (Path, error) {
	p, err := parsePath(text)
	if err != nil {
		return Path{}, err
	}
	for i := range p.Segments {
		if s := &p.Segments[i]; hasGlob(s.Key) {
			if s.glob, err = parseGlob(s.Key); err != nil {
				return Path{}, err
			}
		}
	}
	return p, nil
}

// ParseTarget parses a path that writes: the right side of a rule. It refuses an empty path and brackets that hold no index.
func ParseTarget(text string) (Path, error) {
	if text == "" {
		return Path{}, errors.New("the target path is empty")
	}
	bare, keep := strings.CutSuffix(text, "?")
	p, err := parsePath(bare)
	if err != nil {
		return Path{}, err
	}
	p.Text, p.KeepNull = text, keep
	for i := range p.Segments {
		s := &p.Segments[i]
		if s.Key == "" && !s.array() {
			return Path{}, errors.New("the target path has an empty name")
		}
		if s.Key == "" && i > 0 {
			return Path{}, errors.New("the root array [] can stand only at the start of a target path")
		}
		if len(s.Brackets) > 1 {
			return Path{}, errors.New("a target path may have one pair of brackets behind a name")
		}
		if s.array() && !s.Brackets[0].Each && (!s.Brackets[0].IsIndex || s.Brackets[0].Index < 0) {
			return Path{}, errors.New("the brackets of a target path hold nothing or an index from 0")
		}
	}
	return p, nil
}

func parsePath(text string) (Path, error) {
	p := Path{Text: text}
	parts := splitPath(text)
	if len(parts) > maxSegments {
		return Path{}, errors.New("the path has more than " + strconv.Itoa(maxSegments) + " parts")
	}
	for _, part := range parts {
		s, err := parseSegment(part)
		if err != nil {
			return Path{}, err
		}
		p.Segments = append(p.Segments, s)
	}
	return p, nil
}

// splitPath cuts at dots that no odd number of backslashes escapes. A dot at the start of a part belongs to it, as in the fork.
func splitPath(text string) []string {
	var parts []string
	start, slashes := 0, 0
	for i := range len(text) {
		switch {
		case text[i] == '\\':
			slashes++
			continue
		case text[i] == '.' && slashes%2 == 0 && i > start:
			parts = append(parts, text[start:i])
			start = i + 1
		}
		slashes = 0
	}
	return append(parts, text[start:])
}

func parseSegment(part string) (Segment, error) {
	part = strings.ReplaceAll(part, `\.`, ".")
	var s Segment
	if rest, ok := strings.CutSuffix(part, "]+"); ok && strings.Contains(rest, "[") {
		s.Append = true
		part = rest + "]"
	}
	for strings.HasSuffix(part, "]") {
		open := strings.LastIndexByte(part, '[')
		if open < 0 {
			break
		}
		inner := part[open+1 : len(part)-1]
		b := Bracket{Text: inner, Each: inner == ""}
		if n, err := strconv.Atoi(inner); err == nil {
			b.Index, b.IsIndex = n, true
		}
		s.Brackets = append([]Bracket{b}, s.Brackets...)
		part = part[:open]
		if len(s.Brackets) > 8 {
			return s, errors.New("the path has more than 8 pairs of brackets behind one name")
		}
	}
	s.Key = part
	return s, nil
}
