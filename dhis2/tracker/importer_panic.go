package tracker

import (
	"fmt"
	"runtime/debug"
)

// panicError is what a function of the caller panicked with in a goroutine of a run. Run panics with
// it in the caller's own, where it can be recovered.
type panicError struct {
	value any
	stack []byte
}

// Error implements error.
func (e *panicError) Error() string {
	return fmt.Sprintf("tracker: import: a source, store or callback panicked: %v\n\n%s", e.value, e.stack)
}

// recovered ends the run if the goroutine that defers it panics.
func (r *run) recovered() {
	if value := recover(); value != nil {
		r.tell(event{kind: eventFatal, err: &panicError{value: value, stack: debug.Stack()}})
	}
}

// abandon ends the goroutines of a run whose loop panicked, without waiting for them: the source may
// be waiting for whoever recovers.
func (r *run) abandon() {
	if !r.isStopping() {
		close(r.stopping)
	}
	r.cutWork(errStopped)
	over := make(chan struct{})
	go func() {
		r.workers.Wait()
		close(over)
	}()
	go func() {
		for intake := r.intake; ; {
			select {
			case <-r.events:
			case _, more := <-intake:
				if !more {
					intake = nil
				}
			case <-over:
				return
			}
		}
	}()
}
