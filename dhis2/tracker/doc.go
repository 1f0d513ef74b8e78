// Package tracker writes and reads the tracker data of DHIS2 2.40 to 2.43: tracked entities,
// enrollments, events and relationships.
//
// A [Payload] is what POST /api/tracker takes and what the export gives; a [Builder] makes one
// from the records of a source, with UIDs derived from what the source calls things. [Import]
// sends one and returns a [Report] that says object by object what happened:
//
//	report, err := tracker.Import(ctx, client, payload, tracker.Params{})
//	for ref := range payload.Refs() {
//		outcome := report.Outcome(ref) // Stored, Failed, NotStored
//		…
//	}
//
// An [Importer] does so for a stream of any size: it batches, retries, parks and resumes.
//
// The rules of the server that this package keeps for its callers:
//
//   - An update replaces every scalar, so changes read the object first: [UpdateEvent],
//     [UpdateEnrollment], [UpdateTrackedEntity].
//   - A value sent as null or "" is deleted, one not sent is kept, so an empty value is not sent
//     unless Delete is set.
//   - HTTP 200 and status OK do not mean that every object was stored, so success is read per
//     object, and an import that left one out is an error.
//   - One event without a program, one bad UID or one NUL character spoils the whole payload, so
//     [Payload.Refusals] stops it before it is sent. What the server would refuse object by object
//     [Check] finds beforehand, with the server's codes, against a [dhis2.Snapshot].
//   - Lists ignore parameters they do not know and answer with everything, so queries are typed,
//     and what a version would ignore is an error: [TrackedEntities], [Enrollments], [Events],
//     [Relationships], and the watches that follow changes.
//
// Errors and String methods name codes, UIDs and places, never a value of a patient; the server's
// own words, in [Entry].Message, may quote values.
package tracker
