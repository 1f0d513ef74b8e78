// Package testutil gives a test everything a mediator needs around it, without
// a server, a port or a container of one's own:
//
//	env := testutil.New(t, testutil.Options{})
//	m := newMediator(env.Config(registration)) // the code under test
//	env.Run(m)
//
//	got := env.Send(http.MethodPost, "/fhir/Patient", patient)
//	// got.Status and got.Body are the client's, got.Transaction is what the core stored
//
// The fakes are in packages of their own, [openhimtest] and [dhis2test], and can
// be used alone.
package testutil
