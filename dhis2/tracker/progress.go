package tracker

import "time"

// Progress is how a run is going.
type Progress struct {
	// Tally counts the objects whose results are out.
	Tally Tally
	// Records is the number of records read, those before the checkpoint included; Final of them
	// are behind the checkpoint's position already.
	Records, Final int64
	// Rate is the objects a second whose results came out since the last Progress, Average since
	// the run began.
	Rate, Average float64
	// InFlight is the number of requests under way, Concurrency how many there may be now.
	InFlight, Concurrency int
	// Held is the number of objects in memory, Waiting those of them that wait for a parent.
	Held, Waiting int
	// Requests is the number of import requests, Retries how many of them repeated or split others.
	Requests, Retries int64
	// Parked is the number of records parked in this run.
	Parked int64
	// P95 is the 95th percentile of the latency of the last import requests.
	P95 time.Duration
	// Elapsed is the time since the run began.
	Elapsed time.Duration
	// Done says that the run is over.
	Done bool
}

// Summary is what a run did.
type Summary struct {
	// Tally counts the results.
	Tally Tally
	// Records is the number of records of this run, Skipped of those that a checkpoint left out.
	Records, Skipped int64
	// Parked is the number of records parked, by Cause.ID.
	Parked map[string]int64
	// Requests is the number of import requests, Retries how many of them repeated or split others.
	Requests, Retries int64
	// Elapsed is the time the run took.
	Elapsed time.Duration
	// Complete says that the source came to its end and every object has its final fate.
	Complete bool
}

// meter makes rates of counts.
type meter struct {
	begun, last time.Time
	before      int64
}

func (m *meter) rates(total int64, now time.Time) (recent, average float64) {
	if d := now.Sub(m.last).Seconds(); d > 0 {
		recent = float64(total-m.before) / d
	}
	if d := now.Sub(m.begun).Seconds(); d > 0 {
		average = float64(total) / d
	}
	m.last, m.before = now, total
	return recent, average
}
