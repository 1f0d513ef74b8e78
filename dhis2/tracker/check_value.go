package tracker

import (
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openhim/mediator-go/dhis2"
)

var (
	plainNumber = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?$`)
	phoneNumber = regexp.MustCompile(`^[0-9+()#.\s/ext-]{6,50}$`)
	clockTime   = regexp.MustCompile(`^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$`)
)

// misfit says why a value is none of its type, "" if it is one. What only the server can tell
// (user names, files) passes.
func (c *checker) misfit(kind dhis2.ValueType, value string) string {
	const maxLength = 50_000
	if utf16Length(value) > maxLength {
		return "has more than 50,000 characters"
	}
	if kind == dhis2.ValueOrganisationUnit {
		if c.orgUnitValue(value) {
			return ""
		}
		return "there is no such org unit"
	}
	if !fits(kind, value) {
		return "is no " + string(kind)
	}
	return ""
}

// orgUnitValue says whether a value names an org unit: by its UID, or as the org unit scheme does.
func (c *checker) orgUnitValue(value string) bool {
	return c.orgUnit(value) != nil || c.meta.OrgUnits().UID(value) != nil
}

func fits(kind dhis2.ValueType, value string) bool {
	switch kind {
	case dhis2.ValueNumber:
		return plainNumber.MatchString(value)
	case dhis2.ValuePercentage:
		return within(value, 100)
	case dhis2.ValueUnitInterval:
		return within(value, 1)
	case dhis2.ValueInteger, dhis2.ValueIntegerPositive, dhis2.ValueIntegerNegative, dhis2.ValueIntegerZeroOrPositive:
		return fitsInteger(kind, value)
	case dhis2.ValueBoolean:
		return strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
	case dhis2.ValueTrueOnly:
		return strings.EqualFold(value, "true")
	case dhis2.ValueDate, dhis2.ValueAge:
		return fitsDate(value)
	case dhis2.ValueDateTime:
		_, err := dhis2.ParseTime(value, time.UTC)
		return err == nil && len(value) > len(time.DateOnly) && value[len(time.DateOnly)] == 'T'
	case dhis2.ValueTime:
		return clockTime.MatchString(value)
	case dhis2.ValuePhoneNumber:
		return phoneNumber.MatchString(value)
	case dhis2.ValueEmail:
		address, err := mail.ParseAddress(value)
		return err == nil && address.Address == value
	case dhis2.ValueURL:
		u, err := url.ParseRequestURI(value)
		return err == nil && u.Host != ""
	case dhis2.ValueCoordinate:
		return fitsCoordinate(value)
	case dhis2.ValueLetter:
		letter, size := utf8.DecodeRuneInString(value)
		return size == len(value) && unicode.IsLetter(letter)
	default:
		return true
	}
}

func within(value string, limit float64) bool {
	n, err := strconv.ParseFloat(value, 64)
	return err == nil && plainNumber.MatchString(value) && n >= 0 && n <= limit
}

// fitsInteger: 32 bits, no leading zeros, no plus.
func fitsInteger(kind dhis2.ValueType, value string) bool {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || strconv.FormatInt(n, 10) != value {
		return false
	}
	switch kind {
	case dhis2.ValueIntegerPositive:
		return n > 0
	case dhis2.ValueIntegerNegative:
		return n < 0
	case dhis2.ValueIntegerZeroOrPositive:
		return n >= 0
	default:
		return true
	}
}

// fitsDate: a whole date that the calendar has; a time may follow.
func fitsDate(value string) bool {
	if len(value) < len(time.DateOnly) {
		return false
	}
	_, err := time.Parse(time.DateOnly, value[:len(time.DateOnly)])
	return err == nil
}

// fitsCoordinate: [longitude,latitude] in degrees.
func fitsCoordinate(value string) bool {
	inner, open := strings.CutPrefix(value, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	longitude, latitude, two := strings.Cut(inner, ",")
	if !open || !closed || !two {
		return false
	}
	x, errX := strconv.ParseFloat(strings.TrimSpace(longitude), 64)
	y, errY := strconv.ParseFloat(strings.TrimSpace(latitude), 64)
	return errX == nil && errY == nil && x >= -180 && x <= 180 && y >= -90 && y <= 90
}

// noOption says why a value is none of its option set, "" if it is one. Options are known by their
// codes, exactly.
func noOption(set *dhis2.OptionSet, kind dhis2.ValueType, value string) string {
	if set == nil || set.Missing || set.Incomplete {
		return ""
	}
	codes := []string{value}
	if kind == dhis2.ValueMultiText {
		codes = strings.Split(value, ",")
	}
	for _, code := range codes {
		if _, ok := set.ByCode(code); ok {
			continue
		}
		for _, option := range set.Options {
			if strings.EqualFold(option.Code, code) {
				return "is no code of the option set; the case of letters counts"
			}
		}
		if _, named := set.ByName(code); named {
			return "is the name of an option, its code is wanted"
		}
		return "is no code of the option set"
	}
	return ""
}

// utf16Length counts characters as Java does.
func utf16Length(text string) int {
	n := 0
	for _, r := range text {
		if r > 0xffff {
			n++
		}
		n++
	}
	return n
}
