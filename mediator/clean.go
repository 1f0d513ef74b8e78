package mediator

import (
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// connectionHeaders concern one connection only, or are the core's to set.
//
//nolint:gochecknoglobals // a read-only table
var connectionHeaders = map[string]bool{
	"Connection": true, "Content-Encoding": true, "Content-Length": true, "Keep-Alive": true,
	"Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
	"Date": true, headerTransactionID: true,
}

// cleanHeaders are the headers of an answer that a core can hand on and store,
// and the names of those left out. A core answers 500 for a name that is no
// token or a value it cannot write, and stores nothing of an answer with a dot
// in a name (openhim-core.md section 5; recorded as headers-*).
func cleanHeaders(h http.Header) (clean http.Header, dropped []string) {
	clean = make(http.Header, len(h))
	for name, values := range h {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case connectionHeaders[canonical]:
			continue
		case len(values) == 0:
			continue
		case !isToken(name), openhim.SafeKey(name) != name, strings.EqualFold(name, "__proto__"):
			dropped = append(dropped, "(unusable name)")
			continue
		}
		for _, v := range values {
			if canonical == "Set-Cookie" {
				v = cleanCookie(v)
			}
			if !writable(v) || (v == "" && canonical == "Set-Cookie") || (canonical == "Location" && !validLocation(v)) {
				dropped = append(dropped, canonical)
				continue
			}
			clean[canonical] = append(clean[canonical], v)
		}
	}
	return clean, dropped
}

// isToken reports whether a header name is one (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return name != ""
}

// writable reports whether the core's HTTP library writes this header value:
// visible characters up to U+00FF, blanks and tabs.
func writable(v string) bool {
	if !utf8.ValidString(v) {
		return false
	}
	for _, r := range v {
		if r > 0xFF || r == 0x7F || (r < 0x20 && r != '\t') {
			return false
		}
	}
	return true
}

// cleanCookie is a Set-Cookie value in the standard's form, or "" where it is
// none: the core's cookie library answers 500 for what it cannot read.
func cleanCookie(v string) string {
	c, err := http.ParseSetCookie(v)
	if err != nil || c.Valid() != nil {
		return ""
	}
	return c.String()
}

// validLocation reports whether a core can redirect to this URL: it reads an
// absolute one as browsers do and answers 500 where that fails. Hosts are names
// of letters, digits, hyphens and underscores, or IP addresses.
func validLocation(v string) bool {
	u, err := url.Parse(v)
	if err != nil {
		return false
	}
	if scheme := strings.ToLower(u.Scheme); scheme != "http" && scheme != "https" {
		return true // read as it is
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return !strings.Contains(host, "%")
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, label := range labels {
		if strings.HasPrefix(strings.ToLower(label), "xn--") || !hostLabel.MatchString(label) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return last[0] < '0' || last[0] > '9' // "ends in a number" is read as an IPv4 address
}

var hostLabel = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}$`)

// contentType is the content type to answer with: the handler's where it is
// one, else what the body looks like.
func contentType(h http.Header, body []byte) string {
	ct := h.Get("Content-Type")
	if ct == "" {
		if len(body) == 0 {
			return "text/plain; charset=utf-8"
		}
		return http.DetectContentType(body)
	}
	media, _, err := mime.ParseMediaType(ct)
	if err != nil || !strings.Contains(media, "/") || !writable(ct) {
		return "application/octet-stream"
	}
	if strings.Contains(ct, openhim.ContentType) {
		return "application/json"
	}
	return ct
}

// isPlain reports whether s is printable ASCII, as nearly all names are.
func isPlain(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x20 || c > 0x7E {
			return false
		}
	}
	return true
}

// cleanText is s as the core can store it in a place of one line.
func cleanText(s string, limit int) string {
	if len(s) <= limit && isPlain(s) {
		return s
	}
	s = oneLine(strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= limit {
		return s
	}
	s = s[:limit]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

// cleanKey is a key the core's database takes.
func cleanKey(s string) string {
	if s != "" && len(s) <= 256 && s[0] != '$' && isPlain(s) && strings.IndexByte(s, '.') < 0 {
		return s
	}
	if s = openhim.SafeKey(cleanText(s, 256)); s == "" {
		return "unnamed"
	}
	return s
}
