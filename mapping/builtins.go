package mapping

import (
	"math/big"
	"slices"
	"unicode/utf8"

	"github.com/openhim/mediator-go/mapping/internal/date"
	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// builtins are our own operators on a value, with what the reference and the schema say of
// them. Every example is run by a test.
func builtins() []operator {
	const anyText = `{"type":"string"}`
	return []operator{
		{
			name: "$default", summary: "Another value for missing and null.", takes: Any, gives: Any, nothing: true, argument: `true`,
			example: `{$from: a, $default: none}`, in: `{}`, out: `"none"`,
			make: func(c *compiler, sb *scopeBuilder, arg *doc.Node, path string) operation {
				return &orElse{c.node(arg, sb, path+"#default")}
			},
		},
		{
			name: "$as", summary: "Converts to string, number, integer, boolean or array. An empty text is no number and no boolean, but nothing.",
			takes: Any, gives: Any, argument: `{"enum":["string","number","integer","boolean","array"]}`,
			example: `{$from: a, $as: number}`, in: `{"a":"70.0"}`, out: `70.0`,
			make: func(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				return &convert{c.oneOf(arg, "$as", "string", "number", "integer", "boolean", "array")}
			},
		},
		{
			name: "$date", summary: "Reads a date in one format and writes it in another, with the precision and the offset it has.",
			takes: Text, gives: Text,
			argument: `{"type":"object","required":["in","out"],"additionalProperties":false,"properties":{"in":{"type":["string","array"]},"out":{"type":"string"},"precision":{"enum":["year","month","day","minute","second"]},"zone":{"type":"string"}}}`,
			example:  `{$from: a, $date: {in: dd/MM/yyyy, out: fhir-date}}`, in: `{"a":"11/03/2026"}`, out: `"2026-03-11"`,
			make: makeDate,
		},
		{
			name: "$translate", summary: "Looks a code up in a table of the document.", takes: Text, gives: Any, argument: anyText,
			example: `{$from: a, $translate: sex}`, in: `{"a":"F"}`, out: `"female"`,
			make: func(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				t := c.tableNamed(arg)
				if t == nil {
					return nil
				}
				return &translate{t}
			},
		},
		{
			name: "$lookup", summary: "Takes the value of a key from a lookup of the document, which is called once for all keys.", takes: Text | Number, gives: Any, argument: anyText,
			make: func(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				d := c.lookupNamed(arg)
				if d == nil {
					return nil
				}
				return &lookedUpAs{d.index, c.plan.lookups[d.index]}
			},
		},
		{
			name: "$get", summary: "Reads a path of the value, as of what $lookup or $translate gave.", takes: Object | List, gives: Any, argument: anyText,
			example: `{$from: a, $get: b.0}`, in: `{"a":{"b":[1]}}`, out: `1`,
			make: func(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				steps, ok := c.path(arg.Text, arg.Text, arg)
				if !ok {
					return nil
				}
				return &get{steps, arg.Text}
			},
		},
		{
			name: "$split", summary: "Divides text at a separator. Empty text gives no items.", takes: Text, gives: List, argument: `{"type":"string","minLength":1}`,
			example: `{$from: a, $split: ";"}`, in: `{"a":"x;y"}`, out: `["x","y"]`,
			make: func(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				if arg.Kind != doc.Text || arg.Text == "" {
					c.fail(CodeInvalid, arg, "", "$split is the text between the parts")
					return nil
				}
				return &split{[]byte(arg.Text)}
			},
		},
		{
			name: "$join", summary: "Joins the items of an array to one text. Missing, null and empty ones are left out.", takes: Any, gives: Text,
			argument: `{"anyOf":[{"type":"string"},{"type":"object","required":["with","on"],"additionalProperties":false,"properties":{"with":{"$ref":"#/$defs/source"},"on":{"type":"array","minItems":2,"maxItems":2}}}]}`,
			example:  `{$from: a, $join: " "}`, in: `{"a":["x",null,"y"]}`, out: `"x y"`,
			make: func(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				if arg.Kind != doc.Text {
					c.fail(CodeInvalid, arg, "", "$join is the text between the items")
					return nil
				}
				return &join{arg.Text}
			},
		},
		{
			name: "$trim", summary: "Cuts white space, or the characters given, off both ends.", takes: Text, gives: Text, argument: `{"type":["boolean","string"]}`,
			example: `{$from: a, $trim: true}`, in: `{"a":" x "}`, out: `"x"`,
			make: makeTrim,
		},
		{
			name: "$case", summary: "Changes to upper, lower or title case.", takes: Text, gives: Text, argument: `{"enum":["upper","lower","title"]}`,
			example: `{$from: a, $case: title}`, in: `{"a":"amina OKAFOR"}`, out: `"Amina Okafor"`,
			make: func(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				return &textOp{"$case", changeCase(c.oneOf(arg, "$case", "upper", "lower", "title"))}
			},
		},
		{
			name: "$replace", summary: "Replaces what a regular expression (RE2) matches; $1 in with: is its first group.", takes: Text, gives: Text,
			argument: `{"type":"object","required":["match","with"],"additionalProperties":false,"properties":{"match":{"type":"string"},"with":{"type":"string"}}}`,
			example:  `{$from: a, $replace: {match: '[^0-9]', with: ''}}`, in: `{"a":"0772-111"}`, out: `"0772111"`,
			make: func(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				if !c.keys(arg, "$replace", "match", "with") {
					return nil
				}
				re := c.regexp(arg.Get("match"), arg, "$replace")
				if re == nil || arg.Get("with") == nil {
					c.fail(CodeInvalid, arg, "", "$replace needs match and with")
					return nil
				}
				return &replace{re, []byte(arg.Get("with").Text)}
			},
		},
		{
			name: "$match", summary: "Gives what a regular expression (RE2), or its first group, matches, or nothing. {pattern, required: true} makes no match an error.",
			takes: Text, gives: Text, argument: `{"anyOf":[{"type":"string"},{"type":"object","required":["pattern"],"additionalProperties":false,"properties":{"pattern":{"type":"string"},"required":{"type":"boolean"}}}]}`,
			example: `{$from: a, $match: '^Patient/(.+)$'}`, in: `{"a":"Patient/7"}`, out: `"7"`,
			make: makeMatch,
		},
		{
			name: "$substr", summary: "Takes characters from a place on (from 0; negative: from the end): a number, or {start, length}.", takes: Text, gives: Text,
			argument: `{"anyOf":[{"type":"integer"},{"type":"object","additionalProperties":false,"properties":{"start":{"type":"integer"},"length":{"type":"integer","minimum":0}}}]}`,
			example:  `{$from: a, $substr: {start: 1, length: 2}}`, in: `{"a":"abcd"}`, out: `"bc"`,
			make: makeSubstr,
		},
		{
			name: "$pad", summary: "Fills up to a width: {width, with, side: left|right}.", takes: Text, gives: Text,
			argument: `{"type":"object","required":["width"],"additionalProperties":false,"properties":{"width":{"type":"integer"},"with":{"type":"string"},"side":{"enum":["left","right"]}}}`,
			example:  `{$from: a, $pad: {width: 4, with: "0"}}`, in: `{"a":"7"}`, out: `"0007"`,
			make: makePad,
		},
		{
			name: "$prefix", summary: "Puts text before the text.", takes: Text, gives: Text, argument: anyText,
			example: `{$from: a, $prefix: Patient/}`, in: `{"a":"7"}`, out: `"Patient/7"`,
			make: func(_ *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				return &textOp{"$prefix", func(dst, text []byte) []byte { return append(append(dst, arg.Text...), text...) }}
			},
		},
		{
			name: "$suffix", summary: "Puts text behind the text.", takes: Text, gives: Text, argument: anyText,
			example: `{$from: a, $suffix: "T00:00:00Z"}`, in: `{"a":"2026-01-02"}`, out: `"2026-01-02T00:00:00Z"`,
			make: func(_ *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				return &textOp{"$suffix", func(dst, text []byte) []byte { return append(append(dst, text...), arg.Text...) }}
			},
		},
		{
			name: "$number", summary: "Calculates exactly: times scale, rounded to decimals, halves away from zero.", takes: Text | Number, gives: Number,
			argument: `{"type":["object","boolean"],"additionalProperties":false,"properties":{"scale":{"type":["number","string"]},"round":{"type":"integer"}}}`,
			example:  `{$from: a, $number: {scale: 100, round: 0}}`, in: `{"a":1.255}`, out: `126`,
			make: makeNumber,
		},
		{
			name: "$unit", summary: "Converts between units of one kind, by UCUM code: {from, to, round}.", takes: Text | Number, gives: Number,
			argument: `{"type":"object","required":["from","to"],"additionalProperties":false,"properties":{"from":{"type":"string"},"to":{"type":"string"},"round":{"type":"integer"}}}`,
			example:  `{$from: a, $unit: {from: "[degF]", to: Cel, round: 1}}`, in: `{"a":98.6}`, out: `37.0`,
			make: makeUnit,
		},
		{
			name: "$hash", summary: "SHA-256 in hexadecimal: true, or {salt: text}.", takes: Text, gives: Text, argument: `{"anyOf":[{"type":"boolean"},{"type":"object","additionalProperties":false,"properties":{"salt":{"type":"string"}}}]}`,
			example: `{$from: a, $hash: true}`, in: `{"a":"x"}`, out: `"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"`,
			make: func(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				salt := ""
				if arg.Kind == doc.Map && c.keys(arg, "$hash", "salt") && arg.Get("salt") != nil {
					salt = arg.Get("salt").Text
				}
				return &textOp{"$hash", hashText(salt)}
			},
		},
		{
			name: "$uuid5", summary: "A UUID that is always the same for the same text in the same namespace: dns, url, oid, a UUID, or any name.", takes: Text, gives: Text, argument: anyText,
			example: `{$from: a, $uuid5: dns}`, in: `{"a":"www.example.com"}`, out: `"2ed6657d-e927-568b-95e1-2665a8aea6a2"`,
			make: func(_ *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
				return &textOp{"$uuid5", uuid5(namespaceUUID(arg.Text))}
			},
		},
	}
}

func makeDate(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
	if !c.keys(arg, "$date", "in", "out", "precision", "zone") {
		return nil
	}
	in, out := arg.Get("in"), arg.Get("out")
	if in == nil || out == nil {
		c.fail(CodeInvalid, arg, "$date: {in: format, out: format}", "$date needs in and out")
		return nil
	}
	op := &dateOp{}
	items := []*doc.Node{in}
	if in.Kind == doc.List {
		items = in.Items
	}
	for _, item := range items {
		if f := c.dateFormat(item); f != nil {
			op.in = append(op.in, f)
		}
	}
	op.out = c.dateFormat(out)
	if n := arg.Get("precision"); n != nil {
		p, ok := date.ParsePrecision(n.Text)
		if !ok {
			c.fail(CodeUnknown, n, "there are: year, month, day, minute, second", "precision: %q is not known", n.Text)
		}
		op.precision = p
	}
	if n := arg.Get("zone"); n != nil {
		zone, err := date.ParseZone(n.Text, c.opts.Location)
		if err != nil {
			c.fail(CodeInvalid, n, "", "%v", err)
		}
		op.zone = zone
	}
	if len(op.in) == 0 || op.out == nil {
		return nil
	}
	return op
}

func (c *compiler) dateFormat(n *doc.Node) *date.Format {
	f, err := date.ParseFormat(n.Text)
	if err != nil {
		c.fail(CodeInvalid, n, "", "%v", err)
		return nil
	}
	return f
}

func (c *compiler) regexp(n, at *doc.Node, what string) *pattern {
	if n == nil || n.Kind != doc.Text {
		c.fail(CodeInvalid, at, "", "%s needs a regular expression", what)
		return nil
	}
	return c.pattern(n, n.Text, what)
}

func makeTrim(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
	if arg.Kind == doc.Bool {
		return &textOp{"$trim", func(_, text []byte) []byte { return trimSpace(text) }}
	}
	if arg.Kind != doc.Text {
		c.fail(CodeInvalid, arg, "", "$trim is true, or the characters to cut off")
		return nil
	}
	return &textOp{"$trim", func(_, text []byte) []byte { return trimAny(text, arg.Text) }}
}

func makeMatch(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
	op := &match{}
	pattern := arg
	if arg.Kind == doc.Map {
		if !c.keys(arg, "$match", "pattern", "required") {
			return nil
		}
		pattern = arg.Get("pattern")
		if n := arg.Get("required"); n != nil {
			op.error = c.flag(n, "required")
		}
	}
	if op.re = c.regexp(pattern, arg, "$match"); op.re == nil {
		return nil
	}
	return op
}

func makeSubstr(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
	start, length := arg, (*doc.Node)(nil)
	if arg.Kind == doc.Map {
		if !c.keys(arg, "$substr", "start", "length") {
			return nil
		}
		start, length = arg.Get("start"), arg.Get("length")
	}
	from := 0
	if start != nil {
		n, ok := wholeNumber(start)
		if !ok {
			c.fail(CodeInvalid, start, "", "$substr: start is a whole number")
		}
		from = n
	}
	return &textOp{"$substr", substr(from, c.number(length, "length", 0), length != nil)}
}

func makePad(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
	if !c.keys(arg, "$pad", "width", "with", "side") {
		return nil
	}
	width := c.number(arg.Get("width"), "width", 0)
	if width < 1 || width > 10_000 {
		c.fail(CodeInvalid, arg, "", "$pad: width is from 1 to 10000")
		return nil
	}
	with := ' '
	if n := arg.Get("with"); n != nil {
		r, size := utf8.DecodeRuneInString(n.Text)
		if size == 0 || size != len(n.Text) {
			c.fail(CodeInvalid, n, "", "$pad: with is one character")
			return nil
		}
		with = r
	}
	return &textOp{"$pad", pad(width, with, c.oneOf(arg.Get("side"), "side", "left", "right") != "right")}
}

func makeNumber(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
	op := &arithmetic{name: "$number", round: -1}
	if arg.Kind == doc.Bool {
		return op
	}
	if !c.keys(arg, "$number", "scale", "round") {
		return nil
	}
	if n := arg.Get("scale"); n != nil {
		scale, ok := parseFraction(n.Text)
		if !ok {
			c.fail(CodeInvalid, n, "a number, or a fraction in quotes: \"1/3\"", "$number: scale is a number")
			return nil
		}
		op.scale = scale
	}
	return c.rounding(op, arg)
}

func (c *compiler) rounding(op *arithmetic, arg *doc.Node) operation {
	op.round = c.number(arg.Get("round"), "round", -1)
	if op.round > 20 {
		c.fail(CodeInvalid, arg.Get("round"), "", "round is at most 20")
	}
	return op
}

func makeUnit(c *compiler, _ *scopeBuilder, arg *doc.Node, _ string) operation {
	if !c.keys(arg, "$unit", "from", "to", "round") {
		return nil
	}
	known := units()
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	var found [2]unit
	for i, key := range []string{"from", "to"} {
		n := arg.Get(key)
		if n == nil {
			c.fail(CodeInvalid, arg, "", "$unit needs from and to")
			return nil
		}
		u, ok := known[n.Text]
		if !ok {
			c.fail(CodeUnknown, n, suggest(n.Text, names), "$unit: the unit %q is not known", n.Text)
			return nil
		}
		found[i] = u
	}
	if found[0].kind != found[1].kind {
		c.fail(CodeInvalid, arg, "", "$unit: %s is no %s", found[0].kind, found[1].kind)
		return nil
	}
	rat := func(s string) *big.Rat {
		n, _ := new(big.Rat).SetString(s)
		return n
	}
	scale := rat(found[0].factor)
	scale.Quo(scale, rat(found[1].factor))
	offset := rat(found[0].offset)
	offset.Sub(offset, rat(found[1].offset))
	offset.Quo(offset, rat(found[1].factor))
	return c.rounding(&arithmetic{name: "$unit", scale: scale, offset: offset, round: -1}, arg)
}
