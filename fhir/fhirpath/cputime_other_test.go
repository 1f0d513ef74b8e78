//go:build !unix

package fhirpath_test

import "time"

// cpuTime is the clock where the system does not say.
func cpuTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
