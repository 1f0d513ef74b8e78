package fhir

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// ErrOtherOrigin means that a link or reference of the server leads to another origin
// (scheme, host and port) than the client's. It is not followed, as the
// credentials would go there too. Where that is the same server under another
// name, add its base to [ClientConfig].Aliases.
var ErrOtherOrigin = errors.New("fhir: the link leads to another origin")

// errBadLink means that a link cannot be read.
var errBadLink = errors.New("fhir: the link is not a URL")

// sameOrigin reports whether two URLs have scheme, host and port in common.
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if strings.EqualFold(u.Scheme, "https") {
		return "443"
	}
	return "80"
}

// follow makes a URL of a link that the server told. What begins with a base
// the server is known by (those of Aliases, and selfBase if it is not empty) is
// sought below the client's own base; a relative link is one below it; else the
// link must have the client's origin.
func (c *Client) follow(link, selfBase string) (*url.URL, error) {
	bases := c.aliases
	if selfBase != "" {
		bases = append([]string{selfBase}, bases...)
	}
	for _, base := range bases {
		if rest, ok := below(link, base); ok {
			return c.checkLink(c.base.String() + rest)
		}
	}
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return nil, errBadLink
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(link, "/"):
		return c.checkLink(c.base.Scheme + "://" + c.base.Host + link)
	case u.Scheme == "" && u.Host == "":
		if !strings.HasPrefix(link, "?") {
			link = "/" + link
		}
		return c.checkLink(c.base.String() + link)
	default:
		return c.checkLink(link)
	}
}

// below returns what of link stands after base, if link is base or below it.
func below(link, base string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(link, base)
	if !ok {
		return "", false
	}
	return rest, rest == "" || strings.ContainsRune("/?#", rune(rest[0]))
}

func (c *Client) checkLink(link string) (*url.URL, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, errBadLink
	}
	if u.User != nil || !sameOrigin(u, c.base) {
		return nil, ErrOtherOrigin
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// selfBase is the base by which the server calls itself, as a page's self link
// shows it that answers a request for path (below the base), "" where the link
// does not have that path.
func selfBase(self, path string) string {
	self, _, _ = strings.Cut(self, "?")
	self = strings.TrimRight(self, "/")
	base, ok := strings.CutSuffix(self, strings.TrimRight(path, "/"))
	if !ok || !strings.HasPrefix(base, "http://") && !strings.HasPrefix(base, "https://") {
		return ""
	}
	if u, err := url.Parse(base); err != nil || u.Host == "" {
		return ""
	}
	return base
}

// template is a URL without anything that may name a patient: ids are {id},
// and of the query only the names of parameters are left.
func (c *Client) template(u *url.URL) string {
	var b strings.Builder
	b.WriteString(u.Scheme + "://" + u.Host)
	rest, ok := below(u.Path, c.base.Path)
	if !ok || !sameOrigin(u, c.base) {
		b.WriteString("/…")
		rest = ""
	} else {
		b.WriteString(c.base.Path)
	}
	b.WriteString(templatePath(rest))
	if u.RawQuery != "" {
		b.WriteString("?" + templateQuery(u.RawQuery))
	}
	return b.String()
}

// templatePath keeps of a path below the base what the specification names:
// types, _history, operations; an id is {id} and anything else {…}.
func templatePath(path string) string {
	if path == "" || path == "/" {
		return ""
	}
	var out []string
	previous := ""
	for s := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		kept := "{…}"
		mayBeType := len(out) == 0 || previous == "id" // elsewhere it is a word like any other
		switch {
		case previous == "type" && !strings.HasPrefix(s, "_") && !strings.HasPrefix(s, "$"):
			kept, previous = "{id}", "id"
		case previous == "_history":
			kept, previous = "{version}", ""
		case mayBeType && isTypeName(s):
			kept, previous = s, "type"
		case tellableSegment.MatchString(s):
			kept, previous = s, s
		default:
			previous = ""
		}
		out = append(out, kept)
	}
	return "/" + strings.Join(out, "/")
}

var (
	tellableSegment = regexp.MustCompile(`^(_history|_search|metadata|\.well-known|smart-configuration|\$[a-zA-Z-]{1,64})$`)
	tellableParam   = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,128}$`)
)

func templateQuery(raw string) string {
	var names []string
	for part := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || !tellableParam.MatchString(name) {
			name = "…"
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
		if len(names) == 12 {
			names[11] = "…"
			break
		}
	}
	return strings.Join(names, "&")
}
