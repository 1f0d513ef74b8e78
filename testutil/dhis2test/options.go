package dhis2test

import (
	"context"
	"net/http"
	"time"
)

// Options sets up a [Server]. The zero value is a server with the seed
// metadata, the users of [DefaultUsers] and the real clock.
type Options struct {
	// Version is the release to copy: "2.40", "2.41", "2.42" or "2.43", or a
	// full number of one of them, which system/info then shows. 2.41 to 2.43
	// are proved by recordings, 2.40 goes by the source. Defaults to [Version].
	Version string

	// BasePath is where the server is mounted, such as "/dhis": the API is
	// then below URL + "/dhis/api" and everything else is a 404. Defaults to
	// nothing.
	BasePath string

	// Metadata is the server's metadata as a DHIS2 metadata export (the body
	// of POST /api/metadata). More can be added with [Server.Seed].
	// Defaults to [SeedMetadata].
	Metadata []byte

	// Users who may sign in. Defaults to [DefaultUsers].
	Users []User

	// SessionTimeout is how long a session lasts that is not used. Defaults to
	// an hour, as on a real server.
	SessionTimeout time.Duration

	// Latency makes the server slow. Defaults to no delay.
	Latency Latency

	// Gzip makes the server compress answers for clients that accept it, as
	// the proxy in front of a real one does.
	Gzip bool

	// MaxBody is the size in bytes above which a request is answered 413, as
	// by a proxy. Defaults to 64 MiB.
	MaxBody int64

	// MaxRequests is how many requests [Server.Requests] keeps, the newest;
	// MaxRecorded bounds the bytes of their bodies, of which the oldest are
	// dropped first. They default to 10,000 and 64 MiB.
	MaxRequests int
	MaxRecorded int64

	// Race makes simultaneous imports race as on a real server, where nothing
	// is locked (dhis2.md section 0, fact 9): an import is validated against
	// what is stored, then Race is called without any lock, then it commits.
	// What another one has stored meanwhile is not seen: two holders of a
	// unique value, two events in a stage that is not repeatable, lost data
	// values; the database's keys answer with errors instead (fact 2). Race
	// may return at once, wait, or hold requests back to arrange an order. nil,
	// the default, imports one request after the other.
	Race func(r *http.Request)

	// JobStage is called, without a lock, when an asynchronous import has
	// reached a stage, such as "Running PreHeat" or "Commit Transaction"
	// (dhis2.md 1.1, "Async answer"). It may wait, to see a job in the middle:
	// the context ends with the server. An error kills the job, which then
	// never has a report. nil, the default, lets jobs run.
	JobStage func(ctx context.Context, job, stage string) error

	// ProgramRules stands for the server's program rules: it is asked about
	// every enrollment and event that has passed the validation, unless the
	// request says skipRuleEngine=true. It is called with the server locked
	// and must not call the server. nil, the default, has no rules.
	ProgramRules func(RuleSubject) []RuleResult

	// Now is the server's clock. It is called with the server locked and must
	// not call the server. Defaults to time.Now.
	Now func() time.Time

	// Location is the server's time zone: DHIS2 writes its timestamps without
	// a zone, in this one, and reads dates without a zone in it (dhis2.md
	// section 0, fact 7). Defaults to Africa/Nairobi (UTC+3), never UTC, so
	// that a client which forgets the zone fails its test.
	Location *time.Location
}

func (o Options) withDefaults() Options {
	if o.Metadata == nil {
		o.Metadata = SeedMetadata()
	}
	if o.Users == nil {
		o.Users = DefaultUsers()
	}
	if o.SessionTimeout == 0 {
		o.SessionTimeout = time.Hour
	}
	if o.Latency.Workers == 0 {
		o.Latency.Workers = 2
	}
	if o.MaxBody == 0 {
		o.MaxBody = 64 << 20
	}
	if o.MaxRequests == 0 {
		o.MaxRequests = 10_000
	}
	if o.MaxRecorded == 0 {
		o.MaxRecorded = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.FixedZone("Africa/Nairobi", 3*60*60)
	}
	return o
}
