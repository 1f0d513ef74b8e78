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
//     filters, fields, orders, pages, change logs, CSV; up to 2.41 the old
//     lists trackedEntityInstances, enrollments and events; from 2.42 notes
//     that are added by themselves.
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
// # The rules of dhis2.md section 7, and what shows them
//
// A name in quotes is a fact of [Contract], by its area; all others are tests.
// TestServerAnswersAsRecorded shows each of 1 to 22 again.
//
//	1  TestCredentialsAreChecked, TestTokensOfEachForm, TestBadPasswordsLockAnAccountFrom243, TestTheCaptureScopeBindsEverybody
//	2  front door: "a number the server does not know is a 404", "a wrong method is a 405", "a body of another type is a 415"
//	3  import: "an unknown strategy is a 400 ...", "a bad UID is E1048 ..."; TestABodyThatIsTooLargeIsRefusedAsByAProxy
//	4  TestTheProjectsPayloadsFareAsItsTestsSay, import: "a whole family in one payload ..."
//	5  import: "the same payload again updates", "CREATE refuses what is there", "UPDATE refuses what is not there"
//	6  TestRulesBesideTheRecordings
//	7  TestEventsKeepToTheProgramsCategories, TestRulesBesideTheRecordings
//	8  TestRulesBesideTheRecordings, TestOldMessagesAreWordedAsTheSourceDoes, TestSkippedValidationDoesNotBreakTheServer, TestProgramRulesAreTheTestsOwn
//	9  import: "a child of a failed parent is E5000", "a new event in a deleted enrollment is taken and lost"
//	10 import: "with ALL ...", "with OBJECT ...", "VALIDATE stores nothing ..."
//	11 import: "attributes merge by key, null deletes one", "an event's data values merge by key, its scalars are replaced"
//	12 import: "what an enrollment is of does not change", "a relationship is never updated and linked once only"
//	13 import: "a delete is soft, cascades, and its UID is gone for ever", "a delete frees a unique value"
//	14 export: "single: a change of a child object bumps the entity"; TestStoredByIsShownByVersion
//	15 TestSimultaneousImportsShareAUniqueValue, TestSimultaneousUpdatesOfAnEventLoseDataValues, TestOppositeOrdersDeadlockUpTo242
//	16 the area jobs; TestAJobCanBeHeldKilledAndForgotten
//	17 TestListsCarryTheKeysAndPagersOfTheirVersion, TestPagesAreRefusedAsTheServerDoes, TestParametersHoldInTheirVersionsOnly
//	18 TestFilterOperatorsCompareAsTheServerDoes, TestFieldsSelectWhatIsShown, TestDefaultFieldsDifferByEndpoint
//	19 TestOrgUnitModesLookAtTheTree, TestSearchScopeBoundsWhatAUserSees, TestDeletedObjectsAreShownOnlyWhenAskedFor
//	20 TestUpdatedTimesAreInclusiveInEveryZone, export: "single: times have no zone"
//	21 the area metadata; TestSeedAddsMetadataForTheNextImport
//	22 the areas aggregate and data store; TestDataValuesAreReadInAllFormats, TestAPairOfDuplicatesIsMerged
//	23 TestAnImportMayBeStoredAndItsAnswerLost, TestADeadlockLooksAsInEachVersion, TestAnAnswerMayBeCutShortOrUnreadable, TestAHangEndsWithItsContext
//	24 TestAnObjectImportedTwiceIsFound, TestARetryWithOtherUIDsIsFound, TestTwoImportsOfOnePersonAtOnceAreFound
//
// # Limits
//
// An endpoint that DHIS2 has and this package does not answers 501 and says
// so: analytics, event hooks, routes, apps, data approval, and up to 2.41 of the
// old endpoints all but the three lists. So do the parameters of organisation
// units that select by the tree (level, includeDescendants ...), and query of
// 2.40. What cannot be seen from outside:
//
//   - 2.40, and of 2.41 the old lists of enrollments and events, go by DHIS2's
//     source and were compared with no server.
//   - Nobody has locked periods, expiry of data sets or approval; the only
//     calendar is ISO 8601.
//   - The authorities to write metadata are not looked at: who is signed in may
//     change it.
//   - What an attribute demands of a search (searchable, a minimum of
//     characters, blocked operators) is not looked at, but for the number of
//     attributes a search outside of the capture scope must name.
//   - The change log of an event's own fields, such as its dates, shows its
//     creation only; that of values shows all.
//   - "Breaking the glass" of a protected program is acknowledged and gives
//     nothing; potential duplicates are merged as a whole or not at all.
//   - The args of errors hold plain identifiers where DHIS2 prints Java objects.
//   - Jobs run one after the other as fast as they can; their stages can be held
//     with Options.JobStage.
//   - Everything is in memory and bounded: requests recorded, sessions, files,
//     keys, as the options and the comments of the types say.
package dhis2test
