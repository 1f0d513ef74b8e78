package tracker

import "strings"

// Problem is something about one object that the server refuses. It names places and metadata,
// never a value.
type Problem struct {
	// Code is the server's error code, "E1302". It is empty for what the server answers with a
	// refusal of the whole request, or breaks on.
	Code string
	// Ref is the object.
	Ref Ref
	// Path is where it stands in the payload, "trackedEntities[0].enrollments[1].events[0].dataValues[2]".
	Path string
	// Field is the UID of the attribute or data element, if it is about one, and FieldCode its code.
	Field, FieldCode string
	// Reason says what is wrong and what is wanted.
	Reason string
}

// String returns code, object, path, field and reason in one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Code != "" {
		b.WriteString(p.Code + " ")
	}
	b.WriteString(p.Ref.String())
	if p.Path != "" {
		b.WriteString(" at " + p.Path)
	}
	if p.Field != "" {
		b.WriteString(" (" + p.Field)
		if p.FieldCode != "" {
			b.WriteString(" " + p.FieldCode)
		}
		b.WriteString(")")
	}
	b.WriteString(": " + p.Reason)
	return b.String()
}

// maxProblems bounds how many problems one call collects.
const maxProblems = 10_000
