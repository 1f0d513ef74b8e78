package mapping

import "encoding/json"

// OperatorDoc is what the reference says of an operator.
type OperatorDoc struct {
	Name    string
	Group   string // what it is for: Reading values, Choosing, …
	Summary string
	Details string // defaults and edges, "" for none
	// Takes and Gives are what an operator on a value takes and gives, 0 for the others, which
	// stand in the structure of a rule.
	Takes, Gives Type
	Argument     json.RawMessage // its JSON Schema
	Examples     []OperatorExample
}

// OperatorExample is a rule with what it gives.
type OperatorExample struct {
	With          string // what else stands in the document, "" for nothing
	Rule          string // in YAML, one line
	Input, Output string // JSON; "" for no output at all
}

// Reference returns our own operators, in the order of the reference: by what they are for.
// Every example is run by a test.
func Reference() []OperatorDoc {
	onValues := map[string]operator{}
	for _, op := range builtins() {
		onValues[op.name] = op
	}
	var all []OperatorDoc
	for _, group := range referenceGroups() {
		for _, d := range group.operators {
			if op, ok := onValues[d.Name]; ok {
				d.Summary, d.Takes, d.Gives, d.Argument = op.summary, op.takes, op.gives, json.RawMessage(op.argument)
				if op.example != "" {
					d.Examples = append([]OperatorExample{{d.with(), op.example, op.in, op.out}}, d.Examples...)
				}
			}
			d.Group = group.name
			all = append(all, d)
		}
	}
	return all
}

// with is what the first example of $translate needs.
func (d *OperatorDoc) with() string {
	if d.Name == "$translate" {
		return `tables: {sex: {map: {F: female, M: male}}}`
	}
	return ""
}

type referenceGroup struct {
	name      string
	operators []OperatorDoc
}

// structural describes an operator that stands in the structure of a rule. Its summary stands
// in the schema for editors, too.
func structural(name, argument, summary, details string, examples ...OperatorExample) OperatorDoc {
	return OperatorDoc{Name: name, Argument: json.RawMessage(argument), Summary: summary, Details: details, Examples: examples}
}

// more adds to what the registry says of an operator on a value.
func more(name, details string, examples ...OperatorExample) OperatorDoc {
	return OperatorDoc{Name: name, Details: details, Examples: examples}
}

func ex(rule, input, output string) OperatorExample {
	return OperatorExample{Rule: rule, Input: input, Output: output}
}

func exWith(with, rule, input, output string) OperatorExample {
	return OperatorExample{with, rule, input, output}
}

func referenceGroups() []referenceGroup {
	const (
		condition = `{"$ref":"#/$defs/condition"}`
		rule      = `{"$ref":"#/$defs/rule"}`
		rules     = `{"$ref":"#/$defs/rules"}`
		source    = `{"$ref":"#/$defs/source"}`
		sources   = `{"$ref":"#/$defs/sources"}`
		count     = `{"type":"integer","minimum":0}`
		flag      = `{"type":"boolean"}`
	)
	return []referenceGroup{
		{"Reading values", []OperatorDoc{
			structural("$from", sources,
				`Where the value comes from: a path, a $name, "= expression", or a list of which the first that is there counts.`,
				"Paths are relative to the item of the `$each` around, to what `$with` names, or else to the input; they need no `$.` here. `.` is the item itself. A list skips what is missing or null; `\"\"` is a value. The operators beside it work on the value in the order in which they are written.",
				ex(`{$from: a.b}`, `{"a":{"b":70.0}}`, `70.0`),
				ex(`{$from: [changed, created]}`, `{"changed":null,"created":"2026"}`, `"2026"`),
				ex(`{$from: "= weight / (height * height)", $number: {round: 1}}`, `{"weight":61.5,"height":1.64}`, `22.9`)),
			more("$default", "It may itself be a rule. Written before another operator, what it gives goes through that one. Beside `$each`, and on an object, it takes the place of an empty result.",
				ex(`{$from: a, $default: {$from: b}}`, `{"b":2}`, `2`)),
			more("$get", ""),
			structural("$with", source, "Paths are relative to this.",
				"For the rule that it stands in and all below. `$parent.…` reads what is around, `$root.…` the input. Where it finds nothing the rule gives nothing.",
				ex(`{$with: person.name, family: $.last, id: $root.id}`, `{"id":"7","person":{"name":{"last":"Okafor"}}}`, `{"family":"Okafor","id":"7"}`)),
			structural("$call", `{"oneOf":[{"type":"string"},{"type":"object","required":["def"],"additionalProperties":false,"properties":{"def":{"type":"string"},"with":{"$ref":"#/$defs/source"}}}]}`,
				"A fragment of defs.",
				"Paths in the fragment are relative to `with`, by default to where it is called. Fragments may call others, but not in a circle.",
				exWith(`defs: {name: {family: $.last, given: [$.first]}}`, `{$call: {def: name, with: person}}`,
					`{"person":{"first":"Amina","last":"Okafor"}}`, `{"family":"Okafor","given":["Amina"]}`)),
		}},
		{"Choosing", []OperatorDoc{
			structural("$if", condition, "A condition.",
				"Gives `$then` when it holds and `$else` when not; either may be left out. Missing and null are no; a text or number has to be compared.",
				ex(`{$if: preferred, $then: official, $else: usual}`, `{"preferred":true}`, `"official"`),
				ex(`{$if: age >= 15 and sex == "F", $then: {$from: pregnant}}`, `{"age":30,"sex":"F","pregnant":false}`, `false`)),
			structural("$then", rule, "What $if gives when its condition holds.", ""),
			structural("$else", rule, "What $if gives otherwise.", "Without it the rule gives nothing.",
				ex(`{$if: a == 1, $then: one, $else: {$from: b}}`, `{"a":2,"b":"other"}`, `"other"`)),
			structural("$switch", `{"type":"object","required":["on","cases"],"additionalProperties":false,"properties":{"on":{"$ref":"#/$defs/source"},"cases":{"type":"object","additionalProperties":{"$ref":"#/$defs/rule"}},"else":{"$ref":"#/$defs/rule"}}}`,
				"The case for the text found.",
				"Numbers and booleans are found by their text. Without `else` it gives nothing for what no case names. For codes alone a table is better: it counts what it lacks.",
				ex(`{$switch: {on: kind, cases: {phone: {$from: number}, email: {$from: address}}}}`, `{"kind":"email","address":"a@b"}`, `"a@b"`)),
			structural("$first", rules, "The first of the rules that gives something.",
				"Missing, null, `{}` and `[]` are nothing. A rule that fails ends the search: its error is reported.",
				ex(`{$first: [{$from: quantity, $as: string}, $.text]}`, `{"text":"positive"}`, `"positive"`)),
			structural("$when", condition, "The rule gives nothing unless the condition holds.", "It may stand on any rule, objects and `$each` too.",
				ex(`{$when: lat != "", type: Point, coordinates: [$.lon, $.lat]}`, `{"lat":"","lon":""}`, ``)),
		}},
		{"Going through arrays", []OperatorDoc{
			structural("$each", `{"anyOf":[{"$ref":"#/$defs/sources"},{"type":"object","required":["from"],"additionalProperties":false,"properties":{"from":{"$ref":"#/$defs/sources"},"single":{"type":"boolean"}}},{"type":"object","required":["zip"],"additionalProperties":false,"properties":{"zip":{"type":"object","additionalProperties":{"$ref":"#/$defs/source"}}}}]}`,
				"For each item of an array, or of several.",
				"Gives an array with an item for each; the members beside it, or `$value`, are the item's. Paths are relative to the item. Items that come to nothing are left out, and so is an array without items. A value that is no array is an error, unless `single: true` takes it for an array of one; missing and null are no items. `zip` makes items of what stands at the same place in several arrays. What stands beside it is done in this order: `$expand`, `$join`, `$where`, `$distinct`, `$sort`, `$group`, `$limit` or `$index`.",
				ex(`{$each: names, family: $.last}`, `{"names":[{"last":"Okafor"},{"last":"Otieno"}]}`, `[{"family":"Okafor"},{"family":"Otieno"}]`),
				ex(`{$each: {from: name, single: true}, family: $.last}`, `{"name":{"last":"Okafor"}}`, `[{"family":"Okafor"}]`),
				ex(`{$each: {zip: {code: codes, text: texts}}, code: $.code, text: $.text}`, `{"codes":["A","B"],"texts":["a"]}`, `[{"code":"A","text":"a"},{"code":"B"}]`)),
			structural("$where", condition, "Only the items for which the condition holds.", "",
				ex(`{$each: names, $where: use == "official" and not voided, family: $.last}`, `{"names":[{"last":"Okafor","use":"official"},{"last":"Otieno"}]}`, `[{"family":"Okafor"}]`)),
			structural("$value", rule, "What an item gives, when it is no object of members.", "",
				ex(`{$each: names, $value: $.last}`, `{"names":[{"last":"Okafor"},{"last":"Otieno"}]}`, `["Okafor","Otieno"]`)),
			structural("$expand", sources, `Replaces each item by what the paths find in it: [".", component].`, "`.` is the item itself. What is an array gives its items.",
				ex(`{$each: obs, $expand: [".", component], $value: $.code}`, `{"obs":[{"code":"BP","component":[{"code":"sys"},{"code":"dia"}]}]}`, `["BP","sys","dia"]`)),
			structural("$distinct", `{"anyOf":[{"type":"boolean"},{"$ref":"#/$defs/source"}]}`, "Only the first of the items with the same value.", "`true` compares the items, a path what it finds in them.",
				ex(`{$each: visits, $distinct: site, $value: $.site}`, `{"visits":[{"site":"A"},{"site":"B"},{"site":"A"}]}`, `["A","B"]`)),
			structural("$sort", `{"anyOf":[{"$ref":"#/$defs/source"},{"type":"object","required":["by"],"additionalProperties":false,"properties":{"by":{"$ref":"#/$defs/source"},"desc":{"type":"boolean"}}}]}`,
				"Sorts: a path, or {by, desc}. Missing last.", "Items that compare the same stay in their order. `desc` defaults to false.",
				ex(`{$each: visits, $sort: {by: day, desc: true}, $value: $.day}`, `{"visits":[{"day":"2026-01-02"},{"day":"2026-03-01"}]}`, `["2026-03-01","2026-01-02"]`)),
			structural("$group", source, "Groups by a key, in the order in which the keys come first; read key, first and items.", "The members are those of a group: `$.key` is what the path found, `$.first` the first item, `$.items` all.",
				ex(`{$each: obs, $group: visit, visit: $.key, day: $.first.day, codes: {$each: items, $value: $.code}}`,
					`{"obs":[{"visit":1,"day":"Mon","code":"a"},{"visit":2,"day":"Tue","code":"b"},{"visit":1,"day":"Wed","code":"c"}]}`,
					`[{"visit":1,"day":"Mon","codes":["a","c"]},{"visit":2,"day":"Tue","codes":["b"]}]`)),
			structural("$limit", count, "At most so many items.", "Items that `$where` leaves out do not count.",
				ex(`{$each: l, $limit: 2}`, `{"l":[1,2,3]}`, `[1,2]`)),
			structural("$index", count, "Only this item, from 0, without an array.", "As a value, `$index` is the item's number in its source, from 0.",
				ex(`{$each: names, $where: not voided, $index: 0, $value: $.last}`, `{"names":[{"last":"A","voided":true},{"last":"B"}]}`, `"B"`),
				ex(`{$each: l, rank: $index, code: $.}`, `{"l":["a","b"]}`, `[{"rank":0,"code":"a"},{"rank":1,"code":"b"}]`)),
			structural("$reduce", `{"anyOf":[{"enum":["min","max","sum","count","join"]},{"type":"object","required":["op"],"additionalProperties":false,"properties":{"op":{"enum":["min","max","sum","count","join"]},"with":{"type":"string"}}}]}`,
				"One value of all: min, max, sum, count, or {op: join, with}.", "Of what `$value` gives, without what is missing or null. No items give nothing; only their count is 0. `with` is the text between, by default none.",
				ex(`{$each: visits, $value: $.day, $reduce: min}`, `{"visits":[{"day":"2026-03-01"},{"day":"2026-01-02"}]}`, `"2026-01-02"`),
				ex(`{$each: l, $reduce: {op: join, with: "; "}}`, `{"l":["a","b"]}`, `"a; b"`)),
			structural("$concat", rules, "One array of the items of all.", "A rule that gives no array adds one item. To make a text of it, write `$join` behind it.",
				ex(`{$concat: [$.first, {$each: more, $value: $.v}]}`, `{"first":1,"more":[{"v":2},{"v":3}]}`, `[1,2,3]`)),
		}},
		{"Objects", []OperatorDoc{
			structural("$pairs", `{"type":"object","required":["key","value"],"additionalProperties":false,"properties":{"key":{"type":"string"},"value":{"type":"string"},"omit":{"type":"array"}}}`,
				"Members become items: {key: dataElement, value: value}.", "Members that come to nothing are left out, and those that come to a value of `omit`, which defaults to none.",
				ex(`{$pairs: {key: attribute, value: value, omit: [""]}, w75KJ2mc4zz: $.first, zDhUuAYrxNC: $.last}`, `{"first":"Amina","last":""}`, `[{"attribute":"w75KJ2mc4zz","value":"Amina"}]`)),
			structural("$needs", `{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]}`, "The object goes when one of these members comes to nothing.", "",
				ex(`{$each: obs, $needs: [value], code: $.code, value: $.value}`, `{"obs":[{"code":"a"},{"code":"b","value":1}]}`, `[{"code":"b","value":1}]`)),
			structural("$always", flag, "The object stays although only its constants are there.", "Without it an object goes when all its members that are not constant come to nothing. Defaults to false.",
				ex(`{$always: true, resourceType: Patient, id: $.id}`, `{}`, `{"resourceType":"Patient"}`)),
			structural("$keep", `{"anyOf":[{"enum":["null","empty",null]},{"type":"array","items":{"enum":["null","empty",null]}}]}`, "Puts out what is otherwise left out: null, empty.", "It holds for the rule that it stands in and all below. `omit:` of the document says it for all.",
				ex(`{$keep: ["null", empty], a: $.a, b: $.b, c: $.c}`, `{"a":null,"b":[]}`, `{"a":null,"b":[]}`)),
		}},
		{"Duties and errors", []OperatorDoc{
			structural("$required", flag, "It is an error when the rule comes to nothing.", "An empty text is not nothing. Defaults to false.",
				ex(`{$from: id, $required: true}`, `{"id":"7"}`, `"7"`)),
			structural("$onError", `{"enum":["fail","omit","drop","default"]}`, "What becomes of a rule that fails: fail, omit, drop (the item around), default.",
				"`fail`, the default: there is no output. `omit`: the rule gives nothing. `drop`: the item of the `$each` around, or beside `$each` the item that failed, is left out. `default`: the rule gives its `$default`. What was dealt with is still in the report, as a warning.",
				ex(`{$from: born, $date: {in: dd/MM/yyyy, out: fhir-date}, $onError: omit}`, `{"born":"unknown"}`, ``),
				ex(`{$each: rows, $onError: drop, n: {$from: n, $as: number}}`, `{"rows":[{"n":"1"},{"n":"x"},{"n":"3"}]}`, `[{"n":1},{"n":3}]`)),
		}},
		{"Codes", []OperatorDoc{
			more("$translate", "A code that the table has not is an error, unless the table says `unmapped: omit` or `keep`, or has a `default`. It is counted in the report in any case. The table's values may be of any type.",
				exWith(`tables: {sex: {default: unknown, case: fold, map: {F: female}}}`, `{$from: a, $translate: sex}`, `{"a":"f"}`, `"female"`)),
			more("$lookup", "The lookup is declared in `lookups:`, and the program that runs the mapping answers it; in tests its values are fixtures. All keys of a document are asked for in one call, each once. Nothing found is an error, unless the lookup says `unmapped: omit`.",
				exWith(`lookups: {facility: {}} # which has {"0123": {"name": "Kisumu"}}`, `{$from: a, $lookup: facility, $get: name}`, `{"a":"0123"}`, `"Kisumu"`)),
		}},
		{"Dates", []OperatorDoc{
			more("$date", "`in` is a format, or a list of which the first that fits counts. A format is one of the names below, or a pattern of `yyyy` `MM` `dd` `HH` `mm` `ss`, `M` and `d` for one or two digits, `S` for a fraction of a second, `Z` (+0300) or `XXX` (+03:00) for an offset, text in single quotes, and parts in brackets that may be missing; `ethiopian dd/MM/yyyy` is a pattern in that calendar. `precision` (year, month, day, minute or second) cuts down, never up. `zone` gives an offset to a time that has none, and converts one that has: `+03:00`, or a name like `Africa/Kampala` where the program knows zones. An impossible date is an error, an empty text gives nothing.",
				ex(`{$from: a, $date: {in: fhir, out: fhir-date}}`, `{"a":"1988"}`, `"1988"`),
				ex(`{$from: a, $date: {in: openmrs, out: fhir-instant}}`, `{"a":"2026-03-11T23:30:00.000+0300"}`, `"2026-03-11T23:30:00.000+03:00"`),
				ex(`{$from: a, $date: {in: hl7v2, out: fhir-dateTime, zone: "+03:00"}}`, `{"a":"202603110915"}`, `"2026-03-11T09:15:00+03:00"`),
				ex(`{$from: a, $date: {in: dd/MM/yyyy, out: fhir-date, precision: year}}`, `{"a":"14/02/1988"}`, `"1988"`),
				ex(`{$from: a, $date: {in: ethiopian dd/MM/yyyy, out: fhir-date}}`, `{"a":"01/01/2019"}`, `"2026-09-11"`)),
		}},
		{"Numbers and types", []OperatorDoc{
			more("$as", "`string`, `number`, `integer` and `boolean` (of true, false, 1 and 0) convert a single value; `number` keeps the digits as they are written. `array` makes an array of one value and leaves an array alone.",
				ex(`{$from: a, $as: string}`, `{"a":70.0}`, `"70.0"`),
				ex(`{$from: a, $as: boolean}`, `{"a":"1"}`, `true`),
				ex(`{$from: a, $as: array}`, `{"a":"x"}`, `["x"]`)),
			more("$number", "`scale` is a number, or a fraction in quotes: `\"1/3\"`. It defaults to 1, `round` to no rounding. A text that is a number is taken, too.",
				ex(`{$from: a, $number: {scale: "1/1000"}}`, `{"a":"3250"}`, `3.25`)),
			more("$unit", "There are `kg` `g` `mg` `[lb_av]` `lb` `[oz_av]`, `m` `cm` `mm` `[in_i]` `in` `[ft_i]`, `Cel` `[degF]` `K`, `L` `dL` `mL`, `kPa` `mm[Hg]`, `s` `min` `h` `d` `wk`. `round` defaults to no rounding.",
				ex(`{$from: a, $unit: {from: lb, to: kg, round: 2}}`, `{"a":"150"}`, `68.04`)),
		}},
		{"Text", []OperatorDoc{
			more("$trim", ""),
			more("$case", ""),
			more("$replace", "All matches are replaced. Regular expressions are RE2: no look-around, no back-references."),
			more("$match", "", ex(`{$from: a, $match: '^Patient/(.+)$'}`, `{"a":"Group/7"}`, ``)),
			more("$substr", "Without `length` up to the end. Characters are Unicode's.",
				ex(`{$from: a, $substr: -2}`, `{"a":"abcd"}`, `"cd"`)),
			more("$pad", "`with` is one character and defaults to a space, `side` to left. A text that is long enough stays as it is."),
			more("$prefix", ""),
			more("$suffix", ""),
			more("$split", ""),
			more("$join", "Beside `$each`, with an object as its argument, it joins another array to the items instead: for each item it finds the one of `with` whose right value equals the item's left one, and `$joined.…` reads it.",
				ex(`{$each: rows, $join: {with: sites, on: [site, code]}, name: $joined.name}`, `{"rows":[{"site":"A"},{"site":"B"}],"sites":[{"code":"B","name":"Bondo"}]}`, `[{"name":"Bondo"}]`)),
		}},
		{"Identity", []OperatorDoc{
			more("$hash", "The salt is put before the text. Defaults to none."),
			more("$uuid5", ""),
		}},
	}
}

// structuralMembers are the operators that stand in the structure of a rule, for the schema.
func structuralMembers() []string {
	var members []string
	for _, group := range referenceGroups() {
		for _, d := range group.operators {
			if len(d.Argument) > 0 {
				members = append(members, editorMember(d.Name, d.Summary, string(d.Argument)))
			}
		}
	}
	return members
}
