package mediator

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// Transaction is what OpenHIM said of a request, and what the mediator will
// tell it: properties and orchestrations. It is safe for concurrent use. The
// methods of a nil Transaction do nothing and return zero values, so code that
// runs outside of a request need not ask.
type Transaction struct {
	id            string
	clientID      string
	clientTrusted bool
	forwardedFor  string
	forwardedHost string
	parentID      string
	taskID        string
	channelID     string
	lastRunAt     string
	received      time.Time
	recording     *Recording
	logger        *slog.Logger

	mu         sync.Mutex
	calls      []*call // since the last take
	recorded   int     // calls of the whole transaction
	dropped    int     // calls beyond Recording.MaxOrchestrations
	properties map[string]string
	status     openhim.Status
}

// newTransaction reads the facts of a request. Its ID is empty where the
// request did not come through a core.
func newTransaction(h http.Header, clientTrusted bool, recording *Recording, logger *slog.Logger) *Transaction {
	t := &Transaction{
		id:            objectID(first(h, headerTransactionID)),
		clientID:      first(h, "X-Openhim-Clientid"),
		forwardedFor:  first(h, "X-Forwarded-For"),
		forwardedHost: first(h, "X-Forwarded-Host"),
		parentID:      objectID(first(h, "Parentid")),
		taskID:        objectID(first(h, "Taskid")),
		channelID:     objectID(first(h, "Channel-Id")),
		lastRunAt:     first(h, "X-Openhim-Lastrunat"),
		received:      time.Now(),
		recording:     recording,
		logger:        logger,
	}
	t.clientTrusted = clientTrusted && t.id != ""
	return t
}

// first is the first value of a header whose name is in its canonical form.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

const headerTransactionID = "X-Openhim-Transactionid"

type transactionKey struct{}

// TransactionFrom returns the transaction a context carries, or nil.
func TransactionFrom(ctx context.Context) *Transaction {
	t, _ := ctx.Value(transactionKey{}).(*Transaction)
	return t
}

// ID is the transaction's ID, 24 hexadecimal digits, or "" where the request
// did not come through OpenHIM.
func (t *Transaction) ID() string {
	if t == nil {
		return ""
	}
	return t.id
}

// ClientID is the clientID of the caller as the request says it, or "".
// Unless ClientIDTrusted, anybody may have written it: on a public channel the
// core hands on what the caller sent (openhim-core.md section 7).
func (t *Transaction) ClientID() string {
	if t == nil {
		return ""
	}
	return t.clientID
}

// ClientIDTrusted reports whether the core vouches for ClientID: the request
// came with a transaction ID, and all channels leading here are private. That
// only the core can reach the mediator is for the network, or for mutual TLS,
// to see to.
func (t *Transaction) ClientIDTrusted() bool { return t != nil && t.clientTrusted }

// ForwardedFor is the IP address of the caller, and ForwardedHost the host it
// asked, as the core saw them; both are "" when the core itself polls.
func (t *Transaction) ForwardedFor() string {
	if t == nil {
		return ""
	}
	return t.forwardedFor
}

// ForwardedHost is the Host the caller asked for. See ForwardedFor.
func (t *Transaction) ForwardedHost() string {
	if t == nil {
		return ""
	}
	return t.forwardedHost
}

// Received is when the mediator got the request.
func (t *Transaction) Received() time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.received
}

// IsRerun reports whether the request repeats an earlier transaction.
func (t *Transaction) IsRerun() bool { return t.ParentID() != "" }

// ParentID is the transaction this one repeats, or "". The core hands on a
// header of that name from callers too, so a caller that is not trusted may
// have written it.
func (t *Transaction) ParentID() string {
	if t == nil {
		return ""
	}
	return t.parentID
}

// TaskID is the task that repeats the transaction, or "".
func (t *Transaction) TaskID() string {
	if t == nil {
		return ""
	}
	return t.taskID
}

// IdempotencyKey is the same for a transaction and for its reruns: the
// ParentID of a rerun, else the ID; "" outside OpenHIM. A rerun of a rerun has
// the first rerun's ID as its key.
func (t *Transaction) IdempotencyKey() string {
	if p := t.ParentID(); p != "" {
		return p
	}
	return t.ID()
}

// IsPolling reports whether a polling channel made the request.
func (t *Transaction) IsPolling() bool { return t.ChannelID() != "" }

// ChannelID is the polling channel that made the request, or "": the core
// names the channel in no other case.
func (t *Transaction) ChannelID() string {
	if t == nil {
		return ""
	}
	return t.channelID
}

// LastRunAt is when a polling channel last ran, or the zero time.
func (t *Transaction) LastRunAt() time.Time {
	if t == nil {
		return time.Time{}
	}
	// The text of a JavaScript Date; what is in brackets names the zone again.
	text, _, _ := strings.Cut(t.lastRunAt, " (")
	at, err := time.Parse("Mon Jan 02 2006 15:04:05 GMT-0700", text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// SetProperty sets a property of the transaction: it is shown in the console,
// which can filter by it. Neither key nor value may hold patient data.
func (t *Transaction) SetProperty(key, value string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.properties == nil {
		t.properties = make(map[string]string)
	}
	t.properties[key] = value
}

// SetStatus overrides the computed status of the transaction. The Response's
// TransactionStatus overrides this one.
func (t *Transaction) SetStatus(status openhim.Status) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status = status
}

// Logger is the mediator's logger with the transaction's ID. It is silent for
// a nil Transaction.
func (t *Transaction) Logger() *slog.Logger {
	if t == nil || t.logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	if t.id == "" {
		return t.logger
	}
	return t.logger.With(slog.String("transaction_id", t.id))
}

// objectID is s where it is one of the core's IDs, else "".
func objectID(s string) string {
	if len(s) != 24 {
		return ""
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return ""
		}
	}
	return s
}
