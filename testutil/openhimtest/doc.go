// Package openhimtest is an OpenHIM core for tests: the management API and the
// router of a real core, in the test's process, without a database.
//
// Use it wherever a test would need a core: register a mediator, beat, send a
// client's request through a channel and read back the transaction as a real core
// would have stored it.
//
//	core := openhimtest.New(t, openhimtest.Options{})
//	_, err := core.AddChannel("patients", "^/patients", mediatorURL)
//	...
//	got, err := core.Send(ctx, "POST", "/patients", strings.NewReader(`{"resourceType":"Patient"}`))
//	// got.Status, got.Body; got.Transaction.Orchestrations, got.Transaction.Status ...
//	// core.Failures() lists what would have hurt a real core.
//
// # What it does
//
//   - The API of openhim-core.md sections 1 to 4 and 8 at [Core.APIURL], for the
//     versions "8.5.0" (default) and "4.0.5": about, authentication (token, basic,
//     session), mediators with heartbeats and config, channels, clients,
//     transactions, tasks, events, users, roles, groups, keystore, audits,
//     visualizers, metadata, logs.
//   - The router of sections 5 to 7, 10 and 12 at [Core.RouterURL]: client
//     authentication (basic; custom token on 8.5), channel matching, the request as
//     the mediator sees it (order and case of header names, framing), the envelope
//     with every quirk, timeouts, secondary routes, the client's answer as koa
//     gives it (types, cookies, redirects, compression), the status rules, what is
//     stored and what is cut or refused, events, reruns, polling channels.
//   - Where the real worker process would die or a save would be refused, the fake
//     lives on: [Core.Failures] names the quirk and the transaction.
//
// It is proved by recordings of real cores (shared/fixtures/openhim-core): every
// recorded case is replayed against the fake at that version. [Contract] asks the
// same facts of the fake and of a real core.
//
// # What it does not do
//
//   - No other versions: between 4.0.5 and 8.5.0 the nearer one has to do.
//   - No schedules: polling channels run by [Core.Poll] or POST
//     /channels/:id/trigger; auto-retries are queued and never run; nothing expires.
//   - Clients' passwords are checked for sha512, sha384, sha256, sha1 and md5; bcrypt is
//     taken for a wrong password.
//   - No TCP, TLS and MLLP channels, no TCP, MLLP and Kafka routes, no mutual TLS and
//     no JWT for clients. The router speaks plain HTTP.
//   - The database is FerretDB's idea of MongoDB, as recorded: keys with "." or a
//     leading "$" are refused (MongoDB from 5 on stores them).
//   - Regular expressions in filters of transactions are Go's, without look-around and
//     back references; those of channels are JavaScript's. XPath knows paths, predicates
//     by position, attribute or text, and string(), count(), local-name().
//   - A real core loses other requests when its worker dies; the fake does not.
//   - A real core stores the response after it has answered the client; the fake
//     before, so that a test can read it at once. With secondary routes under way
//     the final status follows later on both: [Core.WaitTransaction].
//   - A rerun task on 4.0.5 starts at once; a real 4.0.5 looks for tasks every 2 s.
package openhimtest
