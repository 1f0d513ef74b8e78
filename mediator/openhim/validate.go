package openhim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FieldError is one thing that is wrong with a document.
type FieldError struct {
	// Field is the path of the field in the core's spelling, for example
	// "endpoints[0].name"; empty for the document as a whole.
	Field string
	// Message says what is wrong and what would be right. It never holds the
	// value of a setting.
	Message string
}

// Error implements error.
func (e FieldError) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// ValidationError is everything that is wrong with a document, found before
// it was sent.
type ValidationError struct {
	// Document is what was looked at: "mediator", "channel", "config",
	// "envelope" and so on.
	Document string
	// Errors in the order of the fields; at least one.
	Errors []FieldError
}

// Error implements error.
func (e *ValidationError) Error() string {
	texts := make([]string, len(e.Errors))
	for i, f := range e.Errors {
		texts[i] = f.Error()
	}
	return "openhim: invalid " + e.Document + ": " + strings.Join(texts, "; ")
}

// Unwrap returns the single errors, so that errors.As finds a [FieldError].
func (e *ValidationError) Unwrap() []error {
	errs := make([]error, len(e.Errors))
	for i, f := range e.Errors {
		errs[i] = f
	}
	return errs
}

// ValidateOption changes what a Validate method checks.
type ValidateOption func(*rules)

// ForVersion checks against the rules of one core. Without it, or with an
// empty version, a document must suit every core this package supports, from
// 4.0.5 to 8.5: endpoints have host and port and the type http, and no status
// is Pending Async.
func ForVersion(v Version) ValidateOption { return func(r *rules) { r.version = v } }

// rules collects what is wrong with a document.
type rules struct {
	version Version
	errs    []FieldError
}

func newRules(opts []ValidateOption) *rules {
	r := &rules{}
	for _, o := range opts {
		o(r)
	}
	if !validSemver(string(r.version)) {
		r.version = ""
	}
	return r
}

func (r *rules) add(field, format string, args ...any) {
	r.errs = append(r.errs, FieldError{Field: field, Message: fmt.Sprintf(format, args...)})
}

func (r *rules) result(document string) error {
	if len(r.errs) == 0 {
		return nil
	}
	return &ValidationError{Document: document, Errors: r.errs}
}

// since reports whether the core is known to be of this version or newer.
func (r *rules) since(v Version) bool { return r.version.AtLeast(v) }

// before reports whether the core is known to be older.
func (r *rules) before(v Version) bool { return r.version != "" && !r.version.AtLeast(v) }

func (r *rules) required(field, value string) bool {
	if value == "" {
		r.add(field, "is required")
		return false
	}
	return true
}

// oneOf checks an enumeration; empty means the core's default.
func (r *rules) oneOf(field, value string, allowed ...string) {
	if value == "" {
		return
	}
	if slices.Contains(allowed, value) {
		return
	}
	r.add(field, "is %q; it must be one of %s", value, strings.Join(allowed, ", "))
}

func index(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }

func join(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

var (
	headerName    = regexp.MustCompile("^[!#$%&'*+\\-.^_`|~0-9A-Za-z]+$")
	unescapeInURN = regexp.MustCompile(`%(?:[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})`)
)

// legalHeaderValue reports whether Node.js, which cores run on, writes s as
// the value of a header: tab and the printable characters of Latin-1.
func legalHeaderValue(s string) bool {
	for _, c := range s {
		if c != '\t' && (c < 0x20 || c == 0x7f || c > 0xff) {
			return false
		}
	}
	return true
}

// SafeKey returns a name as a key that every database of a core stores:
// dots become U+FF0E and dollars U+FF04, which is the core's own
// substitution (middleware/messageStore.js), and NUL and what
// is not UTF-8 become U+FFFD.
func SafeKey(name string) string {
	if !strings.ContainsAny(name, ".$\x00") && utf8.ValidString(name) {
		return name
	}
	return strings.NewReplacer(".", "\uFF0E", "$", "\uFF04", "\x00", "\uFFFD").
		Replace(strings.ToValidUTF8(name, "\uFFFD"))
}

// storableKey checks a key of something that is stored as a document. One
// that is not storable makes the core drop the whole answer
// (openhim-core.md section 5).
func (r *rules) storableKey(field, key string) {
	switch {
	case strings.Contains(key, "."):
		r.add(field, "has a dot in its name, which databases of cores refuse; use SafeKey")
	case strings.HasPrefix(key, "$"):
		r.add(field, "begins with a dollar, which databases of cores refuse; use SafeKey")
	case strings.Contains(key, "\x00"):
		r.add(field, "has a NUL in its name, which databases refuse; use SafeKey")
	case !utf8.ValidString(key):
		r.add(field, "has a name that is not UTF-8; use SafeKey")
	}
}
