package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/mediator"
)

// handler takes reports to DHIS2: read, check against the data set, save, answer. It is the
// workflow HMISWF-1 of OpenHIE. It is safe for concurrent use.
type handler struct {
	client   *dhis2.Client
	metadata *dhis2.Metadata
	dataSet  string
	partial  bool
	now      func() time.Time
}

func newHandler(s settings) (*handler, error) {
	// Every call is recorded in the transaction of its context.
	client, err := dhis2.New(context.Background(), dhis2.Config{
		URL: s.dhis2URL, Auth: s.auth, Lazy: true, HTTPClient: &http.Client{Transport: mediator.Transport(nil)},
	})
	if err != nil {
		return nil, err
	}
	metadata, err := dhis2.NewMetadata(client, dhis2.MetadataConfig{
		Scope: dhis2.MetadataScope{NoPrograms: true, DataSets: []string{"*"}}, TTL: s.metadataTTL,
	})
	if err != nil {
		return nil, err
	}
	return &handler{client: client, metadata: metadata, dataSet: s.dataSet, partial: s.partial, now: time.Now}, nil
}

// warm reads the metadata before the first message has to wait for them. An error is no reason
// not to start: the message asks again.
func (h *handler) warm(ctx context.Context) error {
	_, err := h.metadata.Get(ctx)
	return err
}

// receive handles POST /adx.
func (h *handler) receive(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
	message, err := aggregate.ParseADX(req.Body)
	if bad, ok := errors.AsType[*aggregate.ADXError](err); ok {
		return unreadable(bad)
	}
	if err != nil {
		return nil, err
	}
	report, err := h.check(ctx, message)
	if err != nil {
		return nil, err
	}
	out := newOutcome(report)
	if report.OK() || h.partial {
		if err := h.save(ctx, report, out); err != nil {
			return nil, err
		}
	}
	out.describe(mediator.TransactionFrom(ctx))
	return out.response()
}

// check compares a message with the metadata of the server, by its calendar and clock.
func (h *handler) check(ctx context.Context, message *aggregate.ADX) (*aggregate.Report, error) {
	server, err := h.client.Server(mediator.Named(ctx, "DHIS2: ask for its version"))
	if err != nil {
		return nil, failure(err)
	}
	snapshot, err := h.metadata.Get(mediator.Named(ctx, "DHIS2: read metadata"))
	if err != nil {
		return nil, failure(err)
	}
	checker, err := aggregate.NewChecker(aggregate.CheckConfig{
		Snapshot: snapshot, DataSet: h.dataSet, Version: server.Version, Calendar: aggregate.Calendar(server.Calendar),
		Today: func() time.Time { return server.Time(h.now()) },
	})
	if err != nil {
		return nil, err
	}
	return checker.ADX(message), nil
}

// save sends what is good. Each value is sent by UID and with the period of DHIS2, which every
// version understands, as not every one does ADX.
func (h *handler) save(ctx context.Context, report *aggregate.Report, out *outcome) error {
	for i, set := range report.Sets {
		name := mediator.Named(ctx, "DHIS2: save data set "+set.DataSet)
		result, err := aggregate.Import(name, h.client, set.DataValueSet, aggregate.Options{})
		if result != nil {
			out.add(set, result)
		}
		if err != nil {
			e := failure(err)
			e.Message += ": " + strconv.Itoa(i) + " of " + strconv.Itoa(len(report.Sets)) + " data sets were saved before; to send the message again is safe"
			return e
		}
	}
	return nil
}

// failure makes an answer of what DHIS2 did not do. Its message holds no value.
func failure(err error) *mediator.Error {
	e := &mediator.Error{Status: http.StatusBadGateway, Message: "DHIS2 could not be used", Retry: dhis2.Retryable(err), Cause: err}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		e.Status, e.Message = http.StatusGatewayTimeout, "DHIS2 took too long"
	case errors.Is(err, dhis2.ErrUnauthorized), errors.Is(err, dhis2.ErrForbidden):
		e.Message = "DHIS2 does not let the mediator in: its account needs attention"
	case !dhis2.ReachedServer(err):
		e.Message = "DHIS2 could not be reached"
	}
	return e
}
