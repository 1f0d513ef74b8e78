// Package dhis2 is a client of DHIS2 2.40 to 2.43: one way to talk to any of
// them, with what they do differently kept inside.
//
// Use it to reach a DHIS2 server from a mediator. Package tracker imports
// patients and their data on it, package aggregate reports.
//
//	client, err := dhis2.New(ctx, dhis2.Config{
//		URL:  "https://dhis2.example.org/dhis",
//		Auth: dhis2.Basic(user, password),
//	})
//	server, err := client.Server(ctx) // version, zone, clock
//
// [New] asks the server for its version; [Version] answers what follows from it.
// With [Basic] the session that the server opens is kept, as hashing a password
// costs it a hundred times a session's look-up, and renewed when it is gone.
// Redirects are never followed: DHIS2 sends them to who has no credentials.
//
// # Errors
//
// Whatever the server refuses is an [*Error]: its [Class] says what kind of
// thing went wrong, its [Verdict] what to do next, its codes and UIDs what it is
// about. Nothing is ever decided by a message, which change with each version,
// but for the few texts of the database that tell a lost race; and no message is
// repeated in the text of an error, as they hold values of patients.
//
// # Identity
//
// [Identity] derives the UID of an object from what identifies it at its source,
// so that sending it twice is like sending it once. [ValidUID] checks one.
//
// # Time
//
// DHIS2 writes timestamps without a zone, in the zone of its server, and reads
// them so. [Server.ParseTime] and [FormatTime] keep that straight.
//
// Nothing in this package is global; a [Client] is safe for concurrent use, and
// two of them know nothing of each other.
package dhis2
