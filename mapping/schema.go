package mapping

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Schema returns the JSON Schema (draft 2020-12) of mapping documents, for editors: it knows
// every operator, ours and those given, with what it does. The one without a host's operators
// is shipped as mapping.schema.json.
func Schema(host map[string]Operator) []byte {
	operators := allOperators(host)
	names := make([]string, 0, len(operators))
	for name := range operators {
		names = append(names, name)
	}
	slices.Sort(names)
	members := []string{
		editorMember("$from", "Where the value comes from: a path, a $name, \"= expression\", or a list of which the first that is there counts.", `{"$ref":"#/$defs/sources"}`),
		editorMember("$if", "A condition.", `{"$ref":"#/$defs/condition"}`),
		editorMember("$then", "What $if gives when its condition holds.", `{"$ref":"#/$defs/rule"}`),
		editorMember("$else", "What $if gives otherwise.", `{"$ref":"#/$defs/rule"}`),
		editorMember("$switch", "The case for the text found.", `{"type":"object","required":["on","cases"],"additionalProperties":false,"properties":{"on":{"$ref":"#/$defs/source"},"cases":{"type":"object","additionalProperties":{"$ref":"#/$defs/rule"}},"else":{"$ref":"#/$defs/rule"}}}`),
		editorMember("$first", "The first of the rules that gives something.", `{"$ref":"#/$defs/rules"}`),
		editorMember("$concat", "One array of the items of all.", `{"$ref":"#/$defs/rules"}`),
		editorMember("$call", "A fragment of defs.", `{"oneOf":[{"type":"string"},{"type":"object","required":["def"],"additionalProperties":false,"properties":{"def":{"type":"string"},"with":{"$ref":"#/$defs/source"}}}]}`),
		editorMember("$each", "For each item of an array, or of several.", `{"anyOf":[{"$ref":"#/$defs/sources"},{"type":"object","required":["from"],"additionalProperties":false,"properties":{"from":{"$ref":"#/$defs/sources"},"single":{"type":"boolean"}}},{"type":"object","required":["zip"],"additionalProperties":false,"properties":{"zip":{"type":"object","additionalProperties":{"$ref":"#/$defs/source"}}}}]}`),
		editorMember("$where", "Only the items for which the condition holds.", `{"$ref":"#/$defs/condition"}`),
		editorMember("$expand", "Replaces each item by what the paths find in it: [\".\", component].", `{"$ref":"#/$defs/sources"}`),
		editorMember("$group", "Groups by a key, in the order in which the keys come first; read key, first and items.", `{"$ref":"#/$defs/source"}`),
		editorMember("$sort", "Sorts: a path, or {by, desc}. Missing last.", `{"anyOf":[{"$ref":"#/$defs/source"},{"type":"object","required":["by"],"additionalProperties":false,"properties":{"by":{"$ref":"#/$defs/source"},"desc":{"type":"boolean"}}}]}`),
		editorMember("$limit", "At most so many items.", `{"type":"integer","minimum":0}`),
		editorMember("$distinct", "Only the first of the items with the same value.", `{"anyOf":[{"type":"boolean"},{"$ref":"#/$defs/source"}]}`),
		editorMember("$index", "Only this item, from 0, without an array.", `{"type":"integer","minimum":0}`),
		editorMember("$value", "What an item gives, when it is no object of members.", `{"$ref":"#/$defs/rule"}`),
		editorMember("$reduce", "One value of all: min, max, sum, count, or {op: join, with}.", `{"anyOf":[{"enum":["min","max","sum","count","join"]},{"type":"object","required":["op"],"additionalProperties":false,"properties":{"op":{"enum":["min","max","sum","count","join"]},"with":{"type":"string"}}}]}`),
		editorMember("$when", "The rule gives nothing unless the condition holds.", `{"$ref":"#/$defs/condition"}`),
		editorMember("$required", "It is an error when the rule comes to nothing.", `{"type":"boolean"}`),
		editorMember("$onError", "What becomes of a rule that fails: fail, omit, drop (the item around), default.", `{"enum":["fail","omit","drop","default"]}`),
		editorMember("$keep", "Puts out what is otherwise left out: null, empty.", `{"type":["array","string","null"]}`),
		editorMember("$with", "Paths are relative to this.", `{"$ref":"#/$defs/source"}`),
		editorMember("$needs", "The object goes when one of these members comes to nothing.", `{"type":["array","string"]}`),
		editorMember("$always", "The object stays although only its constants are there.", `{"type":"boolean"}`),
		editorMember("$pairs", "Members become items: {key: dataElement, value: value}.", `{"type":"object","required":["key","value"],"additionalProperties":false,"properties":{"key":{"type":"string"},"value":{"type":"string"},"omit":{"type":"array"}}}`),
	}
	for _, name := range names {
		op := operators[name]
		argument := op.argument
		switch {
		case argument == "" || name == "$default":
			argument = `{"$ref":"#/$defs/rule"}`
		case name == "$join":
			argument = `{"anyOf":[{"type":"string"},{"type":"object","required":["with","on"],"additionalProperties":false,"properties":{"with":{"$ref":"#/$defs/source"},"on":{"type":"array","minItems":2,"maxItems":2}}}]}`
		}
		members = append(members, editorMember(name, op.summary, argument))
	}
	text := `{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://openhim.org/mediator-go/mapping.schema.json",
"title":"A mapping document","type":"object","required":["mapping","map"],"additionalProperties":false,"properties":{
"mapping":{"const":"v1","description":"The format's version."},
"name":{"type":"string"},"version":{"type":["string","number"]},"description":{"type":"string"},
"input":{"type":"object","additionalProperties":false,"properties":{"format":{"enum":["json","ndjson","csv","xml","hl7v2"]},"schema":{"type":["string","object"]},"strict":{"type":"boolean","description":"A member's name that stands twice is an error."},"options":{"type":"object"}}},
"output":{"type":"object","additionalProperties":false,"properties":{"format":{"enum":["json","ndjson"]},"schema":{"type":["string","object"]},"chunk":{"type":"integer","minimum":1,"description":"Items in a document, when streaming."}}},
"validate":{"type":"object","additionalProperties":false,"properties":{"input":{"enum":["always","sample","on-error","off"]},"output":{"enum":["always","sample","off"]}}},
"omit":{"description":"What is left out of the output: missing, null, empty.","type":["array","string"]},
"direction":{"enum":["one-way","both"]},"inverse":{"type":"object"},"tests":{"type":["array","string"]},
"use":{"description":"Files with more defs and tables.","type":["array","string"]},
"tables":{"type":"object","additionalProperties":{"type":"object","additionalProperties":false,"properties":{"map":{"type":"object"},"file":{"type":"string","description":"name.json, name.json#member, name.csv"},"conceptmap":{"type":["string","object"]},"columns":{"type":"array"},"value":{"enum":["code","coding"]},"group":{"type":"object"},"default":true,"unmapped":{"enum":["error","omit","keep","default"]},"case":{"enum":["fold","exact"]},"trim":{"type":"boolean"},"description":{"type":"string"}}}},
"let":{"type":"object","additionalProperties":{"$ref":"#/$defs/rule"}},
"lookups":{"type":"object","additionalProperties":{"type":"object","additionalProperties":false,"properties":{"key":true,"value":true,"batch":{"type":"integer"},"unmapped":{"enum":["error","omit"]},"from":{"$ref":"#/$defs/source"},"description":{"type":"string"}}}},
"defs":{"type":"object","additionalProperties":{"$ref":"#/$defs/rule"}},
"map":{"$ref":"#/$defs/rule"}},
"$defs":{
"source":{"anyOf":[{"type":"string"},{"$ref":"#/$defs/object"}]},
"sources":{"anyOf":[{"$ref":"#/$defs/source"},{"type":"array","minItems":1,"items":{"$ref":"#/$defs/source"}}]},
"condition":{"type":["string","boolean"]},
"rules":{"type":"array","items":{"$ref":"#/$defs/rule"}},
"rule":{"anyOf":[{"type":["string","number","boolean","null"]},{"type":"array","items":{"$ref":"#/$defs/rule"}},{"$ref":"#/$defs/object"}]},
"object":{"type":"object","patternProperties":{"^([^$]|\\$\\$|$)":{"$ref":"#/$defs/rule"}},"additionalProperties":false,"properties":{
` + strings.Join(members, ",\n") + `
}}}}`
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "  "); err != nil {
		return []byte(text) // a host's argument schema is not JSON
	}
	return append(out.Bytes(), '\n')
}

func editorMember(name, description, schema string) string {
	begin := quoted(name) + `:{"description":` + quoted(description)
	if schema == "true" {
		return begin + "}"
	}
	return begin + "," + strings.TrimPrefix(schema, "{")
}

// OperatorDoc is what the reference says of an operator on a value.
type OperatorDoc struct {
	Name     string
	Summary  string
	Takes    Type
	Gives    Type
	Argument json.RawMessage // its JSON Schema
	Example  string          // a rule, in YAML
	Input    string          // of the example
	Output   string
}

// Reference returns our own operators on values with an example each, in the order of the
// reference.
func Reference() []OperatorDoc {
	var all []OperatorDoc
	for _, op := range builtins() {
		all = append(all, OperatorDoc{op.name, op.summary, op.takes, op.gives, json.RawMessage(op.argument), op.example, op.in, op.out})
	}
	return all
}
