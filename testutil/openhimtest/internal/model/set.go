// Package model holds the shapes of what the core stores: transactions, channels,
// clients, mediators, tasks, events, users and the rest, as the cores 4.0.5 and
// 8.5.0 define them (src/model/*.js; openhim-core.md sections 3 to 6 and 8).
//
//	set := model.New("8.5.0")
//	db := set.NewDB(time.Now)
//	doc, err := set.Schema(model.Channels).Cast(in, mongo.CastOptions{Validate: true})
package model

import (
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// The names of the collections, as they stand in the database "openhim".
const (
	Transactions  = "transactions"
	Channels      = "channels"
	ChannelAudits = "channelaudits"
	Clients       = "clients"
	Mediators     = "mediators"
	Tasks         = "tasks"
	Events        = "events"
	Users         = "users"
	Passports     = "passports"
	Roles         = "roles"
	Audits        = "audits"
	Visualizers   = "visualizers"
	Groups        = "contactgroups"
	Keystores     = "keystores"
	AutoRetries   = "autoretries"
	Apps          = "apps"
)

// Set is the schemas of one version of the core. It is read-only and safe for
// concurrent use.
type Set struct {
	version string
	modern  bool
	schemas map[string]*mongo.Schema
}

// New gives the schemas of a version: "4.0.5" or another below 8 those of 4.0.5,
// everything else those of 8.5.0.
func New(version string) *Set {
	set := &Set{version: version, modern: !isOld(version)}
	dialect := mongo.Mongoose6
	if !set.modern {
		dialect = mongo.Mongoose4
	}
	set.schemas = map[string]*mongo.Schema{
		Transactions:  {Model: "Transaction", Fields: transaction(set.modern)},
		Channels:      {Model: "Channel", Fields: storedChannel(set.modern)},
		ChannelAudits: {Model: "ChannelAudits", Fields: channelAudit()},
		Clients:       {Model: "Client", Fields: client(set.modern)},
		Mediators:     {Model: "Mediator", Fields: mediator(set.modern)},
		Tasks:         {Model: "Task", Fields: task()},
		Events:        {Model: "Event", Fields: event()},
		Users:         {Model: "User", Fields: user(set.modern)},
		Passports:     {Model: "Passport", Fields: passport()},
		Roles:         {Model: "Role", Fields: role()},
		Audits:        {Model: "Audit", Fields: audit()},
		Visualizers:   {Model: "Visualizer", Fields: visualizer()},
		Groups:        {Model: "ContactGroup", Fields: group()},
		Keystores:     {Model: "Keystore", Fields: keystore()},
		AutoRetries:   {Model: "AutoRetry", Fields: autoRetry()},
		Apps:          {Model: "App", Fields: app()},
	}
	for _, schema := range set.schemas {
		schema.Dialect = dialect
	}
	return set
}

func isOld(version string) bool { return len(version) > 1 && version[1] == '.' && version[0] < '8' }

// Version is what New was given.
func (s *Set) Version() string { return s.version }

// Modern tells whether the set is that of 8.5.0 rather than 4.0.5.
func (s *Set) Modern() bool { return s.modern }

// Dialect is whose texts the version's errors have.
func (s *Set) Dialect() mongo.Dialect { return s.schemas[Transactions].Dialect }

// Schema gives the schema of a collection; nil for a name that is none of the
// constants above.
func (s *Set) Schema(collection string) *mongo.Schema { return s.schemas[collection] }

// NewDB makes an empty database with all collections and their unique indexes.
// now is the clock for identifiers; nil means time.Now.
func (s *Set) NewDB(now func() time.Time) *mongo.DB {
	db := mongo.NewDB(s.Dialect(), now)
	for name, schema := range s.schemas {
		db.Define(name, schema)
	}
	return db
}

// Short forms for the definitions in this package.

func text(names ...string) []mongo.Field { return plain(mongo.String, names...) }

func plain(kind mongo.Kind, names ...string) []mongo.Field {
	fields := make([]mongo.Field, len(names))
	for i, name := range names {
		fields[i] = mongo.Field{Name: name, Kind: kind}
	}
	return fields
}

func required(name string) mongo.Field {
	return mongo.Field{Name: name, Kind: mongo.String, Required: true}
}

func flag(name string, byDefault bool) mongo.Field {
	return mongo.Field{Name: name, Kind: mongo.Bool, Default: byDefault}
}

func choice(name, byDefault string, values ...string) mongo.Field {
	f := mongo.Field{Name: name, Kind: mongo.String, Enum: values}
	if byDefault != "" {
		f.Default = byDefault
	}
	return f
}

func list(name string, kind mongo.Kind) mongo.Field {
	return mongo.Field{Name: name, Kind: mongo.List, Elem: &mongo.Field{Kind: kind}}
}

func documents(name string, fields []mongo.Field) mongo.Field {
	return mongo.Field{Name: name, Kind: mongo.List, Elem: &mongo.Field{Kind: mongo.Embedded, Sub: &mongo.Schema{Fields: fields}}}
}

func nested(name string, fields []mongo.Field) mongo.Field {
	return mongo.Field{Name: name, Kind: mongo.Nested, Sub: &mongo.Schema{Fields: fields}}
}

func within(name string, low, high float64) mongo.Field {
	return mongo.Field{Name: name, Kind: mongo.Number, Min: &low, Max: &high}
}

func atLeast(name string, low float64) mongo.Field {
	return mongo.Field{Name: name, Kind: mongo.Number, Min: &low}
}

func join(parts ...[]mongo.Field) []mongo.Field {
	var all []mongo.Field
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}
