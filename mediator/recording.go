package mediator

import (
	"net/url"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Recording says what the core is told of the calls a handler makes. The core
// stores all of it, shows it in its console, and stores an envelope a second
// time as a whole, so a channel's "do not store bodies" does not protect what
// is recorded here (openhim-core.md sections 5 and 7). Paths are recorded as they
// are: systems that put a person's name or number into a path should be called
// through a transport of your own that hides it.
type Recording struct {
	// PatientData records bodies, and query values as they are. Credentials
	// stay redacted. Set it only where everybody who may open the console may
	// see every patient: Run warns once when it is set. Defaults to false: no
	// body is recorded, and the values of query parameters that name or
	// describe a person are redacted.
	PatientData bool
	// MaxBody bounds one recorded body in bytes. Defaults to 64 KiB.
	MaxBody int
	// MaxBodies bounds all recorded bodies of one transaction in bytes; the
	// core keeps 15 MiB for everything. Defaults to 1 MiB.
	MaxBodies int
	// MaxOrchestrations bounds the orchestrations of one transaction. One more
	// than that says how many are missing. Defaults to 500.
	MaxOrchestrations int
	// RedactHeaders are redacted besides Authorization, Cookie and the like.
	RedactHeaders []string
	// RedactQuery are query parameters redacted besides access_token,
	// password and the like.
	RedactQuery []string
}

func (r *Recording) setDefaults() {
	setDefault(&r.MaxBody, 64<<10)
	setDefault(&r.MaxBodies, 1<<20)
	setDefault(&r.MaxOrchestrations, 500)
}

// truncated ends a recorded body that was cut, as the core ends those it cuts.
const truncated = "\n[truncated ...]"

func (r *Recording) redactHeader(name string) bool {
	if httpx.RedactHeader(name) {
		return true
	}
	for _, h := range r.RedactHeaders {
		if strings.EqualFold(h, name) {
			return true
		}
	}
	return false
}

// personal are query parameters of FHIR searches and of DHIS2 that name or
// describe a person.
//
//nolint:gochecknoglobals // a read-only table
var personal = []string{
	"identifier", "name", "family", "given", "phonetic", "birthdate", "death-date", "phone", "email", "telecom",
	"address", "address-city", "address-country", "address-postalcode", "address-state", "address-use",
	"patient", "subject", "filter", "attribute", "query", "_filter", "_content", "_text", "q",
}

// redactQuery reports whether the value of a query parameter is left out,
// besides those that are credentials by their name. A
// FHIR modifier or chain (name:exact, subject:Patient.name) counts as the
// parameters it is made of.
func (r *Recording) redactQuery(name string) bool {
	for _, q := range r.RedactQuery {
		if strings.EqualFold(q, name) {
			return true
		}
	}
	if r.PatientData {
		return false
	}
	for part := range strings.FieldsFuncSeq(name, func(c rune) bool { return c == ':' || c == '.' }) {
		for _, p := range personal {
			if strings.EqualFold(p, part) {
				return true
			}
		}
	}
	return false
}

// querystring returns a raw query with the redacted values replaced.
func (r *Recording) querystring(raw string) string {
	if raw == "" {
		return ""
	}
	raw = httpx.RedactQuery(raw)
	var b strings.Builder
	for pair := range strings.SplitSeq(raw, "&") {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		name, _, hasValue := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if hasValue && (err != nil || r.redactQuery(plain)) {
			b.WriteString(name + "=" + httpx.Redacted)
			continue
		}
		b.WriteString(pair)
	}
	return b.String()
}
