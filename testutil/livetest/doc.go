// Package livetest holds the tests that run mediators behind a real OpenHIM
// core. `make live` starts the core and runs them; without OPENHIM_URL they are
// skipped. The contract suite's own live run is in testutil/openhimtest.
package livetest
