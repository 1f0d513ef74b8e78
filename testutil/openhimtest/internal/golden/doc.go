// Package golden reads the recordings of real OpenHIM cores
// (fixtures/openhim-core/<version>/*.json in the shared folder) and compares
// what the fake does with what the real core did.
//
// The format, the placeholders and how strict a comparison may be are described
// in fixtures/openhim-core/README.md; the rules are applied here once for the
// three kinds of recordings: envelope, request and api.
package golden
