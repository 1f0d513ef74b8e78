package fhir_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/fhir"
)

// benchPatient is the official example of a Patient, 3.7 KB.
func benchPatient(b *testing.B) []byte {
	b.Helper()
	for _, f := range officialExamples(b) {
		if strings.HasSuffix(f, string(filepath.Separator)+"Patient-example.json") {
			data, err := os.ReadFile(f)
			require.NoError(b, err)
			return data
		}
	}
	b.Skip("no Patient-example.json")
	return nil
}

// BenchmarkResource measures work on one Patient.
func BenchmarkResource(b *testing.B) {
	data := benchPatient(b)
	r, err := fhir.Parse(data)
	require.NoError(b, err)
	text, err := r.XML()
	require.NoError(b, err)
	patient, err := fhir.As[models.Patient](r)
	require.NoError(b, err)
	for name, work := range map[string]func() error{
		"parse":      func() error { return second(fhir.Parse(data)) },
		"get":        func() error { r.Get("name.0.family"); return nil },
		"as":         func() error { return second(fhir.As[models.Patient](r)) },
		"edit":       func() error { return second(fhir.Edit(r, changeFamily)) },
		"set":        func() error { return second(r.Set("name.0.family", "X")) },
		"delete":     func() error { return second(r.Delete("name.0.family")) },
		"references": func() error { r.References(); return nil },
		"new":        func() error { return second(fhir.New(patient)) },
		"xml-write":  func() error { return second(r.XML()) },
		"xml-read":   func() error { return second(fhir.ParseXML(text)) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := work(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func changeFamily(p *models.Patient) error {
	p.Name[0].Family = new("X")
	return nil
}

// BenchmarkResourceRatio measures in turns what this package does and what does the nearest
// with encoding/json, samply and gjson, which lose or skip what is told beside it.
func BenchmarkResourceRatio(b *testing.B) {
	data := benchPatient(b)
	r, err := fhir.Parse(data)
	require.NoError(b, err)
	samply := func() error {
		p, err := models.UnmarshalPatient(data)
		if err != nil {
			return err
		}
		if err = changeFamily(&p); err != nil {
			return err
		}
		_, err = json.Marshal(p)
		return err
	}
	for name, c := range map[string]struct{ ours, reference func() error }{
		// json.Valid knows neither duplicate names nor resourceType nor places.
		"parse beside json.Valid": {
			func() error { return second(fhir.Parse(data)) },
			func() error { json.Valid(data); return nil },
		},
		"as beside samply": {
			func() error { return second(fhir.As[models.Patient](r)) },
			func() error { return second(models.UnmarshalPatient(data)) },
		},
		// samply loses contained resources and extensions of primitives.
		"edit beside samply": {func() error { return second(fhir.Edit(r, changeFamily)) }, samply},
		// A read, which is less.
		"set beside gjson read": {
			func() error { return second(r.Set("name.0.family", "X")) },
			func() error {
				gjson.ValidBytes(data)
				gjson.GetBytes(data, "name.0.family")
				return nil
			},
		},
	} {
		b.Run(name, func(b *testing.B) {
			var ours, reference time.Duration
			for b.Loop() {
				start := time.Now()
				if err := c.ours(); err != nil {
					b.Fatal(err)
				}
				between := time.Now()
				if err := c.reference(); err != nil {
					b.Fatal(err)
				}
				ours += between.Sub(start)
				reference += time.Since(between)
			}
			b.ReportMetric(float64(ours)/float64(reference), "ratio")
			b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ours-ns/op")
			b.ReportMetric(float64(reference.Nanoseconds())/float64(b.N), "reference-ns/op")
		})
	}
}
