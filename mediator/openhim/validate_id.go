package openhim

import "regexp"

var objectID = regexp.MustCompile(`^[0-9a-fA-F]{24}$`)

// checkID refuses what is no ObjectId: cores answer 500 to it, which cannot
// be told apart from a fault of theirs (openhim-core.md section 8).
func checkID(document, id string) error {
	if objectID.MatchString(id) {
		return nil
	}
	return &ValidationError{Document: document, Errors: []FieldError{{
		Field: "id", Message: "must be the core's ID, 24 hexadecimal digits",
	}}}
}
