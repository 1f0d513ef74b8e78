package dhis2test

import (
	"hash/crc32"
	"net/http"
	"strings"
)

const (
	tokenPrefix   = "d2p_"
	tokenCodeLen  = 44
	tokenCheckLen = 6
	base62        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// AddToken gives a user a new personal access token and returns its key, to be
// sent as "Authorization: ApiToken KEY". It never expires and allows
// everything. An unknown user is a mistake of the test: the key is then valid
// for nobody.
func (s *Server) AddToken(username string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := strings.Builder{}
	for code.Len() < tokenCodeLen {
		code.WriteString(s.uids.next())
	}
	key := tokenPrefix + code.String()[:tokenCodeLen]
	key += tokenChecksum(code.String()[:tokenCodeLen])
	s.tokens[key] = username
	return key
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

// authenticate answers a request without usable credentials itself and then
// returns false. The rules are dhis2.md section 0 fact 11 and section 1.4:
// no credentials and unknown schemes are a redirect to the login page unless
// X-Requested-With is sent; a wrong password is a 401; a token with a wrong
// checksum is a 400.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request) (User, bool) {
	header := r.Header.Get("Authorization")
	kind, rest, _ := strings.Cut(header, " ")
	switch {
	case strings.EqualFold(kind, "Basic"):
		name, password, ok := r.BasicAuth()
		if user, known := s.users[name]; ok && known && user.Password == password {
			return user, true
		}
		writeMessage(w, http.StatusUnauthorized, "Unauthorized", "")
	case strings.EqualFold(kind, "ApiToken"):
		return s.authenticateToken(w, strings.TrimSpace(rest))
	case strings.EqualFold(r.Header.Get("X-Requested-With"), "XMLHttpRequest"):
		writeMessage(w, http.StatusUnauthorized, "Unauthorized", "")
	default:
		w.Header().Set("Location", "http://"+r.Host+"/dhis-web-login/")
		w.WriteHeader(http.StatusFound)
	}
	return User{}, false
}

func (s *Server) authenticateToken(w http.ResponseWriter, key string) (User, bool) {
	code, isToken := strings.CutPrefix(key, tokenPrefix)
	w.Header().Set("Www-Authenticate", "ApiToken")
	if !isToken || len(code) != tokenCodeLen+tokenCheckLen || tokenChecksum(code[:tokenCodeLen]) != code[tokenCodeLen:] {
		writeMessage(w, http.StatusBadRequest, "Checksum validation failed", "")
		return User{}, false
	}
	user, ok := s.users[s.tokens[key]]
	if !ok {
		writeMessage(w, http.StatusUnauthorized, "The API token does not exists", "")
		return User{}, false
	}
	w.Header().Del("Www-Authenticate")
	return user, true
}
