package objectmapper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/objectmapper"
)

// chooser makes documents and inputs of a text of choices.
type chooser struct {
	choices []byte
	at      int
}

func (c *chooser) pick(n int) int {
	if c.at >= len(c.choices) {
		return 0
	}
	c.at++
	return int(c.choices[c.at-1]) % n
}

func (c *chooser) of(list ...string) string { return list[c.pick(len(list))] }

func (c *chooser) rule() string {
	source := c.of("a", "b", "c", "o.d", "o.e", "l[].p", "l[].q", "l[].m[].r", "l[].m[].s", "l[]", "k[].p", "k[]", "l[0].p", "k[1]", "none.x", "l.p", "a.b.c")
	target := c.of("x", "y", "x.y", "z.v", "w[].f", "w[].g", "w[].h.i", "w[].n[].f", "w[].n[].g", "u[]", "u[]+", "w[].u[]+", "t[0].f", "t[2].g", "t[]+",
		"x?", "z.n?", "s[].f", "on.true")
	parts := []string{`"key":` + quote(target)}
	switch c.pick(14) {
	case 1:
		parts = append(parts, `"default":`+c.of("0", `"d"`, `"$d"`, "false", `{"e":[1]}`))
	case 2:
		others := c.of("", `,"default":"= u"`, `,"null":"nil"`)
		if strings.ContainsAny(source[:1], "lk") {
			others = "" // of a missing list the peer writes what it makes of nothing, once: that is noted
		}
		parts = append(parts, `"transform":{"function":"mapCodes","parameters":{"F":"female","1":"one","N":0`+others+`}}`)
	case 3:
		functions := []string{"dateTimeToDate", "booleanFlip", "numberify"}
		if !strings.ContainsAny(source[:1], "lk") {
			functions = append(functions, "booleanify")
		}
		parts = append(parts, `"transform":{"function":"`+c.of(functions...)+`"}`)
	case 4:
		parts = append(parts, `"transform":{"function":"oneToAllElements"}`)
	case 5:
		parts = append(parts, `"transform":{"function":"appendArray"}`)
	}
	return quote(source) + ":{" + strings.Join(parts, ",") + "}"
}

func (c *chooser) scalar() string {
	return c.of(`"F"`, `"2020-01-02T03:04:05Z"`, "1", "true", "null", `""`, "70.0")
}

func (c *chooser) members(names ...string) string {
	var out []string
	for _, name := range names {
		if c.pick(5) > 0 {
			out = append(out, quote(name)+":"+c.scalar())
		}
	}
	return strings.Join(out, ",")
}

func (c *chooser) list(item func() string) string {
	out := make([]string, c.pick(4))
	for i := range out {
		out[i] = item()
	}
	return "[" + strings.Join(out, ",") + "]"
}

func (c *chooser) input() string {
	parts := []string{c.members("a", "b", "c")}
	if c.pick(6) > 0 {
		parts = append(parts, `"o":{`+c.members("d", "e")+`}`)
	}
	if c.pick(6) > 0 {
		parts = append(parts, `"l":`+c.list(func() string {
			inner := []string{c.members("p", "q")}
			if c.pick(3) > 0 {
				inner = append(inner, `"m":`+c.list(func() string { return "{" + c.members("r", "s") + "}" }))
			}
			return "{" + joinMembers(inner) + "}"
		}))
	}
	if c.pick(3) > 0 {
		parts = append(parts, `"k":`+c.list(func() string { return "{" + c.members("p") + "}" }))
	}
	return "{" + joinMembers(parts) + "}"
}

func joinMembers(parts []string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ",")
}

// FuzzMigrateRules makes rules of all kinds and inputs that suit them: every conversion compiles, and refuses or is proved.
func FuzzMigrateRules(f *testing.F) {
	for i := range 200 {
		text := make([]byte, 60)
		for j := range text {
			text[j] = byte((i*7919 + j*104729 + i*j*31) >> 3)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		c := &chooser{choices: choices}
		rules := make([]string, 1+c.pick(4))
		for i := range rules {
			rules[i] = c.rule()
		}
		document, sample := "{"+strings.Join(rules, ",")+"}", []byte(c.input())
		m, err := objectmapper.Migrate([]byte(document), objectmapper.MigrateOptions{Mapping: true, Samples: [][]byte{sample}})
		require.NoError(t, err, document)
		if len(m.Refused()) > 0 {
			return
		}
		proof, err := m.Prove(t.Context(), [][]byte{sample})
		require.NoError(t, err, document)
		if strings.Contains(document, "oneToAllElements") {
			return // where a list is missing the peer has an element with nothing else in it: that is noted
		}
		require.True(t, proof.Holds(), "REAL %s\n%s\n%s\n%+v", document, sample, m.Document, proof.Differences)
	})
}
