// Package js holds the little of JavaScript that decides what an OpenHIM core
// does with a mediator's answer: JSON.parse with V8's errors (Node 20), values
// with ordered keys, String(), parseInt and JSON.stringify.
//
// Strings are UTF-8 here: a lone surrogate, which JavaScript keeps, is U+FFFD at
// once, as it is on the wire.
package js
