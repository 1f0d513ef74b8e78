//go:build unix

package fhirpath_test

import (
	"syscall"
	"time"
)

// cpuTime is what the process has used, which other processes do not disturb.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
