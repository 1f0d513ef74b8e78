package router

import (
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// Quirk names what went wrong in the core because of a mediator's answer (or of
// a channel), by the sections of openhim-core.md.
type Quirk string

// The quirks that end the core's worker process (section 10, Q3; section 12).
const (
	QuirkOrchestrationRequest Quirk = "an orchestration without request kills the worker (Q3, events.js)"
	QuirkCompression          Quirk = "a body that Content-Encoding gzip or deflate does not fit kills the worker (Q3, router.js)"
	QuirkCharset              Quirk = "a compressed body with a charset Node does not know kills the worker (Q3, router.js)"
	QuirkPattern              Quirk = "a channel pattern that is not a regular expression kills the worker (section 12, requestMatching.js)"
	QuirkContentMatch         Quirk = "a body the channel's content match cannot read kills the worker (requestMatching.js)"
)

// The quirks that lose what the mediator sent or answer the client with a 500 of
// the core's own making.
const (
	QuirkRefusedSave   Quirk = "the database refused the transaction's update: response, orchestrations, properties and error are lost (Q6, messageStore.js)"
	QuirkRefusedRoute  Quirk = "the database refused the secondary route's answer: it is not stored (Q6, messageStore.js)"
	QuirkRefusedStart  Quirk = "the database refused the transaction: the client gets 500 and nothing is stored (messageStore.js)"
	QuirkEnvelope      Quirk = "the envelope cannot be used: the client gets 500 (section 5, router.js)"
	QuirkStoreResponse Quirk = "orchestrations or bodies of the wrong type: the client gets 500 although the mediator succeeded (Q4, messageStore.js)"
	QuirkHang          Quirk = "the mediator's connection ended inside the body: the client is never answered (section 7, router.js)"
	QuirkUnreachable   Quirk = "the mediator was not reached or did not answer in time: the client gets 500 (section 7, router.js)"
	QuirkRewrite       Quirk = "the answer has no body to rewrite URLs in: the client gets 500 (rewriteUrls.js)"
	QuirkNoPrimary     Quirk = "the channel does not have exactly one enabled primary route (router.js)"
)

// Failure is something the real core would have suffered.
type Failure struct {
	Quirk Quirk
	// Fatal: the real core's worker process would have died.
	Fatal bool
	// Transaction it happened in; empty when none was stored yet.
	Transaction mongo.ObjectID
	// Detail is the error's text.
	Detail string
	At     time.Time
}

func (r *Router) report(quirk Quirk, fatal bool, tx mongo.ObjectID, detail string) {
	if r.deps.Report == nil {
		return
	}
	r.deps.Report(Failure{Quirk: quirk, Fatal: fatal, Transaction: tx, Detail: detail, At: r.deps.Clock()})
}
