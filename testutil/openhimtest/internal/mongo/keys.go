package mongo

import "strings"

// checkKeys refuses keys that FerretDB and older MongoDB refuse.
func checkKeys(v any, dialect Dialect, insert bool) error {
	switch v := v.(type) {
	case Doc:
		for _, key := range sortedKeys(v) {
			dot, dollar := strings.Contains(key, "."), strings.HasPrefix(key, "$")
			switch {
			case !dot && !dollar:
			case dialect == Mongoose4 && insert && dollar:
				return &ServerError{Name: "Error", Message: "key " + key + " must not start with '$'"}
			case dialect == Mongoose4 && insert:
				return &ServerError{Name: "Error", Message: "key " + key + " must not contain '.'"}
			case dollar:
				return serverError(dialect, "invalid key: %q (key must not start with '$' sign)", key)
			default:
				return serverError(dialect, "invalid key: %q (key must not contain '.' sign)", key)
			}
			if err := checkKeys(v[key], dialect, insert); err != nil {
				return err
			}
		}
	case []any:
		for _, element := range v {
			if err := checkKeys(element, dialect, insert); err != nil {
				return err
			}
		}
	}
	return nil
}
