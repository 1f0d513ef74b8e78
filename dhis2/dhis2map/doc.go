// Package dhis2map adds DHIS2 to mapping documents (package mapping): operators that derive UIDs,
// find org units and options by code, make data values, attributes and periods, and a lint of
// what a document writes against the metadata of the server.
//
//	snapshot, err := dhis2.ReadSnapshot(file) // or client.FetchMetadata
//	options, err := dhis2map.Options(mapping.CompileOptions{}, dhis2map.Config{Snapshot: snapshot})
//	document, err := mapping.Parse("child.yaml", source)
//	issues := mapping.Lint(document, options)
//	m, err := mapping.Compile(document, options)
//
// In a document, which then has codes in the places where DHIS2 wants UIDs:
//
//	output: {schema: dhis2:tracker}
//	map:
//	  trackedEntities:
//	    - trackedEntity: {$from: nid, $uid: {kind: trackedEntity, system: "http://moh.example.org/nid"}}
//	      trackedEntityType: peOCoLO91lG
//	      orgUnit: {$from: facility, $orgUnit: {by: code, program: PR_CHILD}}
//	      attributes:
//	        - {$from: nid, $attribute: OHM_NID}
//	        - {$from: sex, $translate: sex, $attribute: OHM_SEX}
//
// The operators, by their argument; the first form is short for the second:
//
//	$uid: kind
//	$uid: {kind: event, system: URI, namespace: text, incarnation: 1, keys: [PR_CHILD]}
//	$orgUnit: code
//	$orgUnit: {by: code|name|uid|attribute:UID, as: uid|code|name, program: code, dataSet: code, within: code, unmapped: error|omit, default: UID}
//	$option: code of an option set
//	$option: {set|attribute|dataElement: code, by: code|name|uid, as: code|name|uid, unmapped: error|omit, default: code}
//	$period: Monthly
//	$period: {type: Monthly, dataSet: code, calendar: ethiopian, as: id|start|end|interval}
//	$dataValue: code
//	$dataValue: {code: OHM_WEIGHT, stage: PS_BIRTH, by: code|name, unmapped: error|omit, default: text, read: true}
//	$attribute: code
//	$attribute: {code: OHM_SEX, program: PR_CHILD, type: OHM_PERSON, by: code|name, unmapped: error|omit, default: text, read: true}
//
// What the metadata have not is counted in Report.Unmapped and fails the rule, unless the
// document says unmapped or default: nothing is ever passed on unseen. Codes in arguments are
// looked up when the document is compiled, and what is not there is an issue with its line.
//
// The schemas that the lint knows are dhis2:tracker for a payload, dhis2:tracker/trackedEntity,
// /enrollment, /event and /relationship for its objects, and dhis2:dataValueSet.
//
// Engines cannot invert operators of a host; the way back is written with the same ones: $orgUnit
// and $option with by and as exchanged, $dataValue and $attribute with read.
//
// Operators read no clock, network or file while a mapping runs. What came out can be held
// against the metadata by tracker.Check and aggregate.Checker before it is sent.
package dhis2map
