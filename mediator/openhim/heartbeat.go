package openhim

import "time"

// Heartbeat is a mediator's sign of life. The core counts a mediator as alive
// for 60 seconds after it.
type Heartbeat struct {
	// Uptime of the mediator's process.
	Uptime time.Duration
	// WantConfig asks for the whole config with the answer.
	WantConfig bool
}

// HeartbeatReply is the core's answer to a heartbeat.
type HeartbeatReply struct {
	// Config is the whole current config as a JSON object, passwords in the
	// clear, or nil when the core sent none. It sends one when it was asked,
	// and once, to one of the replicas of a mediator only, after a change.
	Config []byte
}
