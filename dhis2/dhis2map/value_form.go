package dhis2map

import (
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/openhim/mediator-go/dhis2"
)

// valueForm is how the texts of a value type are written, as the server checks them (dhis2.md 1.1).
type valueForm struct {
	is   string // with an example
	hint string
	fits func(text string) bool
}

const dateHint = "$date reads dates of other forms"

var (
	clockForm = regexp.MustCompile(`^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$`)
	phoneForm = regexp.MustCompile(`^[0-9+()#.\s/ext-]{6,50}$`)
)

// forms are those of the types that have one and are not numbers, booleans or org units.
func forms() map[dhis2.ValueType]valueForm {
	date := valueForm{"date, such as 2026-01-31", dateHint, isDate}
	return map[dhis2.ValueType]valueForm{
		dhis2.ValueDate: date, dhis2.ValueAge: date,
		dhis2.ValueDateTime:    {"date with a time, such as 2026-01-31T10:00:00Z", dateHint, isDateTime},
		dhis2.ValueTime:        {"time, such as 09:30", "", clockForm.MatchString},
		dhis2.ValuePhoneNumber: {"phone number, such as +254 700 000 000", "", phoneForm.MatchString},
		dhis2.ValueEmail:       {"e-mail address", "", isEmail},
		dhis2.ValueURL:         {"URL, such as https://example.org", "", isURL},
		dhis2.ValueCoordinate:  {"coordinate, such as [36.8,-1.3]: longitude first", "", isCoordinate},
		dhis2.ValueLetter:      {"single letter", "", isLetter},
	}
}

// isDate: a whole day; a time may follow.
func isDate(text string) bool {
	_, err := dhis2.ParseTime(text, time.UTC)
	return err == nil && len(text) >= len(time.DateOnly) && text[4] == '-' && text[7] == '-'
}

func isDateTime(text string) bool {
	return isDate(text) && len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == 'T'
}

func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}

func isURL(text string) bool {
	u, err := url.ParseRequestURI(text)
	return err == nil && u.Host != ""
}

func isLetter(text string) bool {
	letter, size := utf8.DecodeRuneInString(text)
	return size == len(text) && unicode.IsLetter(letter)
}

func isCoordinate(text string) bool {
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	longitude, latitude, two := strings.Cut(inner, ",")
	x, errX := strconv.ParseFloat(strings.TrimSpace(longitude), 64)
	y, errY := strconv.ParseFloat(strings.TrimSpace(latitude), 64)
	return opened && closed && two && errX == nil && errY == nil && x >= -180 && x <= 180 && y >= -90 && y <= 90
}

// length counts characters as Java does.
func length(text string) int {
	n := 0
	for _, r := range text {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}
