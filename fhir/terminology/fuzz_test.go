package terminology_test

import (
	"bytes"
	"testing"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
)

// Whatever is supplied, questions end, and an expansion has only members of the value set.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{
		animals, folded, sexMap, vs("it", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"is-a","value":"dog"}]}],"exclude":[{"valueSet":["http://x/vs/it"]}]}`),
		`{"resourceType":"ValueSet","url":"http://x/vs/it","expansion":{"contains":[{"contains":[{"code":"a"}]}]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := fhir.Parse(bytes.Clone(data))
		if err != nil {
			return
		}
		l, err := terminology.NewLocal(terminology.LocalConfig{MaxExpansion: 1000}, mustParse(animals), r)
		if err != nil {
			return
		}
		url := r.Get("url").String()
		if e, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: url}); err == nil {
			for _, c := range e.Codes {
				if c.System == "" {
					continue
				}
				if is, err := l.MemberOf(t.Context(), url, c.System, c.Code); err != nil || !is {
					t.Fatalf("%s is in the expansion and no member: %v", c.Code, err)
				}
			}
		}
		for _, reverse := range []bool{false, true} {
			if got, err := l.Translate(t.Context(), terminology.TranslateRequest{Coding: fhir.Coding{Code: "M"}, Reverse: reverse}); err == nil {
				if _, found := got.Best(); found != got.Result {
					t.Fatal("a result without a match")
				}
			}
		}
		_, _ = l.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: url, Code: "a"}})
		_, _ = l.Subsumes(t.Context(), url, "a", "b")
	})
}
