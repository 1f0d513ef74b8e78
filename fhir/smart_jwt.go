package fhir

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"time"
)

// jwtSigner signs assertions (RFC 7523).
type jwtSigner struct {
	key       crypto.Signer
	algorithm string
	jwk       map[string]string // the public key
	keyURL    string
}

// assertionLife is how long an assertion holds: SMART allows five minutes.
const assertionLife = 4 * time.Minute

func newJWTSigner(key crypto.Signer, keyID string) (jwtSigner, error) {
	if key == nil {
		return jwtSigner{}, &ConfigError{Field: "Key", Reason: "is missing"}
	}
	s := jwtSigner{key: key}
	b64 := base64.RawURLEncoding.EncodeToString
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		if public.N.BitLen() < 2048 {
			return jwtSigner{}, &ConfigError{Field: "Key", Reason: "is an RSA key of less than 2048 bits"}
		}
		s.algorithm = "RS384"
		s.jwk = map[string]string{"kty": "RSA", "n": b64(public.N.Bytes()), "e": b64(big.NewInt(int64(public.E)).Bytes())}
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P384() {
			return jwtSigner{}, &ConfigError{Field: "Key", Reason: "is on another curve than P-384, which ES384 needs"}
		}
		point, err := public.Bytes()
		if err != nil {
			return jwtSigner{}, &ConfigError{Field: "Key", Reason: "is no point of its curve"}
		}
		s.algorithm = "ES384"
		s.jwk = map[string]string{"kty": "EC", "crv": "P-384", "x": b64(point[1:49]), "y": b64(point[49:])}
	default:
		return jwtSigner{}, &ConfigError{Field: "Key", Reason: "must be RSA or ECDSA on P-384"}
	}
	if keyID == "" {
		// RFC 7638: the members that matter, in alphabetical order, as maps are
		// written.
		thumb, err := json.Marshal(s.jwk)
		if err != nil {
			return jwtSigner{}, err
		}
		sum := sha256.Sum256(thumb)
		keyID = b64(sum[:])
	}
	s.jwk["kid"] = keyID
	return s, nil
}

// assertion is a signed JWT that says who asks whom.
func (s jwtSigner) assertion(client, audience string, now time.Time) (string, error) {
	header := map[string]string{"typ": "JWT", "alg": s.algorithm, "kid": s.jwk["kid"]}
	if s.keyURL != "" {
		header["jku"] = s.keyURL
	}
	claims := map[string]any{
		"iss": client, "sub": client, "aud": audience,
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(), "jti": rand.Text(),
	}
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	c, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64(h) + "." + b64(c)
	signature, err := s.sign([]byte(signed))
	if err != nil {
		return "", err
	}
	return signed + "." + b64(signature), nil
}

func (s jwtSigner) sign(data []byte) ([]byte, error) {
	digest := sha512.Sum384(data)
	signature, err := s.key.Sign(rand.Reader, digest[:], crypto.SHA384)
	if err != nil || s.algorithm != "ES384" {
		return signature, err
	}
	// A JWT holds both numbers in 48 bytes each (RFC 7518, 3.4), not in ASN.1.
	var numbers struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &numbers); err != nil || len(rest) > 0 {
		return nil, errors.New("the key made no ECDSA signature")
	}
	out := make([]byte, 96)
	if numbers.R.Sign() <= 0 || numbers.S.Sign() <= 0 || numbers.R.BitLen() > 384 || numbers.S.BitLen() > 384 {
		return nil, errors.New("the key made no ECDSA signature on P-384")
	}
	numbers.R.FillBytes(out[:48])
	numbers.S.FillBytes(out[48:])
	return out, nil
}

// JWKS returns the public key as a JSON Web Key Set, for registering the
// service with the server.
func (s *SMARTAuth) JWKS() ([]byte, error) {
	key := map[string]any{"use": "sig", "alg": s.signer.algorithm, "key_ops": []string{"verify"}}
	for name, value := range s.signer.jwk {
		key[name] = value
	}
	return json.Marshal(map[string]any{"keys": []any{key}})
}

// ParsePrivateKey reads a private key in PEM, as openssl writes it (PKCS #8,
// PKCS #1 and SEC 1; not encrypted), for SMARTConfig.Key.
func ParsePrivateKey(pemData []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(pemData); block != nil; block, rest = pem.Decode(rest) {
		var key any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		default:
			continue // parameters of a curve, certificates
		}
		if signer, ok := key.(crypto.Signer); ok && err == nil {
			return signer, nil
		}
		return nil, errors.New("fhir: the private key cannot be read")
	}
	return nil, errors.New("fhir: there is no private key in PEM; an encrypted one must be decrypted first")
}
