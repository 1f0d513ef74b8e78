package fhir

import (
	"iter"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// The functions below step through a part of a resource's text, which has been checked. What
// they give is the text as it stands, not copied.

// jsonMembers yields the names, without quotes and escapes, and the values of an object. Other
// values have none.
func jsonMembers(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		i := scan.Space(object, 0)
		if i >= len(object) || object[i] != '{' {
			return
		}
		for m := range scan.Members(object, i) {
			if !yield(m.Key(object), object[m.Value:m.End:m.End]) {
				return
			}
		}
	}
}

// jsonItems yields the items of an array. Other values have none.
func jsonItems(array []byte) iter.Seq[[]byte] {
	return func(yield func(item []byte) bool) {
		i := scan.Space(array, 0)
		if i >= len(array) || array[i] != '[' {
			return
		}
		for item := range scan.Items(array, i) {
			if !yield(array[item.Start:item.End:item.End]) {
				return
			}
		}
	}
}

// jsonText returns the text of a string, and "" for any other value.
func jsonText(value []byte) string {
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	return scan.Unquote(value)
}

// jsonMember returns the first member of that name, nil if there is none.
func jsonMember(object []byte, name string) []byte {
	for key, value := range jsonMembers(object) {
		if string(key) == name {
			return value
		}
	}
	return nil
}

// walkObject steps through the object that begins at i: it calls value with the name and the
// place of each member's value, which returns the place behind it. It returns the place behind
// the object. Other than iterators, it reads nothing twice.
func walkObject(data []byte, i int, value func(name []byte, at int) int) int {
	i = scan.Space(data, i+1)
	for i < len(data) && data[i] == '"' {
		m := scan.Member{Name: i, NameEnd: scan.Skip(data, i)}
		at := scan.Space(data, scan.Space(data, m.NameEnd)+1)
		i = scan.Space(data, value(m.Key(data), at))
		if i >= len(data) || data[i] != ',' {
			break
		}
		i = scan.Space(data, i+1)
	}
	return min(i+1, len(data))
}

// walkArray is walkObject for the items of an array.
func walkArray(data []byte, i int, item func(at int) int) int {
	i = scan.Space(data, i+1)
	for i < len(data) && data[i] != ']' {
		i = scan.Space(data, item(i))
		if i >= len(data) || data[i] != ',' {
			break
		}
		i = scan.Space(data, i+1)
	}
	return min(i+1, len(data))
}

// parsedResource makes a Resource of an object within a text that has been checked.
func parsedResource(object []byte) Resource {
	r := Resource{data: object, part: true}
	var kind, id bool
	for name, value := range jsonMembers(object) {
		switch string(name) {
		case "resourceType":
			r.typ, kind = jsonText(value), true
		case "id":
			r.id, id = jsonText(value), true
		default: // of no concern here
		}
		if kind && id {
			break
		}
	}
	return r
}
