// Package fhirtest is a FHIR R4 server for tests and demonstrations: an HTTP server in
// the test's process that stores resources in memory, answers as a real server does, can
// be told to fail in all the ways real servers and networks fail, and lets the test read
// back what is stored and what was asked.
//
// Use it wherever a test would need a FHIR server:
//
//	server := fhirtest.New(t, fhirtest.Options{})
//	// point the client at server.URL
//	server.Seed(`{"resourceType":"Patient","id":"p1","name":[{"family":"Doe"}]}`)
//	server.Resources("Patient")                         // what is stored
//	server.Requests()                                   // what was asked
//	server.Fail(fhirtest.Throttled(2*time.Second))      // the next request gets 429
//	server.Intercept(func(c *fhirtest.Call) *fhirtest.Fault { … })
//
// # Flavours
//
// A server is [Strict] (what the specification asks for, R4 4.0.1) or [HAPI] (what HAPI
// FHIR 8.8.0 does where that differs). The main differences a client meets:
//
//   - a stale If-Match: 412, in HAPI 409; If-None-Match: * on PUT is ignored by HAPI, and
//     If-Match on what is not there too
//   - DELETE: 204, in HAPI 200 with an OperationOutcome
//   - Bundle.entry.response.etag: W/"1", in HAPI 1
//   - issue codes of the specification with expression, in HAPI nearly always processing
//     with the reason in diagnostics, as "HAPI-nnnn: text"
//   - unknown elements, wrong shapes: 400 or 422; HAPI drops or converts them silently
//   - unknown search parameters: ignored, 400 with Prefer: handling=strict; in HAPI 400
//   - Bundle.total: always; in HAPI only when all matches were fetched
//   - ids are UUIDs, in HAPI numbers, which a client may not choose
//   - HAPI checks references, answers the same search from a cache for 60 s, keeps tags
//     over a PUT, makes no version of a PUT that changes nothing, counts a history once a
//     minute only, so that what is new in it pushes out what is oldest
//
// # Coverage
//
// The strict flavour follows the specification's text; the HAPI flavour is proved by
// recordings of a running server, which a test replays (shared/live/hapi-fhir). [Contract]
// asks the same facts of both flavours and of two real servers.
//
//   - create, read, vread, update, patch (JSON Patch, FHIRPath Patch), delete, each with
//     its conditional form; history of an instance, a type, the system with _since and
//     _at; ETag, If-Match, If-None-Match, If-Modified-Since, Prefer
//   - search by GET and POST on all R4 parameters of the types token, string, date,
//     reference, quantity, number and uri, with prefixes, modifiers (:exact, :contains,
//     :missing, :not, :text, :of-type, :identifier, :[type], :below, :above), chains,
//     _has, _include, _revinclude (:iterate), _sort, _count, _total, _summary, _elements;
//     _id, _lastUpdated, _tag, _profile, _security, _source; paging; compartments of
//     patients and searches of the system (strict only)
//   - transactions, all or nothing, with fullUrls, conditional references and conditional
//     entries; batches
//   - $validate, $everything, $match (strict only), $meta, $meta-add, $meta-delete,
//     ValueSet/$expand and $validate-code, $export of the system and of patients
//   - rest-hook subscriptions: active at once, notified in order after each change
//   - the shape of what is written: elements, types, cardinality, formats, required codes
//   - JSON and XML, gzip both ways, HEAD, X-Request-ID
//
// # Limits
//
//   - No composite search parameters, _filter, _text, _content, _list; no GraphQL.
//   - Quantities are compared by number, system and code, without converting units.
//   - FHIRPath Patch knows paths of members, [n], where(member = 'text'), first(), last().
//   - No $translate, $lookup and $subsumes. $expand and $validate-code answer from the
//     ValueSets and CodeSystems that are stored and those of R4; what needs more is refused.
//   - Profiles and invariants are Options.Validate's, which package fhir/validate is made
//     for (see the example of [Options]); the texts of HAPI's own validator are not imitated; $everything and compartments are
//     those of patients.
//   - One request writes at a time: the 409 of real servers' races does not happen by
//     itself; make it with [Server.Race].
//   - Subscriptions: a failed notification is not repeated; deletions are not told.
//   - $export has no Group level and puts each type into one file.
package fhirtest
