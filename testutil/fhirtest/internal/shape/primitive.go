package shape

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

var (
	dateForm    = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2})?)?$`)
	timeForm    = regexp.MustCompile(`^\d{2}:\d{2}:\d{2}(\.\d+)?$`)
	idForm      = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)
	codeForm    = regexp.MustCompile(`^[^\s]+(\s[^\s]+)*$`)
	oidForm     = regexp.MustCompile(`^urn:oid:[0-2](\.(0|[1-9]\d*))+$`)
	uuidForm    = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	integerForm = regexp.MustCompile(`^-?(0|[1-9]\d*)$`)
)

// ValidID tells whether a text can be the id of a resource (R4 datatypes, id).
func ValidID(id string) bool { return idForm.MatchString(id) }

// kindOf is what JSON a primitive is written as.
func kindOf(typ string) jsontree.Kind {
	switch typ {
	case "boolean":
		return jsontree.Bool
	case "integer", "positiveInt", "unsignedInt", "decimal":
		return jsontree.Number
	}
	return jsontree.String
}

// formatted tells whether the text of a primitive is as its type asks (R4 datatypes).
func formatted(typ, text string) bool {
	switch typ {
	case "integer":
		return integerForm.MatchString(text)
	case "positiveInt":
		return integerForm.MatchString(text) && text[0] != '-' && text != "0"
	case "unsignedInt":
		return integerForm.MatchString(text) && text[0] != '-'
	case "boolean", "decimal":
		return true
	case "date":
		return isDate(text)
	case "dateTime":
		return isDate(text) || isInstant(text)
	case "instant":
		return isInstant(text)
	case "time":
		return timeForm.MatchString(text)
	case "id":
		return idForm.MatchString(text)
	case "code":
		return codeForm.MatchString(text)
	case "oid":
		return oidForm.MatchString(text)
	case "uuid":
		return uuidForm.MatchString(text)
	case "uri", "url", "canonical":
		return text != "" && !strings.ContainsAny(text, " \t\r\n")
	}
	return text != ""
}

func isDate(text string) bool {
	if !dateForm.MatchString(text) {
		return false
	}
	_, err := time.Parse("2006-01-02"[:len(text)], text)
	return err == nil
}

func isInstant(text string) bool {
	_, err := time.Parse(time.RFC3339Nano, text)
	return err == nil
}

func isTemporal(typ string) bool {
	return slices.Contains([]string{"date", "dateTime", "instant"}, typ)
}
