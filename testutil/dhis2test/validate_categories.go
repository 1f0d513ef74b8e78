package dhis2test

import (
	"slices"
	"strings"
	"time"
)

const (
	defaultOptionCombo    = "HllvX50cXC0"
	defaultCategoryOption = "xYerKDKCefk"
)

// optionCombo finds a category option combo; nil when none is named or there.
func (run *importRun) optionCombo(given string) *categoryOptionCombo {
	return find(run.meta.categoryOptionCombos, run.params.categoryOptionCombo, given)
}

// categoryOptions finds options named with commas (2.40: semicolons) between;
// missing are those that are not there.
func (run *importRun) categoryOptions(given string) (found []string, missing []string) {
	separator := ","
	if run.version.before(2, 41) {
		separator = ";"
	}
	for name := range strings.SplitSeq(given, separator) {
		name = strings.TrimSpace(name)
		if option := find(run.meta.categoryOptions, run.params.categoryOption, name); option != nil {
			found = append(found, option.ID)
		} else {
			missing = append(missing, name)
		}
	}
	return found, missing
}

// comboOfOptions finds the option combo that some options make in a program's
// category combo.
func (run *importRun) comboOfOptions(p *program, given string) *categoryOptionCombo {
	options, missing := run.categoryOptions(given)
	if len(missing) > 0 {
		return nil
	}
	for _, c := range run.meta.categoryOptionCombos {
		if c.Combo.ID == p.combo() && c.has(options) {
			return c
		}
	}
	return nil
}

func (c *categoryOptionCombo) has(options []string) bool {
	if len(c.Options) != len(options) {
		return false
	}
	for _, o := range c.Options {
		if !slices.Contains(options, o.ID) {
			return false
		}
	}
	return true
}

// combo is the category combo of a program's events.
func (p *program) combo() string {
	if p.CategoryCombo == nil {
		return defaultCategoryCombo
	}
	return p.CategoryCombo.ID
}

// eventCategories checks the attribute option combo and options against each
// other and the program.
func (run *importRun) eventCategories(s *subject, e *eventIn, p *program) bool {
	if e.categoryOptionCombo == "" && e.categoryOptions == "" && p.combo() == defaultCategoryCombo {
		return true // the default one
	}
	var combo *categoryOptionCombo
	if e.categoryOptionCombo != "" {
		if combo = run.optionCombo(e.categoryOptionCombo); combo == nil {
			s.fail("E1115", identifier(run.params.categoryOptionCombo, e.categoryOptionCombo))
			return false
		}
	}
	var options []string
	if e.categoryOptions != "" {
		var missing []string
		options, missing = run.categoryOptions(e.categoryOptions)
		for _, name := range missing {
			s.fail("E1116", identifier(run.params.categoryOption, name))
		}
		if !s.ok() {
			return false
		}
	}
	switch {
	case (combo == nil && options == nil || combo != nil && combo.ID == defaultOptionCombo) && p.combo() != defaultCategoryCombo:
		s.fail("E1055")
	case options != nil && (combo == nil || !combo.has(options)):
		s.fail("E1117", plain(p.combo()), plain(e.categoryOptions))
	case combo != nil && combo.Combo.ID != p.combo():
		s.fail("E1054", plain(combo.ID), plain(p.combo()))
	}
	return s.ok()
}

// enrollmentCategories: from 2.43 a program may have a category combo of its
// enrollments.
func (run *importRun) enrollmentCategories(s *subject, e *enrollmentIn, p *program) bool {
	if run.version.before(2, 43) {
		return true
	}
	wanted := defaultCategoryCombo
	if p.EnrollmentCategoryCombo != nil {
		wanted = p.EnrollmentCategoryCombo.ID
	}
	if e.categoryOptionCombo == "" {
		if wanted != defaultCategoryCombo {
			s.fail("E1055")
		}
		return s.ok()
	}
	combo := run.optionCombo(e.categoryOptionCombo)
	switch {
	case combo == nil:
		s.fail("E1115", identifier(run.params.categoryOptionCombo, e.categoryOptionCombo))
	case combo.ID == defaultOptionCombo && wanted != defaultCategoryCombo:
		s.fail("E1055")
	case combo.Combo.ID != wanted:
		s.fail("E1130", plain(combo.ID), plain(wanted))
	}
	return s.ok()
}

// optionsOf are the category options of an event that has any but the default.
func (run *importRun) optionsOf(e *eventIn) []*categoryOption {
	if e.categoryOptionCombo == "" {
		return nil
	}
	combo := run.optionCombo(e.categoryOptionCombo)
	if combo == nil {
		return nil
	}
	var out []*categoryOption
	for _, o := range combo.Options {
		if option := run.meta.categoryOptions[o.ID]; option != nil {
			out = append(out, option)
		}
	}
	return out
}

// mayUseCategories: data write access to every option.
func (s *subject) mayUseCategories(e *eventIn) bool {
	for _, option := range s.run.optionsOf(e) {
		if !option.Sharing.allows(*s.run.user, writeData) {
			s.fail("E1099", plain(s.run.user.UID), plain(option.ID))
		}
	}
	return s.ok()
}

// eventOptionDates: an option may be open for a time only.
func (run *importRun) eventOptionDates(s *subject, e *eventIn, p *program) {
	at := e.occurredAt
	if at == nil {
		at = e.scheduledAt
	}
	if at == nil {
		return
	}
	show := func(t time.Time) arg { return plain(t.Format(time.DateOnly)) }
	for _, option := range run.optionsOf(e) {
		if from, ok := parseInstant(option.StartDate, run.future.Location()); ok && at.Before(from) {
			s.fail("E1056", show(*at), show(from), plain(option.Name))
		}
		if to, ok := parseInstant(option.EndDate, run.future.Location()); ok && at.After(to.AddDate(0, 0, 1)) {
			s.fail("E1057", show(*at), show(to), plain(option.Name), plain(p.Name))
		}
	}
}
