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
	members := structuralMembers()
	for _, name := range names {
		op := operators[name]
		argument := op.argument
		if argument == "" || name == "$default" {
			argument = `{"$ref":"#/$defs/rule"}`
		}
		members = append(members, editorMember(name, op.summary, argument))
	}
	text := `{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://openhim.org/mediator-go/mapping.schema.json",
"title":"A mapping document","type":"object","required":["mapping","map"],"additionalProperties":false,"properties":{
"mapping":{"const":"v1","description":"The format's version."},
"name":{"type":"string"},"version":{"type":["string","number"]},"description":{"type":"string"},
"input":{"type":"object","additionalProperties":false,"properties":{"format":{"enum":["json","ndjson","csv","xml","hl7v2"]},"schema":{"type":["string","object"]},"strict":{"type":"boolean","description":"A member's name that stands twice, and half a surrogate pair, are errors."},"options":` + inputOptionsSchema() + `}},
"output":{"type":"object","additionalProperties":false,"properties":{"format":{"enum":["json","ndjson"]},"schema":{"type":["string","object"]},"chunk":{"type":"integer","minimum":1,"description":"Items in a document, when streaming."}}},
"validate":{"type":"object","additionalProperties":false,"properties":{"input":{"enum":["always","sample","on-error","off"]},"output":{"enum":["always","sample","off"]}}},
"omit":{"description":"What is left out of the output: missing, null, empty.","type":["array","string"]},
"direction":{"description":"one-way: the mapping is not inverted. both: lint warns of what its inverse loses.","enum":["one-way","both"]},
"inverse":{"description":"What the inverse cannot derive: members of its map, and the tables, lets and defs that they need.","type":"object","additionalProperties":false,"properties":{"tables":{"type":"object"},"let":{"type":"object"},"defs":{"type":"object"},"map":{"type":"object","additionalProperties":{"$ref":"#/$defs/rule"}}}},
"tests":{"description":"Cases, or the name of a file of cases.","anyOf":[{"type":"string"},{"type":"array","items":` + caseSchema + `}]},
"use":{"description":"Files with more defs and tables.","type":["array","string"]},
"tables":{"type":"object","additionalProperties":{"type":"object","additionalProperties":false,"properties":{"map":{"type":"object"},"file":{"type":"string","description":"name.json, name.json#member, name.csv"},"conceptmap":{"type":["string","object"]},"columns":{"type":"array"},"value":{"enum":["code","coding"]},"group":{"type":"object"},"default":true,"unmapped":{"enum":["error","omit","keep","default"]},"case":{"enum":["fold","exact"]},"trim":{"type":"boolean"},"description":{"type":"string"}}}},
"let":{"type":"object","additionalProperties":{"$ref":"#/$defs/rule"}},
"lookups":{"type":"object","additionalProperties":{"type":"object","additionalProperties":false,"properties":{"key":{"description":"The type of its keys.","enum":["string","number","boolean"]},"value":{"description":"The type of what it finds.","enum":["string","number","boolean","array","object"]},"batch":{"type":"integer","minimum":0},"unmapped":{"enum":["error","omit"]},"from":{"$ref":"#/$defs/source"},"description":{"type":"string"}}}},
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

// caseSchema is what a case of tests: holds; see package mapping/mapcase.
const caseSchema = `{"type":"object","additionalProperties":false,"properties":{
"name":{"type":["string","number"]},"description":{"type":"string"},"input":{"description":"The input, or a text that is its bytes."},"inputFile":{"type":"string"},
"format":{"enum":["json","ndjson","csv","xml","hl7v2"]},"context":{"description":"What $ctx reads.","type":"object"},
"lookups":{"description":"Fixtures: {facility: {KEY: value}}.","type":"object","additionalProperties":{"type":"object"}},
"want":{"description":"The output."},"wantAll":{"description":"The outputs, of several documents.","type":"array"},"wantFile":{"type":"string"},
"issues":{"description":"The issues wanted. Defaults to none.","type":"array","items":{"type":"object","required":["code"],"additionalProperties":false,"properties":{"code":{"type":"string"},"severity":{"enum":["error","warning","information"]},"message":{"type":"string"},"rule":{"type":"string"},"pointer":{"type":"string"},"source":{"type":"string"},"value":{"type":["string","number","boolean"]},"line":{"type":"integer"},"column":{"type":"integer"}}}},
"unmapped":{"description":"{table: {CODE: 2}}: how often codes were not in tables.","type":"object","additionalProperties":{"type":"object"}}}}`

func editorMember(name, description, schema string) string {
	begin := quoted(name) + `:{"description":` + quoted(description)
	if schema == "true" {
		return begin + "}"
	}
	return begin + "," + strings.TrimPrefix(schema, "{")
}
