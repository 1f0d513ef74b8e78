// Package mediator is a framework for OpenHIM mediators: services that
// register with an OpenHIM core, send heartbeats, answer the requests the core
// routes to them, and tell the core about every call they made on the way.
//
// A mediator is a [Config], some handlers and [Mediator.Run]:
//
//	m, err := mediator.New(mediator.Config{
//		Registration: openhim.Mediator{URN: "urn:mediator:hello", Version: "1.0.0", Name: "Hello"},
//		OpenHIM:      openhim.Config{URL: "https://core:8080", Username: "…", Password: "…"},
//	})
//	if err != nil {
//		return err
//	}
//	m.Handle("GET /hello/{name}", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
//		return mediator.Text(http.StatusOK, "hello "+req.PathValue("name")), nil
//	})
//	return m.Run(ctx)
//
// Handlers call other systems with any HTTP client whose transport is
// [Transport]: it finds the transaction in the request's context and records
// the call. The envelope, its status and all that a core is particular about
// are made here; a handler cannot get them wrong.
//
// By default no body and no query value that may hold patient data is
// recorded; see [Recording].
//
// Nothing is global: several mediators live in one process without knowing of
// each other. To test handlers without servers see testutil and
// testutil/openhimtest.
package mediator
