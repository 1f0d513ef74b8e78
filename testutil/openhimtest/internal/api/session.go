package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

const (
	sessionCookie = "koa.sess"
	// sessionAge is how long a session lasts (api.maxAge).
	sessionAge = 2 * time.Hour
)

// sessionRoutes are the calls of browsers, known since 7.2.
func (s *server) sessionRoutes() []route {
	if !s.modern {
		return nil
	}
	return []route{
		public(post("/authenticate/local", permit{}, (*call).loginLocal)),
		public(post("/authenticate/openid", permit{}, (*call).loginOpenID)),
		public(get("/me", permit{}, (*call).getMe)),
		public(get("/logout", permit{}, (*call).logout)),
		get("/authentication/types", permit{}, (*call).getAuthenticationTypes),
	}
}

// session is what the cookie holds.
type session struct {
	Passport struct {
		User string `json:"user"`
	} `json:"passport"`
	Expire int64 `json:"_expire"`
	MaxAge int64 `json:"_maxAge"`
}

func (s *server) sign(value string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(sessionCookie + "=" + value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// startSession sends the two cookies that stand for the user from now on.
func (c *call) startSession(email string) {
	expires := c.now().Add(sessionAge)
	var content session
	content.Passport.User = email
	content.Expire, content.MaxAge = expires.UnixMilli(), sessionAge.Milliseconds()
	raw, err := json.Marshal(content)
	if err != nil {
		return // a struct of text and numbers always encodes
	}
	value := base64.StdEncoding.EncodeToString(raw)
	c.setCookie(sessionCookie, value, expires)
	c.setCookie(sessionCookie+".sig", c.sign(value), expires)
}

func (c *call) endSession() {
	c.setCookie(sessionCookie, "", time.Unix(0, 0))
	c.setCookie(sessionCookie+".sig", "", time.Unix(0, 0))
}

// setCookie writes the header as the cookies library of koa does.
func (c *call) setCookie(name, value string, expires time.Time) {
	c.w.Header().Add("Set-Cookie",
		name+"="+value+"; path=/; expires="+expires.UTC().Format(http.TimeFormat)+"; samesite=none; secure; httponly")
}

// sessionUser is the user of the cookies, when they are whole and not too old.
func (c *call) sessionUser() (mongo.Doc, bool) {
	cookie, err := c.r.Cookie(sessionCookie)
	if err != nil {
		return nil, false
	}
	signature, err := c.r.Cookie(sessionCookie + ".sig")
	if err != nil || !hmac.Equal([]byte(signature.Value), []byte(c.sign(cookie.Value))) {
		return nil, false
	}
	raw, err := base64.StdEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil, false
	}
	var content session
	if json.Unmarshal(raw, &content) != nil || content.Expire < c.now().UnixMilli() {
		return nil, false
	}
	return c.findUser(content.Passport.User)
}

// loginLocal is POST /authenticate/local {username, password}.
func (c *call) loginLocal() error {
	in := c.input.doc()
	user, ok := c.userByPassword(text(in["username"]), text(in["password"]))
	if !ok {
		c.setStatus(http.StatusUnauthorized)
		return nil
	}
	c.startSession(text(user["email"]))
	c.setBody(mongo.Doc{"result": "User authenticated successfully", "user": user})
	return nil
}

// loginOpenID refuses: the fake has no identity provider.
func (c *call) loginOpenID() error {
	c.setStatus(http.StatusUnauthorized)
	return nil
}

// getMe is GET /me: a token does not count, only a session does (recorded: me).
func (c *call) getMe() error {
	user, ok := c.sessionUser()
	if !ok {
		c.answer(http.StatusNotFound, "Not authenticated")
		return nil
	}
	c.setBody(mongo.Doc{"result": "User authenticated successfully", "user": user})
	return nil
}

func (c *call) logout() error {
	c.endSession()
	c.setStatus(http.StatusOK)
	return nil
}

// getAuthenticationTypes tells what the router accepts, not the API.
func (c *call) getAuthenticationTypes() error {
	types := make([]any, len(c.AuthenticationTypes))
	for i, name := range c.AuthenticationTypes {
		types[i] = name
	}
	c.setBody(types)
	return nil
}
