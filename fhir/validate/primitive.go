package validate

import (
	"strings"
	"unicode"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// primitive is how JSON writes a primitive type and what its text must be (https://hl7.org/fhir/R4/datatypes.html#primitive).
type primitive struct {
	name string
	typ  *elements.Type
	json tree.Kind // True stands for both booleans
	// check returns what is wrong, in words that hold nothing of the text; "" when nothing is. The text is never empty.
	check func(text string) string
}

// maxStringBytes is the size a string must not exceed: "strings SHALL NOT exceed 1MB".
const maxStringBytes = 1 << 20

// primitiveOf returns the rules of a primitive type by its name.
func primitiveOf(name string) *primitive {
	kind, check := tree.String, checkString
	switch name {
	case "boolean":
		kind, check = tree.True, func(string) string { return "" }
	case "integer":
		kind, check = tree.Number, checkInteger
	case "positiveInt":
		kind, check = tree.Number, checkPositiveInt
	case "unsignedInt":
		kind, check = tree.Number, checkUnsignedInt
	case "decimal":
		kind, check = tree.Number, checkDecimal
	case "base64Binary":
		check = checkBase64
	case "instant":
		check = checkInstant
	case "date":
		check = checkDate
	case "dateTime":
		check = checkDateTime
	case "time":
		check = checkTime
	case "code":
		check = checkCode
	case "id":
		check = checkID
	case "uri", "url":
		check = checkURI
	case "canonical":
		check = checkCanonical
	case "oid":
		check = checkOID
	case "uuid":
		check = checkUUID
	}
	typ, _ := elements.Lookup(name)
	return &primitive{name: name, typ: typ, json: kind, check: check}
}

func checkString(text string) string {
	if len(text) > maxStringBytes {
		return "is longer than 1 MB, the most a string may have"
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return "holds a control character: only tab, line feed and carriage return are allowed"
		}
	}
	return ""
}

// checkInteger wants a signed 32-bit number, written without a fraction or an exponent.
func checkInteger(text string) string {
	digits, negative := strings.CutPrefix(text, "-")
	if !allDigits(digits) || digits[0] == '0' && len(digits) > 1 {
		return "is not an integer: write it without fraction, exponent or leading zeros"
	}
	highest := "2147483647"
	if negative {
		highest = "2147483648"
	}
	if len(digits) > len(highest) || len(digits) == len(highest) && digits > highest {
		return "does not fit into 32 bits, which integers must"
	}
	return ""
}

func checkPositiveInt(text string) string {
	if wrong := checkInteger(text); wrong != "" {
		return wrong
	}
	if text[0] == '-' || text == "0" {
		return "must be at least 1"
	}
	return ""
}

func checkUnsignedInt(text string) string {
	if wrong := checkInteger(text); wrong != "" {
		return wrong
	}
	if text[0] == '-' && text != "-0" {
		return "must not be negative"
	}
	return ""
}

// checkDecimal is asked only about what JSON takes for a number already, or about the text of an XML value.
func checkDecimal(text string) string {
	text = strings.TrimPrefix(text, "-")
	whole, exponent, hasExponent := cutAny(text, "eE")
	whole, fraction, hasFraction := strings.Cut(whole, ".")
	exponent = strings.TrimPrefix(strings.TrimPrefix(exponent, "+"), "-")
	if !allDigits(whole) || len(whole) > 1 && whole[0] == '0' || hasFraction && !allDigits(fraction) || hasExponent && !allDigits(exponent) {
		return "is not a decimal number"
	}
	return ""
}

func cutAny(text, chars string) (before, after string, found bool) {
	i := strings.IndexAny(text, chars)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// checkBase64 wants groups of four, with white space anywhere between them.
func checkBase64(text string) string {
	count, padding := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			continue
		case c == '=':
			padding++
		case padding > 0 || !base64Letter(c):
			return "is not base64"
		}
		count++
	}
	if count == 0 || count%4 != 0 || padding > 2 {
		return "is not base64"
	}
	return ""
}

func base64Letter(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// checkCode wants words with one blank between them and none around; no white space of another kind.
func checkCode(text string) string {
	blank := true // a blank before is as bad as two
	for _, c := range text {
		isBlank := unicode.IsSpace(c)
		if isBlank && (blank || c != ' ') {
			return "has white space around it or more than one blank inside, which codes must not have"
		}
		blank = isBlank
	}
	if blank {
		return "has white space around it or more than one blank inside, which codes must not have"
	}
	return checkString(text)
}

func checkID(text string) string {
	if len(text) > 64 {
		return "is longer than the 64 characters an id may have"
	}
	for i := range len(text) {
		c := text[i]
		if allowed := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.'; !allowed {
			return "is not an id: letters, digits, \"-\" and \".\" are allowed"
		}
	}
	return ""
}
