package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const jsDate = "Mon Jan 02 2006 15:04:05 GMT-0700"

func TestATokenIsGoodForTenSecondsAndMoreThanOnce(t *testing.T) {
	t.Parallel()
	for _, version := range []string{old, modern} {
		c := newCore(t, version)
		sign := c.token(root, rootPass, c.clock().Format(jsDate)+" (Coordinated Universal Time)")
		for range 2 {
			assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/about", "", sign).status)
		}
		c.pass(10 * time.Second)
		assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/about", "", sign).status)
		c.pass(time.Millisecond)
		c.do(http.MethodGet, "/about", "", sign).is(http.StatusUnauthorized, "Unauthorized")
		early := c.token(root, rootPass, c.clock().Add(11*time.Second).Format(time.RFC3339))
		assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodGet, "/about", "", early).status)
	}
}

func TestOldCoresKnowTokensOnly(t *testing.T) {
	t.Parallel()
	c := newCore(t, old)
	assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodGet, "/about", "").status, "basic")
	assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodPost, "/authenticate/local", `{"username":"`+root+`","password":"`+rootPass+`"}`).status)
	assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/about", "", c.signed()).status)
}

// cookies turns the Set-Cookie headers of an answer into a Cookie header.
func cookies(a answer) option {
	var pairs []string
	for _, line := range a.header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(line, ";")
		pairs = append(pairs, pair)
	}
	return func(r *http.Request) {
		r.Header.Del("Authorization")
		r.Header.Set("Cookie", strings.Join(pairs, "; "))
	}
}

func TestASessionLastsTwoHours(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	login := c.do(http.MethodPost, "/authenticate/local", `{"username":"ROOT@openhim.org","password":"`+rootPass+`"}`, nobody)
	require.Equal(t, http.StatusOK, login.status)
	session := cookies(login)
	assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/about", "", session).status)
	me := c.do(http.MethodGet, "/me", "", session)
	assert.Equal(t, http.StatusOK, me.status)
	user, _ := me.doc()["user"].(map[string]any)
	assert.Equal(t, root, user["email"])
	c.do(http.MethodGet, "/no/route", "", session).is(http.StatusNotFound, "Not Found")

	forged := func(r *http.Request) {
		session(r)
		r.Header.Set("Cookie", strings.Replace(r.Header.Get("Cookie"), "koa.sess=", "koa.sess=x", 1))
	}
	assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodGet, "/about", "", forged).status)

	logout := c.do(http.MethodGet, "/logout", "", session)
	assert.Equal(t, http.StatusOK, logout.status)
	assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodGet, "/about", "", cookies(logout)).status)

	c.pass(2*time.Hour + time.Second)
	assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodGet, "/about", "", session).status)
	assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodPost, "/authenticate/openid", `{"code":"x"}`, nobody).status)
}

func TestBasicAuthenticationAnswersBeforeTheHandler(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	const text = "User Authenticated Successfully"
	c.do(http.MethodGet, "/no/such/route", "").is(http.StatusOK, text)
	c.do(http.MethodPost, "/mediators/urn:none/heartbeat", `{"uptime":1}`).is(http.StatusNotFound, text)
	c.do(http.MethodGet, "/about", "", as(root, "wrong")).is(http.StatusUnauthorized, "Unauthorized")
	c.do(http.MethodGet, "/about", "", header("Authorization", "basic cm9vdA==")).is(http.StatusUnauthorized, "Unauthorized")
	c.do(http.MethodGet, "/about", "", header("auth-username", root)).is(http.StatusUnauthorized, "Unauthorized")
	head := c.do(http.MethodHead, "/about", "")
	head.is(http.StatusOK, "")
	assert.NotEqual(t, "0", head.header.Get("Content-Length"))
	assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/ABOUT/", "").status, "case and a slash at the end do not count")
}

const newUser = `{"firstname":"A","surname":"B","email":"A@x.org","groups":["admin"]`

func TestAUserMadeWithAPasswordCannotLogInBeforeItIsSetAgain(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/users", newUser+`,"password":"pw"}`).is(http.StatusCreated, "User successfully created")
	assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodGet, "/about", "", as("a@x.org", "pw")).status)
	c.do(http.MethodGet, "/authenticate/a@x.org", "", nobody).is(http.StatusNotFound, "Could not find user by email a@x.org")
	c.do(http.MethodPut, "/users/a@x.org", `{"password":"pw"}`).is(http.StatusOK, "Successfully updated user.")
	assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/about", "", as("a@x.org", "pw")).status)
	assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/about", "", c.token("a@x.org", "pw", c.clock().Format(time.RFC3339))).status)
	assert.NotContains(t, c.do(http.MethodGet, "/users", "").body, "pw", "no password is shown")
}

func TestAUserMadeWithAHashLogsIn(t *testing.T) {
	t.Parallel()
	hash := `,"passwordAlgorithm":"sha512","passwordSalt":"s","passwordHash":"` + sha512Hex("s", "pw") + `"}`
	c := newCore(t, modern)
	c.do(http.MethodPost, "/users", newUser+hash).is(http.StatusCreated, "User successfully created")
	assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/about", "", as("a@x.org", "pw")).status)
	o := newCore(t, old)
	o.do(http.MethodPost, "/users", newUser+hash, o.signed()).is(http.StatusCreated, "User successfully created")
	assert.Equal(t, http.StatusOK, o.do(http.MethodGet, "/about", "", o.token("a@x.org", "pw", o.clock().Format(time.RFC3339))).status)
}

func TestTheLinkOfAMailSetsThePassword(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/users", newUser+`}`).is(http.StatusCreated, "User successfully created")
	user := c.do(http.MethodGet, "/users/a@x.org", "").doc()
	token, _ := user["token"].(string)
	require.Len(t, token, 32)
	assert.Equal(t, "newUser", c.do(http.MethodGet, "/token/"+token, "", nobody).doc()["tokenType"])
	c.do(http.MethodPut, "/token/"+token, `{"firstname":"C","surname":"D","password":"pw"}`, nobody).is(http.StatusOK, "Successfully set new user password.")
	assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/about", "", as("a@x.org", "pw")).status)
	c.do(http.MethodGet, "/token/"+token, "", nobody).is(http.StatusNotFound, "User with token "+token+" could not be found.")

	c.do(http.MethodGet, "/password-reset-request/a@x.org", "", nobody).is(http.StatusCreated, "Successfully set user token/expiry for password reset.")
	reset, _ := c.do(http.MethodGet, "/users/a@x.org", "").doc()["token"].(string)
	c.pass(25 * time.Hour)
	c.do(http.MethodPut, "/token/"+reset, `{"password":"other"}`, nobody).is(http.StatusGone, "User with token "+reset+" has expired to set their password.")
	c.do(http.MethodDelete, "/users/"+root, "").is(http.StatusForbidden, "User root@openhim.org is OpenHIM root, User cannot be deleted through the API")
	c.do(http.MethodDelete, "/users/a@x.org", "").is(http.StatusOK, "Successfully removed user with email a@x.org")
	assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodGet, "/about", "", as("a@x.org", "pw")).status)
	c.do(http.MethodPost, "/users", `{}`).is(http.StatusInternalServerError, "Internal Server Error")
}
