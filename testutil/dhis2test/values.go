package dhis2test

import (
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	plainNumber  = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?$`)
	plainInteger = regexp.MustCompile(`^(0|-?[1-9]\d*)$`)
	phoneNumber  = regexp.MustCompile(`^[0-9+()#.\s/ext-]{6,50}$`)
	datePrefix   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)
	clockTime    = regexp.MustCompile(`^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$`)
)

// valueProblem says what is wrong with a value of a type, "" when nothing is
// (dhis2.md 1.1, "Value checks"). Types it does not list are taken as text.
func (run *importRun) valueProblem(valueType, text string) string {
	const maxLength = 50_000
	if valueType == "ORGANISATION_UNIT" && run.meta.orgUnits[text] == nil {
		return fmt.Sprintf("Organisation unit `%s` could not be found.", text)
	}
	if _, known := run.store.files[text]; !known && (valueType == "FILE_RESOURCE" || valueType == "IMAGE") {
		return fmt.Sprintf("File resource `%s` could not be found.", text)
	}
	if utf8.RuneCountInString(text) > maxLength || !run.valueFits(valueType, text) {
		return fmt.Sprintf("Value type is %s but the value `%s` is not.", valueType, text)
	}
	return ""
}

func (run *importRun) valueFits(valueType, text string) bool {
	switch valueType {
	case "NUMBER":
		return plainNumber.MatchString(text)
	case "PERCENTAGE":
		return numberWithin(text, 0, 100)
	case "UNIT_INTERVAL":
		return numberWithin(text, 0, 1)
	case "INTEGER", "INTEGER_POSITIVE", "INTEGER_NEGATIVE", "INTEGER_ZERO_OR_POSITIVE":
		return integerFits(valueType, text)
	case "BOOLEAN":
		return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
	case "TRUE_ONLY":
		return strings.EqualFold(text, "true")
	case "DATE", "AGE":
		return dateFits(text)
	case "DATETIME":
		return datePrefix.MatchString(text) && strings.Contains(text, "T") && instantFits(text)
	case "TIME":
		return clockTime.MatchString(text)
	case "PHONE_NUMBER":
		return phoneNumber.MatchString(text)
	case "EMAIL":
		_, err := mail.ParseAddress(text)
		return err == nil
	case "URL":
		u, err := url.ParseRequestURI(text)
		return err == nil && u.Host != ""
	case "COORDINATE":
		return coordinateFits(text)
	case "USERNAME":
		_, ok := run.users[text]
		return ok
	}
	return true
}

// holds tells whether a value is made of the set's codes: of one, or for
// MULTI_TEXT of several with commas between.
func (o *optionSet) holds(valueType, text string) bool {
	if valueType != "MULTI_TEXT" {
		return o.codes[text]
	}
	for code := range strings.SplitSeq(text, ",") {
		if !o.codes[code] {
			return false
		}
	}
	return true
}

func numberWithin(text string, low, high float64) bool {
	n, err := strconv.ParseFloat(text, 64)
	return err == nil && plainNumber.MatchString(text) && n >= low && n <= high
}

// integerFits: 32 bits, no leading zeros.
func integerFits(valueType, text string) bool {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || !plainInteger.MatchString(text) {
		return false
	}
	switch valueType {
	case "INTEGER_POSITIVE":
		return n > 0
	case "INTEGER_NEGATIVE":
		return n < 0
	case "INTEGER_ZERO_OR_POSITIVE":
		return n >= 0
	}
	return true
}

// coordinateFits: [longitude,latitude].
func coordinateFits(text string) bool {
	inner, ok := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	lon, lat, both := strings.Cut(inner, ",")
	x, errX := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	y, errY := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	return ok && closed && both && errX == nil && errY == nil && math.Abs(x) <= 180 && math.Abs(y) <= 90
}

// dateFits: a full date that exists; a time part passes.
func dateFits(text string) bool {
	if !datePrefix.MatchString(text) {
		return false
	}
	_, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)])
	return err == nil
}

func instantFits(text string) bool {
	_, ok := parseInstant(text, time.UTC)
	return ok
}
