package openhim

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Bounds of finishing a transaction.
const (
	finishPolls     = 12 // looks for the core's own copy
	finishPuts      = 8  // updates that are sent
	finishMinPause  = 50 * time.Millisecond
	finishMaxPause  = 3 * time.Second
	finishKeepPause = 250 * time.Millisecond // between the two looks that must agree
)

// NotKeptError means that the core did not keep an update, although it was
// sent several times.
type NotKeptError struct {
	// ID of the transaction.
	ID string
	// Missing names what is not stored: "status", "response",
	// "orchestrations", "properties", "error".
	Missing []string
	// Err is the last error of an exchange, nil when the core said yes to
	// all of them.
	Err error
}

// Error implements error.
func (e *NotKeptError) Error() string {
	s := "openhim: finish transaction " + e.ID + ": the core did not keep " + strings.Join(e.Missing, ", ")
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the last error of an exchange.
func (e *NotKeptError) Unwrap() error { return e.Err }

// FinishTransaction adds the result of work that outlived its request, and
// makes sure that the core keeps it.
//
// A core writes its own copy of the mediator's answer after it was sent to
// the client; an update that comes before loses its status and orchestrations
// (openhim-core.md section 8). So FinishTransaction waits until that copy is
// there, sends the update, looks twice whether it was kept, and sends what is
// missing again: for about half a minute, or until ctx ends. Doing it twice
// is harmless, orchestrations that are stored are not pushed again. On a
// channel with IsAsynchronousProcess the status Completed, which would finish
// nothing there, goes out as Completed with error(s).
//
// Errors: *[ValidationError] before anything is sent, *[StatusError] when the
// core refuses (404: no such transaction), *[NotKeptError] when it did not
// keep the update, and the context's error.
func (a *API) FinishTransaction(ctx context.Context, id string, u Update) error {
	if err := checkID("transaction", id); err != nil {
		return err
	}
	if err := u.Validate(ForVersion(a.version.get())); err != nil {
		return err
	}
	f := &finisher{api: a, id: id}
	tx, err := f.awaitCopy(ctx)
	if err != nil {
		return err
	}
	return f.keep(ctx, tx, u.finishing(tx.Status))
}

// finisher finishes one transaction.
type finisher struct {
	api    *API
	id     string
	pushed bool // a push was answered with yes
}

// awaitCopy returns the transaction once the core's own copy is stored. A core
// that refused to save the answer never stores one: then it returns the
// transaction as it is.
func (f *finisher) awaitCopy(ctx context.Context) (Transaction, error) {
	for i := 0; ; i++ {
		tx, err := f.look(ctx)
		switch {
		case err == nil && (tx.Response != nil || i+1 >= finishPolls):
			return tx, nil
		case err != nil && (!Retryable(err) || i+1 >= finishPolls):
			return tx, err
		}
		if err := f.pause(ctx, backoff(i)); err != nil {
			return tx, err
		}
	}
}

// keep sends u until it has been seen stored twice in a row: the core writes
// response and status one after the other.
func (f *finisher) keep(ctx context.Context, tx Transaction, u Update) error {
	var last error
	kept, puts := 0, 0
	left := u.missing(tx)
	for {
		wait := finishKeepPause
		if left.empty() {
			if kept++; kept == 2 {
				return nil
			}
		} else {
			kept = 0
			if puts == finishPuts {
				return &NotKeptError{ID: f.id, Missing: left.names(), Err: last}
			}
			if last = f.api.putTransaction(ctx, f.id, left); last != nil && !Retryable(last) {
				return f.ended(ctx, last)
			}
			f.pushed = f.pushed || last == nil && len(left.PushOrchestrations) > 0
			wait = backoff(puts)
			puts++
		}
		// Look until the transaction is seen: nothing is sent blindly.
		for i := 0; ; i++ {
			if err := f.pause(ctx, max(wait, backoff(i))); err != nil {
				return err
			}
			tx, err := f.look(ctx)
			if err == nil {
				left = f.missing(u, tx)
				break
			}
			last = err
			if !Retryable(err) {
				return f.ended(ctx, err)
			}
			if i+1 >= finishPolls {
				return &NotKeptError{ID: f.id, Missing: left.names(), Err: err}
			}
		}
	}
}

// missing returns what tx does not have of u. A core always keeps its own
// orchestration: when none at all is seen after a push, this user may not see
// them, and pushing again would only store them twice.
func (f *finisher) missing(u Update, tx Transaction) Update {
	left := u.missing(tx)
	if f.pushed && len(tx.Orchestrations) == 0 {
		left.PushOrchestrations = nil
	}
	return left
}

// look reads the transaction without its bodies.
func (f *finisher) look(ctx context.Context) (Transaction, error) {
	return f.api.transaction(ctx, f.id, RepresentationDetails)
}

func (f *finisher) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return f.ended(ctx, ctx.Err())
	}
}

// ended gives the context's cause when that is why err happened.
func (f *finisher) ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("openhim: finish transaction %s: %w", f.id, context.Cause(ctx))
}

// backoff is 50 ms, 100 ms, ... 3 s.
func backoff(i int) time.Duration {
	d := finishMinPause
	for ; i > 0 && d < finishMaxPause; i-- {
		d *= 2
	}
	return min(d, finishMaxPause)
}
