package mongo

import (
	"math"
	"slices"
	"strings"
	"time"
)

// refuse runs the validators on a cast value and gives the message, "" for none.
func refuse(f *Field, value any, path string) string {
	if f.Required && (value == nil || value == "") {
		return "Path `" + path + "` is required."
	}
	switch v := value.(type) {
	case string:
		if len(f.Enum) == 0 {
			return ""
		}
		if slices.Contains(f.Enum, v) {
			return ""
		}
		return "`" + v + "` is not a valid enum value for path `" + path + "`."
	case float64:
		if f.Min != nil && v < *f.Min {
			return "Path `" + path + "` (" + FormatNumber(v) + ") is less than minimum allowed value (" + FormatNumber(*f.Min) + ")."
		}
		if f.Max != nil && v > *f.Max {
			return "Path `" + path + "` (" + FormatNumber(v) + ") is more than maximum allowed value (" + FormatNumber(*f.Max) + ")."
		}
	}
	return ""
}

// castScalar casts a value that has no parts, by mongoose's rules.
func castScalar(kind Kind, value any, path string, dialect Dialect) (any, *CastError) {
	value = cloneNumber(value)
	if value == nil || kind == Mixed {
		return Clone(value), nil
	}
	refused := func(name string) (any, *CastError) {
		return nil, &CastError{Kind: name, Value: quoteValue(value), Type: jsType(value), Path: path, dialect: dialect}
	}
	switch kind {
	case String:
		if _, isList := value.([]any); isList && dialect != Mongoose4 {
			return refused("string")
		}
		if d, isDoc := value.(Doc); isDoc {
			if id, ok := d["_id"].(string); ok {
				return id, nil
			}
			return refused("string")
		}
		if s, ok := jsString(value); ok {
			return s, nil
		}
		return refused("string")
	case Number:
		if f, ok := castNumber(value); ok {
			return f, nil
		}
		return refused("Number")
	case Bool:
		if b, ok := castBool(value, dialect); ok {
			return b, nil
		}
		return refused("Boolean")
	case Date:
		if value == "" {
			return nil, nil
		}
		if t, ok := castDate(value); ok {
			return t, nil
		}
		return refused("date")
	default: // ID
		if id, ok := castID(value); ok {
			return id, nil
		}
		return refused("ObjectId")
	}
}

func castNumber(value any) (any, bool) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return nil, true
		}
		f := jsNumber(v)
		return f, !math.IsNaN(f)
	case bool:
		if v {
			return 1.0, true
		}
		return 0.0, true
	case float64:
		return v, !math.IsNaN(v)
	case time.Time:
		return float64(v.UnixMilli()), true
	default:
		return nil, false
	}
}

func castBool(value any, dialect Dialect) (bool, bool) {
	if dialect == Mongoose4 {
		switch v := value.(type) {
		case bool:
			return v, true
		case string:
			return v != "0" && v != "false" && v != "", true
		case float64:
			return v != 0, true
		default:
			return true, true
		}
	}
	switch value {
	case true, "true", 1.0, "1", "yes":
		return true, true
	case false, "false", 0.0, "0", "no":
		return false, true
	default:
		return false, false
	}
}

func castDate(value any) (time.Time, bool) {
	switch v := value.(type) {
	case time.Time:
		return Time(v), true
	case float64:
		return dateOfMillis(v)
	case string:
		// Texts of large numbers are milliseconds, small ones are years.
		if f := jsNumber(v); !math.IsNaN(f) && (f >= 275761 || f < -271820) {
			return dateOfMillis(f)
		}
		return ParseDate(v)
	default:
		return time.Time{}, false
	}
}

func castID(value any) (ObjectID, bool) {
	switch v := value.(type) {
	case ObjectID:
		return v, true
	case string:
		return ParseID(v)
	case Doc:
		switch id := v["_id"].(type) {
		case ObjectID:
			return id, true
		case string:
			return ParseID(id)
		}
	}
	return "", false
}

// jsType is what mongoose calls the type of a value in its cast errors.
func jsType(value any) string {
	switch cloneNumber(value).(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case time.Time:
		return "Date"
	case ObjectID:
		return "ObjectId"
	case []any:
		return "Array"
	default:
		return "Object"
	}
}

// quoteValue is the value in a cast error: as util.inspect, between double quotes.
func quoteValue(value any) string {
	text := inspect(value, sortedKeys)
	if s, isText := value.(string); isText && !strings.Contains(s, "'") {
		return `"` + text[1:len(text)-1] + `"`
	}
	if strings.HasPrefix(text, `"`) {
		return text
	}
	return `"` + text + `"`
}
