package dhis2test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
	"time"
)

// apiToken is a personal access token (dhis2.md 1.4).
type apiToken struct {
	uid, key, username string
	expires            time.Time
	constraints        []tokenConstraint
	created            time.Time
}

// tokenConstraint is one of a token's attributes, in the words of the API.
type tokenConstraint struct {
	Type     string   `json:"type"`
	Methods  []string `json:"allowedMethods,omitempty"`
	IPs      []string `json:"allowedIps,omitempty"`
	Referers []string `json:"allowedReferrers,omitempty"`
}

const (
	tokenPrefix   = "d2p_"
	tokenCodeLen  = 44
	tokenCheckLen = 6

	oldTokenPrefix   = "d2pat_"
	oldTokenCodeLen  = 32
	oldTokenCheckLen = 10

	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// AddToken gives a user a new personal access token and returns its key, to be
// sent as "Authorization: ApiToken KEY": of the first form (d2pat_…) on 2.40,
// of the second (d2p_…) later. It is good for thirty days and allows
// everything. An unknown user is a mistake of the test: the key is then valid
// for nobody.
func (s *Server) AddToken(username string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newToken(username).key
}

// tokenLife is how long a token lasts that was made without an expiry.
const tokenLife = 30 * 24 * time.Hour

func (s *Server) newToken(username string) *apiToken {
	random := strings.Builder{}
	for random.Len() < tokenCodeLen {
		random.WriteString(s.uids.next())
	}
	token := &apiToken{uid: s.uids.next(), username: username, created: s.now(), expires: s.now().Add(tokenLife)}
	if s.version.before(2, 41) {
		code := random.String()[:oldTokenCodeLen]
		token.key = oldTokenPrefix + code + oldTokenChecksum(code)
	} else {
		code := random.String()[:tokenCodeLen]
		token.key = tokenPrefix + code + tokenChecksum(code)
	}
	s.tokens = append(s.tokens, token)
	return token
}

// tokenChecksum is the six characters after a token's code: base-62 of the
// CRC-32 over the code and four NUL bytes, because the server checksums its
// 48-byte buffer (dhis2.md 1.4).
func tokenChecksum(code string) string {
	sum := crc32.ChecksumIEEE(append([]byte(code), 0, 0, 0, 0))
	out := make([]byte, tokenCheckLen)
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return string(out)
}

// oldTokenChecksum is that of the first form: the CRC-32 over the code in ten
// decimal digits.
func oldTokenChecksum(code string) string {
	return fmt.Sprintf("%0*d", oldTokenCheckLen, crc32.ChecksumIEEE([]byte(code)))
}

// wellFormed tells whether a key has the form and checksum of a token that
// the server's version knows.
func (s *Server) wellFormed(key string) bool {
	if code, ok := strings.CutPrefix(key, tokenPrefix); ok && s.version.atLeast(2, 41) {
		return len(code) == tokenCodeLen+tokenCheckLen && tokenChecksum(code[:tokenCodeLen]) == code[tokenCodeLen:]
	}
	code, ok := strings.CutPrefix(key, oldTokenPrefix)
	return ok && len(code) == oldTokenCodeLen+oldTokenCheckLen && oldTokenChecksum(code[:oldTokenCodeLen]) == code[oldTokenCodeLen:]
}

func (s *Server) authenticateToken(w http.ResponseWriter, r *http.Request, key string) (User, bool) {
	refuse := func(status int, text string) (User, bool) {
		w.Header().Set("Www-Authenticate", "ApiToken")
		writeMessage(w, status, text, "")
		return User{}, false
	}
	if !s.wellFormed(key) {
		return refuse(http.StatusBadRequest, "Checksum validation failed")
	}
	at := slices.IndexFunc(s.tokens, func(t *apiToken) bool { return t.key == key })
	if at < 0 {
		return refuse(http.StatusUnauthorized, "The API token does not exists")
	}
	token := s.tokens[at]
	user, known := s.users[token.username]
	switch {
	case !known:
		return refuse(http.StatusUnauthorized, "The API token does not exists")
	case !s.now().Before(token.expires):
		return refuse(http.StatusUnauthorized, "Failed to authenticate API token, token has expired.")
	case user.Disabled:
		return refuse(http.StatusUnauthorized, "Account disabled")
	}
	if text := token.refuses(r); text != "" {
		if s.version.minor == 42 {
			// Recorded: the refusal dies of a Hibernate session [R pat-method].
			writeHTML(w, http.StatusInternalServerError, "failed to lazily initialize a collection of role: org.hisp.dhis.user.User.userRoles, could not initialize proxy - no Session")
			return User{}, false
		}
		return refuse(http.StatusUnauthorized, text)
	}
	return user, true
}

// refuses says which constraint of the token the request breaks.
func (t *apiToken) refuses(r *http.Request) string {
	const failed = "Failed to authenticate API token, "
	for _, c := range t.constraints {
		switch {
		case c.Type == "MethodAllowedList" && !slices.Contains(c.Methods, r.Method):
			return failed + "request http method is not allowed."
		case c.Type == "IpAllowedList" && !slices.Contains(c.IPs, remoteIP(r)):
			return failed + "request ip address is not allowed."
		case c.Type == "RefererAllowedList" && !slices.ContainsFunc(c.Referers, func(p string) bool { return strings.HasPrefix(r.Referer(), p) }):
			return failed + "request http referrer is missing or not allowed."
		}
	}
	return ""
}

func remoteIP(r *http.Request) string {
	host, _, ok := strings.Cut(r.RemoteAddr, ":")
	if !ok {
		return r.RemoteAddr
	}
	return host
}

// apiTokenKind is how reports name tokens.
func apiTokenKind() metadataKind {
	return metadataKind{class: "ApiToken", java: "org.hisp.dhis.security.apikey.ApiToken"}
}

// createToken serves POST /api/apiTokens; the key is shown this once.
func (s *Server) createToken(w http.ResponseWriter, r *http.Request, user User) {
	var in struct {
		Expire     int64             `json:"expire"`
		Attributes []tokenConstraint `json:"attributes"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		writeError(w, badRequest("JSON parse error: the body is not an object"))
		return
	}
	token := s.newToken(user.Username)
	token.constraints = in.Attributes
	if in.Expire > 0 {
		token.expires = time.UnixMilli(in.Expire)
	}
	m := objectMessage(http.StatusCreated, apiTokenKind(), token.uid, nil)
	m.Response.(map[string]any)["key"] = token.key //nolint:forcetypeassert // made a line above
	writeJSONAs(w, "application/json", http.StatusCreated, m)
}

// listTokens serves GET /api/apiTokens: the user's own, without keys.
func (s *Server) listTokens(w http.ResponseWriter, r *http.Request, user User) {
	fields := parseMetaFields(fieldsParam(r.URL.Query(), "id,displayName"))
	v, list := s.viewer(r, user), []any{}
	for _, t := range s.tokens {
		if t.username == user.Username {
			list = append(list, v.pick("", t.document(), fields))
		}
	}
	pager := map[string]any{"page": 1, "total": len(list), "pageSize": defaultPageSize, "pageCount": min(len(list), 1)}
	writeJSON(w, http.StatusOK, map[string]any{"pager": pager, "apiToken": list})
}

func (t *apiToken) document() object {
	doc := object{"id": t.uid, "expire": t.expires.UnixMilli(), "version": 2, "type": "PERSONAL_ACCESS_TOKEN_V2"}
	if strings.HasPrefix(t.key, oldTokenPrefix) {
		doc["version"], doc["type"] = 1, "PERSONAL_ACCESS_TOKEN"
	}
	constraints := []any{}
	for _, c := range t.constraints {
		constraints = append(constraints, c)
	}
	doc["attributes"] = constraints
	return doc
}

// deleteToken serves DELETE /api/apiTokens/{id}.
func (s *Server) deleteToken(w http.ResponseWriter, r *http.Request, user User) {
	uid := r.PathValue("id")
	at := slices.IndexFunc(s.tokens, func(t *apiToken) bool { return t.uid == uid && (t.username == user.Username || user.Has("ALL")) })
	if at < 0 {
		writeError(w, notFound("ApiToken", uid))
		return
	}
	s.tokens = slices.Delete(s.tokens, at, at+1)
	writeJSON(w, http.StatusOK, objectMessage(http.StatusOK, apiTokenKind(), uid, nil))
}
