package source_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/mapping/source"
)

func Example() {
	file := "id;Birth date\n7;1980-01-02\n8\n9;\"12 \"May\" 1979\"\n"
	rows, err := source.NewCSV(strings.NewReader(file), source.CSVConfig{Delimiter: ';'})
	if err != nil {
		fmt.Println(err)
		return
	}
	for record, err := range source.All(context.Background(), rows) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s from %s\n", record, rows.Locate("/Birth date"))
	}
	// Output:
	// {"id":"7","Birth date":"1980-01-02"} from row 2, column "Birth date" (2)
	// row 3, at 3:1: 1 cells in a table of 2 columns; quote cells that hold the delimiter, or set Ragged
	// row 4, column "Birth date" (2), at 4:7: text after the quote that closes the cell; double quotes inside a cell, or set LazyQuotes
}

func ExampleNewCSV_columns() {
	rows, err := source.NewCSV(strings.NewReader("HF026\tAm\xE9lie\nHF027\t5\" tall\n"), source.CSVConfig{
		Columns: []string{"facility", "note"}, Delimiter: '\t', NoQuotes: true, Encoding: source.Windows1252,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for record, err := range source.All(context.Background(), rows) {
		fmt.Println(string(record), err)
	}
	// Output:
	// {"facility":"HF026","note":"Amélie"} <nil>
	// {"facility":"HF027","note":"5\" tall"} <nil>
}

func ExampleNewNDJSON() {
	lines, err := source.NewNDJSON(strings.NewReader(`{"temp": 37.0}`+"\n"+`{"temp": 37.`+"\n"), source.NDJSONConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for record, err := range source.All(context.Background(), lines) {
		fmt.Println(string(record), err)
	}
	// Output:
	// {"temp": 37.0} <nil>
	//  line 2, at 2:12: not valid JSON; one whole value a line is expected
}

func ExampleNewXML() {
	document := `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:s="urn:hl7-org:sdtc">
		<recordTarget><patient><name use="L"><given>Amina</given><given>N.</given></name><s:raceCode code="x"/></patient></recordTarget>
	</ClinicalDocument>`
	r, err := source.NewXML(strings.NewReader(document), source.XMLConfig{Namespaces: map[string]string{"sdtc": "urn:hl7-org:sdtc"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := source.One(context.Background(), r)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(record))
	fmt.Println(gjson.GetBytes(record, "ClinicalDocument.recordTarget.0.patient.0.name.0._use"))
	fmt.Println(r.Locate("/ClinicalDocument/recordTarget/0/patient/0/name/0/given/1/_"))
	// Output:
	// {"ClinicalDocument":{"recordTarget":[{"patient":[{"name":[{"_use":"L","given":[{"_":"Amina"},{"_":"N."}]}],"sdtc:raceCode":[{"_code":"x"}]}]}]}}
	// L
	// /ClinicalDocument/recordTarget[1]/patient[1]/name[1]/given[2]/text()
}

func ExampleNewXML_records() {
	adx := `<adx exported="2026-03-11">
		<group orgUnit="HF026"><dataValue value="7"/></group>
		<group orgUnit="HF027"><dataValue value="9"/></group>
	</adx>`
	r, err := source.NewXML(strings.NewReader(adx), source.XMLConfig{Records: "/adx/group"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for record, err := range source.All(context.Background(), r) {
		fmt.Println(string(record), r.Locate("/group/dataValue/0/_value"), err)
	}
	// Output:
	// {"__parents":[{"_exported":"2026-03-11"}],"group":{"_orgUnit":"HF026","dataValue":[{"_value":"7"}]}} /adx/group[1]/dataValue[1]/@value <nil>
	// {"__parents":[{"_exported":"2026-03-11"}],"group":{"_orgUnit":"HF027","dataValue":[{"_value":"9"}]}} /adx/group[2]/dataValue[1]/@value <nil>
}

func ExampleNewHL7() {
	message := "MSH|^~\\&|LAB\rPID|||123^^^MRN~456||Doe&van^John|\"\"\r"
	r, err := source.NewHL7(strings.NewReader(message), source.HL7Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := source.One(context.Background(), r)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(gjson.GetBytes(record, "PID"))
	fmt.Println(gjson.GetBytes(record, "PID.0.5.0.2"), gjson.GetBytes(record, "PID.0.5.0.1&2"), gjson.GetBytes(record, "PID.0.3.#.1"))
	fmt.Println(r.Locate("/PID/0/3/0/1"), r.Locate("/PID/0/3/1/1&2"))
	// Output:
	// [{"3":[{"1":"123","4":"MRN"},{"1":"456"}],"5":[{"1":"Doe","1&2":"van","2":"John"}],"6":[{"1":null}]}]
	// John van ["123","456"]
	// PID-3.1 PID-3[2].1.2
}

func ExampleNewHL7_groups() {
	message := "MSH|^~\\&|LAB\rOBR|1\rOBX|1\rOBX|2\rNTE|1\rOBR|2\rOBX|1\r"
	r, err := source.NewHL7(strings.NewReader(message), source.HL7Config{
		Groups: map[string][]string{"OBR": {"OBX", "NTE"}, "OBX": {"NTE"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := source.One(context.Background(), r)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(gjson.GetBytes(record, "OBR.0"))
	fmt.Println(r.Locate("/OBR/0/OBX/1/NTE/0/1"))
	// Output:
	// {"1":[{"1":"1"}],"OBX":[{"1":[{"1":"1"}]},{"1":[{"1":"2"}],"NTE":[{"1":[{"1":"1"}]}]}]}
	// OBR/OBX[2]/NTE-1
}

func ExampleError() {
	r, err := source.NewXML(strings.NewReader("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>\n<x>&e;</x>"), source.XMLConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = source.One(context.Background(), r)
	var bad *source.Error
	if errors.As(err, &bad) {
		fmt.Println(bad.Line, bad.Column, bad.Skip(), bad.Reason)
	}
	// Output:
	// 1 1 false a document type declaration; those are refused, because of the entities they can define
}
