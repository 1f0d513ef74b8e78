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
	"slices"
	"strings"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/dhis2test"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

//go:embed testdata/messages/*.xml testdata/metadata.json
var samples embed.FS

// The sender of the demonstration, as the core knows it.
const senderID, senderPassword = "facility", "facility-password"

// demonstrate runs the whole way on embedded servers: a core, a DHIS2 and the
// mediator. It sends the sample messages to the core and prints the
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
		{ClientID: senderID, Password: senderPassword, Roles: []string{"adx"}},
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
		err = d.summary(ctx, server.URL)
	}
	for _, f := range core.Failures() {
		err = errors.Join(err, fmt.Errorf("a real core would have had trouble: %s", f))
	}
	return errors.Join(err, stop())
}

// startDHIS2 gives a DHIS2 the weekly data set of this example besides its seed. Its day is
// always the same, so that the periods of the samples stay where they are.
func startDHIS2() (*dhis2test.Server, error) {
	day := time.Date(2026, 2, 10, 9, 0, 0, 0, time.UTC)
	server, err := dhis2test.Start(dhis2test.Options{Now: func() time.Time { return day }})
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
	names, err := fs.Glob(samples, "testdata/messages/*.xml")
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
		if err := printTransaction(d.stdout, strings.TrimPrefix(name, "testdata/messages/"), tx); err != nil {
			return err
		}
	}
	return nil
}

// send puts a message through the core and returns its transaction.
func (d *demonstration) send(ctx context.Context, body []byte) (openhim.Transaction, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.routerURL+"/adx", bytes.NewReader(body))
	if err != nil {
		return openhim.Transaction{}, err
	}
	req.SetBasicAuth(senderID, senderPassword)
	req.Header.Set("Content-Type", aggregate.ADXContentType)
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

// summary reads back what is stored, as ADX.
func (d *demonstration) summary(ctx context.Context, url string) error {
	client, err := dhis2.New(ctx, dhis2.Config{URL: url, Auth: dhis2.Basic("ohm", "Ohm-Test-1!")})
	if err != nil {
		return err
	}
	defer client.Close()
	snapshot, err := client.FetchMetadata(ctx, dhis2.MetadataScope{NoPrograms: true, DataSets: []string{"OHM_MONTHLY", "OHM_MALARIA"}})
	if err != nil {
		return err
	}
	for set := range snapshot.DataSets().All() {
		values, err := aggregate.Read(ctx, client, aggregate.Query{
			DataSets: []string{set.UID}, OrgUnits: slices.Collect(set.OrgUnits.All()), Periods: []string{"202601", "2026W6"},
		})
		if err != nil {
			return err
		}
		slices.SortFunc(values, func(a, b aggregate.DataValue) int {
			return strings.Compare(a.OrgUnit+a.DataElement+a.CategoryOptionCombo, b.OrgUnit+b.DataElement+b.CategoryOptionCombo)
		})
		message, err := aggregate.MakeADX(snapshot, dhis2.SchemeCode, aggregate.ISO8601, aggregate.DataValueSet{DataSet: set.UID, Values: values}, time.Time{})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(d.stdout, "DHIS2 holds of %s:\n", set.Code); err != nil {
			return err
		}
		if _, err := message.WriteTo(d.stdout); err != nil {
			return err
		}
	}
	return nil
}
