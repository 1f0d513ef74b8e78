package openhim

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Transaction returns one transaction with everything that is stored of it;
// up to 15 MiB of bodies, which are patient data as a rule. An unknown ID is a
// *[StatusError] 404.
func (a *API) Transaction(ctx context.Context, id string) (Transaction, error) {
	return a.transaction(ctx, id, RepresentationFull)
}

func (a *API) transaction(ctx context.Context, id string, as Representation) (Transaction, error) {
	if err := checkID("transaction", id); err != nil {
		return Transaction{}, err
	}
	var tx Transaction
	err := a.document(ctx, exchange{
		op: "read transaction", method: http.MethodGet, path: "/transactions/" + id,
		query: url.Values{"filterRepresentation": {string(as)}},
		retry: httpx.RetrySafe, limit: maxList,
	}, &tx)
	return tx, err
}

// Transactions walks over the transactions that match the filter, the newest
// first, and reads them page by page. It ends with the first error, which
// comes with an empty transaction. Transactions that arrive meanwhile are not
// seen; set Until to be sure of it.
func (a *API) Transactions(ctx context.Context, filter TransactionFilter) iter.Seq2[Transaction, error] {
	return func(yield func(Transaction, error) bool) {
		if err := filter.validate(); err != nil {
			yield(Transaction{}, err)
			return
		}
		filters, err := filter.document()
		if err != nil {
			yield(Transaction{}, err)
			return
		}
		as, size := filter.Representation, filter.pageSize()
		if as == "" {
			as = RepresentationSimple
		}
		var last map[string]bool // IDs of the page before: new transactions push old ones down
		for page := 0; ; page++ {
			var list []Transaction
			err := a.document(ctx, exchange{
				op: "list transactions", method: http.MethodGet, path: "/transactions",
				query: url.Values{
					"filterLimit":          {strconv.Itoa(size)},
					"filterPage":           {strconv.Itoa(page)},
					"filterRepresentation": {string(as)},
					"filters":              {filters},
				},
				retry: httpx.RetrySafe, limit: maxList,
			}, &list)
			if err != nil {
				yield(Transaction{}, err)
				return
			}
			seen := make(map[string]bool, len(list))
			for _, tx := range list {
				seen[tx.ID] = true
				if !last[tx.ID] && !yield(tx, nil) {
					return
				}
			}
			if len(list) < size {
				return
			}
			last = seen
		}
	}
}

// CreateTransaction records a transaction that the core did not route. It
// needs at least Status, ChannelID and Request.Timestamp; a core does not tell
// its ID. A broken one is a *[ValidationError].
func (a *API) CreateTransaction(ctx context.Context, tx Transaction) error {
	r := newRules([]ValidateOption{ForVersion(a.version.get())})
	r.required("status", string(tx.Status))
	r.status("status", tx.Status)
	if !objectID.MatchString(tx.ChannelID) {
		r.add("channelID", "must be the core's ID of a channel, 24 hexadecimal digits")
	}
	r.time("request.timestamp", tx.Request.Timestamp, true)
	r.storedHeaders("request.headers", tx.Request.Headers)
	if tx.Response != nil {
		r.storedHeaders("response.headers", tx.Response.Headers)
	}
	for i, o := range tx.Orchestrations {
		r.orchestration(index("orchestrations", i), o)
	}
	r.properties("properties", tx.Properties)
	if err := r.result("transaction"); err != nil {
		return err
	}
	_, err := a.do(ctx, exchange{
		op: "create transaction", method: http.MethodPost, path: "/transactions", body: tx, retry: httpx.RetryUnsent,
	})
	return err
}

// UpdateTransaction changes a transaction once, without looking whether the
// core keeps it. While the core has not stored its own copy of the answer it
// loses status and orchestrations: [API.FinishTransaction] is what a mediator
// wants. An unknown ID is a *[StatusError] 500.
func (a *API) UpdateTransaction(ctx context.Context, id string, u Update) error {
	if err := checkID("transaction", id); err != nil {
		return err
	}
	if err := u.Validate(ForVersion(a.version.get())); err != nil {
		return err
	}
	return a.putTransaction(ctx, id, u)
}

func (a *API) putTransaction(ctx context.Context, id string, u Update) error {
	retry := httpx.RetrySafe
	if len(u.PushOrchestrations) > 0 || u.Error != nil {
		retry = httpx.RetryUnsent // a second push would store them twice, a second error queue two retries
	}
	_, err := a.do(ctx, exchange{
		op: "update transaction", method: http.MethodPut, path: "/transactions/" + id,
		body: u, retry: retry,
	})
	return err
}
