package router

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

func TestPathTransformsAreSedLike(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"/own/path/own", "s/own/other/", "/other/path/own"},
		{"/own/path/own", "s/own/other/g", "/other/path/other"},
		{"/a/b/c", `s/\/b\//\/x\//`, "/a/x/c"},
		{"/a/12/c", `s/(\d+)/id-$1/`, "/a/id-12/c"},
		{"/a", "s/a", "/"},
		{"/a", "nothing", "/a"},
	} {
		assert.Equal(t, c[2], transformPath(c[0], c[1]), c[1])
	}
	assert.Equal(t, "s/to/from/g", invertTransform("s/from/to/g"))
}

func TestXPathFindsWhatChannelsLookFor(t *testing.T) {
	t.Parallel()
	const body = `<?xml version="1.0"?><a x="1"><b>yes</b><b k="2">no</b><n:c xmlns:n="u">&amp;</n:c></a>`
	for query, want := range map[string]string{
		"string(/a/b)": "yes", "/a/b/text()": "yes,no", "//b[2]/text()": "no", `string(//b[@k="2"])`: "no", "count(//b)": "2",
		"string(/a/@x)": "1", "string(/a/n:c)": "&", "/a/b[1]": "<b>yes</b>", "string(/a/z)": "", `string(//*[local-name()="c"])`: "&",
		`string(/a/b[.="no"]/@k)`: "2",
	} {
		got, err := selectXPath(body, query)
		require.NoError(t, err, query)
		assert.Equal(t, want, got, query)
	}
	_, err := selectXPath("<a", "/a")
	require.Error(t, err)
	_, err = selectXPath(body, "//b[last()]")
	require.ErrorContains(t, err, "not known")
}

func TestJSONPathsThrowWhereJavaScriptDoes(t *testing.T) {
	t.Parallel()
	got, err := selectJSON(`{"a":[{"b":5}]}`, "a[0].b")
	require.NoError(t, err)
	assert.Equal(t, "5", got)
	for _, c := range [][2]string{{`{`, "a"}, {`{"a":1}`, "b"}, {`{"a":"x"}`, "a.b"}, {`{"a":null}`, "a"}} {
		_, err := selectJSON(c[0], c[1])
		require.Error(t, err, c)
	}
}

func TestPatternsAreThoseOfJavaScript(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		match         bool
	}{
		{`^\/a\/.*$`, "/a/b", true},
		{`^/a[/]\d+$`, "/a/12", true},
		{`[[]`, "[", true},
		{`[^]`, "x", true},
		{`a\-b\_`, "a-b_", true},
		{`/he..o/`, "hello", false},
		{`\u00e9`, "é", true},
		{`[]`, "x", false},
		{`[\]]`, "]", true},
		{`^/(?!admin)[a-z]+$`, "/patients", true},
		{`^/(?!admin)[a-z]+$`, "/admin", false},
		{`(?<=/)x\1?`, "/x", true},
		{`(a)\1`, "aa", true},
		{`\d`, "٣", false},
		{`a{`, "a{", true},
	} {
		re, err := compilePattern(c.pattern)
		require.NoError(t, err, c.pattern)
		assert.Equal(t, c.match, re.matches(c.text), c.pattern)
	}
	_, err := compilePattern("^/a([")
	require.Error(t, err)
}

func TestBytesBecomeTextAsInNode(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"caf\xe9": "caf\ufffd", "\xe2\x82": "\ufffd", "\xf0\x9f\x98": "\ufffd", "\xff\xfe": "\ufffd\ufffd", "\xe2\x28\xa1": "\ufffd(\ufffd",
		"\xed\xa0\x80": "\ufffd\ufffd\ufffd", "\ufeffx": "\ufeffx", "žluťoučký": "žluťoučký",
	} {
		assert.Equal(t, want, decodeUTF8([]byte(raw)), "% x", raw)
	}
	text, known := decodeCharset([]byte{0xe9}, "LATIN1")
	assert.True(t, known)
	assert.Equal(t, "é", text)
	_, known = decodeCharset(nil, `"utf-8"`)
	assert.False(t, known)
	assert.Equal(t, "utf-8", charsetOf("application/json"))
}

func TestOnlyWholeCompressedBodiesAreDecoded(t *testing.T) {
	t.Parallel()
	plain := strings.Repeat("hello", 100)
	packed := encode("gzip", []byte(plain))
	for body, good := range map[string]bool{
		string(packed): true, string(packed) + "\x00\x00": true, string(packed) + string(packed): true,
		string(packed) + "xx": false, string(packed[:20]): false, "": false, "plain": false,
	} {
		_, err := decompress("gzip", []byte(body), maxUpstream)
		assert.Equal(t, good, err == nil, "%q", body)
	}
	out, err := decompress("deflate", append(encode("deflate", []byte(plain)), "xx"...), maxUpstream)
	require.NoError(t, err)
	assert.Equal(t, plain, string(out))
	_, err = decompress("gzip", packed, 10)
	require.Error(t, err, "a decompression bomb")
}

func TestTheEncodingIsNegotiatedByVersion(t *testing.T) {
	t.Parallel()
	for header, want := range map[string][2]string{ // core 4.0.5, core 8.5
		"": {"", ""}, "gzip": {"gzip", "gzip"}, "br": {"", "br"}, "gzip, deflate, br": {"gzip", "br"},
		"gzip;q=0, deflate": {"deflate", "deflate"}, "identity": {"", ""}, "deflate;q=0.5, gzip;q=0.9": {"gzip", "gzip"},
	} {
		assert.Equal(t, want[0], acceptedEncoding(header, false), header)
		assert.Equal(t, want[1], acceptedEncoding(header, true), header)
	}
	r, err := gzip.NewReader(bytes.NewReader(encode("gzip", []byte("x"))))
	require.NoError(t, err)
	require.NoError(t, r.Close())
	// A window, a stored block of 2 bytes "hi", the end.
	assert.Equal(t, []byte{0x10, 0x00, 0x10, 'h', 'i', 0x03}, brotliStored([]byte("hi")))
}

func TestContentTypesGetTheCharsetOfMimeTypes(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"text/plain": "text/plain; charset=utf-8", "application/json": "application/json; charset=utf-8", "html": "text/html; charset=utf-8",
		"application/xml": "application/xml", "text/plain; charset=latin1": "text/plain; charset=latin1", "nonsense": "", "": "",
		"application/fhir+json": "application/fhir+json; charset=utf-8", "image/png": "image/png",
	} {
		got, ok := contentType(kind)
		assert.Equal(t, want, got)
		assert.Equal(t, want != "", ok)
	}
}

func TestTheBudgetIsSpentInOrder(t *testing.T) {
	t.Parallel()
	x := &exchange{}
	whole, cut, err := x.cut(strings.Repeat("a", maxBodies-20))
	require.Nil(t, err)
	assert.False(t, cut)
	assert.Len(t, whole, maxBodies-20)
	part, cut, err := x.cut(strings.Repeat("b", 100))
	require.Nil(t, err)
	assert.True(t, cut)
	assert.Equal(t, "bbbb"+truncated, part)
	rest, cut, err := x.cut([]byte("c"))
	require.Nil(t, err)
	assert.True(t, cut)
	assert.Equal(t, truncated, rest)
	_, _, err = x.cut(&js.Object{})
	require.NotNil(t, err)
}

func TestTheDateOfJavaScript(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "Tue Jan 02 2024 03:04:05 GMT+0000 (Coordinated Universal Time)", jsDate(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)))
}

func TestCookiesAreTakenApart(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []js.Entry{{Key: "a", Value: "b c"}, {Key: "Path", Value: "/"}}, parseCookie(`a=b%20c; Path=/; HttpOnly; a=again`))
	assert.Equal(t, []js.Entry{{Key: "", Value: ""}}, parseCookie("="))
	assert.Equal(t, "Invalid Date", expires("nope"))
	assert.Equal(t, "Wed, 21 Oct 2015 07:28:00 GMT", expires("Wed, 21 Oct 2015 07:28:00 GMT"))
}
