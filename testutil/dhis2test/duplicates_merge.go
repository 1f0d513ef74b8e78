package dhis2test

import "slices"

// joinEntities gives what one tracked entity has to another and deletes it.
func (s *Server) joinEntities(original, duplicate *entity, user User) {
	values := slices.Clone(original.attributes)
	for _, v := range duplicate.attributes {
		if _, held := original.attributes.get(v.ref); !held {
			values = append(values, v)
		}
	}
	s.store.setAttributes(duplicate, nil)
	slices.SortFunc(values, func(a, b value) int { return compareText(a.ref, b.ref) })
	s.store.setAttributes(original, values)
	for _, e := range duplicate.enrollments {
		if !e.deleted {
			e.entity = original.uid
			original.enrollments = append(original.enrollments, e)
		}
	}
	duplicate.enrollments = slices.DeleteFunc(duplicate.enrollments, func(e *enrollment) bool { return e.entity == original.uid })
	for _, o := range duplicate.owners {
		if original.owner(o.program) == "" {
			original.setOwner(o.program, o.orgUnit)
		}
	}
	s.store.deleteEntity(duplicate, s.now(), &user)
	original.touch(s.now(), &user)
	original.potentialDuplicate = false
}
