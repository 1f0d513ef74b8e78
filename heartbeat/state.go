package heartbeat

import "time"

// State is what a [Heartbeat] knows at one instant. It is a copy.
type State struct {
	// Running says that Run is under way.
	Running bool
	// Alive says that the core counts the mediator as alive: Run is under way,
	// the core took a beat less than 60 s ago and has not answered since then
	// that it does not know the mediator. It outlasts a short outage, so it is
	// the one for a readiness check.
	Alive bool
	// Beating says that the core took the latest beat.
	Beating bool
	// Since is when Beating became what it is; zero before the first answer.
	Since time.Time

	// LastBeat is when the latest beat that the core took was sent; zero
	// before the first one.
	LastBeat time.Time
	// LastError is why the latest beat or registration failed; nil when it
	// did not.
	LastError error
	// Beats counts the beats that the core took, Failures the beats and
	// re-registrations that failed, FailuresInRow those since the latest beat
	// it took, Registrations the re-registrations that worked. They go on
	// counting over several Runs.
	Beats, Failures, FailuresInRow, Registrations uint64

	// ConfigHash tells configs apart by content: 12 hexadecimal digits, the
	// same in every replica that took the same config, empty before the first
	// one. A password may be guessed from it by who knows all the rest of a
	// config, so show it to administrators only.
	ConfigHash string
	// ConfigTaken is when OnConfig took the config of ConfigHash.
	ConfigTaken time.Time
	// ConfigError is why the latest config was not taken, nil when it was. Its
	// text is what OnConfig said, which may hold values.
	ConfigError error
}

// State returns what is known now. It never waits for the core and is safe for
// concurrent use, so a health check may call it as often as it likes.
func (h *Heartbeat) State() State {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state
	s.Running = h.done != nil
	s.Alive = s.Running && h.known && time.Since(s.LastBeat) < aliveFor
	return s
}

// update changes the state.
func (h *Heartbeat) update(change func(*State)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(&h.state)
}
