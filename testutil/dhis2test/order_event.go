package dhis2test

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// eventColumn is what a field of the order parameter compares.
func (s *Server) eventColumn(field string) comparer[*event] {
	switch field {
	case "occurredAt":
		return byTime(func(e *event) *time.Time { return e.occurredAt })
	case "scheduledAt":
		return byTime(func(e *event) *time.Time { return e.scheduledAt })
	case "completedAt":
		return byTime(func(e *event) *time.Time { return e.completedAt })
	case "createdAt":
		return byTime(func(e *event) *time.Time { return &e.createdAt })
	case "createdAtClient":
		return byTime(func(e *event) *time.Time { return e.createdAtClient })
	case "updatedAt":
		return byTime(func(e *event) *time.Time { return &e.updatedAt })
	case "updatedAtClient":
		return byTime(func(e *event) *time.Time { return e.updatedAtClient })
	case "deleted":
		return byFlag(func(e *event) bool { return e.deleted })
	case "enrolledAt", "followUp", "followup", "enrollmentStatus", "trackedEntity":
		return s.enrollmentColumn(field)
	}
	if d := s.meta.dataElements[field]; d != nil {
		text := func(e *event) (string, bool) { return e.values.get(field) }
		if slices.Contains(numericTypes, d.ValueType) {
			return byNumber(func(e *event) (float64, bool) {
				v, _ := text(e)
				n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
				return n, err == nil
			})
		}
		return byText(text)
	}
	if s.meta.attributes[field] != nil {
		return byText(func(e *event) (string, bool) {
			if parent := s.store.enrollments.get(e.enrollment); parent != nil {
				if owner := s.store.entities.get(parent.entity); owner != nil {
					return owner.attributes.get(field)
				}
			}
			return "", false
		})
	}
	return byText(func(e *event) (string, bool) {
		text := s.eventText(e, field)
		return text, text != ""
	})
}

// enrollmentColumn orders events by a field of their enrollment.
func (s *Server) enrollmentColumn(field string) comparer[*event] {
	parent := func(e *event) *enrollment { return s.store.enrollments.get(e.enrollment) }
	switch field {
	case "enrolledAt":
		return byTime(func(e *event) *time.Time {
			if p := parent(e); p != nil {
				return &p.enrolledAt
			}
			return nil
		})
	case "followUp", "followup":
		return byFlag(func(e *event) bool { p := parent(e); return p != nil && p.followUp })
	}
	return byText(func(e *event) (string, bool) {
		p := parent(e)
		switch {
		case p == nil:
			return "", false
		case field == "trackedEntity":
			return p.entity, true
		}
		return p.status, true
	})
}

func (s *Server) eventText(e *event, field string) string {
	switch field {
	case "event":
		return e.uid
	case "status":
		return e.status
	case "program":
		return e.program
	case "programStage":
		return e.stage
	case "orgUnit":
		return e.orgUnit
	case "enrollment":
		return s.enrollmentOf(e)
	case "completedBy":
		return e.completedBy
	case "attributeOptionCombo":
		return s.optionComboOf(e)
	case "storedBy", "createdBy":
		return usernameOf(e.createdBy)
	case "updatedBy":
		return usernameOf(e.updatedBy)
	case "assignedUser":
		return usernameOf(e.assigned)
	default: // assignedUserDisplayName
		if e.assigned == nil {
			return ""
		}
		return e.assigned.FirstName + " " + e.assigned.Surname
	}
}

func usernameOf(u *User) string {
	if u == nil {
		return ""
	}
	return u.Username
}
