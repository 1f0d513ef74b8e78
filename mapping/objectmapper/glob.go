package objectmapper

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxAlternatives bounds what braces may expand to.
const maxAlternatives = 256

// glob matches member names as the fork's minimatch does: * ? [abc] {a,b}. Stars and question marks match neither "/" nor a dot
// at the start.
type glob struct {
	alternatives []string
}

func hasGlob(key string) bool { return strings.ContainsAny(key, "*?{[") }

func parseGlob(pattern string) (*glob, error) {
	alternatives, err := expandBraces(pattern)
	if err != nil {
		return nil, err
	}
	return &glob{alternatives: alternatives}, nil
}

func (g *glob) match(name string) bool {
	for _, p := range g.alternatives {
		if matchGlob(p, name) {
			return true
		}
	}
	return false
}

// expandBraces turns a{b,c}d into abd and acd. Braces without comma or range stay as they are.
func expandBraces(pattern string) ([]string, error) {
	todo, done := []string{pattern}, []string(nil)
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		open, closing, options := firstBraces(p)
		if options == nil {
			done = append(done, p)
			continue
		}
		for i := len(options) - 1; i >= 0; i-- {
			todo = append(todo, p[:open]+options[i]+p[closing+1:])
		}
		if len(todo)+len(done) > maxAlternatives {
			return nil, errors.New("the braces of the path stand for more than " + strconv.Itoa(maxAlternatives) + " names")
		}
	}
	return done, nil
}

func firstBraces(p string) (open, closing int, options []string) {
	for open = range len(p) {
		if p[open] != '{' {
			continue
		}
		depth, start := 0, open+1
		options = nil
		for i := open; i < len(p); i++ {
			switch p[i] {
			case '{':
				depth++
			case '}':
				depth--
			case ',':
				if depth == 1 {
					options = append(options, p[start:i])
					start = i + 1
				}
			}
			if depth > 0 {
				continue
			}
			if options != nil {
				return open, i, append(options, p[start:i])
			}
			break
		}
	}
	return 0, 0, nil
}

// matchGlob matches one alternative, going back to the last star only: time grows with pattern times name.
func matchGlob(pattern, name string) bool {
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(pattern, ".") || pattern == "" {
		return pattern == name
	}
	p, n, star, mark := 0, 0, -1, 0
	for n < len(name) {
		r, size := utf8.DecodeRuneInString(name[n:])
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, n
			p++
			continue
		}
		if width, ok := matchOne(pattern[p:], r); ok {
			p += width
			n += size
			continue
		}
		if star < 0 || strings.HasPrefix(name[mark:], "/") {
			return false
		}
		_, skip := utf8.DecodeRuneInString(name[mark:])
		mark += skip
		p, n = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern) && name != ""
}

// matchOne matches one character and returns how much of the pattern that took.
func matchOne(pattern string, r rune) (int, bool) {
	if pattern == "" {
		return 0, false
	}
	switch pattern[0] {
	case '?':
		return 1, r != '/'
	case '[':
		if end := strings.IndexByte(pattern[1:], ']'); end > 0 {
			return end + 2, r != '/' && inClass(pattern[1:end+1], r)
		}
	case '\\':
		if len(pattern) > 1 {
			c, size := utf8.DecodeRuneInString(pattern[1:])
			return size + 1, c == r
		}
	}
	c, size := utf8.DecodeRuneInString(pattern)
	return size, c == r
}

func inClass(class string, r rune) bool {
	rest, negated := class, false
	if class[0] == '!' || class[0] == '^' {
		rest, negated = class[1:], true
	}
	runes := []rune(rest)
	found := false
	for i := 0; i < len(runes); i++ {
		if i+2 < len(runes) && runes[i+1] == '-' {
			found = found || runes[i] <= r && r <= runes[i+2]
			i += 2
			continue
		}
		found = found || runes[i] == r
	}
	return found != negated
}
