// Package dhis2test is a DHIS2 server for tests and demonstrations, of version
// 2.40, 2.41, 2.42 or 2.43: it imports tracked entities, enrollments, events,
// relationships and aggregate data as DHIS2 does, validates them against real
// metadata, answers with real reports and lists, goes wrong as it is told, and
// lets the test read back what is stored.
//
// Use it to test a mediator that speaks to DHIS2, without a database, Java or
// network:
//
//	dhis2 := dhis2test.New(t, dhis2test.Options{Version: "2.43"})
//	// point the client at dhis2.URL; sign in as admin, password district
//	dhis2.TrackedEntities()                             // what is stored
//	dhis2.Requests()                                    // what was asked
//	dhis2.Inject(dhis2test.Fault{CommitThenDrop: true}) // the next answer is lost
//	dhis2.NoTwoInFlightWithOneTE(t)                     // what must not have happened
//
// Inside testing/synctest take [Handler] and [Server.Transport].
//
// # How it is proved
//
// By recordings of running servers: a test replays each file of
// fixtures/dhis2/recorded in its order against a server of the version it was
// recorded on (2.41.9.1, 2.42.5.2 and 2.43.1) and compares status, headers a
// client acts on, reports, codes with their objects and messages, counts and
// what is read back. docs/conformance.md has the shares met. Rules cite
// ../shared/reference/dhis2.md; [R name] names the recorded exchange a rule was
// taken from. 2.40 was never run: it goes by the source, as that file tells it.
//
// [Contract] is what this package says of DHIS2 as facts, each a subtest. It
// runs on the fake at each version, and on a real server when DHIS2_URL is set
// (TestContractOnARealServer).
//
// # Coverage
//
//   - POST /api/tracker: nested, flat and mixed JSON, events as CSV; strategies,
//     modes, idSchemes; the validation codes in their order; both shapes of
//     409; replaced scalars, merged values, tombstones, cascades, orphans of
//     deleted parents; ownership, sharing, scopes; the differences of the
//     versions. The errors of a report are in no order, as DHIS2 keeps them in
//     a set. Program rules are a function (Options.ProgramRules).
//   - Asynchronous imports: one queue, notifications, reports, dead jobs.
//   - Races of simultaneous imports, with Options.Race.
//   - GET of all tracker objects and lists with their parameters by version,
//     filters, fields, orders, pages, change logs, CSV.
//   - Metadata of every type an adapter needs: lists with fields, filters,
//     order and pages, single objects, POST, PUT, PATCH, DELETE, collections,
//     sharing, imports and exports. The next import sees a change, for DHIS2's
//     importer caches nothing.
//   - dataValueSets in JSON, XML, CSV and ADX, both ways, lenient up to 2.42
//     and strict in 2.43; dataValues; completeDataSetRegistrations.
//   - dataStore and userDataStore, potentialDuplicates and their merge, file
//     resources, ownership transfer, generated values.
//   - Basic, personal access tokens of both forms with their constraints,
//     bearer tokens, sessions and logins, locked and disabled accounts;
//     redirects, 401, 404, 405, 406, 415 as each version's container writes
//     them; versioned paths, a base path, gzip.
//   - Faults ([Fault]), slowness ([Latency]), assertions
//     ([Server.NoObjectImportedTwice], [Server.SameUIDsOnRetry],
//     [Server.NoTwoInFlightWithOneTE]).
//
// # Limits
//
// An endpoint that DHIS2 has and this package does not answers 501 and says
// so: analytics, event hooks, routes, apps, data approval. What cannot be seen
// from outside:
//
//   - Nobody has locked periods, expiry of data sets or approval; the only
//     calendar is ISO 8601.
//   - The authorities to write metadata are not looked at: who is signed in may
//     change it.
//   - "Breaking the glass" of a protected program is acknowledged and gives
//     nothing; potential duplicates are merged as a whole or not at all.
//   - The args of errors hold plain identifiers where DHIS2 prints Java objects.
//   - Everything is in memory and bounded: requests recorded, sessions, files,
//     keys, as the options and the comments of the types say.
package dhis2test
