package fhirmap

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	oidURN  = regexp.MustCompile(`^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$`)
	uuidURN = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	oldV2   = regexp.MustCompile(`^http://hl7\.org/fhir/v2/(\d{4})/?$`)
	oldV3   = regexp.MustCompile(`^http://hl7\.org/fhir/v3/(\w+)/?$`)
)

// wellKnown are the systems that are most often written a little wrong, by what is
// unmistakable of them (R4 terminologies-systems.html).
func wellKnown() map[string]string {
	return map[string]string{
		"loinc.org": "http://loinc.org", "snomed.info/sct": "http://snomed.info/sct", "unitsofmeasure.org": "http://unitsofmeasure.org",
		"hl7.org/fhir/sid/icd-10": "http://hl7.org/fhir/sid/icd-10", "nlm.nih.gov/research/umls/rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
		"hl7.org/fhir/sid/cvx": "http://hl7.org/fhir/sid/cvx", "whocc.no/atc": "http://www.whocc.no/atc",
	}
}

// checkSystem checks the URI of a system as it stands in a document.
func (o *operators) checkSystem(system string) error {
	if system == "" {
		return errors.New("the system is missing")
	}
	if len(o.config.Systems) > 0 && !slices.Contains(o.config.Systems, system) {
		return fmt.Errorf("the system %s is not among Config.Systems", system)
	}
	switch {
	case strings.HasPrefix(system, "urn:oid:"):
		if !oidURN.MatchString(system) {
			return fmt.Errorf("%s is not an OID: urn:oid:1.2.3", system)
		}
		return nil
	case strings.HasPrefix(system, "urn:uuid:"):
		if !uuidURN.MatchString(system) {
			return fmt.Errorf("%s is not a UUID in small letters", system)
		}
		return nil
	}
	u, err := url.Parse(system)
	if err != nil || u.Scheme == "" || strings.ContainsAny(system, " \t\n|") || u.Opaque == "" && u.Host == "" {
		return fmt.Errorf("the system %q is not an absolute URI", system)
	}
	if m := oldV2.FindStringSubmatch(system); m != nil {
		return fmt.Errorf("%s is of FHIR before R4; write http://terminology.hl7.org/CodeSystem/v2-%s", system, m[1])
	}
	if m := oldV3.FindStringSubmatch(system); m != nil {
		return fmt.Errorf("%s is of FHIR before R4; write http://terminology.hl7.org/CodeSystem/v3-%s", system, m[1])
	}
	bare := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(system, "https://"), "http://"), "www."), "/"))
	if right, known := wellKnown()[bare]; known && right != system {
		return fmt.Errorf("%s is written %s", system, right)
	}
	return nil
}
