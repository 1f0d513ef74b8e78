package validate

import (
	"crypto/sha1" //nolint:gosec // FHIR's Attachment.hash is SHA-1
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// typeCheck returns what the specification asks of a type in words only; nil for most types.
func typeCheck(name string) func(*run, node, *scope) {
	switch name {
	case "Extension":
		return (*run).extension
	case "Attachment":
		return (*run).attachment
	case "Identifier":
		return (*run).identifier
	case "Quantity", "Age", "Count", "Distance", "Duration":
		return (*run).quantity
	case "CodeSystem":
		return (*run).codeSystem
	case "ValueSet.compose.include":
		return (*run).includedSystem
	case "Questionnaire":
		return (*run).questionnaire
	case "SearchParameter":
		return (*run).searchParameter
	case "CapabilityStatement.rest.resource.searchParam":
		return (*run).statedSearch
	case "MeasureReport":
		return (*run).measureReport
	case "StructureDefinition":
		return (*run).structureDefinition
	case "QuestionnaireResponse":
		return (*run).questionnaireResponse
	default:
		return nil
	}
}

// attachment: size and hash are those of the data, when that is here.
func (r *run) attachment(n node, _ *scope) {
	data := r.str(n, "data")
	if data == "" {
		return
	}
	if checkBase64(data) != "" {
		return // said already
	}
	size := r.tree.Member(n, "size")
	hash := r.str(n, "hash")
	if size == 0 && hash == "" {
		return
	}
	decoded, err := base64.StdEncoding.DecodeString(withoutBlanks(data))
	if err != nil {
		r.fail(n, fhir.IssueStructure, "data is not base64 that can be decoded")
		return
	}
	if r.tree.Kind(size) == tree.Number && r.tree.Raw(size) != strconv.Itoa(len(decoded)) {
		r.fail(n, fhir.IssueStructure, "size must be the number of bytes of the data, before base64: %d", len(decoded))
	}
	if want, err := base64.StdEncoding.DecodeString(hash); hash != "" {
		sum := sha1.Sum(decoded) //nolint:gosec // as above
		if err != nil || string(want) != string(sum[:]) {
			r.fail(n, fhir.IssueStructure, "hash must be the SHA-1 of the data, in base64")
		}
	}
}

func withoutBlanks(text string) string {
	if !strings.ContainsAny(text, " \t\r\n") {
		return text
	}
	return strings.Map(func(c rune) rune {
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			return -1
		}
		return c
	}, text)
}

// identifier: the system is absolute, and urn:ietf:rfc:3986 says that the value is a URI.
func (r *run) identifier(n node, _ *scope) {
	system := r.str(n, "system")
	if system != "" && !isAbsolute(system) {
		r.fail(n, fhir.IssueCodeInvalid, "system must be absolute: a URL with its scheme, or a URN")
	}
	if system != "urn:ietf:rfc:3986" {
		return
	}
	if value := r.str(n, "value"); value != "" && (!isAbsolute(value) || checkURI(value) != "") {
		r.fail(n, fhir.IssueCodeInvalid, "value must be a full URI, as the system is urn:ietf:rfc:3986")
	}
}

// quantity: the system of a unit's code is absolute, as that of every code.
func (r *run) quantity(n node, _ *scope) {
	if system := r.str(n, "system"); system != "" && r.str(n, "code") != "" && !isAbsolute(system) {
		r.fail(n, fhir.IssueCodeInvalid, "system must be the absolute URL of a system of units")
	}
}

// codeSystem: a supplement adds to a code system, which it names.
func (r *run) codeSystem(n node, _ *scope) {
	if r.str(n, "content") == "supplement" && r.tree.Member(n, "supplements") == 0 {
		r.fail(n, fhir.IssueInvariant, "a code system with content \"supplement\" must name what it adds to: fill supplements")
	}
}

// canonicalURL: the url by which others name a resource (CodeSystem, Questionnaire ...) is absolute (https://hl7.org/fhir/R4/resource.html#canonical).
func (r *run) canonicalURL(n node) {
	if url := r.tree.Member(n, "url"); r.tree.Kind(url) == tree.String && r.tree.Text(url) != "" {
		if text := r.tree.Text(url); text[0] != '#' && !isAbsolute(text) {
			r.fail(url, fhir.IssueInvalid, "url must be absolute: others name the resource by it")
		}
	}
}

// includedSystem: a value set takes codes of a system by its URL; a fragment names none.
func (r *run) includedSystem(n node, _ *scope) {
	if system := r.str(n, "system"); strings.HasPrefix(system, "#") {
		r.fail(n, fhir.IssueInvalid, "system must be the absolute URL of a code system, not a fragment")
	}
}
