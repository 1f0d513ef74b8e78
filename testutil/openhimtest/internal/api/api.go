// Package api is the management API of the fake OpenHIM core: every call that
// openhim-core.md sections 1 to 4 and 8 name, with the answers that real cores of
// the versions 4.0.5 and 8.5.0 gave in the recordings.
//
//	set := model.New("8.5.0")
//	db := set.NewDB(nil)
//	handler := api.New(api.Deps{DB: db, Models: set, RootPassword: "secret"})
//
// New stores the root user, the default roles and the key store in the database
// when they are not there yet. Everything else is read from and written to the
// database, which the router shares.
package api

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"net/http"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// Backend is what the API asks of the router's side. All calls come from the
// goroutine of a request and may be concurrent.
type Backend interface {
	// EnqueueTask hands over a stored rerun task that is not paused: POST /tasks,
	// POST /bulkrerun. It returns at once. On 8.5.0 the task must be Processing
	// when it returns, on 4.0.5 still Queued (recorded: tx-task-no-batch).
	EnqueueTask(ctx context.Context, task mongo.ObjectID)
	// TriggerPolling runs a channel as its schedule would, whatever its type, and
	// gives the status of the answer; err means there was none.
	TriggerPolling(ctx context.Context, channel mongo.ObjectID) (status int, err error)
	// TransactionChanged is told of a transaction's fields that POST or
	// PUT /transactions stored, to write the events the console sees. fields is the
	// request's document, channel the channel's; it may change neither.
	TransactionChanged(ctx context.Context, id mongo.ObjectID, fields, channel mongo.Doc)
	// Restart is POST /restart; it returns at once.
	Restart()
}

// Deps is what the API works with. The zero value of each field but DB and Models
// has a meaning.
type Deps struct {
	// DB holds the core's collections; make it with Models.NewDB.
	DB *mongo.DB
	// Models are the schemas; their version decides how the API answers.
	Models *model.Set
	// Version is what GET /about says. Defaults to the version of Models.
	Version string
	// Clock gives the core's time: the window of tokens, heartbeats, stamps.
	// Defaults to time.Now.
	Clock func() time.Time
	// RootEmail and RootPassword are the credentials of the user the core is born
	// with. Default to root@openhim.org and openhim-password.
	RootEmail, RootPassword string
	// Timezone is what GET /about says. Defaults to Africa/Abidjan, as recorded.
	Timezone string
	// AuthenticationTypes is what GET /authentication/types says about the router.
	// Defaults to mutual-tls-auth and basic-auth.
	AuthenticationTypes []string
	// Certificate and Key are the server's, in PEM: GET /keystore/cert. Default to
	// none.
	Certificate, Key string
	// MaxBodyBytes bounds a JSON request. Defaults to 50 MiB (api.maxPayloadSizeMB).
	MaxBodyBytes int64
	// Backend is the router's side. Defaults to one that does nothing and refuses
	// to poll.
	Backend Backend
}

const (
	defaultRoot     = "root@openhim.org"
	defaultPassword = "openhim-password"
	defaultTimezone = "Africa/Abidjan"
	defaultMaxBody  = 50 << 20
)

// server is the API; its fields do not change after New.
type server struct {
	Deps
	modern  bool // 8.x
	started time.Time
	key     []byte // signs session cookies
	routes  []route
	logs    *logbook
}

// New gives the handler of the API. It is safe for concurrent use. It panics when
// DB or Models is missing.
func New(deps Deps) http.Handler {
	if deps.DB == nil || deps.Models == nil {
		panic("api: Deps.DB and Deps.Models are required")
	}
	if deps.Clock == nil {
		deps.Clock = time.Now
	}
	deps.Version = orDefault(deps.Version, deps.Models.Version())
	deps.RootEmail = orDefault(deps.RootEmail, defaultRoot)
	deps.RootPassword = orDefault(deps.RootPassword, defaultPassword)
	deps.Timezone = orDefault(deps.Timezone, defaultTimezone)
	if deps.AuthenticationTypes == nil {
		deps.AuthenticationTypes = []string{"mutual-tls-auth", "basic-auth"}
	}
	if deps.MaxBodyBytes == 0 {
		deps.MaxBodyBytes = defaultMaxBody
	}
	if deps.Backend == nil {
		deps.Backend = noBackend{}
	}
	s := &server{Deps: deps, modern: deps.Models.Modern(), started: deps.Clock(), logs: &logbook{}}
	// The cookies of a core survive its restart: the key follows from the password.
	mac := hmac.New(sha256.New, []byte("openhimtest session"))
	mac.Write([]byte(deps.RootPassword))
	s.key = mac.Sum(nil)
	s.routes = s.table()
	s.seed()
	return s
}

func orDefault(value, byDefault string) string {
	if value == "" {
		return byDefault
	}
	return value
}

// now is the core's time as it stores it.
func (s *server) now() time.Time { return mongo.Time(s.Clock()) }

func (s *server) collection(name string) *mongo.Collection { return s.DB.Collection(name) }

// seed stores what a core has at its first start.
func (s *server) seed() {
	if _, has := s.findUser(s.RootEmail); !has {
		salt := newUUID()
		root := mongo.Doc{"firstname": "Super", "surname": "User", "email": s.RootEmail, "groups": []any{"admin"}, "__v": 0}
		hash := mongo.Doc{"passwordAlgorithm": "sha512", "passwordSalt": salt, "passwordHash": sha512Hex(salt, s.RootPassword)}
		if s.modern {
			root["provider"] = "local"
			root["passwordAlgorithm"], root["passwordHash"], root["passwordSalt"] = nil, nil, nil
			s.setTokenPassport(s.RootEmail, hash)
			s.setLocalPassport(s.RootEmail, s.RootPassword)
		} else {
			maps.Copy(root, hash)
		}
		s.store(model.Users, root)
	}
	if s.modern {
		s.seedRoles()
	}
	if s.collection(model.Keystores).Count(mongo.Doc{}) == 0 {
		s.seedKeystore()
	}
}

// store inserts what the core itself made; a duplicate means another instance
// over the same database was first.
func (s *server) store(collection string, doc mongo.Doc) {
	_, _ = s.collection(collection).Insert(doc)
}

// newUUID makes a random UUID, the form of the core's salts.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hexText(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

type noBackend struct{}

func (noBackend) EnqueueTask(context.Context, mongo.ObjectID) {}

func (noBackend) TriggerPolling(context.Context, mongo.ObjectID) (int, error) {
	return http.StatusNotFound, nil
}

func (noBackend) TransactionChanged(context.Context, mongo.ObjectID, mongo.Doc, mongo.Doc) {}

func (noBackend) Restart() {}
