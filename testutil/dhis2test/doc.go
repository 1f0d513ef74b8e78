// Package dhis2test is a DHIS2 server for tests and demonstrations: it imports
// tracked entities, enrollments, events and relationships on POST /api/tracker
// as DHIS2 2.42 does, validates them against real metadata, answers with real
// import reports, and lets the test read back what is stored.
//
// Use it to test a mediator that writes to DHIS2, without a database, Java or
// network:
//
//	dhis2 := dhis2test.New(t, dhis2test.Options{})
//	// point the client at dhis2.URL; sign in as admin, password district
//	dhis2.TrackedEntities()   // what is stored
//	dhis2.Requests()          // what was asked
//	dhis2.Fail(2, 503)        // the next two requests fail
//
// # Coverage
//
// It is proved by recordings of a running DHIS2 2.42.5.2: a test replays every
// exchange of fixtures/dhis2/recorded/2.42.5.2/tracker-import and deletes and
// compares status, report, codes with their objects and messages, counts and
// what is read back. Rules cite ../shared/reference/dhis2.md; [R name] names
// the recorded exchange a rule was taken from.
//
//   - POST /api/tracker: nested, flat and mixed JSON; importStrategy, importMode,
//     atomicMode, validationMode, reportMode, all idSchemes; the texts of bad
//     parameters, bodies, UIDs, dates and statuses; about 80 validation codes;
//     the two shapes of 409; replaced scalars, merged values, deletion by null;
//     tombstones, cascades, orphans of deleted parents; notes; relationships.
//     The errors of a report are in no order, as DHIS2 keeps them in a set.
//   - async imports, done when the answer goes out: the job, its notification,
//     its report.
//   - GET one tracked entity, enrollment or event; the list of tracked entities
//     by UIDs, program, type, org units and attribute filters, ordered and
//     paged; relationships of an object; fields with nesting and exclusion.
//   - GET /api/me, /api/system/info, /api/system/ping; Basic and personal access
//     tokens with their checksum; redirects, 401, 404 and 406 as recorded.
//   - Faults: [Server.Fail] and [Server.Intercept].
//
// # Limits
//
// An endpoint or parameter that DHIS2 has and this package does not answers
// 501 and says so: lists of enrollments and events, metadata, aggregate data,
// dataStore, CSV, sessions, ownership, updatedAfter. What cannot be seen from
// outside:
//
//   - One version, 2.42. Imports run one after the other, so the races of
//     dhis2.md section 0 fact 9 and 2.4 do not happen.
//   - Permissions are the capture scope (E1000) and three authorities; sharing,
//     ownership (E1102) and the search scope are not looked at.
//   - Only the default category combination; no program rules, no expiry of
//     events, no file resources.
//   - The args of errors hold plain identifiers where DHIS2 prints Java objects.
//
// It grows with the DHIS2 client of this module.
package dhis2test
