package dhis2test

import "slices"

// optionComboOf is an event's attribute option combination.
func (s *Server) optionComboOf(e *event) string {
	if e.categoryOptionCombo == "" {
		return defaultOptionCombo
	}
	return e.categoryOptionCombo
}

// defaultNamed stands for the default category objects, which every server has
// and no export of metadata needs to hold.
func defaultNamed(uid string) *named { return &named{ID: uid, Code: "default", Name: "default"} }

func (s *Server) optionComboBase(uid string) *named {
	if n := baseOf(s.meta.categoryOptionCombos, uid); n != nil || uid != defaultOptionCombo {
		return n
	}
	return defaultNamed(uid)
}

func (s *Server) categoryOptionBase(uid string) *named {
	if n := baseOf(s.meta.categoryOptions, uid); n != nil || uid != defaultCategoryOption {
		return n
	}
	return defaultNamed(uid)
}

// categoryOptionsOf are the options of a combination, the default one for "".
func (s *Server) categoryOptionsOf(combo string) []string {
	c := s.meta.categoryOptionCombos[combo]
	if c == nil || combo == defaultOptionCombo {
		return []string{defaultCategoryOption}
	}
	out := make([]string, 0, len(c.Options))
	for _, o := range c.Options {
		out = append(out, o.ID)
	}
	return out
}

// findOptionCombo finds the combination of some options in a category
// combination.
func (s *Server) findOptionCombo(combo string, options []string) (string, bool) {
	if slices.Equal(options, []string{defaultCategoryOption}) {
		return defaultOptionCombo, true
	}
	for uid, c := range s.meta.categoryOptionCombos {
		if c.Combo.ID != combo || len(c.Options) != len(options) {
			continue
		}
		if !slices.ContainsFunc(c.Options, func(o ref) bool { return !slices.Contains(options, o.ID) }) {
			return uid, true
		}
	}
	return "", false
}
