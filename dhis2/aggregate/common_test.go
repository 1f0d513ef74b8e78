package aggregate_test

import (
	"context"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// exampleServer starts a server with the seed metadata, and makes a client of it.
func exampleServer(ctx context.Context) (client *dhis2.Client, stop func(), err error) {
	server, err := dhis2test.Start(dhis2test.Options{})
	if err != nil {
		return nil, nil, err
	}
	client, err = dhis2.New(ctx, dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	if err != nil {
		server.Close()
		return nil, nil, err
	}
	return client, func() {
		client.Close()
		server.Close()
	}, nil
}
