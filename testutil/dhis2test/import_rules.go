package dhis2test

// RuleSubject is one event or enrollment of a payload as a program rule sees
// it: metadata by UID, values as they will be stored.
type RuleSubject struct {
	Type         string // ENROLLMENT or EVENT
	UID          string
	Enrollment   string
	Program      string
	ProgramStage string // of an event
	Status       string
	Values       map[string]string // data element or attribute UID -> value
}

// RuleResult is what a program rule says about a [RuleSubject].
type RuleResult struct {
	// Code is E1300, E1301, E1306, E1307, E1309, E1314, E1317, E1319, which
	// refuse the object, or E1308, E1310, E1320, which are warnings.
	Code string

	// Args fill the message of the code; the first is the rule's UID.
	Args []string

	// Assign replaces a data value of an event: the UID of the data element
	// and the value (rule action ASSIGN, which goes with E1308).
	Assign struct{ DataElement, Value string }
}

// runRules asks Options.ProgramRules about every object that has no error yet.
// There is no expression engine: a rule is the test's function.
func (run *importRun) runRules() {
	if run.rules == nil || run.params.skipRules || run.params.strategy == "DELETE" {
		return
	}
	before := len(run.errors)
	for _, e := range run.in.enrollments {
		if e.persist {
			run.applyRules(&e.head, run.rules(run.enrollmentSubject(e)), nil)
		}
	}
	for _, e := range run.in.events {
		if e.persist {
			run.applyRules(&e.head, run.rules(run.eventSubject(e)), e)
		}
	}
	if len(run.errors) > before {
		run.dropRefused()
	}
}

func (run *importRun) enrollmentSubject(e *enrollmentIn) RuleSubject {
	subject := RuleSubject{Type: typeEnrollment, UID: e.uid, Enrollment: e.uid, Status: e.status, Values: map[string]string{}}
	if p := run.program(e.program); p != nil {
		subject.Program = p.ID
	}
	if owner := run.store.entities.get(e.entity); owner != nil {
		subject.put(owner.attributes)
	}
	sent := e.attributes
	if in := run.index.entities[e.entity]; in != nil {
		sent = append(append([]valueIn{}, in.attributes...), sent...)
	}
	for _, v := range sent {
		if a := run.attribute(v.ref); a != nil {
			subject.set(a.ID, v.value)
		}
	}
	return subject
}

func (run *importRun) eventSubject(e *eventIn) RuleSubject {
	subject := RuleSubject{Type: typeEvent, UID: e.uid, Enrollment: e.enrollment, Status: e.status, Values: map[string]string{}}
	if p := run.program(e.program); p != nil {
		subject.Program = p.ID
	}
	if s := run.stage(e.stage); s != nil {
		subject.ProgramStage = s.ID
	}
	subject.put(e.before)
	for _, v := range e.values {
		if d := run.dataElement(v.ref); d != nil {
			subject.set(d.ID, v.value)
		}
	}
	return subject
}

func (r *RuleSubject) put(stored values) {
	for _, v := range stored {
		r.Values[v.ref] = v.text
	}
}

func (r *RuleSubject) set(uid string, text *string) {
	if text == nil {
		delete(r.Values, uid)
		return
	}
	r.Values[uid] = *text
}

func (run *importRun) applyRules(h *head, results []RuleResult, e *eventIn) {
	for _, r := range results {
		args := make([]arg, len(r.Args))
		for i, text := range r.Args {
			args[i] = plain(text)
		}
		switch r.Code {
		case "E1308", "E1310", "E1320":
			run.warn(h.objectKey, r.Code, args...)
		default:
			run.add(h.objectKey, r.Code, args...)
		}
		if d := run.meta.dataElements[r.Assign.DataElement]; d != nil && e != nil {
			value := r.Assign.Value
			e.values = append(e.values, valueIn{ref: run.identifierOf(&d.named, run.params.dataElement), value: &value})
		}
	}
}

// dropRefused takes out what a rule refused, and what hangs on it.
func (run *importRun) dropRefused() {
	for _, e := range run.in.entities {
		e.persist = false
	}
	for _, e := range run.in.enrollments {
		e.persist = false
	}
	for _, e := range run.in.events {
		e.persist = false
	}
	for _, r := range run.in.relationships {
		r.persist = false
	}
	run.filter()
}
