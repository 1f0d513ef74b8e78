package fhir_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/fhir"
)

const (
	smartServer = "https://fhir.test/base"
	tokenURL    = "https://auth.test/token"
)

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

func ecKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return key
}

// authServer is discovery and a token endpoint. The n-th token is "token-n".
func authServer(algorithm string, expires int) func(int, http.ResponseWriter, *http.Request) {
	n := 0
	var mu sync.Mutex
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/.well-known/smart-configuration") {
			says(200, fmt.Sprintf(`{"token_endpoint":%q,"token_endpoint_auth_signing_alg_values_supported":[%q]}`, tokenURL, algorithm))(w, r)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		n++
		says(200, fmt.Sprintf(`{"access_token":"token-%d","token_type":"bearer","expires_in":%d}`, n, expires))(w, r)
	}
}

func smart(t *testing.T, answer func(int, http.ResponseWriter, *http.Request), change ...func(*fhir.SMARTConfig)) (*fhir.SMARTAuth, *wire) {
	t.Helper()
	w := &wire{answer: answer}
	cfg := fhir.SMARTConfig{URL: smartServer, ClientID: "mediator", HTTPClient: &http.Client{Transport: w}}
	for _, c := range change {
		c(&cfg)
	}
	if cfg.Key == nil {
		cfg.Key = ecKey(t, elliptic.P384())
	}
	auth, err := fhir.NewSMARTAuth(cfg)
	require.NoError(t, err)
	return auth, w
}

func TestAssertionIsSignedAsSMARTSays(t *testing.T) {
	t.Parallel()
	rsaPrivate, ecPrivate := rsaKey(t), ecKey(t, elliptic.P384())
	for algorithm, key := range map[string]crypto.Signer{"RS384": rsaPrivate, "ES384": ecPrivate} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			auth, w := smart(t, authServer(algorithm, 300), func(c *fhir.SMARTConfig) {
				c.Key, c.Scope, c.KeyURL = key, "system/Patient.rs", "https://me.test/jwks"
			})
			token, err := auth.Token(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "token-1", token)
			all := w.requests()
			require.Len(t, all, 2)
			assert.Equal(t, smartServer+"/.well-known/smart-configuration", all[0].URL)
			assert.Equal(t, tokenURL, all[1].URL)
			form, err := url.ParseQuery(all[1].Body)
			require.NoError(t, err)
			assert.Equal(t, "client_credentials", form.Get("grant_type"))
			assert.Equal(t, "system/Patient.rs", form.Get("scope"))
			assert.Equal(t, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form.Get("client_assertion_type"))

			parts := strings.Split(form.Get("client_assertion"), ".")
			require.Len(t, parts, 3)
			decode := func(s string) []byte {
				b, err := base64.RawURLEncoding.DecodeString(s)
				require.NoError(t, err)
				return b
			}
			header, claims := gjson.ParseBytes(decode(parts[0])), gjson.ParseBytes(decode(parts[1]))
			jwks, err := auth.JWKS()
			require.NoError(t, err)
			assert.Equal(t, algorithm, header.Get("alg").String())
			assert.Equal(t, "JWT", header.Get("typ").String())
			assert.Equal(t, gjson.GetBytes(jwks, "keys.0.kid").String(), header.Get("kid").String())
			assert.Equal(t, "https://me.test/jwks", header.Get("jku").String())
			assert.Equal(t, "mediator", claims.Get("iss").String())
			assert.Equal(t, "mediator", claims.Get("sub").String())
			assert.Equal(t, tokenURL, claims.Get("aud").String())
			assert.NotEmpty(t, claims.Get("jti").String())
			life := time.Until(time.Unix(claims.Get("exp").Int(), 0))
			assert.Positive(t, life)
			assert.LessOrEqual(t, life, 5*time.Minute)

			digest := sha512.Sum384([]byte(parts[0] + "." + parts[1]))
			signature := decode(parts[2])
			if algorithm == "RS384" {
				require.NoError(t, rsa.VerifyPKCS1v15(&rsaPrivate.PublicKey, crypto.SHA384, digest[:], signature))
				return
			}
			require.Len(t, signature, 96)
			r, s := new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:])
			assert.True(t, ecdsa.Verify(&ecPrivate.PublicKey, digest[:], r, s))
			key := gjson.GetBytes(jwks, "keys.0")
			x, y := new(big.Int).SetBytes(decode(key.Get("x").String())), new(big.Int).SetBytes(decode(key.Get("y").String()))
			point, err := ecPrivate.PublicKey.Bytes()
			require.NoError(t, err)
			assert.Equal(t, point[1:], append(x.FillBytes(make([]byte, 48)), y.FillBytes(make([]byte, 48))...))
			assert.Len(t, decode(key.Get("x").String()), 48)
			assert.False(t, key.Get("d").Exists(), "the private key stays")
		})
	}
}

func TestTokenIsKeptAndReplacedEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth, w := smart(t, authServer("ES384", 300))
		token := func(after time.Duration) string {
			time.Sleep(after) //nolint:forbidigo // fake time
			token, err := auth.Token(t.Context())
			require.NoError(t, err)
			return token
		}
		assert.Equal(t, "token-1", token(0))
		assert.Equal(t, "token-1", token(4*time.Minute-time.Second))
		assert.Equal(t, "token-2", token(2*time.Second), "a minute before its end")
		assert.Equal(t, "token-2", token(time.Minute))
		assert.Len(t, w.requests(), 3, "discovery is done once")
	})
}

func TestOneRefreshAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := authServer("ES384", 300)
		auth, w := smart(t, func(n int, w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second) //nolint:forbidigo // fake time
			inner(n, w, r)
		})
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				token, err := auth.Token(t.Context())
				assert.NoError(t, err)
				assert.Equal(t, "token-1", token)
			})
		}
		all.Wait()
		assert.Len(t, w.requests(), 2)
	})
}

func TestOldTokenServesWhileANewOneCannotBeHad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := authServer("ES384", 300)
		down := false
		auth, _ := smart(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if down {
				says(500, "")(w, r)
				return
			}
			inner(n, w, r)
		})
		_, err := auth.Token(t.Context())
		require.NoError(t, err)
		down = true
		time.Sleep(270 * time.Second) //nolint:forbidigo // fake time
		token, err := auth.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "token-1", token)
		time.Sleep(31 * time.Second) //nolint:forbidigo // fake time
		_, err = auth.Token(t.Context())
		var refused *fhir.AuthError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, 500, refused.Status)
	})
}

func TestRefusedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	inner := authServer("ES384", 300)
	w := &wire{answer: func(n int, w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasSuffix(r.URL.Path, "/Patient/7"):
			inner(n, w, r)
		case r.Header.Get("Authorization") == "Bearer token-1":
			says(401, "")(w, r)
		default:
			says(200, annJSON)(w, r)
		}
	}}
	hc := &http.Client{Transport: w}
	auth, err := fhir.NewSMARTAuth(fhir.SMARTConfig{URL: smartServer, ClientID: "m", Key: ecKey(t, elliptic.P384()), HTTPClient: hc})
	require.NoError(t, err)
	client, err := fhir.NewClient(fhir.ClientConfig{URL: smartServer, HTTPClient: hc, Auth: auth})
	require.NoError(t, err)
	_, err = client.Read(t.Context(), "Patient", "7")
	require.NoError(t, err)
	assert.Equal(t, "Bearer token-2", w.last().Header.Get("Authorization"))
}

func TestTokenEndpointsThatCannotBeTrustedOrUsed(t *testing.T) {
	t.Parallel()
	discovery := func(body string) func(int, http.ResponseWriter, *http.Request) { return answers(says(200, body)) }
	tests := []struct {
		name   string
		answer func(int, http.ResponseWriter, *http.Request)
		want   string
		sent   int
	}{
		{"no endpoint", discovery(`{}`), "names no token_endpoint", 1},
		{"not https", discovery(`{"token_endpoint":"http://auth.test/token"}`), "is not https", 1},
		{"no URL", discovery(`{"token_endpoint":"token"}`), "no URL", 1},
		{"another algorithm", discovery(`{"token_endpoint":"https://a.test/t","token_endpoint_auth_signing_alg_values_supported":["RS384"]}`), "ES384", 1},
		{"no discovery", answers(says(404, "<html>")), "404", 1},
		{"a redirect", answers(says(302, "", "Location", "https://evil.test")), "302", 1},
		{"HTML", discovery(`<html>`), "no JSON", 1},
		{"too much", discovery(`{"x":"` + strings.Repeat("x", 1<<20) + `"}`), "longer than", 1},
		{"a refusal", answers(says(200, `{"token_endpoint":"`+tokenURL+`"}`), says(400, `{"error":"invalid_client","error_description":"planted"}`)), "400 Bad Request: invalid_client", 2},
		{"no token", answers(says(200, `{"token_endpoint":"`+tokenURL+`"}`), says(200, `{"token_type":"bearer"}`)), "no bearer token", 2},
		{"another kind of token", answers(says(200, `{"token_endpoint":"`+tokenURL+`"}`), says(200, `{"access_token":"planted","token_type":"mac"}`)), "no bearer token", 2},
		{"a token endpoint that is down", answers(says(200, `{"token_endpoint":"`+tokenURL+`"}`), says(503, "")), "503", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			auth, w := smart(t, tt.answer)
			_, err := auth.Token(t.Context())
			require.ErrorContains(t, err, tt.want)
			var refused *fhir.AuthError
			require.ErrorAs(t, err, &refused)
			assert.NotContains(t, err.Error(), "planted")
			assert.NotContains(t, err.Error(), "eyJ", "no assertion is told")
			assert.Len(t, w.requests(), tt.sent)
		})
	}
}

func TestSMARTConfigThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	good := ecKey(t, elliptic.P384())
	for name, tt := range map[string]struct {
		field string
		cfg   fhir.SMARTConfig
	}{
		"no URL":        {"URL", fhir.SMARTConfig{ClientID: "m", Key: good}},
		"bad token URL": {"TokenURL", fhir.SMARTConfig{TokenURL: "token", ClientID: "m", Key: good}},
		"no client":     {"ClientID", fhir.SMARTConfig{URL: smartServer, Key: good}},
		"no key":        {"Key", fhir.SMARTConfig{URL: smartServer, ClientID: "m"}},
		"a small key":   {"Key", fhir.SMARTConfig{URL: smartServer, ClientID: "m", Key: small}},
		"another curve": {"Key", fhir.SMARTConfig{URL: smartServer, ClientID: "m", Key: ecKey(t, elliptic.P256())}},
		"another kind":  {"Key", fhir.SMARTConfig{URL: smartServer, ClientID: "m", Key: edwards}},
	} {
		_, err := fhir.NewSMARTAuth(tt.cfg)
		var config *fhir.ConfigError
		require.ErrorAs(t, err, &config, name)
		assert.Equal(t, tt.field, config.Field, name)
	}
	_, err = fhir.NewSMARTAuth(fhir.SMARTConfig{TokenURL: tokenURL, ClientID: "m", Key: good})
	require.NoError(t, err)
}

func TestPrivateKeysAreReadFromPEM(t *testing.T) {
	t.Parallel()
	rsaPrivate, ecPrivate := rsaKey(t), ecKey(t, elliptic.P384())
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ecPrivate)
	require.NoError(t, err)
	sec1, err := x509.MarshalECPrivateKey(ecPrivate)
	require.NoError(t, err)
	for kind, der := range map[string][]byte{
		"PRIVATE KEY": pkcs8, "EC PRIVATE KEY": sec1, "RSA PRIVATE KEY": x509.MarshalPKCS1PrivateKey(rsaPrivate),
	} {
		text := append([]byte("-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n"),
			pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
		key, err := fhir.ParsePrivateKey(text)
		require.NoError(t, err, kind)
		assert.NotNil(t, key.Public())
	}
	for _, bad := range []string{"", "planted", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		_, err := fhir.ParsePrivateKey([]byte(bad))
		require.Error(t, err)
	}
}

func TestJWKSIsAKeySet(t *testing.T) {
	t.Parallel()
	auth, _ := smart(t, authServer("ES384", 300), func(c *fhir.SMARTConfig) { c.KeyID = "mine" })
	data, err := auth.JWKS()
	require.NoError(t, err)
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	require.NoError(t, json.Unmarshal(data, &set))
	require.Len(t, set.Keys, 1)
	assert.Equal(t, "mine", set.Keys[0]["kid"])
	assert.Equal(t, "ES384", set.Keys[0]["alg"])
	assert.Equal(t, "P-384", set.Keys[0]["crv"])
}
