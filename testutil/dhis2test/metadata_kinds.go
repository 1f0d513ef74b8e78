package dhis2test

import "strings"

// metadataKind is one type of metadata object: its plural is the path below
// /api and the key of lists and exports.
type metadataKind struct {
	plural string
	class  string // as messages name it
	java   string // as import reports name it

	// required are the properties without which an object is refused, with
	// the class that the report names for them.
	required map[string]string

	// unique are the properties no two objects may share.
	unique []string
}

const javaString = "java.lang.String"

// metadataKinds are the types the server keeps (dhis2.md 1.5).
func metadataKinds() []metadataKind {
	named := map[string]string{"name": javaString}
	short := map[string]string{"name": javaString, "shortName": javaString}
	both, code := []string{"code", "name"}, []string{"code"}
	return []metadataKind{
		{"attributes", "Attribute", "org.hisp.dhis.attribute.Attribute", named, both},
		{"organisationUnits", "OrganisationUnit", "org.hisp.dhis.organisationunit.OrganisationUnit", map[string]string{"name": javaString, "shortName": javaString, "openingDate": "java.util.Date"}, code},
		{"organisationUnitGroups", "OrganisationUnitGroup", "org.hisp.dhis.organisationunit.OrganisationUnitGroup", short, both},
		{"organisationUnitLevels", "OrganisationUnitLevel", "org.hisp.dhis.organisationunit.OrganisationUnitLevel", named, code},
		{"categoryOptions", "CategoryOption", "org.hisp.dhis.category.CategoryOption", short, both},
		{"categories", "Category", "org.hisp.dhis.category.Category", short, both},
		{"categoryCombos", "CategoryCombo", "org.hisp.dhis.category.CategoryCombo", named, both},
		{"categoryOptionCombos", "CategoryOptionCombo", "org.hisp.dhis.category.CategoryOptionCombo", nil, code},
		{"optionSets", "OptionSet", "org.hisp.dhis.option.OptionSet", map[string]string{"name": javaString, "valueType": "org.hisp.dhis.common.ValueType"}, both},
		{"options", "Option", "org.hisp.dhis.option.Option", map[string]string{"name": javaString, "code": javaString}, nil},
		{"trackedEntityAttributes", "TrackedEntityAttribute", "org.hisp.dhis.trackedentity.TrackedEntityAttribute", map[string]string{"name": javaString, "shortName": javaString, "aggregationType": "org.hisp.dhis.analytics.AggregationType"}, both},
		{"trackedEntityTypes", "TrackedEntityType", "org.hisp.dhis.trackedentity.TrackedEntityType", named, both},
		{"dataElements", "DataElement", "org.hisp.dhis.dataelement.DataElement", map[string]string{"name": javaString, "shortName": javaString, "aggregationType": "org.hisp.dhis.analytics.AggregationType", "domainType": "org.hisp.dhis.dataelement.DataElementDomain", "valueType": "org.hisp.dhis.common.ValueType"}, both},
		{"dataElementGroups", "DataElementGroup", "org.hisp.dhis.dataelement.DataElementGroup", short, both},
		{"dataSets", "DataSet", "org.hisp.dhis.dataset.DataSet", map[string]string{"name": javaString, "shortName": javaString, "periodType": "org.hisp.dhis.period.PeriodType"}, both},
		{"programs", "Program", "org.hisp.dhis.program.Program", map[string]string{"name": javaString, "shortName": javaString, "programType": "org.hisp.dhis.program.ProgramType"}, both},
		{"programStages", "ProgramStage", "org.hisp.dhis.program.ProgramStage", named, code},
		{"programRuleActions", "ProgramRuleAction", "org.hisp.dhis.programrule.ProgramRuleAction", nil, code},
		{"programRuleVariables", "ProgramRuleVariable", "org.hisp.dhis.programrule.ProgramRuleVariable", named, code},
		{"programIndicators", "ProgramIndicator", "org.hisp.dhis.program.ProgramIndicator", short, both},
		{"indicators", "Indicator", "org.hisp.dhis.indicator.Indicator", short, both},
		{"programRules", "ProgramRule", "org.hisp.dhis.programrule.ProgramRule", named, code},
		{"relationshipTypes", "RelationshipType", "org.hisp.dhis.relationship.RelationshipType", map[string]string{"name": javaString, "fromToName": javaString}, both},
		{"userRoles", "UserRole", "org.hisp.dhis.user.UserRole", named, both},
		{"userGroups", "UserGroup", "org.hisp.dhis.user.UserGroup", named, both},
		{"users", "User", "org.hisp.dhis.user.User", map[string]string{"username": javaString, "firstName": javaString, "surname": javaString}, []string{"username"}},
	}
}

// referenceKinds says which type a property of any object refers to.
var referenceKinds = map[string]string{ //nolint:gochecknoglobals // read-only table
	"organisationUnits": "organisationUnits", "parent": "organisationUnits", "children": "organisationUnits",
	"dataViewOrganisationUnits": "organisationUnits", "teiSearchOrganisationUnits": "organisationUnits",
	"optionSet": "optionSets", "options": "options", "commentOptionSet": "optionSets",
	"trackedEntityAttribute": "trackedEntityAttributes", "trackedEntityType": "trackedEntityTypes",
	"programRule": "programRules", "programRuleActions": "programRuleActions", "program": "programs", "programs": "programs", "relatedProgram": "programs",
	"programStage": "programStages", "programStages": "programStages",
	"dataElement": "dataElements", "dataElements": "dataElements", "dataSet": "dataSets", "dataSets": "dataSets",
	"categoryCombo": "categoryCombos", "enrollmentCategoryCombo": "categoryCombos", "categoryCombos": "categoryCombos",
	"categories": "categories", "categoryOptions": "categoryOptions", "categoryOptionCombos": "categoryOptionCombos",
	"attribute": "attributes", "userRoles": "userRoles", "userGroups": "userGroups",
	"createdBy": "users", "lastUpdatedBy": "users", "user": "users",
}

// singular is how PUT /api/sharing?type= names a type.
func (k metadataKind) singular() string {
	return strings.ToLower(k.class[:1]) + k.class[1:]
}
