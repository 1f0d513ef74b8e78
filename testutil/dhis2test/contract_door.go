package dhis2test

import (
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
)

// frontDoorFacts: signing in, versions in paths, what nobody serves
// (dhis2.md 1.2, 1.4, section 0 fact 11).
func frontDoorFacts() []fact {
	return []fact{
		{name: "basic credentials sign in", check: func(c *contract) {
			r := c.get("me?fields=username")
			c.status(r, http.StatusOK)
			c.equal(r.text("username"), c.target.Username, "who I am")
		}},
		{name: "a wrong password is a 401 WebMessage", check: func(c *contract) {
			r := c.do(call{method: "GET", path: "me", anonymous: true, headers: map[string]string{"Authorization": "Basic bm9ib2R5OndyMG5n"}})
			c.status(r, http.StatusUnauthorized)
			c.equal(r.count("httpStatusCode"), 401, "httpStatusCode")
			c.equal(r.text("message"), "Unauthorized", "message")
		}},
		{name: "no credentials are a redirect to the login page", check: func(c *contract) {
			r := c.do(call{method: "GET", path: "me", anonymous: true})
			c.status(r, http.StatusFound)
			want := by(c, "/dhis-web-login/", "/dhis-web-login/", "/dhis-web-login/", "/login/")
			c.contains(r.header.Get("Location"), want, "Location")
		}},
		{name: "no credentials are a 401 with X-Requested-With", check: func(c *contract) {
			r := c.do(call{method: "GET", path: "me", anonymous: true, headers: map[string]string{"X-Requested-With": "XMLHttpRequest"}})
			c.status(r, http.StatusUnauthorized)
			c.equal(r.text("status"), "ERROR", "status")
		}},
		{name: "an unknown scheme is no credentials", check: func(c *contract) {
			r := c.do(call{method: "GET", path: "me", anonymous: true, headers: map[string]string{"Authorization": "Foo bar"}})
			c.status(r, http.StatusFound)
		}},
		{name: "an import without credentials is a redirect too", check: func(c *contract) {
			r := c.do(call{method: "POST", path: "tracker?async=false", body: "{}", anonymous: true})
			c.status(r, http.StatusFound)
		}},
		{name: "a session takes the place of the password", check: sessionFact},
		{name: "a login opens a session", since: "2.41", check: loginFact},
		{name: "a bad login is a 401", since: "2.41", check: func(c *contract) {
			r := c.do(call{method: "POST", path: "auth/login", body: `{"username":"nobody","password":"x"}`, anonymous: true})
			c.status(r, http.StatusUnauthorized)
		}},
		{name: "a personal access token signs in", since: "2.41", check: tokenFact},
		{name: "a token with a wrong checksum is a 400", since: "2.41", check: func(c *contract) {
			r := c.withToken("d2p_" + strings.Repeat("A", 44) + "000000")
			c.status(r, http.StatusBadRequest)
			c.equal(r.text("message"), "Checksum validation failed", "message")
		}},
		{name: "a well-formed token nobody made is a 401", since: "2.41", check: func(c *contract) {
			code := strings.Repeat("A", 44)
			c.status(c.withToken("d2p_"+code+tokenChecksum(code)), http.StatusUnauthorized)
		}},
		{name: "the version's own number is a path", check: func(c *contract) {
			c.status(c.get(by(c, "40", "41", "42", "43")+"/me?fields=id"), http.StatusOK)
		}},
		{name: "an older number is a path", check: func(c *contract) {
			c.status(c.get(by(c, "39", "40", "41", "42")+"/me?fields=id"), http.StatusOK)
		}},
		{name: "a number the server does not know is a 404", check: func(c *contract) {
			c.status(c.get("99/me"), http.StatusNotFound)
		}},
		{name: "a path nobody serves is a 404", check: func(c *contract) {
			c.status(c.get("nothingHere"), http.StatusNotFound)
		}},
		{name: "the 404 of a path is no WebMessage", check: func(c *contract) {
			r := c.get("nothingHere")
			c.yes(!strings.Contains(string(r.body), "httpStatusCode"), "the container answers, not DHIS2")
		}},
		{name: "a wrong method is a 405", check: func(c *contract) {
			r := c.get("tracker")
			c.status(r, http.StatusMethodNotAllowed)
			c.contains(r.text("message"), "Request method 'GET'", "message")
		}},
		{name: "an Accept nobody can serve is a 406", check: func(c *contract) {
			r := c.do(call{method: "GET", path: "system/info", headers: map[string]string{"Accept": "image/png"}})
			c.status(r, http.StatusNotAcceptable)
		}},
		{name: "a body of another type is a 415", check: func(c *contract) {
			r := c.do(call{method: "POST", path: "tracker?async=false", body: "<a/>", headers: map[string]string{"Content-Type": "application/xml"}})
			c.status(r, http.StatusUnsupportedMediaType)
		}},
		{name: "system info names version, zone and clock", check: func(c *contract) {
			r := c.get("system/info")
			c.yes(r.text("serverTimeZoneId") != "", "serverTimeZoneId is given")
			c.yes(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$`).MatchString(r.text("serverDate")), "serverDate has no zone")
			c.contains(r.text("version"), by(c, "2.40", "2.41", "2.42", "2.43"), "version")
		}},
		{name: "ping answers pong", check: func(c *contract) {
			r := c.get("system/ping")
			c.status(r, http.StatusOK)
			c.equal(string(r.body), "pong", "body")
		}},
		{name: "the server makes UIDs", check: func(c *contract) {
			codes := c.get("system/id?limit=5").list("codes")
			c.equal(len(codes), 5, "codes")
			for _, code := range codes {
				c.yes(uidPattern.MatchString(text(code)), "a UID is a letter and ten letters or digits")
			}
		}},
		{name: "no UIDs are no UIDs", check: func(c *contract) {
			c.equal(len(c.get("system/id?limit=0").list("codes")), 0, "codes")
		}},
		{name: "me has authorities and org units", check: func(c *contract) {
			r := c.get("me?fields=authorities,organisationUnits[id]")
			c.yes(len(r.list("authorities")) > 0, "authorities")
			c.contains(strings.Join(r.all("organisationUnits", "id"), " "), seedRoot, "org units")
		}},
		{name: "a superuser has every authority", check: func(c *contract) {
			c.equal(string(c.get("me/authorization/F_DATAVALUE_ADD").body), "true", "answer")
		}},
		{name: "OPTIONS names the methods", check: func(c *contract) {
			r := c.do(call{method: "OPTIONS", path: "tracker"})
			c.status(r, http.StatusOK)
			c.contains(r.header.Get("Allow"), "POST", "Allow")
		}},
	}
}

func (c *contract) withToken(key string) response {
	c.Helper()
	return c.do(call{method: "GET", path: "me?fields=username", anonymous: true, headers: map[string]string{"Authorization": "ApiToken " + key}})
}

func sessionFact(c *contract) {
	r := c.get("me?fields=username")
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.Fatal(err)
	}
	client := *c.target.Client
	client.Jar = jar
	request, err := http.NewRequestWithContext(c.Context(), http.MethodGet, c.target.URL+"/api/me", nil)
	if err != nil {
		c.Fatal(err)
	}
	jar.SetCookies(request.URL, (&http.Response{Header: r.header}).Cookies())
	c.yes(len(jar.Cookies(request.URL)) > 0, "the first answer sets a cookie")
	again := c.of(c.T)
	again.target.Client = &client
	c.status(again.do(call{method: "GET", path: "me", anonymous: true}), http.StatusOK)
}

func loginFact(c *contract) {
	body := `{"username":"` + c.target.Username + `","password":"` + c.target.Password + `"}`
	r := c.do(call{method: "POST", path: "auth/login", body: body, anonymous: true})
	c.status(r, http.StatusOK)
	c.equal(r.text("loginStatus"), "SUCCESS", "loginStatus")
	c.contains(strings.Join(r.header.Values("Set-Cookie"), " "), sessionCookie+"=", "Set-Cookie")
}

func tokenFact(c *contract) {
	made := c.post("apiTokens", `{"attributes":[]}`)
	c.status(made, http.StatusCreated)
	key, uid := made.text("response.key"), made.text("response.uid")
	c.yes(strings.HasPrefix(key, tokenPrefix), "the key begins with "+tokenPrefix)
	r := c.withToken(key)
	c.status(r, http.StatusOK)
	c.equal(r.text("username"), c.target.Username, "who I am")
	c.status(c.delete("apiTokens/"+uid), http.StatusOK)
	c.status(c.withToken(key), http.StatusUnauthorized)
}
