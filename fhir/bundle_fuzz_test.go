package fhir_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/openhim/mediator-go/fhir"
)

// Whatever is read as a Bundle can be walked, checked and divided; resources in it parse; the
// parts have all entries, with their bytes, once.
func FuzzBundle(f *testing.F) {
	for _, seed := range []string{
		searchset, sentBatch, answeredBatch,
		`{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001","resource":{"resourceType":"Patient","identifier":[{"value":"1"}]},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=1"}},{"request":{"method":"GET","url":"Patient?identifier=a%7Cb,c\\,d"}},{"resource":{"resourceType":"Observation","subject":{"reference":"Patient?identifier=1"}},"request":{"method":"POST","url":"Observation"}}]}`,
		`{"resourceType":"Bundle","entry":[[],{"resource":{"reference":"#","url":["\u0022"]}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := fhir.ParseBundle(bytes.Clone(data))
		if err != nil {
			return
		}
		_ = b.Check()
		for _, e := range b.Entries() {
			if r := e.Resource(); !r.IsZero() {
				if again, err := fhir.Parse(r.Bytes()); err == nil && (again.Type() != r.Type() || again.ID() != r.ID()) {
					t.Fatalf("the resource in the Bundle is %q, by itself %q", r.Type(), again.Type())
				} else if err != nil && r.Type() != "" {
					t.Fatalf("a resource of a Bundle does not parse: %v", err)
				}
			}
			_, _ = e.Request()
			_, _ = e.Response()
			_ = e.SearchMode()
			b.Resolve(e, "Patient/1")
		}
		_, _ = b.Results(b)
		split, err := b.Split(fhir.BundleLimits{Entries: 2, Bytes: 2000})
		if err != nil {
			return
		}
		seen := make([]bool, b.Len())
		for _, part := range split.Parts() {
			again, err := fhir.ParseBundle(part.Bundle.Bytes())
			if err != nil || again.Len() != len(part.Places) {
				t.Fatalf("a part does not parse: %v", err)
			}
			for i, place := range part.Places {
				if seen[place] || !bytes.Equal(again.Entry(i).Bytes(), b.Entry(place).Bytes()) {
					t.Fatalf("entry %d is not what it was", place)
				}
				seen[place] = true
			}
		}
		for place, once := range seen {
			if !once {
				t.Fatalf("entry %d is lost", place)
			}
		}
	})
}

// A transaction of any resource parses, and only links are not the bytes given.
func FuzzBundleBuilder(f *testing.F) {
	f.Add([]byte(uglyPatient), "a", "identifier=x|y")
	f.Add([]byte(`{"resourceType":"Observation","subject":{"reference":"k\u0065y"},"url":"key"}`), "key", "")
	f.Fuzz(func(t *testing.T, data []byte, key, condition string) {
		r, err := fhir.Parse(bytes.Clone(data))
		if err != nil {
			return
		}
		tx := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleTransaction, AllowDangling: true})
		d := tx.Create(r).As(key)
		if condition != "" {
			d.IfNoneExist(condition)
		}
		b, err := tx.Build()
		if err != nil {
			return
		}
		again, err := fhir.ParseBundle(b.Bytes())
		if err != nil {
			if !utf8.ValidString(condition) {
				return // the caller's text was none
			}
			t.Fatalf("what was built does not parse: %v", err)
		}
		if !bytes.Contains(data, []byte(key)) && !bytes.Contains(data, []byte(`\`)) && !bytes.Equal(again.Entry(0).Resource().Bytes(), bytes.TrimSpace(data)) {
			t.Fatal("the resource has changed")
		}
	})
}
