package mongo

import "strings"

// project keeps or leaves out paths of a document, which it changes.
func project(doc, projection Doc) Doc {
	if len(projection) == 0 {
		return doc
	}
	include := false
	for path, flag := range projection {
		if path != "_id" || len(projection) == 1 {
			include = cloneNumber(flag) == 1.0 || flag == true
		}
	}
	if !include {
		for path := range projection {
			drop(doc, strings.Split(path, "."))
		}
		return doc
	}
	out := Doc{}
	if flag, has := projection["_id"]; !has || cloneNumber(flag) == 1.0 || flag == true {
		out["_id"] = doc["_id"]
	}
	for path := range projection {
		first, _, _ := strings.Cut(path, ".")
		if value, has := doc[first]; has && first != "_id" {
			out[first] = value
		}
	}
	return out
}

func drop(v any, path []string) {
	switch v := v.(type) {
	case Doc:
		if len(path) == 1 {
			delete(v, path[0])
			return
		}
		drop(v[path[0]], path[1:])
	case []any:
		for _, element := range v {
			drop(element, path)
		}
	}
}
