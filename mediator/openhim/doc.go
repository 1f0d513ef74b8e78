// Package openhim speaks the wire language of OpenHIM core: the types of its
// contract and a client of its management API.
//
// Use it to register mediators, send heartbeats, read and finish transactions
// or manage channels and clients from Go. A mediator does all of the usual
// part through package mediator, which is built on this one. A fake core for
// tests is in package testutil/openhimtest.
//
// The smallest use:
//
//	api, err := openhim.New(openhim.Config{
//		URL: "https://localhost:8080", Username: "root@openhim.org", Password: password,
//		Fingerprint: fingerprint, // of the certificate a core makes for itself
//	})
//	registration, err := api.Register(ctx, mediator)
//	reply, err := api.Heartbeat(ctx, mediator.URN, openhim.Heartbeat{Uptime: time.Since(started), WantConfig: true})
//
// Errors are told apart by [ReachedCore], [Retryable], [IsNotFound] and their
// kin: *[StatusError] is the core's no, *[TransportError] means that no answer
// came, *[ValidationError] that nothing was sent.
//
// Names on the wire keep the core's spelling. What a field may hold, and what
// a core does with everything else, was read from the core's source and
// recorded on running cores 4.0.5 and 8.5.0.
package openhim
