package httpx

import (
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// secretHeaders are the headers that carry credentials, in lower case. The
// auth-* ones are those of OpenHIM's token authentication.
//
//nolint:gochecknoglobals // a read-only table
var secretHeaders = []string{
	"authorization",
	"proxy-authorization",
	"cookie",
	"set-cookie",
	"auth-username",
	"auth-token",
	"auth-salt",
	"auth-ts",
	"x-api-key",
	"api-key",
	"apikey",
	"x-auth-token",
	"x-access-token",
	"x-csrf-token",
	"x-xsrf-token",
	"x-amz-security-token",
	"x-goog-api-key",
	"x-vault-token",
	"ocp-apim-subscription-key",
	"x-forwarded-client-cert",
}

// secretWords make a header, a query parameter or a form field a secret
// wherever they stand in its name.
//
//nolint:gochecknoglobals // a read-only table
var secretWords = []string{"password", "passwd", "secret", "token", "apikey", "api-key", "api_key", "signature", "credential"}

// SecretHeaders returns the names of the headers that [RedactHeader] always
// hides, in lower case.
func SecretHeaders() []string { return slices.Clone(secretHeaders) }

// RedactHeader reports whether the values of the header with this name, in
// any case of letters, must not be shown: those that carry credentials, and
// those whose name says that they hold a password, a secret, a token or an
// API key.
func RedactHeader(name string) bool {
	name = strings.ToLower(textproto.TrimString(name))
	return slices.Contains(secretHeaders, name) || isSecretName(name)
}

func isSecretName(name string) bool {
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(name, w) })
}

// RedactHeaders returns a copy of h in which every value of a header for
// which secret reports true is [Redacted]. A nil secret means [RedactHeader].
func RedactHeaders(h http.Header, secret func(name string) bool) http.Header {
	if h == nil {
		return nil
	}
	if secret == nil {
		secret = RedactHeader
	}
	out := h.Clone()
	for name, values := range out {
		if secret(name) {
			for i := range values {
				values[i] = Redacted
			}
		}
	}
	return out
}

// RedactQuery returns a raw query string in which the values of parameters
// with a secret's name (token, password, api_key, signature ...) are
// [Redacted]. Everything else stays byte for byte.
func RedactQuery(raw string) string {
	if raw == "" {
		return raw
	}
	parts := strings.FieldsFunc(raw, func(r rune) bool { return r == '&' || r == ';' })
	changed := false
	for i, p := range parts {
		name, _, ok := strings.Cut(p, "=")
		if !ok {
			continue
		}
		plain, err := url.QueryUnescape(name)
		if err != nil {
			plain = name
		}
		if isSecretName(strings.ToLower(plain)) {
			parts[i], changed = name+"="+Redacted, true
		}
	}
	if !changed {
		return raw
	}
	return strings.Join(parts, "&")
}

// RedactURL returns u as text without user, password and secret query values.
func RedactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	c := *u
	c.User = nil
	c.RawQuery = RedactQuery(u.RawQuery)
	return c.String()
}

// LogURL returns what of u may stand in a log line or an error: scheme, host
// and path. Query strings of health data systems name patients.
func LogURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}
