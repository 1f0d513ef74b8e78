package dhis2test

import "time"

func (run *importRun) eventDates(s *subject, e *eventIn, stored *event, p *program) {
	if e.occurredAt == nil && (e.status == "ACTIVE" || e.status == "COMPLETED" || !p.registration()) {
		s.fail("E1031")
		return
	}
	if e.scheduledAt == nil && e.status == "SCHEDULE" {
		s.fail("E1050")
		return
	}
	if e.completedAt != nil && e.status != "COMPLETED" && run.version.atLeast(2, 42) {
		s.fail("E1051", plain(e.uid), plain(e.status))
	}
	run.eventCompletionExpiry(s, e, stored, p)
	run.eventPeriodExpiry(s, e, p)
}

// eventCompletionExpiry: an event that has been complete for longer than the
// program allows is closed (E1043) for all without F_EDIT_EXPIRED.
func (run *importRun) eventCompletionExpiry(s *subject, e *eventIn, stored *event, p *program) {
	if p.CompleteEventsExpiryDays <= 0 || e.status != "COMPLETED" || run.user.Has("F_EDIT_EXPIRED") {
		return
	}
	completed := e.completedAt
	if stored != nil && stored.completedAt != nil {
		completed = stored.completedAt
	}
	switch {
	case completed == nil && run.version.before(2, 41):
		s.fail("E1042", plain(e.uid))
	case completed != nil && run.now.After(completed.AddDate(0, 0, p.CompleteEventsExpiryDays)):
		s.fail("E1043", plain(e.uid))
	}
}

// eventPeriodExpiry: an event in a period that ended longer ago than the
// program allows is refused (E1047) to all without F_EDIT_EXPIRED.
func (run *importRun) eventPeriodExpiry(s *subject, e *eventIn, p *program) {
	at := e.occurredAt
	if at == nil {
		at = e.scheduledAt
	}
	if at == nil {
		s.fail("E1046", plain(e.uid))
		return
	}
	if p.ExpiryPeriodType == "" || p.ExpiryDays == 0 || run.user.Has("F_EDIT_EXPIRED") {
		return
	}
	local := at.In(run.future.Location())
	if end, ok := periodEnd(p.ExpiryPeriodType, local); ok && end.AddDate(0, 0, p.ExpiryDays).Before(run.now) {
		s.fail("E1047", plain(e.uid))
	}
}

func (run *importRun) eventValues(s *subject, e *eventIn, stage *programStage, stored *event) {
	checked := (stage.ValidationStrategy == "ON_UPDATE_AND_INSERT" || e.status == "COMPLETED") && takesData(e.status)
	compulsory := func(uid string) bool {
		return checked && stage.compulsory(uid)
	}
	for _, v := range e.values {
		d := run.dataElement(v.ref)
		if d == nil {
			s.fail("E1304", identifier(run.params.dataElement, v.ref))
			s.fail("E1305", identifier(run.params.dataElement, v.ref), plain(stage.ID))
			continue
		}
		switch {
		case v.value == nil && compulsory(d.ID):
			s.fail("E1076", plain("DataElement"), identifier(run.params.dataElement, v.ref))
		case v.value != nil:
			run.dataValue(s, d, *v.value)
		}
		if !stage.hasDataElement(d.ID) {
			s.fail("E1305", identifier(run.params.dataElement, v.ref), plain(stage.ID))
		}
	}
	if len(e.values) > 0 && !takesData(e.status) {
		allowed := "[ACTIVE, COMPLETED, VISITED]"
		if run.version.atLeast(2, 43) {
			allowed = "[COMPLETED, VISITED, ACTIVE]"
		}
		s.fail("E1315", plain(e.status), plain(allowed))
	}
	if !checked {
		return
	}
	for _, d := range stage.DataElements {
		if uid := d.DataElement.ID; d.Compulsory && !run.hasValue(e, stored, uid) {
			given := run.identifierOf(&run.meta.dataElements[uid].named, run.params.dataElement)
			s.fail("E1303", identifier(run.params.dataElement, given))
		}
	}
}

// hasValue tells whether an event names a data element or holds it already.
func (run *importRun) hasValue(e *eventIn, stored *event, uid string) bool {
	if stored != nil && stored.values.index(uid) >= 0 {
		return true
	}
	for _, v := range e.values {
		if d := run.dataElement(v.ref); d != nil && d.ID == uid {
			return true
		}
	}
	return false
}

func (run *importRun) dataValue(s *subject, d *dataElement, text string) {
	if problem := run.valueProblem(d.ValueType, text); problem != "" {
		s.fail("E1302", run.enum(d.ValueType), plain(problem))
		return
	}
	s.optionCode(d.OptionSet, d.ValueType, text)
	s.file(d.ValueType, text, s.object.uid)
}

func (s *programStage) compulsory(uid string) bool {
	for _, d := range s.DataElements {
		if d.DataElement.ID == uid {
			return d.Compulsory
		}
	}
	return false
}

// periodEnd is the last instant of the period a date is in.
func periodEnd(periodType string, at time.Time) (time.Time, bool) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, at.Location()) }
	y, m, d := at.Date()
	var next time.Time // the first day after it
	switch periodType {
	case "Daily":
		next = day(y, m, d+1)
	case "Weekly", "WeeklyWednesday", "WeeklyThursday", "WeeklySaturday", "WeeklySunday":
		first := map[string]time.Weekday{
			"Weekly": time.Monday, "WeeklyWednesday": time.Wednesday, "WeeklyThursday": time.Thursday,
			"WeeklySaturday": time.Saturday, "WeeklySunday": time.Sunday,
		}[periodType]
		next = day(y, m, d+7-int(at.Weekday()-first+7)%7)
	case "BiWeekly":
		_, week := at.ISOWeek()
		monday := d - int(at.Weekday()-time.Monday+7)%7
		next = day(y, m, monday+7+7*(week%2))
	case "Monthly":
		next = day(y, m+1, 1)
	case "BiMonthly":
		next = day(y, m+2-(m-1)%2, 1)
	case "Quarterly":
		next = day(y, m+3-(m-1)%3, 1)
	case "SixMonthly":
		next = day(y, m+6-(m-1)%6, 1)
	case "SixMonthlyApril":
		next = day(y, m+6-(m+8)%6, 1)
	case "SixMonthlyNov":
		next = day(y, m+6-(m+1)%6, 1)
	case "Yearly":
		next = day(y+1, time.January, 1)
	case "FinancialApril":
		next = day(y, m+12-(m+8)%12, 1)
	case "FinancialJuly":
		next = day(y, m+12-(m+5)%12, 1)
	case "FinancialOct":
		next = day(y, m+12-(m+2)%12, 1)
	case "FinancialNov":
		next = day(y, m+12-(m+1)%12, 1)
	default:
		return time.Time{}, false
	}
	return next.Add(-time.Nanosecond), true
}
