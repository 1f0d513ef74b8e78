package validate

import "strings"

// pathStep is one step of a discriminator's path: a name, an extension by URL, resolve() or ofType(X).
type pathStep struct {
	name      string
	extension string // URL, for extension('...')
	function  string // "resolve" or "ofType"
}

// discriminatorPath reads the part of FHIRPath that discriminators may use (https://hl7.org/fhir/R4/profiling.html#discriminator).
func discriminatorPath(path string) ([]pathStep, bool) {
	var steps []pathStep
	rest := strings.TrimSpace(path)
	for rest != "" {
		end := 0
		for end < len(rest) && (isWord(rest[end]) || rest[end] == '$') {
			end++
		}
		name := rest[:end]
		rest = rest[end:]
		if argument, ok := strings.CutPrefix(rest, "("); ok {
			value, after, closed := strings.Cut(argument, ")")
			if !closed {
				return nil, false
			}
			rest = after
			value = strings.Trim(value, "'\" ")
			switch name {
			case "extension":
				steps = append(steps, pathStep{name: "extension", extension: value})
			case "resolve":
				steps = append(steps, pathStep{function: "resolve"})
			case "ofType", "as":
				steps = append(steps, pathStep{function: "ofType", name: value})
			default:
				return nil, false
			}
		} else if name != "$this" {
			if name == "" {
				return nil, false
			}
			steps = append(steps, pathStep{name: name})
		}
		after, dotted := strings.CutPrefix(rest, ".")
		if rest != "" && !dotted {
			return nil, false
		}
		rest = after
	}
	return steps, true
}
