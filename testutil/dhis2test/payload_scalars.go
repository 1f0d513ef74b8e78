package dhis2test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

const viewPackage = "org.hisp.dhis.webapi.controller.tracker.view."

// decodeBody reads the first JSON value of a body as Jackson does: a byte order
// mark is skipped and what follows the value is ignored (recorded as
// body-bom, body-trailing).
func decodeBody(body []byte) (map[string]any, *httpError) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, badRequest("Required request body is missing")
		}
		return nil, badRequest("JSON parse error: %s", err)
	}
	if v == nil {
		return nil, badRequest("Required request body is missing")
	}
	doc, ok := v.(map[string]any)
	if !ok {
		return nil, badRequest("JSON parse error: Cannot deserialize value of type "+
			"`org.hisp.dhis.webapi.controller.tracker.imports.Body` from %s", jsonKind(v))
	}
	for _, name := range []string{"trackedEntities", "enrollments", "events", "relationships"} {
		if v, sent := doc[name]; sent && v == nil {
			return nil, &httpError{
				status: http.StatusInternalServerError,
				message: `Cannot invoke "java.util.List.iterator()" because the return value of ` +
					`"org.hisp.dhis.webapi.controller.tracker.imports.Body.get` + strings.ToUpper(name[:1]) + name[1:] + `()" is null`,
			}
		}
	}
	return doc, nil
}

// objects reads a list of objects; a null item is a 500 (dhis2.md 1.2).
func (b *bodyReader) objects(m map[string]any, key, javaName string) []map[string]any {
	v, sent := m[key]
	if !sent || v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		b.fail(badRequest("JSON parse error: Cannot deserialize value of type `java.util.ArrayList<%s%s>` from %s",
			viewPackage, javaName, jsonKind(v)))
		return nil
	}
	out := make([]map[string]any, 0, len(list))
	for _, item := range list {
		switch item := item.(type) {
		case map[string]any:
			out = append(out, item)
		case nil:
			name := strings.ToLower(javaName[:1]) + javaName[1:]
			b.fail(&httpError{
				status:  http.StatusInternalServerError,
				message: `Cannot invoke "` + viewPackage + javaName + ".get" + javaName + `()" because "` + name + `" is null`,
			})
		default:
			b.fail(badRequest("JSON parse error: Cannot construct instance of `%s%s` from %s", viewPackage, javaName, jsonKind(item)))
		}
	}
	return out
}

func jsonKind(v any) string {
	switch v.(type) {
	case map[string]any:
		return "Object value (token `JsonToken.START_OBJECT`)"
	case []any:
		return "Array value (token `JsonToken.START_ARRAY`)"
	case string:
		return "String value (token `JsonToken.VALUE_STRING`)"
	case json.Number:
		return "Number value (token `JsonToken.VALUE_NUMBER_INT`)"
	case bool:
		return "Boolean value (token `JsonToken.VALUE_TRUE`)"
	default:
		return "Null value (token `JsonToken.VALUE_NULL`)"
	}
}

// uid reads a UID; from 2.42 a bad one refuses the whole request, "" included.
// Before, it is a text that the validation looks at (E1048).
func (b *bodyReader) uid(m map[string]any, key string) string {
	if b.version.before(2, 42) {
		return b.text(m, key)
	}
	switch v := m[key].(type) {
	case nil:
		return ""
	case string:
		if !isUID(v) {
			b.fail(badRequest("JSON parse error: Cannot construct instance of `org.hisp.dhis.common.UID`, problem: "+
				"UID must be an alphanumeric string of 11 characters starting with a letter, but was: %s", v))
		}
		return v
	case json.Number:
		b.fail(badRequest("JSON parse error: Cannot construct instance of `org.hisp.dhis.common.UID` (although at least one "+
			"Creator exists): no int/Int-argument constructor/factory method to deserialize from Number value (%s)", v))
	default:
		b.fail(badRequest("JSON parse error: Cannot construct instance of `org.hisp.dhis.common.UID` from %s", jsonKind(v)))
	}
	return ""
}

// geometry reads GeoJSON; of its shape only the type is looked at.
func (b *bodyReader) geometry(m map[string]any) any {
	if m["geometry"] == nil {
		return nil
	}
	shape, ok := m["geometry"].(map[string]any)
	if !ok {
		b.fail(badRequest("JSON parse error: Cannot deserialize value of type `org.locationtech.jts.geom.Geometry` from %s", jsonKind(m["geometry"])))
		return nil
	}
	kinds := []string{"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
	if kind, _ := shape["type"].(string); !slices.Contains(kinds, kind) {
		b.fail(badRequest("JSON parse error: Invalid geometry type: %s", kind))
	}
	return shape
}

func (b *bodyReader) head(m map[string]any, kind, key string) head {
	return head{objectKey: objectKey{kind, b.ownUID(m, key)}}
}

// ownUID is the UID of the object itself: one without gets one.
func (b *bodyReader) ownUID(m map[string]any, key string) string {
	if uid := b.uid(m, key); uid != "" {
		return uid
	}
	return b.uids.next()
}

func (b *bodyReader) instant(m map[string]any, key string) *time.Time {
	v := m[key]
	if v == nil || v == "" {
		return nil
	}
	t, ok := parseInstant(v, b.loc)
	if !ok {
		b.fail(badRequest("JSON parse error: Invalid date format '%v', only 'yyyy-MM-dd'T'HH:mm:ss.SSS' format end epoch "+
			"milliseconds are supported.", v))
		return nil
	}
	return &t
}

// enrollmentStatusClass names the Java type that errors show.
func (b *bodyReader) enrollmentStatusClass() string {
	if b.version.before(2, 42) {
		return viewPackage + "EnrollmentStatus"
	}
	return "org.hisp.dhis.program.EnrollmentStatus"
}

// status reads the status of an enrollment or event; absent is ACTIVE
// (dhis2.md section 0, fact 5), case counts.
func (b *bodyReader) status(m map[string]any, javaName string, values ...string) string {
	v := b.text(m, "status")
	if v == "" {
		return "ACTIVE"
	}
	i := slices.Index(values, v)
	if i < 0 {
		b.fail(badRequest("JSON parse error: Cannot deserialize value of type `%s` from String %q: "+
			"not one of the values accepted for Enum class: [%s]", javaName, v, strings.Join(values, ", ")))
		return v
	}
	return values[i] // not v, which is a copy for each object
}
