package router

import (
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// matchTime bounds one match: expressions of channels may backtrack for ever. A
// real core would hang.
const matchTime = time.Second

// pattern is a JavaScript regular expression.
type pattern struct{ re *regexp2.Regexp }

// compilePattern compiles a JavaScript regular expression, look-around and back
// references included.
func compilePattern(expression string) (*pattern, error) {
	re, err := regexp2.Compile(emptyClasses(expression), regexp2.ECMAScript)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = matchTime
	return &pattern{re}, nil
}

// matches reports whether the expression is found in text.
func (p *pattern) matches(text string) bool {
	found, err := p.re.MatchString(text)
	return found && err == nil
}

// replace replaces the first match, or all of them; $1, $& and $$ mean what they
// mean in JavaScript.
func (p *pattern) replace(text, by string, all bool) string {
	count := 1
	if all {
		count = -1
	}
	out, err := p.re.Replace(text, by, -1, count)
	if err != nil {
		return text
	}
	return out
}

// emptyClasses rewrites the classes [] (nothing) and [^] (anything), which only
// JavaScript knows.
func emptyClasses(expression string) string {
	if !strings.Contains(expression, "[]") && !strings.Contains(expression, "[^]") {
		return expression
	}
	var out strings.Builder
	inClass := false
	for i := 0; i < len(expression); i++ {
		rest := expression[i:]
		switch {
		case rest[0] == '\\' && len(rest) > 1:
			out.WriteString(rest[:2])
			i++
			continue
		case inClass:
			inClass = rest[0] != ']'
		case strings.HasPrefix(rest, "[]"):
			out.WriteString("(?!)")
			i++
			continue
		case strings.HasPrefix(rest, "[^]"):
			out.WriteString(`[\s\S]`)
			i += 2
			continue
		case rest[0] == '[':
			inClass = true
		}
		out.WriteByte(rest[0])
	}
	return out.String()
}
