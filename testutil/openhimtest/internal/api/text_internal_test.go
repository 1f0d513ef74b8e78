package api

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func TestVersionsAreThoseOfNodeSemver(t *testing.T) {
	t.Parallel()
	for _, valid := range []string{"1.0.0", " v1.3.0 ", "1.2.0-rc1", "1.0.0+5", "1.0.0-a.1+b.c", "0.0.0", "1.0.0--"} {
		_, ok := parseVersion(valid)
		assert.True(t, ok, valid)
	}
	for _, invalid := range []any{"1.0", "1.0.0.0", 1.0, nil, "", "01.0.0", "1.0.0-01", "1.0.0-", "=1.0.0", "99999999999999999.0.0", "1.0.0 beta"} {
		_, ok := parseVersion(invalid)
		assert.False(t, ok, invalid)
	}
}

func TestVersionsAreOrdered(t *testing.T) {
	t.Parallel()
	order := []string{"0.9.9", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc1", "1.0.0", "1.0.1", "1.1.0-rc1", "1.1.0", "10.0.0"}
	for i, low := range order {
		a, _ := parseVersion(low)
		for j, high := range order {
			b, _ := parseVersion(high)
			assert.Equal(t, j > i, b.higher(a), "%s > %s", high, low)
		}
	}
	plain, _ := parseVersion("1.0.0")
	build, _ := parseVersion("1.0.0+7")
	assert.False(t, build.higher(plain), "build metadata does not count")
}

func TestUnescapeIsThatOfJavaScript(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a%41": "aA", "%u00fc%FC": "üü", "%zz%": "%zz%", "ü%4": "ü%4", "%ud83d%ude00": "😀", "%u12": "%u12", "plain": "plain",
	} {
		assert.Equal(t, want, unescape(in), in)
	}
	for _, bad := range []string{"%", "%4", "%zz", "%ff"} {
		_, ok := decodeComponent(bad)
		assert.False(t, ok, bad)
	}
}

func TestFormsNest(t *testing.T) {
	t.Parallel()
	assert.Equal(t, mongo.Doc{"a": mongo.Doc{"b": mongo.Doc{"c": "1"}}, "d": []any{"x", "y z", "w"}, "e": ""},
		parseForm("a[b][c]=1&d=x&d=y+z&d=w&e&%zz=1&=2"))
}

func FuzzUnescape(f *testing.F) {
	f.Add("a%41%u0041%")
	f.Add("%ud83d")
	f.Fuzz(func(t *testing.T, in string) {
		once := unescape(in)
		if decoded, ok := decodeComponent(in); ok {
			assert.LessOrEqual(t, len(decoded), len(in))
		}
		assert.LessOrEqual(t, len([]rune(once)), len([]rune(in)))
		parseForm(in)
		parseVersion(in)
	})
}
