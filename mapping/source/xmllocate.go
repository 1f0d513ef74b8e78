package source

import (
	"strconv"
	"strings"
)

// Locate returns the XPath of what a pointer means: `/ClinicalDocument/recordTarget[1]/@id`.
// Positions count from 1 among the siblings of the name, as in XPath.
func (x *XML) Locate(pointer string) string {
	path := tokens(pointer)
	if x.at.Record == 0 {
		return ""
	}
	if len(path) == 0 {
		return x.at.Path
	}
	where := x.at.Path
	if path[0] == "__parents" {
		depth := 0
		if len(path) > 1 {
			depth, _ = index(path[1])
		}
		path = path[min(2, len(path)):]
		steps := splitXPath(where)
		where = strings.Join(steps[:min(depth, len(steps)-1)+1], "")
	} else {
		path = path[1:]
	}
	for len(path) > 0 {
		name := path[0]
		path = path[1:]
		switch {
		case name == "_":
			return where + "/text()"
		case name == "__":
			return where
		case strings.HasPrefix(name, "_"):
			return where + "/@" + xpathName(name[1:])
		}
		where += "/" + xpathName(name)
		if len(path) > 0 {
			if n, ok := index(path[0]); ok {
				where += "[" + strconv.Itoa(n+1) + "]"
				path = path[1:]
			}
		}
	}
	return where
}

// xpathName writes a name of a record as XPath does.
func xpathName(key string) string {
	if strings.HasPrefix(key, "{") {
		return "Q" + key
	}
	return strings.TrimPrefix(key, ":")
}

// splitXPath cuts an XPath before each step; a namespace in braces has slashes of its own.
func splitXPath(path string) []string {
	var steps []string
	from, braces := 0, 0
	for i := range len(path) {
		switch c := path[i]; {
		case c == '{':
			braces++
		case c == '}':
			braces--
		case c == '/' && braces == 0 && i > from:
			steps = append(steps, path[from:i])
			from = i
		}
	}
	return append(steps, path[from:])
}
