package router

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
	"strings"
)

const compressThreshold = 8

var noTransform = regexp.MustCompile(`(?:^|,)\s*?no-transform\s*?(?:,|$)`)

// compress is koa-compress after the rest of the chain ran.
func (x *exchange) compress() {
	res := x.res
	body, length := res.payload()
	if !res.hasBody() || x.method == "HEAD" || statusEmpty(res.status) || res.header("content-encoding") != "" {
		return
	}
	if !compressible(res.header("content-type"), !x.modern()) || noTransform.MatchString(res.header("cache-control")) {
		return
	}
	if length < compressThreshold {
		return
	}
	encoding := acceptedEncoding(x.headerText("accept-encoding"), x.modern())
	if encoding == "" {
		return
	}
	res.set("Content-Encoding", encoding)
	res.remove("Content-Length")
	res.stream = encode(encoding, body)
}

func encode(encoding string, body []byte) []byte {
	var out bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	default:
		return brotliStored(body)
	}
	_, _ = w.Write(body) // a Buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// brotliStored writes a brotli stream of uncompressed blocks (RFC 7932, 9.2): any
// decoder reads it, and no encoder is needed.
func brotliStored(body []byte) []byte {
	var out []byte
	var bits, held uint
	put := func(value, n uint) {
		held |= value << bits
		bits += n
		for bits >= 8 {
			out = append(out, byte(held)) //nolint:gosec // the low byte is meant
			held >>= 8
			bits -= 8
		}
	}
	put(0, 1) // window of 16 bits
	const block = 1 << 16
	for len(body) > 0 {
		n := min(len(body), block)
		put(0, 1) // not the last
		put(0, 2) // length in 4 nibbles
		put(uint(n-1), 16)
		put(1, 1) // uncompressed
		if bits > 0 {
			put(0, 8-bits)
		}
		out = append(out, body[:n]...)
		body = body[n:]
	}
	put(3, 2) // last and empty
	if bits > 0 {
		put(0, 8-bits)
	}
	return out
}

func parseFloat(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return 0
	}
	return f
}
