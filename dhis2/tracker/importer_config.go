package tracker

import (
	"context"
	"log/slog"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// ImporterConfig is how an [Importer] works. Client is needed, all else has a default.
type ImporterConfig struct {
	// Client is the server, a *[dhis2.Client]. Its own repetitions are not used: the importer repeats by itself.
	Client Client
	// Params go with every request: id schemes, Report, SkipRuleEngine and so on. Strategy, Atomic
	// and Mode are the importer's and must be empty. Defaults to none.
	Params Params
	// Async sends imports as jobs. The server runs them one at a time, so this is slower than the
	// default; it is for servers behind proxies that cut long requests.
	Async bool
	// Atomic is how much of a request fails together. Defaults to AtomicAll for a request with one
	// record and AtomicObject for one with several.
	Atomic AtomicMode

	// MaxObjects bounds the objects of one request; a single record may be larger. Defaults to 500.
	MaxObjects int
	// MaxBytes bounds the body of one request; a single record may be larger. Defaults to 4 MiB,
	// below what proxies accept.
	MaxBytes int
	// MinRequests and MaxRequests bound how many requests are under way at once; between them the
	// number follows what the server takes best. Default to 1 and 8. An Async importer has 1.
	MinRequests, MaxRequests int
	// LookAhead bounds the objects that are in memory. Defaults to MaxObjects × (MaxRequests + 2).
	LookAhead int
	// Linger is how long records wait for others to share a request with, if the source is slow.
	// Defaults to 20 ms.
	Linger time.Duration

	// AttemptTimeout bounds one request. Defaults to 1 minute, where many proxies cut, too.
	AttemptTimeout time.Duration
	// SlowAfter is the 95th percentile of the latency above which the number of requests at once
	// is halved. Defaults to half of AttemptTimeout.
	SlowAfter time.Duration
	// Attempts is how often a request is sent that the server fails over, before its halves are
	// sent, and at last the record at fault is parked. Defaults to 5.
	Attempts int
	// MinWait is the pause before the second attempt; it doubles up to MaxWait, half of it is
	// spread at random. Default to 200 ms and 30 s.
	MinWait, MaxWait time.Duration
	// Patience is how long the importer waits for a server that cannot be reached before it gives
	// up. Nothing is parked for it. Defaults to 10 minutes.
	Patience time.Duration
	// Rest is how long the next change of a tracked entity waits after an answer about it was
	// lost: the lost request may still be at work in the server, and would overwrite it. After a
	// crash the run that resumes from a checkpoint waits as long before it sends anything; without
	// Checkpoints that is the caller's care. Defaults to 30 s; negative for none.
	Rest time.Duration
	// Drain is how long requests under way may go on when the context of a run ends. Defaults to
	// 10 s; negative cuts them at once.
	Drain time.Duration

	// JobTimeout bounds the wait for one job of an Async importer. Defaults to 15 minutes.
	JobTimeout time.Duration
	// PollMin and PollMax are the first and the longest pause between two looks at a job. Default
	// to 200 ms and 5 s.
	PollMin, PollMax time.Duration

	// Guard keeps old data from overwriting newer. Defaults to a [MemoryGuard] of its own.
	Guard Guard
	// Park keeps the records that did not land. Defaults to a [MemoryPark] of its own.
	Park ParkStore
	// ParkPayloads writes the objects themselves to Park, which is patient data. Without them
	// Reload is needed to release anything. Defaults to no.
	ParkPayloads bool
	// Reload reads a parked record again from its source, given its Source. Defaults to none.
	Reload func(ctx context.Context, p Parked) (Record, error)
	// Checkpoints keeps how far a run has come, under CheckpointKey, which names the source. A run
	// leaves out what a checkpoint of that key says is done: the source must give the same records
	// in the same order. Defaults to none.
	Checkpoints   Checkpoints
	CheckpointKey string
	// CheckpointEvery is the time between two checkpoints. Defaults to 1 s.
	CheckpointEvery time.Duration

	// Unique are the UIDs of the attributes whose value identifies a tracked entity. When the
	// server refuses one because another holds the value (E1064), the importer takes that one's
	// UID, sends the record as an update of it and remembers it in Guard. Two holders, or another
	// attribute, are parked. It needs Params.IDScheme to be UIDs. Defaults to none.
	Unique []string
	// HolderOrgUnits is the orgUnitMode of that search. Defaults to ACCESSIBLE.
	HolderOrgUnits string
	// Reincarnate gives the UID under which a deleted object comes back; false parks it. It is
	// called with the object and the UID that is used up, also by several goroutines at once. Defaults
	// to parking.
	Reincarnate func(ref Ref, used string) (uid string, ok bool)
	// Refresh is called once a run and cause when the server refuses an object because of its
	// metadata, never twice at the same time; the record is sent once more after it. An error parks
	// the record. Defaults to parking at once.
	Refresh func(ctx context.Context, c Cause) error
	// CheckParents asks the server, for every request, whether the parents that are not in it were
	// deleted: it accepts new children of deleted parents, which nobody ever sees (dhis2.md 0, fact
	// 8). It costs one GET per hundred parents. Defaults to no.
	CheckParents bool
	// ParentWait is how long an object waits for a parent that is not at the server and has not
	// landed in this run, each time; after four times it is parked. Objects up to half of LookAhead wait; the oldest gives
	// way to more. Defaults to 30 s.
	ParentWait time.Duration

	// Alert is told of each new cause that records are parked for, once as long as the park holds
	// any of it. Defaults to nobody.
	Alert func(c Cause)
	// Progress is told how the run is going, every ProgressEvery, 1 s by default, and at its end.
	Progress      func(p Progress)
	ProgressEvery time.Duration
	// Logger gets repetitions, splits and alerts, with codes and UIDs of metadata only. Defaults to
	// silence.
	Logger *slog.Logger
}

func (cfg *ImporterConfig) setDefaults() {
	orDefault(&cfg.MaxObjects, 500)
	orDefault(&cfg.MaxBytes, 4<<20)
	orDefault(&cfg.MaxRequests, 8)
	orDefault(&cfg.MinRequests, 1)
	cfg.MinRequests = min(cfg.MinRequests, cfg.MaxRequests)
	if cfg.Async {
		cfg.MinRequests, cfg.MaxRequests = 1, 1
	}
	orDefault(&cfg.LookAhead, cfg.MaxObjects*(cfg.MaxRequests+2))
	orDefault(&cfg.Linger, 20*time.Millisecond)
	orDefault(&cfg.AttemptTimeout, time.Minute)
	orDefault(&cfg.SlowAfter, cfg.AttemptTimeout/2)
	orDefault(&cfg.Attempts, 5)
	orDefault(&cfg.MinWait, 200*time.Millisecond)
	orDefault(&cfg.MaxWait, 30*time.Second)
	cfg.MaxWait = max(cfg.MaxWait, cfg.MinWait)
	orDefault(&cfg.Patience, 10*time.Minute)
	orDefault(&cfg.JobTimeout, 15*time.Minute)
	orDefault(&cfg.PollMin, 200*time.Millisecond)
	orDefault(&cfg.PollMax, 5*time.Second)
	orDefault(&cfg.CheckpointEvery, time.Second)
	orDefault(&cfg.ProgressEvery, time.Second)
	orDefault(&cfg.ParentWait, 30*time.Second)
	orUnlessNegative(&cfg.Rest, 30*time.Second)
	orUnlessNegative(&cfg.Drain, 10*time.Second)
	if cfg.Guard == nil {
		cfg.Guard = NewMemoryGuard(0)
	}
	if cfg.Park == nil {
		cfg.Park = NewMemoryPark(0)
	}
	if cfg.HolderOrgUnits == "" {
		cfg.HolderOrgUnits = "ACCESSIBLE"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
}

func (cfg *ImporterConfig) check() error {
	switch {
	case cfg.Client == nil:
		return &dhis2.ConfigError{Field: "Client", Reason: "is missing"}
	case cfg.Checkpoints != nil && cfg.CheckpointKey == "":
		return &dhis2.ConfigError{Field: "CheckpointKey", Reason: "is missing; give each source a key of its own"}
	case cfg.Params.Strategy != "" || cfg.Params.Atomic != "" || cfg.Params.Mode != "" || cfg.Params.AllowMissingUIDs:
		return &dhis2.ConfigError{Field: "Params", Reason: "must not set Strategy, Atomic, Mode or AllowMissingUIDs"}
	}
	if _, err := cfg.Params.Query(); err != nil {
		return &dhis2.ConfigError{Field: "Params", Reason: err.Error()}
	}
	if scheme := cfg.Params.IDScheme; len(cfg.Unique) > 0 && scheme != "" && scheme != dhis2.SchemeUID {
		return &dhis2.ConfigError{Field: "Unique", Reason: "needs records that name attributes by UID: Params.IDScheme must be empty"}
	}
	for _, uid := range cfg.Unique {
		if !dhis2.ValidUID(uid) {
			return &dhis2.ConfigError{Field: "Unique", Reason: "holds what is no UID of an attribute"}
		}
	}
	return nil
}

func orDefault[T ~int | ~int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

func orUnlessNegative(field *time.Duration, value time.Duration) {
	switch {
	case *field == 0:
		*field = value
	case *field < 0:
		*field = 0
	}
}
