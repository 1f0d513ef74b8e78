package router

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeUTF8 is Buffer.toString('utf8'): one U+FFFD for each longest broken part
// of a sequence; a byte order mark stays.
func decodeUTF8(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	var out strings.Builder
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		if r != utf8.RuneError || size > 1 {
			out.Write(raw[:size])
			raw = raw[size:]
			continue
		}
		out.WriteRune(utf8.RuneError)
		raw = raw[brokenLength(raw):]
	}
	return out.String()
}

// brokenLength is the length of the longest prefix that could have begun a rune.
func brokenLength(raw []byte) int {
	low, high, want := byte(0x80), byte(0xBF), 0
	switch c := raw[0]; {
	case c >= 0xC2 && c <= 0xDF:
		want = 2
	case c >= 0xE0 && c <= 0xEF:
		want = 3
		switch c {
		case 0xE0:
			low = 0xA0
		case 0xED:
			high = 0x9F
		}
	case c >= 0xF0 && c <= 0xF4:
		want = 4
		switch c {
		case 0xF0:
			low = 0x90
		case 0xF4:
			high = 0x8F
		}
	}
	n := 1
	for n < want && n < len(raw) && raw[n] >= low && raw[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}

var charsetParam = regexp.MustCompile(`(?i)charset=([^;,\r\n]+)`)

// charsetOf is obtainCharset (router.js).
func charsetOf(contentType string) string {
	if found := charsetParam.FindStringSubmatch(contentType); found != nil {
		return found[1]
	}
	return "utf-8"
}

// decodeCharset is Buffer.toString(charset); ok is false for an encoding Node does
// not know.
func decodeCharset(raw []byte, charset string) (string, bool) {
	switch strings.ToLower(charset) {
	case "utf8", "utf-8":
		return decodeUTF8(raw), true
	case "latin1", "binary":
		return latin1(raw), true
	case "ascii":
		low := make([]byte, len(raw))
		for i, b := range raw {
			low[i] = b & 0x7f
		}
		return string(low), true
	case "ucs2", "ucs-2", "utf16le", "utf-16le":
		units := make([]uint16, len(raw)/2)
		for i := range units {
			units[i] = uint16(raw[2*i]) | uint16(raw[2*i+1])<<8
		}
		return string(utf16.Decode(units)), true
	case "hex":
		return hex.EncodeToString(raw), true
	case "base64":
		return base64.StdEncoding.EncodeToString(raw), true
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(raw), true
	default:
		return "", false
	}
}

// decompress is zlib's Gunzip or Inflate on a whole body. An error is an 'error'
// event nobody listens for.
func decompress(encoding string, body []byte, limit int) ([]byte, error) {
	if encoding == "deflate" {
		r, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, unexpectedEOF(err)
		}
		return readAll(r, limit)
	}
	source := bufio.NewReader(bytes.NewReader(body))
	var out []byte
	for {
		r, err := gzip.NewReader(source)
		if err != nil {
			return nil, unexpectedEOF(err)
		}
		r.Multistream(false)
		part, err := readAll(r, limit-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		// More members may follow; zero bytes are padding.
		if next, _ := source.Peek(1); len(next) == 0 || next[0] == 0 {
			return out, nil
		}
	}
}

func readAll(r io.Reader, limit int) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, unexpectedEOF(err)
	}
	if len(out) > limit {
		return nil, errors.New("decompressed body too long")
	}
	return out, nil
}
