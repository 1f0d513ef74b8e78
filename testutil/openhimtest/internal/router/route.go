package router

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// routed is what became of sending a request to a channel's routes.
type routed struct {
	routed  bool // requests were sent: a final status follows
	fatal   bool
	hang    bool
	err     *js.Error // thrown: koa answers 500
	pending *pendingRoutes
}

// routeResult is a secondary route's element of transaction.routes.
type routeResult struct {
	doc    mongo.Doc
	status float64 // of its response, for the final status
	// orchestrations of its envelope, for the events.
	orchestrations any
	name           string
	request        time.Time
	response       any
	urn            any
}

// orchestration is the core's own record of its request to the primary route.
type orchestration struct {
	name   string
	host   string
	port   float64
	path   string
	answer *incoming
	err    *js.Error
}

// grace is how much later than an answer a worker dies.
const grace = 50 * time.Millisecond

// route is router.js: sends the request to every enabled route and answers with
// the primary's.
func (x *exchange) route(ctx context.Context) routed {
	if !x.modern() && !x.methodAllowed() {
		return routed{}
	}
	routes := enabledRoutes(x.channel)
	primaries := 0
	for _, route := range routes {
		if flag(route, "primary") {
			primaries++
		}
	}
	if primaries > 1 {
		x.router.report(QuirkNoPrimary, false, x.tx, "more than one")
		return routed{err: &js.Error{Class: "Error", Message: "Cannot route transaction: Channel contains multiple primary routes and only one primary is allowed"}}
	}

	out := routed{routed: true, pending: &pendingRoutes{left: make(chan struct{})}}
	fatal := make(chan struct{}, len(routes))
	var primary chan result
	for _, route := range routes {
		request := x.outgoing(route)
		if !flag(route, "primary") {
			out.pending.group.Go(func() { //nolint:contextcheck // the core goes on without the client
				if x.secondary(route, request) {
					fatal <- struct{}{}
				}
			})
			continue
		}
		x.primary = route
		primary = make(chan result, 1)
		x.router.work.Go(func() { primary <- x.router.send(request) }) //nolint:contextcheck // the core goes on without the client
		x.own = append(x.own, &orchestration{name: text(route, "name"), host: request.host, port: float64(request.port), path: request.path})
	}
	if len(routes) == len(x.own) { // no secondary route: nothing is left to wait for
		close(out.pending.left)
	} else {
		x.router.work.Go(func() {
			out.pending.group.Wait()
			close(out.pending.left)
		})
	}
	if primary == nil {
		x.router.report(QuirkNoPrimary, false, x.tx, "none")
		out.hang = true
		return out
	}
	select {
	case res := <-primary:
		x.primaryDone(res, &out)
	case <-fatal:
		// The worker dies when a stream ends in an error, a little later than an answer
		// that came at the same time.
		select {
		case res := <-primary:
			x.primaryDone(res, &out)
		case <-time.After(grace):
			out.fatal = true
		}
	case <-ctx.Done():
		// The client is gone; the core goes on without it.
		x.primaryDone(<-primary, &out)
	}
	return out
}

func (x *exchange) primaryDone(res result, out *routed) {
	switch {
	case res.fatal != "":
		x.router.report(res.fatal, true, x.tx, res.detail)
		out.fatal = true
		return
	case res.hang:
		x.router.report(QuirkHang, false, x.tx, res.detail)
		out.hang = true
		return
	}
	own := x.own[0]
	own.answer, own.err = res.answer, res.err
	err := res.err
	quirk := QuirkUnreachable
	if err == nil {
		quirk = QuirkEnvelope
		err = x.use(res.answer)
	}
	if err != nil {
		x.router.report(quirk, false, x.tx, err.Message)
		x.serverError(err)
	}
}

// use reads the primary route's answer.
func (x *exchange) use(answer *incoming) *js.Error {
	kind, _ := answer.headers.Get("content-type").(string)
	if !isEnvelope(kind) {
		return x.respond(answer.status, answer.headers, answer.body, answer.timestamp)
	}
	if err := x.useEnvelope(bodyText(answer.body)); err != nil {
		return err
	}
	return nil
}

// serverError is handleServerError for the primary route.
func (x *exchange) serverError(err *js.Error) {
	x.autoRetry = true
	x.res.explicit, x.res.status = true, 500
	x.res.timestamp = x.router.deps.Clock()
	x.res.setBody("An internal server error occurred")
	failure := &js.Object{}
	failure.Set("message", err.Message)
	failure.Set("stack", err.Stack())
	x.failure = failure
}

// methodAllowed is isMethodAllowed: before 7.0.1 the router, not the matching,
// looks at the method.
func (x *exchange) methodAllowed() bool {
	methods := texts(x.channel, "methods")
	if len(methods) == 0 || slices.Contains(methods, strings.ToUpper(x.method)) {
		return true
	}
	x.res.explicit, x.res.status = true, 405
	x.res.timestamp = x.router.deps.Clock()
	x.res.setBody("Request with method " + x.method + " is not allowed. Only " + strings.Join(methods, ", ") + " methods are allowed")
	return false
}

func enabledRoutes(channel mongo.Doc) []mongo.Doc {
	list, _ := channel["routes"].([]any)
	var out []mongo.Doc
	for _, element := range list {
		if route, ok := element.(mongo.Doc); ok {
			if status := text(route, "status"); status == "" || status == "enabled" {
				out = append(out, route)
			}
		}
	}
	return out
}

// outgoing builds the request to a route. Names are taken out of the headers all
// routes share, so an earlier route decides for the later ones.
func (x *exchange) outgoing(route mongo.Doc) outgoing {
	out := outgoing{method: x.method, host: text(route, "host"), path: destination(route, x.path), timeout: x.router.deps.Timeout}
	if x.query != "" {
		out.path += "?" + x.query
	}
	if port, ok := route["port"].(float64); ok {
		out.port = int(port)
	}
	if ms, ok := x.channel["timeout"].(float64); ok {
		out.timeout = time.Duration(ms) * time.Millisecond
	}
	if !flag(route, "forwardAuthHeader") && x.headerText("authorization") != "" {
		x.header.Delete("authorization")
	}
	if user, password := text(route, "username"), text(route, "password"); user != "" && password != "" {
		out.auth = user + ":" + password
	}
	if x.headerText("host") != "" {
		x.header.Delete("host")
	}
	if x.sendsBody() {
		out.body = x.body
	}
	if flag(route, "secured") {
		out.tls = x.router.tlsConfig(route, out.host)
	}
	// Node keeps headers by lower-case name: a later spelling replaces an earlier
	// one in its place.
	sent := &js.Object{}
	for _, h := range js.Entries(x.header) {
		sent.Set(strings.ToLower(h.Key), h)
	}
	for _, h := range js.Entries(sent) {
		if entry, ok := h.Value.(js.Entry); ok {
			out.headers = append(out.headers, entry)
		}
	}
	return out
}

func (x *exchange) sendsBody() bool {
	switch x.method {
	case "POST", "PUT":
		return true
	case "PATCH":
		return x.modern()
	default:
		return false
	}
}

// tlsConfig trusts the route's certificate from the key store, or the system's.
func (r *Router) tlsConfig(route mongo.Doc, host string) *tls.Config {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	store, _ := r.collection(model.Keystores).FindOne(mongo.Doc{})
	list, _ := store["ca"].([]any)
	for _, element := range list {
		cert, _ := element.(mongo.Doc)
		if route["cert"] != nil && mongo.Equal(cert["_id"], route["cert"]) {
			config.RootCAs = x509.NewCertPool()
			config.RootCAs.AppendCertsFromPEM([]byte(text(cert, "data")))
		}
	}
	key := text(store, "key")
	own, _ := store["cert"].(mongo.Doc)
	if pair, err := tls.X509KeyPair([]byte(text(own, "data")), []byte(key)); err == nil {
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

// destination is getDestinationPath.
func destination(route mongo.Doc, path string) string {
	if fixed := text(route, "path"); fixed != "" {
		return fixed
	}
	if expression := text(route, "pathTransform"); expression != "" {
		return transformPath(path, expression)
	}
	return path
}

// transformPath is a sed-like s/from/to/, with g for all.
func transformPath(path, expression string) string {
	sub := strings.Split(strings.ReplaceAll(expression, `\/`, ":"), "/")
	if len(sub) < 2 {
		return path
	}
	from := strings.ReplaceAll(sub[1], ":", "/")
	to := ""
	if len(sub) > 2 {
		to = strings.ReplaceAll(sub[2], ":", "/")
	}
	re, err := compilePattern(from)
	if err != nil {
		return path
	}
	return re.replace(path, to, len(sub) > 3 && sub[3] == "g")
}
