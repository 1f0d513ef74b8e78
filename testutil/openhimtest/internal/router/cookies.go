package router

import (
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

var (
	cookieText   = regexp.MustCompile("^[\t -~\u0080-\u00ff]+$")
	cookieDomain = regexp.MustCompile(`^[\t -:<-~\x{80}-\x{ff}]+$`)
)

// setCookies is setCookiesOnContext (router.js): each cookie text is taken apart
// and set anew, whereby most attributes are lost or become cookies themselves.
func (x *exchange) setCookies(value any) *js.Error {
	if _, err := js.Member(value, "length"); err != nil {
		return err
	}
	var texts []any
	switch v := value.(type) {
	case *js.Array:
		texts = v.Elems
	case string: // iterated character by character
		for _, e := range js.Entries(v) {
			texts = append(texts, e.Value)
		}
	}
	for _, text := range texts {
		s, ok := text.(string)
		if !ok {
			return js.TypeError("argument str must be a string")
		}
		if err := x.setCookie(parseCookie(s)); err != nil {
			return err
		}
	}
	return nil
}

type cookieOptions struct {
	maxAge               float64
	aged                 bool // Max-Age was given
	expires              string
	path, domain, secure string
	httpOnly             string
	signed, overwrite    bool
}

func (x *exchange) setCookie(pairs []js.Entry) *js.Error {
	var opts cookieOptions
	var own []js.Entry
	for _, pair := range pairs {
		value, _ := pair.Value.(string)
		switch name := strings.ToLower(pair.Key); name {
		case "max-age":
			opts.maxAge, opts.aged = js.ParseInt(value), true
		case "expires":
			opts.expires = expires(value)
		case "httponly":
			opts.httpOnly = value
		case "path", "domain", "secure", "signed", "overwrite":
			if x.modern() {
				break // 8.5 sets an option of the wrong name: the attribute is lost
			}
			switch name {
			case "path":
				opts.path = value
			case "domain":
				opts.domain = value
			case "secure":
				opts.secure = value
			case "signed":
				opts.signed = value != ""
			default:
				opts.overwrite = value != ""
			}
		default:
			own = append(own, pair)
		}
	}
	for _, pair := range own {
		value, _ := pair.Value.(string)
		if err := x.pushCookie(pair.Key, value, opts); err != nil {
			return err
		}
	}
	return nil
}

// pushCookie is ctx.cookies.set.
func (x *exchange) pushCookie(name, value string, opts cookieOptions) *js.Error {
	if !cookieText.MatchString(name) {
		return js.TypeError("argument name is invalid")
	}
	if value != "" && !cookieText.MatchString(value) {
		return js.TypeError("argument value is invalid")
	}
	if opts.path != "" && !cookieText.MatchString(opts.path) {
		return js.TypeError("option path is invalid")
	}
	if opts.domain != "" && !cookieDomain.MatchString(opts.domain) {
		return js.TypeError("option domain is invalid")
	}
	if opts.aged && math.IsNaN(opts.maxAge) && value != "" {
		return js.TypeError("option maxAge is invalid")
	}
	if opts.secure != "" {
		return &js.Error{Class: "Error", Message: "Cannot send secure cookie over unencrypted connection"}
	}
	text := name + "=" + value
	if opts.path != "" {
		text += "; path=" + opts.path
	}
	switch {
	case value == "":
		text += "; expires=" + time.Unix(0, 0).UTC().Format(http.TimeFormat)
	case opts.maxAge != 0 && !math.IsNaN(opts.maxAge):
		at := x.router.deps.Clock().Add(time.Duration(math.Min(opts.maxAge, 1e12)) * time.Millisecond)
		text += "; expires=" + at.UTC().Format(http.TimeFormat)
	case opts.expires != "":
		text += "; expires=" + opts.expires
	}
	if opts.domain != "" {
		text += "; domain=" + opts.domain
	}
	if opts.httpOnly != "" {
		text += "; httponly"
	}
	if opts.signed {
		return &js.Error{Class: "Error", Message: ".keys required for signed cookies"}
	}
	h, ok := x.res.headers.Get("set-cookie").(outHeader)
	if !ok {
		h = outHeader{name: "Set-Cookie", list: true}
	}
	h.name = "Set-Cookie"
	if opts.overwrite {
		kept := h.values[:0:0]
		for _, old := range h.values {
			if !strings.HasPrefix(old, name+"=") {
				kept = append(kept, old)
			}
		}
		h.values = kept
	}
	h.values = append(h.values[:len(h.values):len(h.values)], text)
	h.list = true
	if err := checkHeader(outHeader{name: h.name, values: []string{text}}); err != nil {
		return err
	}
	x.res.headers.Set("set-cookie", h)
	return nil
}

// parseCookie is the package cookie's parse: pairs with "=", the first of a name.
func parseCookie(text string) []js.Entry {
	var pairs []js.Entry
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ";") {
		name, value, found := strings.Cut(part, "=")
		if !found {
			continue
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if seen[name] {
			continue
		}
		seen[name] = true
		if strings.HasPrefix(value, `"`) {
			value = value[1:]
			if value != "" {
				value = value[:len(value)-1]
			}
		}
		if decoded, err := url.PathUnescape(value); err == nil && strings.Contains(value, "%") {
			value = decoded
		}
		pairs = append(pairs, js.Entry{Key: name, Value: value})
	}
	return pairs
}

// expires is new Date(text).toUTCString().
func expires(text string) string {
	if at, err := http.ParseTime(text); err == nil {
		return at.UTC().Format(http.TimeFormat)
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC().Format(http.TimeFormat)
	}
	return "Invalid Date"
}
