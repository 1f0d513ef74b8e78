package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// baseURL is where HL7 publishes the definitions of the types: baseURL + "Patient".
const baseURL = "http://hl7.org/fhir/StructureDefinition/"

// fhirVersion is the version of the tables: R4.
const fhirVersion = "4.0.1"

// definitionSet is everything read, by what it is. Order is that of the files.
type definitionSet struct {
	types       []*structureDefinition // specializations: primitive, complex, resource
	valueSets   map[string]*valueSet
	codeSystems map[string]*codeSystem
	profiles    map[string][]byte // constraints: profiles and extensions, reduced
	// searchParameters by the end of their URL.
	searchParameters map[string]*searchParameter
}

// structureDefinition is the part of a StructureDefinition that the tables need.
type structureDefinition struct {
	ID             string `json:"id"`
	URL            string `json:"url"`
	FHIRVersion    string `json:"fhirVersion"`
	Kind           string `json:"kind"`
	Abstract       bool   `json:"abstract"`
	Type           string `json:"type"`
	BaseDefinition string `json:"baseDefinition"`
	Derivation     string `json:"derivation"`
	Snapshot       struct {
		Element []elementDefinition `json:"element"`
	} `json:"snapshot"`
}

// elementDefinition is the part of an ElementDefinition that the tables need.
type elementDefinition struct {
	ID               string           `json:"id"`
	Path             string           `json:"path"`
	Representation   []string         `json:"representation"`
	Min              int              `json:"min"`
	Max              string           `json:"max"`
	ContentReference string           `json:"contentReference"`
	Type             []elementType    `json:"type"`
	Constraint       []elementRule    `json:"constraint"`
	IsModifier       bool             `json:"isModifier"`
	IsSummary        bool             `json:"isSummary"`
	Binding          *elementBinding  `json:"binding"`
	Extension        []valueExtension `json:"extension"`
}

type elementType struct {
	Code          string           `json:"code"`
	Profile       []string         `json:"profile"`
	TargetProfile []string         `json:"targetProfile"`
	Extension     []valueExtension `json:"extension"`
}

type elementRule struct {
	Key        string           `json:"key"`
	Severity   string           `json:"severity"`
	Human      string           `json:"human"`
	Expression string           `json:"expression"`
	Source     string           `json:"source"`
	Extension  []valueExtension `json:"extension"`
}

type elementBinding struct {
	Strength  string           `json:"strength"`
	ValueSet  string           `json:"valueSet"`
	Extension []valueExtension `json:"extension"`
}

type valueExtension struct {
	URL            string `json:"url"`
	ValueURL       string `json:"valueUrl"`
	ValueCanonical string `json:"valueCanonical"`
	ValueBoolean   bool   `json:"valueBoolean"`
}

// readDefinitions reads the files of the package.
func readDefinitions(dir string) (*definitionSet, error) {
	set := &definitionSet{}
	hl7, err := readOriginal(dir)
	if err != nil {
		return nil, err
	}
	for _, file := range []string{"profiles-types.json", "profiles-resources.json"} {
		err := eachResource(filepath.Join(dir, file), "StructureDefinition", func(raw json.RawMessage) error {
			def := &structureDefinition{}
			if err := json.Unmarshal(raw, def); err != nil {
				return err
			}
			if def.FHIRVersion != fhirVersion {
				return nil // the package adds types of later versions, such as SubscriptionStatus
			}
			if def.Derivation != "constraint" {
				hl7.restore(def)
				set.types = append(set.types, def)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := set.readTerminology(dir); err != nil {
		return nil, err
	}
	if err := set.readProfiles(dir); err != nil {
		return nil, err
	}
	if err := set.readSearchParameters(dir); err != nil {
		return nil, err
	}
	return set, nil
}

// eachResource calls use for every resource of a kind in a Bundle's file.
func eachResource(path, resourceType string, use func(json.RawMessage) error) error {
	data, err := os.ReadFile(path) //nolint:gosec // the folder is the developer's own choice
	if err != nil {
		return err
	}
	var bundle struct {
		Entry []struct {
			Resource json.RawMessage `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(data, &bundle); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for i, entry := range bundle.Entry {
		var head struct {
			ResourceType string `json:"resourceType"`
		}
		if err := json.Unmarshal(entry.Resource, &head); err != nil {
			return fmt.Errorf("%s entry %d: %w", path, i, err)
		}
		if head.ResourceType != resourceType {
			continue
		}
		if err := use(entry.Resource); err != nil {
			return fmt.Errorf("%s entry %d: %w", path, i, err)
		}
	}
	return nil
}

// typeName shortens the URL of a base type to its name; other URLs stay.
func (s *definitionSet) typeName(url string) string {
	name, ok := strings.CutPrefix(url, baseURL)
	if !ok {
		return url
	}
	for _, def := range s.types {
		if def.ID == name {
			return name
		}
	}
	return url
}
