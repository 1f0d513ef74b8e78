package dhis2test

import "unicode/utf16"

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
	run    *importRun
	object objectKey
	errors int
}

func (run *importRun) subject(h *head) *subject { return &subject{run: run, object: h.objectKey} }

func (s *subject) fail(code string, args ...arg) {
	s.errors++
	s.run.add(s.object, code, args...)
}

func (s *subject) warn(code string, args ...arg) { s.run.warn(s.object, code, args...) }

func (s *subject) ok() bool { return s.errors == 0 }

// identifier is a metadata reference as an argument.
func identifier(s scheme, given string) arg {
	text := given
	if text == "" {
		text = "null"
	}
	return arg{text, s.javaIdentifier(given)}
}

// shown is a metadata object as an argument: messages name it as the payload
// would, by the idScheme.
func (run *importRun) shown(n *named, s scheme) arg { return arg{run.identifierOf(n, s), n.ID} }

func (run *importRun) shownProgram(p *program) arg { return run.shown(&p.named, run.params.program) }

func (run *importRun) shownOrgUnit(u *orgUnit) arg { return run.shown(&u.named, run.params.orgUnit) }

// uids checks the UIDs of an object and its notes, which up to 2.41 are not
// looked at when the body is read.
func (s *subject) uids(notes []noteIn) bool {
	if s.run.version.atLeast(2, 42) {
		return true
	}
	if !isUID(s.object.uid) {
		s.fail("E1048", plain(s.object.uid), plain(s.object.uid))
	}
	for _, n := range notes {
		if !isUID(n.uid) {
			s.fail("E1048", plain(n.uid), arg{"", n.uid})
		}
	}
	return s.ok()
}

// existence checks an object against the store; the four codes are tombstone,
// exists already, does not exist.
func (s *subject) existence(do action, exists, deleted bool, tombstone, already, missing string) bool {
	switch {
	case exists && deleted:
		s.fail(tombstone, plain(s.object.uid))
	case exists && do == create:
		s.fail(already, plain(s.object.uid))
	case !exists && do != create:
		s.fail(missing, plain(s.object.uid))
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
	if len(*v.value) > maxLength && len(utf16.Encode([]rune(*v.value))) > maxLength {
		s.fail("E1077", plain(*v.value), plain("1200"))
		return
	}
	if a.Confidential { // the fake has no encryption, as a server without a key
		s.fail("E1112", plain(*v.value), plain("MISSING_ENCRYPTION_PASSWORD"))
	}
	if problem := s.run.valueProblem(a.ValueType, *v.value); problem != "" {
		s.fail("E1007", s.run.enum(a.ValueType), plain(problem))
		return
	}
	s.optionCode(a.OptionSet, a.ValueType, *v.value)
	s.file(a.ValueType, *v.value, s.object.uid)
}

// optionCode checks a value against an option set, by code and case.
func (s *subject) optionCode(set *ref, valueType, text string) {
	if set == nil {
		return
	}
	if options := s.run.meta.optionSets[set.ID]; options != nil && !options.holds(valueType, text) {
		s.fail("E1125", plain(text), plain(options.ID))
	}
}

// file refuses a file resource that belongs to another object.
func (s *subject) file(valueType, text, object string) {
	if valueType != "FILE_RESOURCE" && valueType != "IMAGE" {
		return
	}
	if holder := s.run.store.files[text]; holder != "" && holder != object {
		s.fail("E1009", plain(text))
	}
}

// enum is an argument of a Java enum: up to 2.41 messages show nothing of it.
func (run *importRun) enum(name string) arg {
	if run.version.before(2, 42) {
		return arg{"", name}
	}
	return plain(name)
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
	for _, other := range s.run.sentHolders(v) {
		taken = taken || other != entity
	}
	if taken {
		s.fail("E1064", plain(*v.value), s.run.shown(&a.named, s.run.params.scheme))
	}
}

// sentHolders are the entities of the payload that are given a unique
// attribute's value, by themselves or by one of their enrollments.
func (run *importRun) sentHolders(v valueIn) []string {
	if run.index.unique == nil {
		run.index.unique = map[valueKey][]string{}
		for _, e := range run.in.entities {
			run.holds(e.uid, e.attributes)
		}
		for _, e := range run.in.enrollments {
			run.holds(e.entity, e.attributes)
		}
	}
	return run.index.unique[valueKey{v.ref, *v.value}]
}

func (run *importRun) holds(entity string, sent []valueIn) {
	for _, v := range sent {
		if v.value == nil {
			continue
		}
		if a := run.attribute(v.ref); a != nil && a.Unique {
			key := valueKey{v.ref, *v.value}
			run.index.unique[key] = append(run.index.unique[key], entity)
		}
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
		if s.run.store.notes[n.uid] {
			s.warn("E1119", plain(n.uid))
		}
	}
}
