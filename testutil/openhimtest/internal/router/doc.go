// Package router is the transaction half of the fake OpenHIM core: it takes a
// client's request, finds the channel, sends the request to its routes, reads the
// mediator's answer with all its quirks, answers the client and stores the
// transaction, its events and its reruns.
//
// It follows koaMiddleware.js, middleware/*.js, tasks.js and polling.js of
// openhim-core 4.0.5 and 8.5.0 as described in openhim-core.md sections 5 to 8, 10
// and 12, and the libraries that decide what is seen on the wire: Node's http,
// koa, koa-compress, cookies. Requests and answers are read and written by hand,
// because order and case of header names, half answers and wrong framing matter.
//
// Where the real worker process would die, the fake lives on and reports a
// [Failure] that names the quirk.
package router
