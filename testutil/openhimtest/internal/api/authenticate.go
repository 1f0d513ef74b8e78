package api

import (
	"encoding/base64"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// authWindow is how far auth-ts may be from the core's time (api.authWindowSeconds).
const authWindow = 10 * time.Second

// authenticated is what basic authentication answers before any handler does.
const authenticated = "User Authenticated Successfully"

// authenticate finds out who asks: by session, token or basic authentication, in
// this order; 4.0.5 knows tokens only (openhim-core.md section 2). It answers 401
// and gives false when it is nobody.
func (c *call) authenticate() bool {
	if c.modern {
		if user, ok := c.sessionUser(); ok {
			c.user = user
			return true
		}
	}
	h := c.r.Header
	asToken := false
	for _, name := range []string{"auth-username", "auth-ts", "auth-salt", "auth-token"} {
		asToken = asToken || h.Get(name) != ""
	}
	switch {
	case asToken || !c.modern:
		if user, ok := c.tokenUser(); ok {
			c.user = user
			if c.modern {
				c.startSession(text(user["email"]))
			}
			return true
		}
	case strings.Contains(h.Get("Authorization"), "Basic"):
		if user, ok := c.basicUser(); ok {
			c.user = user
			// Q1: status and body stand before the handler; what sets neither, even a
			// route that does not exist, answers with them.
			c.setStatus(http.StatusOK)
			c.setBody(authenticated)
			return true
		}
	}
	c.setStatus(http.StatusUnauthorized)
	return false
}

// tokenUser checks the four auth headers. There is no memory of used tokens, and a
// time that cannot be read passes the window, as in the core.
func (c *call) tokenUser() (mongo.Doc, bool) {
	h := c.r.Header
	email, stamp, salt, token := h.Get("auth-username"), h.Get("auth-ts"), h.Get("auth-salt"), h.Get("auth-token")
	if email == "" || stamp == "" || salt == "" || token == "" {
		return nil, false
	}
	if at, ok := mongo.ParseDate(stamp); ok && at.Sub(c.now()).Abs() > authWindow {
		return nil, false
	}
	user, has := c.findUser(email)
	if !has {
		return nil, false
	}
	hash, has := c.tokenPassport(user)
	if !has || token != sha512Hex(text(hash["passwordHash"]), salt, stamp) {
		return nil, false
	}
	return user, true
}

func (c *call) basicUser() (mongo.Doc, bool) {
	_, encoded, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return nil, false
	}
	email, password, ok := strings.Cut(string(raw), ":")
	if !ok {
		return nil, false
	}
	return c.userByPassword(email, password)
}

// userByPassword is the login of basic and local authentication.
func (s *server) userByPassword(email, password string) (mongo.Doc, bool) {
	user, has := s.findUser(email)
	if !has {
		return nil, false
	}
	if local, has := s.passport("local", text(user["email"])); has {
		salt := text(local["passwordSalt"])
		return user, salt != "" && text(local["passwordHash"]) == sha512Hex(salt, password)
	}
	hash, has := s.tokenPassport(user)
	return user, has && text(hash["passwordHash"]) == sha512Hex(text(hash["passwordSalt"]), password)
}

// findUser looks a user up; case does not count.
func (s *server) findUser(email string) (mongo.Doc, bool) {
	for _, user := range s.collection(model.Users).Find(mongo.Doc{}, mongo.FindOptions{}) {
		if strings.EqualFold(text(user["email"]), email) {
			return user, true
		}
	}
	return nil, false
}

// tokenPassport gives what a token is checked against: the user's own hash on
// 4.0.5, the token passport since 7.2.
func (s *server) tokenPassport(user mongo.Doc) (mongo.Doc, bool) {
	if !s.modern {
		return user, text(user["passwordHash"]) != ""
	}
	return s.passport("token", text(user["email"]))
}

func (s *server) passport(protocol, email string) (mongo.Doc, bool) {
	return s.collection(model.Passports).FindOne(mongo.Doc{"protocol": protocol, "email": email})
}

func (s *server) putPassport(protocol, email string, fields mongo.Doc) {
	doc := mongo.Doc{"protocol": protocol, "email": email}
	maps.Copy(doc, fields)
	if old, has := s.passport(protocol, email); has {
		_, _ = s.collection(model.Passports).Replace(idOf(old["_id"]), doc)
		return
	}
	s.store(model.Passports, doc)
}

func (s *server) setTokenPassport(email string, hash mongo.Doc) {
	s.putPassport("token", email, mongo.Doc{
		"passwordAlgorithm": hash["passwordAlgorithm"], "passwordSalt": hash["passwordSalt"], "passwordHash": hash["passwordHash"],
	})
}

// setLocalPassport stores a password for basic and local logins. The core uses
// bcrypt; a salted SHA-512 does here, where its cost would only slow tests.
func (s *server) setLocalPassport(email, password string) {
	salt := newUUID()
	s.putPassport("local", email, mongo.Doc{"passwordSalt": salt, "passwordHash": sha512Hex(salt, password)})
}

// getSalt is GET /authenticate/:username, the first step of a token.
func (c *call) getSalt() error {
	email := c.param(0)
	user, has := c.findUser(email)
	if !has {
		c.answer(http.StatusNotFound, "Could not find user by email %s", email)
		return nil
	}
	hash, has := c.tokenPassport(user)
	if !has {
		c.answer(http.StatusNotFound, "Could not find user by email %s", email)
		return nil
	}
	c.setBody(mongo.Doc{"salt": hash["passwordSalt"], "ts": c.now()})
	return nil
}
