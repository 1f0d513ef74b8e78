package source_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/openhim/mediator-go/mapping/source"
)

const benchRows = 10_000

// rows makes a text of n records, each made by record, after head.
func rows(head string, n int, record func(i int) string) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	for i := range n {
		b.WriteString(record(i))
	}
	return b.Bytes()
}

const csvHead = "case_id,report_date,onset_date,facility_code,district,patient_name,sex,age_years,symptoms,temp_c,outcome\n"

func csvRow(i int) string {
	return fmt.Sprintf("UG-2026-%05d,11/03/2026,08/03/2026,HF%03d,Kampala,Amina Okello,F,%d,fever;cough,37.%d,1\n", i, i%500, i%90, i%10)
}

func quotedRow(i int) string {
	return fmt.Sprintf("UG-2026-%05d,11/03/2026,08/03/2026,HF%03d,Kampala,\"Okello, Amina\",F,%d,\"fever \"\"high\"\"\",37.%d,1\n", i, i%500, i%90, i%10)
}

func jsonRow(i int) string {
	return fmt.Sprintf(`{"case_id":"UG-2026-%05d","report_date":"11/03/2026","facility":{"code":"HF%03d","district":"Kampala"},"sex":"F","age":%d,"symptoms":["fever","cough"]}`+"\n", i, i%500, i%90)
}

func xmlRow(i int) string {
	return fmt.Sprintf(`<group orgUnit="HF%03d" period="2026W11"><dataValue dataElement="cases" value="%d"/><dataValue dataElement="deaths" value="1"/><note>seen</note></group>`+"\n", i%500, i)
}

func hl7Row(i int) string {
	return fmt.Sprintf("MSH|^~\\&|LAB|F1|EMR|F2|20260311101500||ORU^R01|%d|P|2.5.1\rPID|1||%d^^^MRN~9^^^NIN||OKELLO^AMINA||19800101|F\rOBR|1||L%d|718-7^HGB^LN\rOBX|1|NM|718-7^HGB^LN||13.%d|g/dL\r", i, i, i, i%10)
}

// benchmark reads text by r again and again.
func benchmark(b *testing.B, text []byte, records int, open func(r io.Reader) (source.Reader, error)) {
	b.Helper()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := open(bytes.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for _, err := range source.All(b.Context(), r) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != records {
			b.Fatalf("read %d records, want %d", n, records)
		}
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkCSV(b *testing.B) {
	for name, record := range map[string]func(int) string{"plain": csvRow, "quoted": quotedRow} {
		text := rows(csvHead, benchRows, record)
		b.Run(name+"/source", func(b *testing.B) {
			benchmark(b, text, benchRows, func(r io.Reader) (source.Reader, error) { return source.NewCSV(r, source.CSVConfig{}) })
		})
		b.Run(name+"/encoding-csv", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r := stdcsv.NewReader(bytes.NewReader(text))
				r.ReuseRecord = true
				n := 0
				for {
					_, err := r.Read()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != benchRows+1 {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkNDJSON(b *testing.B) {
	text := rows("", benchRows, jsonRow)
	benchmark(b, text, benchRows, func(r io.Reader) (source.Reader, error) { return source.NewNDJSON(r, source.NDJSONConfig{}) })
}

func BenchmarkXML(b *testing.B) {
	const n = benchRows / 10
	text := append(rows(`<adx xmlns="urn:ihe:qrph:adx:2015">`, n, xmlRow), "</adx>"...)
	b.Run("source", func(b *testing.B) {
		benchmark(b, text, n, func(r io.Reader) (source.Reader, error) {
			return source.NewXML(r, source.XMLConfig{Records: "/adx/group"})
		})
	})
	b.Run("encoding-xml-tokens", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			decoder := xml.NewDecoder(bytes.NewReader(text))
			for {
				_, err := decoder.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("encoding-xml-structs", func(b *testing.B) {
		type group struct {
			OrgUnit string `xml:"orgUnit,attr"`
			Period  string `xml:"period,attr"`
			Values  []struct {
				DataElement string `xml:"dataElement,attr"`
				Value       string `xml:"value,attr"`
			} `xml:"dataValue"`
			Notes []string `xml:"note"`
		}
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var adx struct {
				Groups []group `xml:"group"`
			}
			if err := xml.NewDecoder(bytes.NewReader(text)).Decode(&adx); err != nil || len(adx.Groups) != n {
				b.Fatal(err, len(adx.Groups))
			}
		}
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

func BenchmarkHL7(b *testing.B) {
	text := rows("", benchRows, hl7Row)
	b.Run("source", func(b *testing.B) {
		benchmark(b, text, benchRows, func(r io.Reader) (source.Reader, error) { return source.NewHL7(r, source.HL7Config{}) })
	})
	b.Run("strings-split", func(b *testing.B) { // reads every component, checks nothing, writes nothing
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for segment := range strings.SplitSeq(string(text), "\r") {
				for field := range strings.SplitSeq(segment, "|") {
					for repetition := range strings.SplitSeq(field, "~") {
						for range strings.SplitSeq(repetition, "^") {
							n++
						}
					}
				}
			}
			if n == 0 {
				b.Fatal(n)
			}
		}
	})
}
