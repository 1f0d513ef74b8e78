package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/dhis2test"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

//go:embed testdata/patients/*.json testdata/metadata.json
var samples embed.FS

// The sender of the demonstration, as the core knows it.
const senderID, senderPassword = "clinic", "clinic-password"

// demonstrate runs the whole way on embedded servers: a core, a DHIS2 and the
// mediator. It sends the sample patients to the core and prints the
// transactions that came of them.
func demonstrate(ctx context.Context, stdout io.Writer, s settings) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	core, err := openhimtest.Start(openhimtest.Options{}) //nolint:contextcheck // it lives until Close
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, core.Close()) }()
	err = core.Seed(openhimtest.Seed{Clients: []openhimtest.Client{
		{ClientID: senderID, Password: senderPassword, Roles: []string{"fhir"}},
	}})
	if err != nil {
		return err
	}
	server, err := startDHIS2()
	if err != nil {
		return err
	}
	defer server.Close()
	s.dhis2URL, s.auth = server.URL, dhis2.Basic("ohm", "Ohm-Test-1!")

	d := &demonstration{stdout: stdout, routerURL: core.RouterURL(), config: openhim.Config{
		URL: core.APIURL(), Username: openhimtest.DefaultUsername, Password: openhimtest.DefaultPassword,
	}}
	stop, err := d.startMediator(ctx, s)
	if err != nil {
		return err
	}
	err = d.sendAll(ctx)
	if err == nil {
		err = d.summary(server)
	}
	for _, f := range core.Failures() {
		err = errors.Join(err, fmt.Errorf("a real core would have had trouble: %s", f))
	}
	return errors.Join(err, stop())
}

// startDHIS2 gives a DHIS2 the program of this example besides its seed.
func startDHIS2() (*dhis2test.Server, error) {
	server, err := dhis2test.Start(dhis2test.Options{})
	if err != nil {
		return nil, err
	}
	metadata, err := samples.ReadFile("testdata/metadata.json")
	if err == nil {
		err = server.Seed(metadata)
	}
	if err != nil {
		server.Close()
		return nil, err
	}
	return server, nil
}

type demonstration struct {
	stdout    io.Writer
	config    openhim.Config
	api       *openhim.API
	routerURL string
}

// startMediator runs the mediator until stop is called, with its channel and
// a client that may use it.
func (d *demonstration) startMediator(ctx context.Context, s settings) (stop func() error, err error) {
	s.host = "127.0.0.1"
	listener, err := listen(ctx, net.JoinHostPort(s.host, "0"))
	if err != nil {
		return nil, err
	}
	m, h, err := newMediator(s, mediator.Config{ //nolint:contextcheck // what it starts lives as long as Serve
		Registration: s.registration(portOf(listener), false), OpenHIM: d.config, InstallChannels: true,
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	d.api = m.API()
	if err := h.warm(ctx); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- m.Serve(ctx, listener, nil) }()
	stop = func() error {
		cancel()
		return <-done
	}
	select {
	case <-m.Ready():
	case err := <-done:
		cancel()
		return nil, errors.Join(errors.New("the mediator stopped before it was ready"), err)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), stop())
	}
	return stop, nil
}

func (d *demonstration) sendAll(ctx context.Context) error {
	names, err := fs.Glob(samples, "testdata/patients/*.json")
	if err != nil {
		return err
	}
	for _, name := range names {
		body, err := samples.ReadFile(name)
		if err != nil {
			return err
		}
		tx, err := d.send(ctx, body)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := printTransaction(d.stdout, strings.TrimPrefix(name, "testdata/patients/"), tx); err != nil {
			return err
		}
	}
	return nil
}

// send puts a message through the core and returns its transaction.
func (d *demonstration) send(ctx context.Context, body []byte) (openhim.Transaction, error) {
	path := "/fhir"
	if message, err := fhir.Parse(body); err == nil && message.Type() == "Patient" {
		path = "/fhir/Patient"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.routerURL+path, bytes.NewReader(body))
	if err != nil {
		return openhim.Transaction{}, err
	}
	req.SetBasicAuth(senderID, senderPassword)
	req.Header.Set("Content-Type", "application/fhir+json")
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return openhim.Transaction{}, err
	}
	if err := resp.Body.Close(); err != nil {
		return openhim.Transaction{}, err
	}
	id := resp.Header.Get("X-OpenHIM-TransactionID")
	if id == "" {
		return openhim.Transaction{}, fmt.Errorf("the core answered %s without a transaction", resp.Status)
	}
	return d.finished(ctx, id)
}

// finished waits for the core to have stored the answer, which it does after
// it has sent it.
func (d *demonstration) finished(ctx context.Context, id string) (openhim.Transaction, error) {
	for {
		tx, err := d.api.Transaction(ctx, id)
		if err != nil || (tx.Status != openhim.StatusProcessing && tx.Response != nil) {
			return tx, err
		}
		select {
		case <-ctx.Done():
			return tx, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (d *demonstration) summary(server *dhis2test.Server) error {
	entities, enrollments := server.TrackedEntities(), 0
	for _, e := range entities {
		enrollments += len(e.Enrollments)
	}
	_, err := fmt.Fprintf(d.stdout, "DHIS2 holds %d tracked entities with %d enrollments\n", len(entities), enrollments)
	return err
}
