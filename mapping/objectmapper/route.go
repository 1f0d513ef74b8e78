package objectmapper

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// patternRule is what the peer accepts as a route (src/db/models/endpoints.js).
var patternRule = regexp.MustCompile(`^/[\w$.~/:-]+$`)

// parsePattern checks a route and cuts it at its slashes.
func parsePattern(pattern string) ([]string, error) {
	if !patternRule.MatchString(pattern) {
		return nil, errors.New("the pattern must begin with / and hold letters, digits and -_$.~/: only")
	}
	parts := strings.Split(strings.Trim(pattern, "/"), "/")
	if parts[0] == "endpoints" || parts[0] == "uptime" {
		return nil, errors.New("the patterns /endpoints and /uptime are the peer's own")
	}
	seen := make(map[string]bool)
	for _, part := range parts {
		name, ok := strings.CutPrefix(part, ":")
		switch {
		case !ok:
			continue
		case name == "":
			return nil, errors.New("the pattern has a parameter without a name")
		case seen[name]:
			return nil, errors.New("the pattern has a parameter twice")
		}
		seen[name] = true
	}
	return parts, nil
}

// Match reports whether a request is for this endpoint, and the values of the pattern's parameters, percent-decoded. path is the escaped
// path without query. The whole path must match, every mark of the pattern but :name stands for itself, and a slash at the end does not
// matter (the peer anchors the end only and takes $ for its own: peers.md 1.8 item 17). A parameter holds no space and none of ;:=#@,/ .
func (p *Plan) Match(method, path string) (params map[string]string, ok bool) {
	if method != p.doc.Method {
		return nil, false
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) != len(p.route) {
		return nil, false
	}
	params = make(map[string]string)
	for i, part := range parts {
		text, err := url.PathUnescape(part)
		if err != nil {
			return nil, false
		}
		name, isParam := strings.CutPrefix(p.route[i], ":")
		switch {
		case !isParam:
			if text != p.route[i] {
				return nil, false
			}
		case text == "" || strings.ContainsAny(part, " ;:=#@,/"):
			return nil, false
		default:
			params[name] = text
		}
	}
	return params, true
}
