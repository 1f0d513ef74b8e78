package dhis2

import (
	"context"
	"errors"
	"hash/crc32"
	"strconv"
	"strings"
)

// Personal access tokens (dhis2.md 1.4): a prefix for the generation, random
// characters and a checksum of them, in base 62 or, of the first generation, in
// decimal digits.
const (
	tokenV1       = "d2pat_" // 2.40
	tokenRandomV1 = 32
	tokenV2       = "d2p_" // 2.41 and later
	tokenRandom   = 44
	tokenChecksum = 6
	base62        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// Token is a personal access token, as DHIS2 shows it once when it is made:
// "d2p_…", and "d2pat_…" of 2.40. It is better than a password for a mediator:
// it can be limited to addresses and methods, ends by itself, and costs the
// server less.
//
// The checksum in it is verified by [New], before anything is sent.
func Token(key string) Auth { return &tokenAuth{hidden: "ApiToken", key: strings.TrimSpace(key)} }

type tokenAuth struct {
	hidden

	key string
}

func (a *tokenAuth) check() error { return checkToken(a.key) }

func (a *tokenAuth) header(context.Context) (string, error) { return "ApiToken " + a.key, nil }

func (a *tokenAuth) renew(context.Context, string) bool { return false }

// keepsSession is false: with a session's cookie the limits of the token, its
// methods for example, would not be looked at any more.
func (a *tokenAuth) keepsSession() bool { return false }

// checkToken tells what is wrong with a token without repeating any of it.
func checkToken(key string) error {
	if key == "" {
		return errors.New("is an empty token")
	}
	if rest, ok := strings.CutPrefix(key, tokenV1); ok {
		return checkFirst(rest)
	}
	rest, ok := strings.CutPrefix(key, tokenV2)
	switch {
	case !ok:
		return errors.New("is no personal access token, which begins with d2p_ (2.41 and later) or d2pat_ (2.40)")
	case len(rest) != tokenRandom+tokenChecksum:
		return errors.New("is a d2p_ token of another length than 54 characters; copy it again, whole")
	case !isBase62(rest), checksumOf(rest[:tokenRandom]) != rest[tokenRandom:]:
		return errors.New("is a d2p_ token whose checksum does not fit: a character is wrong; copy it again")
	}
	return nil
}

// checkFirst checks a token of the first generation: its checksum is the CRC-32
// of the random characters as a decimal number.
func checkFirst(rest string) error {
	if len(rest) <= tokenRandomV1 || !isBase62(rest) {
		return errors.New("is a d2pat_ token that is cut or has characters that none has; copy it again, whole")
	}
	sum, err := strconv.ParseUint(rest[tokenRandomV1:], 10, 32)
	if err != nil || uint32(sum) != crc32.ChecksumIEEE([]byte(rest[:tokenRandomV1])) {
		return errors.New("is a d2pat_ token whose checksum does not fit: a character is wrong; copy it again")
	}
	return nil
}

// checksumOf is the last six characters of a token: CRC-32 of its random part
// and of four zero bytes, as the server checksums its whole buffer of 48 bytes.
func checksumOf(random string) string {
	sum := crc32.ChecksumIEEE(append([]byte(random), 0, 0, 0, 0))
	var out [tokenChecksum]byte
	for i := tokenChecksum - 1; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return string(out[:])
}

func isBase62(text string) bool {
	for i := range len(text) {
		if !strings.Contains(base62, text[i:i+1]) {
			return false
		}
	}
	return true
}
