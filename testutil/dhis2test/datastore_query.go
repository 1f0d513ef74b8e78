package dhis2test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// queryEntries serves GET /api/dataStore/{namespace}?fields=&filter=: each
// entry with the parts of its value that were asked for. Encrypted entries
// are not searched [R ns-fields].
func (s *Server) queryEntries(w http.ResponseWriter, r *http.Request, entries map[string]*entry) {
	q := r.URL.Query()
	fields := commaList(q["fields"])
	page, size := positive(q.Get("page"), 1), positive(q.Get("pageSize"), defaultPageSize)
	rows := []any{}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		var value any
		if entries[key].encrypted || json.Unmarshal(entries[key].value, &value) != nil {
			continue
		}
		row, complete := entryRow(key, value, fields)
		if (complete || q.Get("includeAll") == "true") && entryPasses(key, value, q["filter"], strings.EqualFold(q.Get("rootJunction"), "or")) {
			rows = append(rows, row)
		}
	}
	if q.Get("headless") == "true" {
		writeJSON(w, http.StatusOK, rows)
		return
	}
	if q.Get("paging") == "false" {
		writeJSON(w, http.StatusOK, map[string]any{"entries": rows})
		return
	}
	from := min((page-1)*size, len(rows))
	writeJSON(w, http.StatusOK, map[string]any{
		"pager":   map[string]any{"page": page, "pageSize": size},
		"entries": rows[from:min(from+size, len(rows))],
	})
}

// entryRow is an entry's row; it is not complete when no field is in it.
func entryRow(key string, value any, fields []string) (row map[string]any, complete bool) {
	row = map[string]any{"key": key}
	complete = len(fields) == 0
	for _, field := range fields {
		path, alias, renamed := strings.Cut(strings.TrimSuffix(field, ")"), "(")
		name := path
		if renamed {
			name = alias
		}
		if path == "." {
			if !renamed {
				name = "value"
			}
			row[name], complete = value, true
			continue
		}
		if found, ok := entryPart(value, path); ok {
			row[name], complete = found, true
		}
	}
	return row, complete
}

func entryPart(value any, path string) (any, bool) {
	for part := range strings.SplitSeq(path, ".") {
		members, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = members[part]; !ok {
			return nil, false
		}
	}
	return value, true
}

// entryPasses applies the filters, path:operator[:value]; _ is the key.
func entryPasses(key string, value any, filters []string, either bool) bool {
	if len(filters) == 0 {
		return true
	}
	for _, text := range filters {
		parts := strings.SplitN(text, ":", 3)
		if len(parts) < 2 {
			continue
		}
		found, ok := any(key), true
		switch parts[0] {
		case "_":
		case ".":
			found = value
		default:
			found, ok = entryPart(value, parts[0])
		}
		var values []any
		if ok && found != nil {
			values = []any{found}
		}
		f := metaFilter{operator: parts[1]}
		if len(parts) == 3 {
			f.value = parts[2]
		}
		if f.match(values) == either {
			return either
		}
	}
	return !either
}
