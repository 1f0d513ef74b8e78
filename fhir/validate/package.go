package validate

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Package is a FHIR package (https://hl7.org/fhir/packages.html): the conformance resources of an implementation guide. Immutable; any
// number of validators may use it at once.
type Package struct {
	// Name and Version are those of its package.json: "hl7.fhir.us.core", "5.0.1".
	Name, Version string

	resources [][]byte
}

// Bounds of packages: far above what the largest published ones have.
const (
	maxUnpackedBytes = 4 << 30  // of the whole archive
	maxPackageBytes  = 1 << 30  // of all files kept
	maxPackageFile   = 64 << 20 // of one file
	maxPackageFiles  = 100_000
)

// ReadPackage reads a package.tgz, as package registries serve it. Nothing is written to disk, and names of files decide nothing but
// whether one is a definition: JSON in the package's main folder. StructureDefinition, ValueSet, CodeSystem, Questionnaire and
// Measure are kept, other resources passed over. Files and sizes are bounded: 100,000 files, 64 MiB a file, 1 GiB of what is kept.
func ReadPackage(r io.Reader) (*Package, error) {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("validate: package is no .tgz file: %w", err)
	}
	defer unpacked.Close() //nolint:errcheck // nothing was written
	pkg := &Package{}
	files := tar.NewReader(io.LimitReader(unpacked, maxUnpackedBytes))
	kept := 0
	for count := 0; ; count++ {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("validate: package cannot be unpacked: %w", err)
		}
		if count >= maxPackageFiles {
			return nil, fmt.Errorf("validate: package has more than %d files", maxPackageFiles)
		}
		if header.Typeflag != tar.TypeReg || path.Dir(path.Clean("/"+header.Name)) != "/package" || !strings.HasSuffix(header.Name, ".json") {
			continue
		}
		data, err := readBounded(files, maxPackageFile)
		if err != nil {
			return nil, fmt.Errorf("validate: package file %s: %w", quoted(header.Name), err)
		}
		if kept += len(data); kept > maxPackageBytes {
			return nil, fmt.Errorf("validate: package has more than %d bytes of definitions", maxPackageBytes)
		}
		if err := pkg.add(path.Base(header.Name), data); err != nil {
			return nil, fmt.Errorf("validate: package file %s: %w", quoted(header.Name), err)
		}
	}
	if pkg.Name == "" {
		return nil, errors.New("validate: package has no package/package.json with a name: is it a FHIR package?")
	}
	return pkg, nil
}

func readBounded(r io.Reader, limit int64) ([]byte, error) {
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return out.Bytes(), nil
}

// add keeps a file: the manifest's name and version, or a definition.
func (p *Package) add(name string, data []byte) error {
	if name == "package.json" {
		var manifest struct{ Name, Version string }
		if err := json.Unmarshal(data, &manifest); err != nil {
			return err
		}
		p.Name, p.Version = manifest.Name, manifest.Version
		return nil
	}
	var head struct {
		ResourceType string `json:"resourceType"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return err
	}
	switch head.ResourceType {
	case "StructureDefinition", "ValueSet", "CodeSystem", "Questionnaire", "Measure":
		p.resources = append(p.resources, data)
	}
	return nil
}

// addPackage takes the resources of a package; those of packages before it stay.
func (d *definitions) addPackage(pkg *Package) error {
	for _, data := range pkg.resources {
		if err := d.add(data, false); err != nil {
			return err
		}
	}
	return nil
}
