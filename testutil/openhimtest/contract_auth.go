package openhimtest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Authentication on the API: openhim-core.md section 2.

func (c *contract) authenticationFacts(t *testing.T) {
	t.Helper()
	authenticate := "/authenticate/" + c.target.Username
	signed := func(offset time.Duration) modify {
		return func(req *http.Request) { c.signer.sign(req, time.Now().Add(offset)) }
	}
	t.Run("a call without authentication is 401", func(t *testing.T) {
		c.get(t, "/about", anonymously).is(t, http.StatusUnauthorized, "Unauthorized")
	})
	t.Run("the salt is told without authentication, with the core's time", func(t *testing.T) {
		r := c.get(t, authenticate, anonymously).is(t, http.StatusOK)
		wantTrue(t, "there is a salt", r.json().Get("salt").String() != "")
		_, err := time.Parse(time.RFC3339Nano, r.json().Get("ts").String())
		wantEqual(t, "error of the time", err, nil)
	})
	t.Run("the salt of an unknown user is 404", func(t *testing.T) {
		c.get(t, "/authenticate/nobody@"+c.name+".example", anonymously).is(t, http.StatusNotFound)
	})
	t.Run("a token is accepted", func(t *testing.T) { c.get(t, "/about").is(t, http.StatusOK) })
	t.Run("a token can be used again within its window", func(t *testing.T) {
		ts := time.Now().Add(c.signer.skew).UTC().Format(isoTime)
		again := func(req *http.Request) { c.signer.signText(req, ts, "the same salt") }
		c.get(t, "/about", again).is(t, http.StatusOK)
		c.get(t, "/mediators", again).is(t, http.StatusOK)
	})
	t.Run("a token is good for 10 s", func(t *testing.T) {
		c.get(t, "/about", signed(-8*time.Second)).is(t, http.StatusOK)
		c.get(t, "/about", signed(8*time.Second)).is(t, http.StatusOK)
	})
	t.Run("a token older than 10 s is 401", func(t *testing.T) {
		c.get(t, "/about", signed(-12*time.Second)).is(t, http.StatusUnauthorized)
	})
	t.Run("a token more than 10 s ahead is 401", func(t *testing.T) {
		c.get(t, "/about", signed(13*time.Second)).is(t, http.StatusUnauthorized)
	})
	t.Run("the time of a token may be any text a browser understands", func(t *testing.T) {
		ts := time.Now().Add(c.signer.skew).UTC().Format("Mon Jan 02 2006 15:04:05 GMT-0700")
		c.get(t, "/about", func(req *http.Request) { c.signer.signText(req, ts, "s") }).is(t, http.StatusOK)
	})
	t.Run("a token of the wrong password is 401", func(t *testing.T) {
		wrong := c.signer
		wrong.passhash = sha512Hex("wrong")
		c.get(t, "/about", func(req *http.Request) { wrong.sign(req, time.Now()) }).is(t, http.StatusUnauthorized)
	})
	t.Run("a token of an unknown user is 401", func(t *testing.T) {
		c.get(t, "/about", withHeader("Auth-Username", "nobody@"+c.name+".example")).is(t, http.StatusUnauthorized)
	})
	t.Run("a token without its salt is 401", func(t *testing.T) {
		c.get(t, "/about", func(req *http.Request) { req.Header.Del("Auth-Salt") }).is(t, http.StatusUnauthorized)
	})
	t.Run("a bearer token is 401 in every version", func(t *testing.T) {
		c.get(t, "/about", anonymously, withHeader("Authorization", "Bearer token")).is(t, http.StatusUnauthorized)
	})
	t.Run("an unknown route is 404 with a token", func(t *testing.T) {
		c.get(t, "/no-such-route").is(t, http.StatusNotFound)
	})
	t.Run("about tells the version and the time zone", func(t *testing.T) {
		r := c.get(t, "/about").is(t, http.StatusOK).json()
		wantText(t, r, "currentCoreVersion", string(c.version))
		wantTrue(t, "there is a time zone", r.Get("serverTimezone").String() != "")
	})
}

func (c *contract) basicFacts(t *testing.T) {
	t.Helper()
	basic := func(password string) modify {
		return func(req *http.Request) {
			anonymously(req)
			req.SetBasicAuth(c.target.Username, password)
		}
	}
	on := c.since(versionBasic)
	t.Run("basic authentication is on since 7.1", func(t *testing.T) {
		c.get(t, "/about", basic(c.target.Password)).is(t, pick(on, http.StatusOK, http.StatusUnauthorized))
	})
	t.Run("the wrong password is 401", func(t *testing.T) {
		c.get(t, "/about", basic("wrong")).is(t, http.StatusUnauthorized)
	})
	t.Run("the word basic in lower case is 401", func(t *testing.T) {
		c.get(t, "/about", basic(c.target.Password), func(req *http.Request) {
			req.Header.Set("Authorization", strings.Replace(req.Header.Get("Authorization"), "Basic", "basic", 1))
		}).is(t, http.StatusUnauthorized)
	})
	t.Run("basic is not tried beside a header of a token", func(t *testing.T) {
		c.get(t, "/about", basic(c.target.Password), withHeader("Auth-Username", c.target.Username)).is(t, http.StatusUnauthorized)
	})
	t.Run("an unknown route is 200 with basic authentication", func(t *testing.T) {
		c.get(t, "/no-such-route", basic(c.target.Password)).is(t, pick(on, http.StatusOK, http.StatusUnauthorized))
	})
	t.Run("a registration by basic authentication has another text", func(t *testing.T) {
		doc := c.document("basic", nil)
		r := c.post(t, "/mediators", doc, basic(c.target.Password)).is(t, pick(on, http.StatusCreated, http.StatusUnauthorized))
		wantEqual(t, "text", r.body, pick(on, "User Authenticated Successfully", "Unauthorized"))
		c.afterwards(t, mediatorPath(c.urn("basic")))
	})
	t.Run("a session is made with a password since 7.2", func(t *testing.T) {
		user := object{"username": c.target.Username, "password": c.target.Password}
		r := c.post(t, "/authenticate/local", user, anonymously)
		if !c.since(versionSessions) {
			wantTrue(t, "there are no sessions", r.status >= http.StatusBadRequest)
			return
		}
		r.is(t, http.StatusOK)
		wantEqual(t, "cookies", len(r.header.Values("Set-Cookie")), 2)
	})
}
