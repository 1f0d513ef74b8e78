package openhim

import "slices"

// Status is the state of a transaction or of a route, in the spelling of the
// core's transaction model (openhim-core, src/model/transactions.js).
type Status string

// The statuses of the core. A status in an envelope overrides everything the
// core would compute itself; see [Envelope].
const (
	// StatusProcessing means the core waits for an answer, or for somebody to
	// update the transaction later. Cores from 8.2 mark what is left in this
	// state without response and error as failed when they start.
	StatusProcessing Status = "Processing"
	// StatusPendingAsync is the state of an unfinished transaction on a channel
	// with IsAsynchronousProcess. The core knows it since 8.3.
	StatusPendingAsync Status = "Pending Async"
	// StatusSuccessful means that every call went well.
	StatusSuccessful Status = "Successful"
	// StatusCompleted means that the request was answered, but not with a 2xx:
	// the core uses it for 3xx and 4xx answers.
	StatusCompleted Status = "Completed"
	// StatusCompletedWithErrors means that the request was answered well while a
	// secondary route or a side call failed.
	StatusCompletedWithErrors Status = "Completed with error(s)"
	// StatusFailed means that the request could not be served.
	StatusFailed Status = "Failed"
)

// Statuses returns all statuses a core knows, in the order of a
// transaction's life.
func Statuses() []Status {
	return []Status{
		StatusProcessing, StatusPendingAsync, StatusSuccessful,
		StatusCompleted, StatusCompletedWithErrors, StatusFailed,
	}
}

// Valid reports whether s is one of the core's statuses. Cores from 5.0 store
// any text; 4.x stores nothing at all when the status is unknown.
func (s Status) Valid() bool { return slices.Contains(Statuses(), s) }

// Final reports whether a transaction in this state is finished.
func (s Status) Final() bool {
	return s.Valid() && s != StatusProcessing && s != StatusPendingAsync
}
