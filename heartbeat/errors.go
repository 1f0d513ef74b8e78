package heartbeat

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// ErrRunning is returned by [Heartbeat.Run] while another Run of the same
// Heartbeat is under way.
var ErrRunning = errors.New("heartbeat: already running")

// errStopped is the cause of a Run's context after [Heartbeat.Stop].
var errStopped = errors.New("heartbeat: stopped")

// errRegistration marks what went wrong about a re-registration.
var errRegistration = errors.New("heartbeat: registering the mediator again")

// ParamError says that a setting, or with an empty Param the config as a
// whole, cannot be used. It holds names only, never a value, and so is the one
// error of a config callback whose text goes to the log. Return it from a
// callback to say there what is wrong.
type ParamError struct {
	// Param is the setting's name, with the place inside of it where there is
	// one: "limits.max", "hosts[2]".
	Param string
	// Reason completes "config param x", for example "must be a URL". It must
	// not hold the value.
	Reason string
}

// Error implements error.
func (e *ParamError) Error() string {
	if e.Param == "" {
		return "heartbeat: config " + e.Reason
	}
	return "heartbeat: config param " + e.Param + " " + e.Reason
}

// paramErrors returns the texts of all ParamErrors in err.
func paramErrors(err error) []string {
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case nil:
		return nil
	case *ParamError:
		return []string{e.Error()}
	case interface{ Unwrap() error }:
		return paramErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []string
		for _, sub := range e.Unwrap() {
			all = append(all, paramErrors(sub)...)
		}
		return all
	}
	return nil
}

// panicError is a panic of a callback. The value it panicked with is not kept
// when it is not the runtime's own, as it may hold a password.
type panicError struct {
	what  string
	value string
	stack string
}

func (e *panicError) Error() string {
	return "heartbeat: " + e.what + " panicked: " + e.value
}

// guard calls f, and makes an error of its panic.
func guard(what string, f func() error) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		p := &panicError{what: what, value: fmt.Sprintf("a value of type %T", v), stack: string(debug.Stack())}
		if re, ok := v.(runtime.Error); ok {
			p.value = re.Error()
		}
		err = p
	}()
	return f()
}
