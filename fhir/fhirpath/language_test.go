package fhirpath_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirpath"
)

func TestWhatDoesNotCompileIsRefusedWithPlaceAndHint(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"":                               "line 1, column 1: the expression ends where a value or a path should follow",
		"name.where(":                    "line 1, column 12: the expression ends where a value or a path should follow",
		"name.\n  gven('x'":              "line 2, column 11: the expression ends where , should follow",
		"name.wher(true)":                "line 1, column 6: there is no function wher() (is it where()?)",
		"name.where()":                   "line 1, column 6: where() takes 1 arguments, not 0",
		"'a'.substring(1, 2, 3)":         "line 1, column 5: substring() takes 1 to 2 arguments, not 3",
		"value as Quantiti":              "line 1, column 10: there is no type Quantiti (is it Quantity?)",
		"ofType(1 + 1)":                  "line 1, column 10: no name of a type",
		"a == b":                         "line 1, column 3: the character = has no meaning here (write =)",
		"a && b":                         "line 1, column 3: the character & has no meaning here (write and)",
		"not true":                       "line 1, column 1: not is a function (write (…).not())",
		"name = \"x\"":                   "line 1, column 8: the character \" has no meaning here (strings stand in single quotes, names in backticks)",
		"1e2":                            "line 1, column 2: a letter right after a number (numbers have no exponent and no suffix; units follow in quotes: 5 'mg')",
		"@2020-13-01":                    "line 1, column 1: no date, date-time or time of the calendar (write @2014-01-31, @2014-01-31T10:30:00Z or @T10:30)",
		"@T10:30Z":                       "line 1, column 1: no date, date-time or time of the calendar (write @2014-01-31, @2014-01-31T10:30:00Z or @T10:30)",
		"$that":                          "line 1, column 1: there is no $that (there are $this, $index and $total; variables of yours begin with %)",
		"'abc":                           "line 1, column 1: a quote that is not closed",
		"1 /* x":                         "line 1, column 3: a comment that is not closed",
		"é = 1":                          "line 1, column 1: the character é has no meaning here",
		"'é'.matches('(')":               "line 1, column 13: no regular expression (patterns are RE2: no look-around, no back references)",
		"3000000000":                     "line 1, column 1: an integer above 2147483647 (write 3000000000.0 for a decimal)",
		"% + 1":                          "line 1, column 1: a % without a name",
		"a 'b'":                          "line 1, column 3: 'b' where the end or an operator should stand (texts are joined by &)",
		strings.Repeat("(", 100000):      "an expression nested too deeply",
		strings.Repeat("-", 100000):      "an expression nested too deeply",
		"a" + strings.Repeat(".a", 3000): "an expression nested too deeply",
	} {
		_, err := fhirpath.Compile(source)
		var fault *fhirpath.SyntaxError
		require.ErrorAs(t, err, &fault, source)
		assert.Contains(t, err.Error(), want)
		assert.Positive(t, fault.Line)
		assert.Positive(t, fault.Column)
	}
}

func TestOperatorsBindAsTheGrammarSays(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), "", map[string][]string{
		"1 + 2 * 3":                         {"7"},
		"(1 + 2) * 3":                       {"9"},
		"-1.9.truncate()":                   {"-1"},
		"- 2 - -3":                          {"1"},
		"1 | 2 = 2":                         {"false"},
		"1 | 1 is Integer":                  {"1", "true"},
		"true or false and false":           {"true"},
		"false implies false implies false": {"false"},
		"1 < 2 = true":                      {"true"},
		"'a' & 'b' = 'ab'":                  {"true"},
		"2 in 1 | 2":                        {"true"},
		"{} and false":                      {"false"},
		"{} or true":                        {"true"},
		"{} xor true":                       {},
		"1 + {}":                            {},
		"'a' & {}":                          {"a"},
		"false and (1 / 0 > 'x')":           {"false"},
		"`div`.exists()":                    {"false"},
		`'\p\u00e9\'\\' `:                   {`pé'\`},
		`'\ud83d\ude00'.length()`:           {"1"},
	})
}

func TestNumbersAreExact(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), "", map[string][]string{
		"0.1 + 0.2 = 0.3":                       {"true"},
		"1.10 + 2.2":                            {"3.30"},
		"2147483647 + 1":                        {},
		"-2147483648":                           {"-2147483648"},
		"1 / 3":                                 {"0.3333333333333333333333333333"},
		"5 div 2":                               {"2"},
		"5.5 mod 2":                             {"1.5"},
		"2.power(10)":                           {"1024"},
		"2.power(31)":                           {},
		"2.power(-1)":                           {"0.5"},
		"1.1.power(2)":                          {"1.21"},
		"9.power(0.5)":                          {"3"},
		"(-1).power(0.5)":                       {},
		"0.power(-1)":                           {},
		"125.log(5)":                            {"3"},
		"0.ln()":                                {},
		"2.5.round()":                           {"3"},
		"(-2.5).round()":                        {"-3"},
		"3.14159.round(3)":                      {"3.142"},
		"1.58700.precision()":                   {"5"},
		"(-1.587).highBoundary(0)":              {"-1"},
		"(1 | 2 | 3).sum()":                     {"6"},
		"(1 | 2).avg()":                         {"1.5"},
		"({}).sum()":                            {},
		"(3 | 1 | 2).min() | (3 | 1 | 2).max()": {"1", "3"},
		"1.10 ~ 1.12":                           {"true"}, // zeros at the end do not count for the precision
		"'1.50'.toDecimal()":                    {"1.50"},
		"'+1'.toInteger()":                      {"1"},
		"'1e2'.toDecimal()":                     {},
	})
}

func TestQuantitiesGoByUCUM(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), "", map[string][]string{
		"1 'g' > 500 'mg'":                {"true"},
		"1 'cm' + 1 'm'":                  {"101 'cm'"},
		"2 'm' * 3 'm'":                   {"6 'm2'"},
		"6 'm2' / 2 'm'":                  {"3 'm'"},
		"10 'mg' / 2":                     {"5 'mg'"},
		"4 'g' ~ 4040 'mg'":               {"true"},
		"4 'g' ~ 5000 'mg'":               {"false"},
		"1 'g' = 1 'm'":                   {},
		"1 'foo' = 1 'foo'":               {"true"},
		"1 'foo' + 1 'bar'":               {},
		"37 'Cel' = 98.6 '[degF]'":        {"true"},
		"1 'Cel' + 1 'K'":                 {},
		"1 year = 12 months":              {"true"},
		"1 year = 1 'a'":                  {},
		"1 year ~ 1 'a'":                  {"true"},
		"1 year + 1 month":                {"13 month"},
		"7 days = 1 week":                 {"true"},
		"1 day > 1 'h'":                   {"true"},
		"'4 days'.toQuantity()":           {"4 days"},
		"'4 \\'mg\\''.toQuantity('g')":    {"0.004 'g'"},
		"5 'mg'.toQuantity('m')":          {},
		"4.5.toQuantity() = 4.5":          {"true"},
		"(4 'mg').value":                  {"4"},
		"(4 'mg').unit":                   {"mg"},
		"-(4 'mg')":                       {"-4 'mg'"},
		"(1 'mg' | 2 'g').sum()":          {"2001 'mg'"},
		"@2020-01-31 + 1 'month'":         {"2020-02-29"},
		"@T23:30 + 1 hour":                {"00:30"},
		"@2020-01-01T10:00:00Z + 0.5 's'": {"2020-01-01T10:00:00.500Z"},
		"@9999-12-31 + 1 day":             {},
	})
}

func TestTextFunctionsCountCharacters(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), "", map[string][]string{
		"'😀ab'.length()":                {"3"},
		"'😀ab'.substring(1, 1)":         {"a"},
		"'😀ab'.indexOf('b')":            {"2"},
		"'abcabc'.lastIndexOf('bc')":    {"4"},
		"'abc'.substring(1, -1)":        {""},
		"'abc'.replace('', 'x')":        {"xaxbxcx"},
		"'abc'.replaceMatches('', 'x')": {"abc"},
		"'2020-01-02'.replaceMatches('(\\\\d+)-(\\\\d+)-(?P<d>\\\\d+)', '${d}/$2/$1 $0 \\\\$1 $9')": {"02/01/2020 2020-01-02 $1 "},
		"'ABC'.matches('b', 'i')":                {"true"},
		"'abc'.matchesFull('a.')":                {"false"},
		"('a' & '(').matches('a' & '.')":         {"true"},
		"'a,b'.split('')":                        {"a", ",", "b"},
		"('a' | 'b').join('-')":                  {"a-b"},
		"'zz'.decode('hex')":                     {},
		"'a\"<'.escape('html').unescape('html')": {"a\"<"},
		"'a\\nb'.escape('json')":                 {`a\nb`},
		"'a\\\\u00e9\\\\n'.unescape('json')":     {"aé\n"},
		"' x '.trim()":                           {"x"},
	})
}

func TestMistakesInEvaluationAreErrorsWithTheirPlace(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, fhirpath.Config{})
	for source, want := range map[string]string{
		"(1 | 2) + 1":                 "line 1, column 9: several items beside +",
		"1 + 'a'":                     "line 1, column 3: + does not go with System.Integer and System.String",
		"1 &\n 'a'":                   "line 1, column 3: & joins single texts (use first(), join() or toString())",
		"(1 | 2) in (1 | 2)":          "several items beside in",
		"'a' < 1":                     "what stands beside < cannot be ordered (System.String and System.Integer)",
		"(1 | 2).single()":            "several items for single()",
		"(1 | 2).not()":               "several items where a Boolean should stand",
		"-true":                       "a sign stands before what is no number",
		"@2020-01-01 + 1 'mo'":        "only durations can be added to a date or a time; years and months as calendar durations",
		"@2020-01-01 + 1 'cm'":        "only durations can be added",
		"%nobody":                     "line 1, column 1: there is no variable %nobody",
		"5.length()":                  "length() is for texts, not for System.Integer",
		"(1 | 2)['a']":                "an integer is wanted for an index",
		"(1).take({})":                "take() wants an integer, not nothing",
		"'a'.memberOf('x')":           "memberOf() needs a terminology (set Config.Terminology)",
		"'a'.encode('rot13')":         "encode() does not know this format",
		"'a'.matches('(' & ')(')":     "no regular expression",
		"1.5.round(-1)":               "round() wants a precision of 0 or more",
		"(1 | 'a').allTrue()":         "allTrue() is for Booleans, not for System.Integer",
		"1.defineVariable('context')": "%context cannot be defined anew",
		"1.defineVariable('a').defineVariable('a')": "%a is defined already",
		"(1 | true).sort()":                         "sort() cannot order",
		"1.conformsTo('http://x')":                  "conformsTo() does not know this profile",
	} {
		_, err := eval(t, engine, source, "")
		var fault *fhirpath.EvalError
		require.ErrorAs(t, err, &fault, source)
		assert.Contains(t, err.Error(), want)
	}
}

func TestSortTakesKeysAndDirections(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), `{"resourceType":"Patient","name":[{"family":"B","use":"x"},{"use":"y"},{"family":"A","use":"z"},{"family":"B","use":"a"}]}`, map[string][]string{
		"name.sort(family, use).use":      {"y", "z", "a", "x"},
		"name.sort(family desc, use).use": {"y", "a", "x", "z"},
		"name.sort(-family, -use).use":    {"y", "x", "a", "z"},
		"name.sort(use asc).use":          {"a", "x", "y", "z"},
		"(3 | 1 | 2).sort()":              {"1", "2", "3"},
		"('b' | 'a').sort($this desc)":    {"b", "a"},
	})
}

func TestVariablesEndWithTheirPath(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, fhirpath.Config{})
	table(t, engine, "", map[string][]string{
		"1.defineVariable('a').select(%a + 1)":                                    {"2"},
		"(1 | 2).select(defineVariable('a', $this * 10).select(%a))":              {"10", "20"},
		"1.defineVariable('a', 5).select(defineVariable('b', 6).select(%a + %b))": {"11"},
		"(1).defineVariable('a') | 2.defineVariable('a')":                         {"1", "2"},
		"(1 | 2 | 3).where($index > 0)":                                           {"2", "3"},
		"(1 | 2).select($index)":                                                  {"0", "1"},
		"(1 | 2).aggregate($total & $this.toString(), '')":                        {"12"},
		"(1|2).select($this.combine((5|6).select($index)).count())":               {"3", "3"},
		"coalesce({}, 3, 4)":                                                      {"3"},
	})
	_, err := eval(t, engine, "1.defineVariable('a') | %a", "")
	require.ErrorContains(t, err, "there is no variable %a")
}
