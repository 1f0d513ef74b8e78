package validate

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// specification has the regular expressions of R4's primitive types (datatypes.html). What is stricter here is said in the tests.
var specification = map[string]*regexp.Regexp{
	"integer":      regexp.MustCompile(`^(0|[-+]?[1-9][0-9]*)$`),
	"unsignedInt":  regexp.MustCompile(`^([0]|([1-9][0-9]*))$`),
	"positiveInt":  regexp.MustCompile(`^[1-9][0-9]*$`),
	"decimal":      regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`),
	"base64Binary": regexp.MustCompile(`^(\s*([0-9a-zA-Z\+\/=]){4}\s*)+$`),
	"instant":      regexp.MustCompile(`^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))$`),
	"date":         regexp.MustCompile(`^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1]))?)?$`),
	"dateTime":     regexp.MustCompile(`^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?$`),
	"time":         regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?$`),
	"code":         regexp.MustCompile(`^[^\s]+( [^\s]+)*$`),
	"id":           regexp.MustCompile(`^[A-Za-z0-9\-\.]{1,64}$`),
	"oid":          regexp.MustCompile(`^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$`),
	"uuid":         regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`),
	"uri":          regexp.MustCompile(`^\S*$`),
}

// candidates are texts near the edges of all the expressions.
func candidates() []string {
	list := []string{
		"0", "-0", "1", "-1", "01", "1.0", "1.", ".5", "1e3", "1E+03", "1e", "--1", "1-", "2147483647", "2147483648", "-2147483648", "-2147483649", "99999999999999999999",
		"0.0", "-0.10", "00.1", "1.2.3", "1e5.0", "abcd", "ab==", "abc=", "a===", "abc", "ab cd", "ab\ncd", "====", "ab=c", "a b", " a", "a ", "a  b", "a\tb", "a", "é", "a.b-c", "a_b",
		strings.Repeat("a", 64), strings.Repeat("a", 65), "urn:oid:1.2", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.02", "urn:oid:1..2", "oid:1.2", "urn:oid:2.999.0",
		"urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:C757873D-ec9a-4326-a141-556f43239520", "urn:uuid:c757873d-ec9a-4326-a141", "urn:uuid:", "http://a/b", "http://a b",
		"12:00:00", "24:00:00", "23:59:60", "23:60:00", "12:00", "1:00:00", "12:00:00.", "12:00:00.5", "12:00:00Z",
	}
	for _, date := range []string{"2020", "2020-02", "2020-02-28", "0000", "0001", "2020-13", "2020-00", "2020-01-00", "2020-01-32", "20200101", "2020-1-1", "2020-", "2020-01-", "12020"} {
		list = append(list, date)
		for _, clock := range []string{"T10:00:00Z", "T10:00:00", "T10:00Z", "T10:00:00.123+05:30", "T10:00:00+14:00", "T10:00:00+14:01", "T10:00:00-13:59", "T10:00:00+1:00", "T24:00:00Z", " 10:00:00Z", "T", "T10:00:00.Z", "T10:00:00ZZ"} {
			list = append(list, date+clock)
		}
	}
	return list
}

func TestPrimitivesAreMatchedAsTheSpecificationSays(t *testing.T) {
	t.Parallel()
	for name, expression := range specification {
		check := primitiveOf(name).check
		for _, text := range candidates() {
			want := expression.MatchString(text)
			got := check(text) == ""
			if lenient(name, text) {
				assert.Equal(t, text != "-0" || name != "positiveInt", check(text) == "", "%s %q", name, text)
				continue
			}
			if stricter(name, text) {
				assert.False(t, got, "%s %q", name, text)
				continue
			}
			assert.Equal(t, want, got, "%s %q: %s", name, text, check(text))
		}
	}
}

// lenient: what the regular expressions refuse and readers have no trouble with: white space anywhere in base64, as senders wrap lines
// anywhere, and a negative zero.
func lenient(name, text string) bool {
	return name == "base64Binary" && (text == "ab cd" || text == "ab\ncd") || text == "-0" && (name == "integer" || name == "unsignedInt")
}

// stricter: what the regular expressions let through and the text of the specification does not: numbers beyond 32 bits, a plus sign, base64 whose
// padding is not at its end, URNs that name no UUID or OID.
func stricter(name, text string) bool {
	switch name {
	case "integer", "unsignedInt", "positiveInt":
		return len(strings.TrimLeft(text, "-")) >= 10 && text != "2147483647" && text != "-2147483648"
	case "base64Binary":
		return text == "====" || text == "ab=c" || text == "a==="
	case "uri":
		return strings.HasPrefix(text, "urn:oid:") && !specification["oid"].MatchString(text) || strings.HasPrefix(text, "urn:uuid:") && !specification["uuid"].MatchString(text)
	default:
		return false
	}
}

func TestDaysThatTheCalendarDoesNotHaveAreRefused(t *testing.T) {
	t.Parallel()
	day := time.Date(1899, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 300 * 366 {
		day = day.AddDate(0, 0, 1)
		if text := day.Format(time.DateOnly); checkDate(text) != "" {
			t.Fatalf("%s exists", text)
		}
	}
	for _, text := range []string{"2019-02-29", "1900-02-29", "2020-02-30", "2020-04-31", "2020-06-31", "2020-09-31", "2020-11-31"} {
		assert.NotEmpty(t, checkDate(text), text)
		assert.NotEmpty(t, checkDateTime(text+"T10:00:00Z"), text)
		assert.NotEmpty(t, checkInstant(text+"T10:00:00Z"), text)
	}
	assert.Empty(t, checkDate("2000-02-29"))
}

func TestMessagesAboutPrimitivesHoldNothingOfThem(t *testing.T) {
	t.Parallel()
	for name := range specification {
		for _, text := range []string{"Kowalska 1980", "\x01Kowalska", " Kowalska"} {
			assert.NotContains(t, primitiveOf(name).check(text), "Kowalska", name)
		}
	}
}

func FuzzPrimitives(f *testing.F) {
	for _, text := range candidates() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" {
			return // never asked
		}
		for name, expression := range specification {
			if name == "base64Binary" {
				text = strings.Map(func(c rune) rune {
					if strings.ContainsRune(" \t\r\n", c) {
						return -1
					}
					return c
				}, text)
			}
			if text != "" && text != "-0" && primitiveOf(name).check(text) == "" && !expression.MatchString(text) {
				t.Errorf("%s %q is taken, but the specification refuses it", name, text)
			}
		}
	})
}
