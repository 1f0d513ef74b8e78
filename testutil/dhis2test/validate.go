package dhis2test

import (
	"unicode/utf16"
)

// validate runs the validators in DHIS2's order. Within one object they are a
// sequence that stops at the first stage which fails; only the last stage
// collects everything (dhis2.md 1.1, "Validator sequences").
func (run *importRun) validate() {
	for _, e := range run.in.entities {
		run.validateEntity(e)
	}
	for _, e := range run.in.enrollments {
		run.validateEnrollment(e)
	}
	for _, e := range run.in.events {
		run.validateEvent(e)
	}
	run.validateRepeats()
	for _, r := range run.in.relationships {
		run.validateRelationship(r)
	}
}

// subject is one object under validation.
type subject struct {
	run              *importRun
	trackerType, uid string
	errors           int
}

func (s *subject) fail(code string, args ...arg) {
	s.errors++
	s.run.add(s.trackerType, s.uid, code, args...)
}

func (s *subject) warn(code string, args ...arg) { s.run.warn(s.trackerType, s.uid, code, args...) }

func (s *subject) ok() bool { return s.errors == 0 }

// identifier is a metadata reference as an argument.
func identifier(s scheme, given string) arg {
	text := given
	if text == "" {
		text = "null"
	}
	return arg{text, s.javaIdentifier(given)}
}

// existence checks an object against the store; the four codes are tombstone,
// exists already, does not exist.
func (s *subject) existence(do action, exists, deleted bool, tombstone, already, missing string) bool {
	switch {
	case exists && deleted:
		s.fail(tombstone, plain(s.uid))
	case exists && do == create:
		s.fail(already, plain(s.uid))
	case !exists && do != create:
		s.fail(missing, plain(s.uid))
	}
	return s.ok()
}

// scope checks the user's capture scope.
func (s *subject) scope(orgUnit string) bool {
	if !s.run.meta.within(orgUnit, s.run.user.OrgUnits) {
		s.fail("E1000", plain(s.run.user.UID), plain(orgUnit))
	}
	return s.ok()
}

// attributeValue checks one value of a tracked entity attribute.
func (s *subject) attributeValue(a *attribute, v valueIn, mandatory bool) {
	if v.value == nil {
		if mandatory {
			s.fail("E1076", plain("TrackedEntityAttribute"), identifier(s.run.params.scheme, v.ref))
		}
		return
	}
	const maxLength = 1200
	if len(utf16.Encode([]rune(*v.value))) > maxLength {
		s.fail("E1077", plain(*v.value), plain("1200"))
		return
	}
	if problem := s.run.valueProblem(a.ValueType, *v.value); problem != "" {
		s.fail("E1007", plain(a.ValueType), plain(problem))
		return
	}
	if a.OptionSet != nil {
		if set := s.run.meta.optionSets[a.OptionSet.ID]; set != nil && !set.codes[*v.value] {
			s.fail("E1125", plain(*v.value), plain(set.ID))
		}
	}
}

// unique checks a unique attribute against the store and the payload, by the
// exact text. A value that another entity of the same payload gives up still
// counts as held [R te-swap-unique-in-payload].
func (s *subject) unique(a *attribute, v valueIn, entity string) {
	if !a.Unique || v.value == nil {
		return
	}
	taken := false
	for _, holder := range s.run.store.holders(a.ID, *v.value) {
		taken = taken || holder.uid != entity
	}
	for _, other := range s.run.in.entities {
		for _, ov := range other.attributes {
			taken = taken || (other.uid != entity && ov.ref == v.ref && ov.value != nil && *ov.value == *v.value)
		}
	}
	if taken {
		s.fail("E1064", plain(*v.value), plain(a.ID))
	}
}

// geometry checks the shape against a feature type.
func (s *subject) geometry(g any, featureType string) {
	if g == nil {
		return
	}
	if featureType == "" || featureType == "NONE" {
		s.fail("E1074")
		return
	}
	shape, _ := g.(map[string]any)
	names := map[string]string{"Point": "POINT", "Polygon": "POLYGON", "MultiPolygon": "MULTI_POLYGON"}
	kind, _ := shape["type"].(string)
	if names[kind] != featureType {
		s.fail("E1012", plain(featureType))
	}
}

// notes warns of a note that is stored already; its new text is ignored.
func (s *subject) notes(notes []noteIn) {
	for _, n := range notes {
		if s.run.noteStored(n.uid) {
			s.warn("E1119", plain(n.uid))
		}
	}
}

func (run *importRun) noteStored(uid string) bool {
	for _, e := range run.store.enrollments.all {
		for _, n := range e.notes {
			if n.uid == uid {
				return true
			}
		}
	}
	for _, e := range run.store.events.all {
		for _, n := range e.notes {
			if n.uid == uid {
				return true
			}
		}
	}
	return false
}
