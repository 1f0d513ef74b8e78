package openhim

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What new RegExp() of Node 20 says to each pattern.
func TestRegularExpressionsOfJavaScript(t *testing.T) {
	t.Parallel()
	for pattern, ok := range map[string]bool{
		"": true, "^/patients/.*$": true, "a|b|": true, "(?:a)(?=b)(?!c)(?<=d)(?<!e)": true, "(?<n>a)\\k<n>": true,
		"[a-z]{2,3}?": true, "a{,5}": true, "a{": true, "{": true, "}": true, "]": true, "x{1": true, "a{2}b*c+d??": true,
		"[]": true, "[^]": true, "[]a]": true, "[\\]]": true, "[a-]": true, "[\\w-z]": true, "\\/fhir\\/(Patient|Bundle)": true,
		"(?=a)*": true, "\\b\\d\\u0041\\x41\\cA\\1\\k": true, "[\\b]": true, "[a\\-z]": true, "/[^/]+/é": true, "{a}": true,
		"(": false, ")": false, "a)": false, "[": false, "[a": false, "\\": false, "*": false, "+a": false, "?": false,
		"a**": false, "a{2}{3}": false, "{1}": false, "{1,2}": false, "a{3,2}": false, "[z-a]": false, "(?a)": false,
		"(?<a": false, "(?<>a)": false, "(?<1>a)": false, "(?<n>a)(?<n>b)": false, "(?<n>a)\\k<m>": false,
		"^*": false, "$?": false, "\\b+": false, "(?<=a)*": false, "(?": false, "[\\": false, "(a|b": false, "[b-\\x61]": false,
	} {
		err := checkJSRegexp(pattern)
		assert.Equal(t, ok, err == nil, "%q: %v", pattern, err)
	}
}

func FuzzJSRegexp(f *testing.F) {
	for _, s := range []string{"^/a(b|c)*[d-f]$", "(?<n>x)\\k<n>", "[\\u00", "a{1,2}?", "(((("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if checkJSRegexp(s) == nil && checkJSRegexp("("+s+")") != nil {
			t.Errorf("%q is taken, but not in parentheses", s)
		}
	})
}
