package router

import (
	"crypto/md5"  //nolint:gosec // the core's clients may use it
	"crypto/sha1" //nolint:gosec // the core's clients may use it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// basicHeader is the package basic-auth: the scheme in any case.
var basicHeader = regexp.MustCompile(`^ *(?i:basic) +([A-Za-z0-9._~+/-]+=*) *$`)

// authenticate is basicAuthentication.js and, from 5.4, customTokenAuthentication.js:
// a failure leaves the client unknown, and the channel decides.
func (r *Router) authenticate(x *exchange) {
	header := x.headerText("authorization")
	if found := basicHeader.FindStringSubmatch(header); found != nil {
		raw, err := base64.StdEncoding.DecodeString(found[1])
		if err != nil {
			raw, _ = base64.RawStdEncoding.DecodeString(strings.TrimRight(found[1], "="))
		}
		name, password, ok := strings.Cut(string(raw), ":")
		if ok {
			x.client = r.clientByPassword(name, password)
		}
	} else if token, isCustom := strings.CutPrefix(header, "Custom "); isCustom && r.modern && token != "" {
		x.client, _ = r.collection("clients").FindOne(mongo.Doc{"customTokenID": strings.TrimSpace(token)})
	}
	if id, ok := x.client["clientID"].(string); ok {
		x.header.Set("X-OpenHIM-ClientID", id)
	}
}

func (r *Router) clientByPassword(name, password string) mongo.Doc {
	client, found := r.collection("clients").FindOne(mongo.Doc{"clientID": name})
	if !found {
		return nil
	}
	algorithm, _ := client["passwordAlgorithm"].(string)
	want, _ := client["passwordHash"].(string)
	salt, _ := client["passwordSalt"].(string)
	if algorithm == "" || want == "" {
		return nil
	}
	sum := newHash(algorithm)
	if sum == nil {
		return nil // bcrypt, which the real core knows too, is not part of the fake
	}
	_, _ = sum.Write([]byte(password + salt)) // a hash takes everything
	if hex.EncodeToString(sum.Sum(nil)) != want {
		return nil
	}
	return client
}

func newHash(algorithm string) hash.Hash {
	switch strings.ToLower(algorithm) {
	case "sha512":
		return sha512.New()
	case "sha384":
		return sha512.New384()
	case "sha256":
		return sha256.New()
	case "sha1":
		return sha1.New() //nolint:gosec // the client's choice
	case "md5":
		return md5.New() //nolint:gosec // the client's choice
	default:
		return nil
	}
}

// authorise is authorisation.js. It tells whether the request goes on.
func (x *exchange) authorise() bool {
	if x.channel == nil && x.modern() {
		x.res.explicit, x.res.status = true, http.StatusNotFound
		return false
	}
	if x.channel != nil && x.allowedIP() && (text(x.channel, "authType") == "public" || x.allowedClient()) {
		return true
	}
	x.res.explicit, x.res.status = true, http.StatusUnauthorized
	x.res.set("WWW-Authenticate", "Basic")
	return false
}

func (x *exchange) allowedClient() bool {
	if x.client == nil {
		return false
	}
	allow := texts(x.channel, "allow")
	for _, role := range texts(x.client, "roles") {
		if slices.Contains(allow, role) {
			return true
		}
	}
	return slices.Contains(allow, text(x.client, "clientID"))
}

func (x *exchange) allowedIP() bool {
	list := texts(x.channel, "whitelist")
	return len(list) == 0 || slices.Contains(list, x.ip)
}

func text(doc mongo.Doc, key string) string {
	s, _ := doc[key].(string)
	return s
}

func texts(doc mongo.Doc, key string) []string {
	list, _ := doc[key].([]any)
	var out []string
	for _, element := range list {
		if s, ok := element.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func flag(doc mongo.Doc, key string) bool {
	b, _ := doc[key].(bool)
	return b
}
