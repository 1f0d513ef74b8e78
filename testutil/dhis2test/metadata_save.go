package dhis2test

import (
	"maps"
	"slices"
)

// saved is a document as the server keeps it: stamped, with the defaults of
// its type, references reduced to their ids.
func (s *Server) saved(c *catalogue, kind metadataKind, in object, by User) object {
	out := make(object, len(in)+16)
	for key, value := range in {
		if value != nil && !isDerived(key) {
			out[key] = reduced(key, value)
		}
	}
	if text(out["id"]) == "" {
		out["id"] = s.uids.next()
	}
	now := s.format(s.now())
	old := c.get(kind.plural, text(out["id"]))
	out["created"], out["createdBy"] = now, userStamp(by)
	if old != nil {
		out["created"], out["createdBy"] = old["created"], old["createdBy"]
	}
	out["lastUpdated"], out["lastUpdatedBy"] = now, userStamp(by)
	for key, value := range s.defaults(kind.plural) {
		if out[key] == nil {
			out[key] = value
		}
	}
	out["sharing"] = s.sharingOf(kind.plural, out, old, by)
	if out["sharing"] == nil {
		delete(out, "sharing")
	}
	switch kind.plural {
	case "programs":
		out["version"] = nextVersion(in, old)
	case "users":
		s.completeUser(out, old)
	}
	return out
}

func isDerived(property string) bool {
	return slices.Contains(derivedProperties, property) || property == "path" || property == "level"
}

// nextVersion counts the changes of a program; the seed of the recordings had
// been imported twice.
func nextVersion(in, old object) any {
	last := in["version"]
	if old != nil {
		last = old["version"]
	}
	if n, ok := last.(float64); ok {
		return n + 1
	}
	return float64(0)
}

// userStamp is how a user stands in createdBy.
func userStamp(u User) object {
	name := u.FirstName + " " + u.Surname
	stamp := object{"id": u.UID, "name": name, "displayName": name, "username": u.Username}
	if u.Username == "admin" {
		stamp["code"] = "admin"
	}
	return stamp
}

// reduced keeps of a reference only its id.
func reduced(property string, v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = reduced(property, item)
		}
		return out
	case map[string]any:
		if referenceKinds[property] != "" && v["id"] != nil {
			return object{"id": v["id"]}
		}
		out := make(object, len(v))
		for key, item := range v {
			out[key] = reduced(key, item)
		}
		return out
	default:
		return v
	}
}

func (s *Server) sharingOf(plural string, in, old object, by User) any {
	switch plural {
	case "organisationUnits", "options", "users", "categoryOptionCombos", "programRules", "programRuleActions", "programRuleVariables":
		return in["sharing"]
	}
	sharing := object{"owner": by.UID, "external": false, "users": object{}, "userGroups": object{}, "public": "rw------"}
	for _, from := range []object{old, in} {
		if given, ok := from["sharing"].(map[string]any); ok {
			maps.Copy(sharing, given)
		}
	}
	if s.version.atLeast(2, 43) {
		delete(sharing, "external")
	}
	return sharing
}

// defaults are what an object gets that was sent without [R program-default,
// fields-exclude].
func (s *Server) defaults(plural string) object {
	list := func() []any { return []any{} }
	defaultCombo := object{"id": defaultCategoryCombo}
	out := object{"attributeValues": list(), "translations": list()}
	if s.version.before(2, 43) {
		out["favorites"] = list()
	}
	add := func(more object) { maps.Copy(out, more) }
	switch plural {
	case "programs":
		add(object{
			"displayIncidentDate": false, "ignoreOverdueEvents": false, "onlyEnrollOnce": false, "userRoles": list(),
			"selectEnrollmentDatesInFuture": false, "selectIncidentDatesInFuture": false, "categoryCombo": defaultCombo,
			"skipOffline": false, "displayFrontPageList": false, "useFirstStageDuringRegistration": false,
			"expiryDays": float64(0), "completeEventsExpiryDays": float64(0), "openDaysAfterCoEndDate": float64(0),
			"minAttributesRequiredToSearch": float64(1), "maxTeiCountToReturn": float64(0), "accessLevel": "OPEN",
			"notificationTemplates": list(), "programSections": list(), "programStages": list(), "organisationUnits": list(),
			"programTrackedEntityAttributes": list(), "programIndicators": list(), "programRuleVariables": list(),
		})
		if s.version.atLeast(2, 42) {
			out["categoryMappings"] = list()
		}
		if s.version.atLeast(2, 43) {
			add(object{"enrollmentCategoryCombo": defaultCombo, "enableChangeLog": false})
		}
	case "trackedEntityAttributes":
		add(object{"unique": false, "generated": false, "orgunitScope": false, "confidential": false, "inherit": false})
		if s.version.atLeast(2, 43) {
			add(object{"minCharactersToSearch": float64(0), "blockedSearchOperators": list()})
		}
	case "programStages":
		add(object{
			"repeatable": false, "enableUserAssignment": false, "blockEntryForm": false,
			"validationStrategy": "ON_COMPLETE", "programStageDataElements": list(),
		})
	case "dataElements":
		add(object{"categoryCombo": defaultCombo})
	case "dataSets":
		add(object{"categoryCombo": defaultCombo, "dataSetElements": list(), "organisationUnits": list(), "openFuturePeriods": float64(0)})
	case "optionSets":
		add(object{"options": list(), "version": float64(0)})
	case "trackedEntityTypes":
		add(object{"trackedEntityTypeAttributes": list()})
	case "relationshipTypes":
		add(object{"bidirectional": false})
	}
	return out
}

// The objects every DHIS2 has (dhis2.md section 6).
const (
	defaultCategory      = "GLevLNI9wkl"
	defaultCategoryCombo = "bjDvmb4bfuf"
)

// defaultCategories are the default category model.
func defaultCategories() map[string][]object {
	ids := func(uid string) []any { return []any{object{"id": uid}} }
	named := func(uid string, more object) []object {
		o := object{"id": uid, "code": "default", "name": "default", "shortName": "default"}
		maps.Copy(o, more)
		return []object{o}
	}
	return map[string][]object{
		"categoryOptions":      named(defaultCategoryOption, object{"sharing": object{"public": "rwrw----"}}),
		"categories":           named(defaultCategory, object{"categoryOptions": ids(defaultCategoryOption)}),
		"categoryCombos":       named(defaultCategoryCombo, object{"categories": ids(defaultCategory), "isDefault": true}),
		"categoryOptionCombos": named(defaultOptionCombo, object{"categoryCombo": object{"id": defaultCategoryCombo}, "categoryOptions": ids(defaultCategoryOption)}),
	}
}
