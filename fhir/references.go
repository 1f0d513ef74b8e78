package fhir

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// Link is a reference that stands somewhere in a resource.
type Link struct {
	// Path is where the Reference stands, as Get, Set and Delete read it:
	// "participant.0.individual".
	Path string
	// Reference is its literal reference taken apart. Without one, the kind is
	// [ReferenceLogical] if there is an identifier, else [ReferenceOther].
	Reference Reference
	// Type is Reference.type, the type expected at the other end; mostly "".
	Type string
	// System and Value are of Reference.identifier.
	System, Value string
	// Display is the text for readers.
	Display string
}

// References returns all references in the resource in the order they stand,
// those in contained resources, in extensions and in the entries of a Bundle
// included. It finds them by their shape, so it works for any FHIR version: an
// object with a "reference" that is a text, or with an "identifier" and nothing but what
// a Reference has.
func (r Resource) References() []Link {
	if r.IsZero() {
		return nil
	}
	w := linkWalk{data: r.data}
	w.value(scan.Space(r.data, 0), true)
	return w.links
}

// Expression returns the path as FHIRPath has it: "name.0.given.1" becomes
// "Patient.name[0].given[1]" for a typ "Patient".
func Expression(typ, path string) string {
	var b strings.Builder
	b.WriteString(typ)
	for step := range strings.SplitSeq(path, ".") {
		if _, err := strconv.ParseUint(step, 10, 32); err == nil {
			b.WriteString("[" + step + "]")
		} else if step != "" {
			b.WriteString("." + step)
		}
	}
	return b.String()
}

type linkWalk struct {
	data  []byte
	path  []byte
	links []Link
}

// value looks at the value at i and returns the offset behind it.
func (w *linkWalk) value(i int, root bool) int {
	mark := len(w.path)
	switch w.data[i] {
	case '{':
		return w.object(i, root)
	case '[':
		index := 0
		for i = scan.Space(w.data, i+1); i < len(w.data) && w.data[i] != ']'; index++ {
			w.path = strconv.AppendInt(append(w.path, '.'), int64(index), 10)
			end := w.value(i, false)
			w.path = w.path[:mark]
			if i = scan.Space(w.data, end); i < len(w.data) && w.data[i] == ',' {
				i = scan.Space(w.data, i+1)
			}
		}
		return min(i+1, len(w.data))
	default:
		return scan.Skip(w.data, i)
	}
}

func (w *linkWalk) object(i int, root bool) int {
	start, mark, first := i, len(w.path), len(w.links)
	literal, identifier, foreign := false, false, root
	for i = scan.Space(w.data, i+1); i < len(w.data) && w.data[i] == '"'; {
		nameEnd := scan.Skip(w.data, i)
		name := scan.Unquote(w.data[i:nameEnd])
		i = scan.Space(w.data, scan.Space(w.data, nameEnd)+1)
		switch name {
		case "reference":
			literal = literal || w.data[i] == '"'
			foreign = foreign || w.data[i] != '"'
		case "identifier":
			identifier = identifier || w.data[i] == '{'
			foreign = foreign || w.data[i] != '{'
		case "type":
			foreign = foreign || w.data[i] != '"'
		case "display", "id", "extension", "_reference", "_type", "_display":
		default:
			foreign = true
		}
		if mark > 0 {
			w.path = append(w.path, '.')
		}
		w.path = append(w.path, strings.ReplaceAll(name, ".", `\.`)...)
		i = w.value(i, false)
		w.path = w.path[:mark]
		if i = scan.Space(w.data, i); i < len(w.data) && w.data[i] == ',' {
			i = scan.Space(w.data, i+1)
		}
	}
	end := min(i+1, len(w.data))
	if literal || identifier && !foreign {
		link := readLink(gjson.ParseBytes(w.data[start:end]))
		link.Path = string(w.path)
		w.links = append(w.links, Link{})
		copy(w.links[first+1:], w.links[first:]) // before those inside of it
		w.links[first] = link
	}
	return end
}

func readLink(raw gjson.Result) Link {
	link := Link{
		Type: text(raw.Get("type")), Display: text(raw.Get("display")),
		System: text(raw.Get("identifier.system")), Value: text(raw.Get("identifier.value")),
	}
	link.Reference = ParseReference(text(raw.Get("reference")))
	if link.Reference.Text == "" && raw.Get("identifier").IsObject() {
		link.Reference.Kind = ReferenceLogical
	}
	return link
}

// RewriteReferences returns the resource with each literal reference
// (Reference.reference, wherever it stands) replaced by what rewrite makes of it, and all other
// bytes as they were. To leave one as it is, return it. URLs elsewhere, such as canonical
// ones, fullUrl or links in a narrative, are not references.
func (r Resource) RewriteReferences(rewrite func(ref string) string) Resource {
	if r.IsZero() {
		return r
	}
	var out []byte
	copied := 0
	for start, end := range r.literals() {
		ref := scan.Unquote(r.data[start:end])
		if fresh := rewrite(ref); fresh != ref {
			out = append(out, r.data[copied:start]...)
			out = append(out, quoted(fresh)...)
			copied = end
		}
	}
	if copied == 0 {
		return r
	}
	rewritten := r
	rewritten.data = append(out, r.data[copied:]...)
	return rewritten
}

// literals yields start and end of each literal reference, quotes included.
func (r Resource) literals() func(yield func(start, end int) bool) {
	// In valid JSON, the name in quotes with a colon behind it can be nothing
	// but a member, unless it is written with escapes.
	name := []byte(`"reference"`)
	return func(yield func(int, int) bool) {
		if r.hasEscapes() {
			r.escapedLiterals(yield)
			return
		}
		for i := 0; ; {
			k := bytes.Index(r.data[i:], name)
			if k < 0 {
				return
			}
			i = scan.Space(r.data, i+k+len(name))
			if i >= len(r.data) || r.data[i] != ':' {
				continue
			}
			if i = scan.Space(r.data, i+1); i < len(r.data) && r.data[i] == '"' {
				end := scan.Skip(r.data, i)
				if !yield(i, end) {
					return
				}
				i = end
			}
		}
	}
}

// escapedLiterals goes through all members.
func (r Resource) escapedLiterals(yield func(start, end int) bool) {
	for i := 0; i < len(r.data); {
		if r.data[i] != '"' {
			i++
			continue
		}
		end := scan.Skip(r.data, i)
		isReference := scan.Unquote(r.data[i:end]) == "reference"
		if i = scan.Space(r.data, end); !isReference || i >= len(r.data) || r.data[i] != ':' {
			continue
		}
		if i = scan.Space(r.data, i+1); r.data[i] == '"' {
			end = scan.Skip(r.data, i)
			if !yield(i, end) {
				return
			}
			i = end
		}
	}
}

// quoted is the JSON of a text, < > and & as they are.
func quoted(text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return []byte(`""`) // a string always marshals
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
