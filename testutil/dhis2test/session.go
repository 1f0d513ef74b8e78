package dhis2test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	sessionCookie = "JSESSIONID"

	// maxSessions bounds the sessions kept: a client that throws its cookies
	// away makes one per request. The oldest go.
	maxSessions = 10_000
)

// sessions are the sign-ins that a cookie stands for. Hashing a password costs
// a real server 83 ms, a look into this map 1 ms (dhis2.md 0b, "Speed").
type sessions struct {
	byID  map[string]*session
	order []string
	made  int
}

type session struct {
	username string
	seen     time.Time
}

// open starts a session and puts its cookie into the answer.
func (s *Server) openSession(w http.ResponseWriter, username string) {
	if s.sessions.byID == nil {
		s.sessions.byID = map[string]*session{}
	}
	s.sessions.made++
	id := fmt.Sprintf("%032X", s.sessions.made)
	s.sessions.byID[id] = &session{username: username, seen: s.now()}
	s.sessions.order = append(s.sessions.order, id)
	if len(s.sessions.order) > maxSessions {
		delete(s.sessions.byID, s.sessions.order[0])
		s.sessions.order = s.sessions.order[1:]
	}
	path := s.opts.BasePath
	if path == "" {
		path = "/"
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // plain HTTP on loopback: a Secure cookie would not come back
		Name: sessionCookie, Value: id, Path: path, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	if s.version.atLeast(2, 43) {
		expires := s.now().Add(s.opts.SessionTimeout).Unix()
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // as above; scripts of the front end read it
			Name: "SESSION_EXPIRE", Value: strconv.FormatInt(expires, 10), Path: path, SameSite: http.SameSiteLaxMode,
		})
	}
}

// session returns the user of a live session.
func (s *Server) sessionUser(r *http.Request) (User, bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return User{}, false
	}
	found := s.sessions.byID[cookie.Value]
	if found == nil || s.now().Sub(found.seen) > s.opts.SessionTimeout {
		delete(s.sessions.byID, cookie.Value)
		return User{}, false
	}
	found.seen = s.now()
	user, known := s.users[found.username]
	return user, known && !user.Disabled
}

// ExpireSessions ends all sessions, as a restart of the server does: the next
// request with a cookie and nothing else is a redirect to the login page, or a
// 401 with X-Requested-With.
func (s *Server) ExpireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions.byID = nil
	s.sessions.order = nil
}

// PasswordChecks is how often a password was checked. A client that keeps its
// session has few (dhis2.md 0b, "Speed").
func (s *Server) PasswordChecks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passwordChecks
}

// login serves POST /api/auth/login (from 2.41).
func (s *Server) login(w http.ResponseWriter, r *http.Request, _ User) {
	var in struct{ Username, Password string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		writeError(w, badRequest("JSON parse error: the body is not an object"))
		return
	}
	user, refusal := s.checkPassword(in.Username, in.Password)
	switch {
	case refusal == "Unauthorized":
		writeJSONAs(w, "application/json", http.StatusUnauthorized, message{
			HTTPStatus: "Unauthorized", HTTPStatusCode: http.StatusUnauthorized, Status: "ERROR", Message: "Bad credentials",
		})
	case refusal != "":
		writeJSON(w, http.StatusOK, map[string]any{"loginStatus": map[string]string{"Account locked": "ACCOUNT_LOCKED", "Account disabled": "ACCOUNT_DISABLED"}[refusal]})
	default:
		s.openSession(w, user.Username)
		writeJSON(w, http.StatusOK, map[string]any{"loginStatus": "SUCCESS", "redirectUrl": s.opts.BasePath + "/"})
	}
}
