package dhis2test

import (
	"time"
)

// Version is the DHIS2 release whose behaviour is copied, as recorded in
// fixtures/dhis2/recorded/2.42.5.2.
const Version = "2.42.5.2"

// Options sets up a [Server]. The zero value is a server with the seed
// metadata, the users of [DefaultUsers] and the real clock.
type Options struct {
	// Metadata is the server's metadata as a DHIS2 metadata export (the body
	// of POST /api/metadata). More can be added with [Server.Seed].
	// Defaults to [SeedMetadata].
	Metadata []byte

	// Users who may sign in. Defaults to [DefaultUsers].
	Users []User

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
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.FixedZone("Africa/Nairobi", 3*60*60)
	}
	return o
}
