package terminology_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
)

// BenchmarkLocal asks a ConceptMap and a value set of 1,000 codes each.
func BenchmarkLocal(b *testing.B) {
	var elements, codes []string
	for i := range 1000 {
		elements = append(elements, fmt.Sprintf(`{"code":"c%d","target":[{"code":"t%d","equivalence":"equivalent"}]}`, i, i))
		codes = append(codes, fmt.Sprintf(`{"code":"c%d","display":"Code %d"}`, i, i))
	}
	l := localOf(b,
		`{"resourceType":"ConceptMap","url":"m","group":[{"source":"s","target":"t","element":[`+strings.Join(elements, ",")+`]}]}`,
		`{"resourceType":"ValueSet","url":"v","compose":{"include":[{"system":"s","concept":[`+strings.Join(codes, ",")+`]}]}}`)
	b.Run("translate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if t, err := l.Translate(b.Context(), terminology.TranslateRequest{URL: "m", Coding: fhir.Coding{Code: "c500"}}); err != nil || !t.Result {
				b.Fatal(err)
			}
		}
	})
	b.Run("member", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if is, err := l.MemberOf(b.Context(), "v", "s", "c500"); err != nil || !is {
				b.Fatal(err)
			}
		}
	})
	b.Run("expand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if e, err := l.Expand(b.Context(), terminology.ExpandRequest{ValueSet: "v", Count: 10}); err != nil || e.Total != 1000 {
				b.Fatal(err)
			}
		}
	})
}
