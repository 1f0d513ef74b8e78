package router

import (
	"regexp"
	"strings"
)

// The parts of mime-types, mime-db, compressible and negotiator that decide what
// koa and koa-compress do with a Content-Type or an Accept header.

// charsets are the types beside text/* that get a charset (mime-db).
var charsets = map[string]string{ //nolint:gochecknoglobals // a read-only table
	"application/json": "utf-8", "application/javascript": "utf-8", "application/manifest+json": "utf-8",
	"application/fhir+json": "utf-8", "application/fhir+xml": "utf-8", "application/elm+json": "utf-8",
	"application/cda+xml": "utf-8", "application/hl7v2+xml": "utf-8", "application/beep+xml": "utf-8",
	"application/im-iscomposing+xml": "utf-8", "application/pidf+xml": "utf-8", "application/pidf-diff+xml": "utf-8",
	"application/poc-settings+xml": "utf-8", "application/vnd.syncml+xml": "utf-8", "application/vnd.wap.wbxml": "utf-8",
	"application/3gpdash-qoe-report+xml": "utf-8", "application/msc-ivr+xml": "utf-8", "application/msc-mixer+xml": "utf-8",
	"application/vnd.omads-email+xml": "utf-8", "application/vnd.syncml.dm+xml": "utf-8", "application/vnd.syncml.dm+wbxml": "utf-8",
	"application/emergencycalldata.cap+xml": "utf-8", "application/news-groupinfo": "us-ascii", "application/news-checkgroups": "us-ascii",
}

// extensions are what koa takes for a type without a slash.
var extensions = map[string]string{ //nolint:gochecknoglobals // a read-only table
	"json": "application/json", "xml": "application/xml", "html": "text/html", "htm": "text/html", "txt": "text/plain",
	"text": "text/plain", "log": "text/plain", "csv": "text/csv", "tsv": "text/tab-separated-values", "css": "text/css",
	"js": "application/javascript", "mjs": "application/javascript", "md": "text/markdown", "yaml": "text/yaml", "yml": "text/yaml",
	"pdf": "application/pdf", "zip": "application/zip", "gz": "application/gzip", "tar": "application/x-tar", "rtf": "text/rtf",
	"bin": "application/octet-stream", "exe": "application/x-msdos-program", "png": "image/png", "jpg": "image/jpeg",
	"jpeg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml", "webp": "image/webp", "bmp": "image/bmp",
	"mp3": "audio/mpeg", "mp4": "video/mp4", "ics": "text/calendar", "xhtml": "application/xhtml+xml", "jsonld": "application/ld+json",
	"atom": "application/atom+xml", "rss": "application/rss+xml", "xsl": "application/xml", "xsd": "application/xml",
	"doc": "application/msword", "xls": "application/vnd.ms-excel",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

var compressibles = map[string]bool{ //nolint:gochecknoglobals // a read-only table
	"application/javascript": true, "application/json": true, "application/xml": true, "application/x-www-form-urlencoded": true,
	"application/xml-dtd": true, "application/ecmascript": true, "application/x-javascript": true, "application/dart": true,
	"application/postscript": true, "application/rtf": true, "application/tar": true, "application/toml": true, "application/wasm": true,
	"application/x-sh": true, "application/x-tar": true, "application/x-httpd-php": true, "application/x-ns-proxy-autoconfig": true,
	"application/vnd.ms-fontobject": true, "application/vnd.ms-opentype": true, "application/vnd.dart": true, "application/raml+yaml": true,
	"font/otf": true, "font/ttf": true, "image/bmp": true, "image/x-icon": true, "image/x-ms-bmp": true, "image/vnd.microsoft.icon": true,
	"image/vnd.adobe.photoshop": true, "message/rfc822": true, "model/gltf-binary": true,
	"x-shader/x-fragment": true, "x-shader/x-vertex": true,
}

var (
	bareType         = regexp.MustCompile(`^\s*([^;\s]*)(?:;|\s|$)`)
	compressibleType = regexp.MustCompile(`(?i)^text/|\+(?:json|text|xml)$`)
)

// contentType is mime.contentType: the header for a type or an extension; ok is
// false for what mime-types does not know.
func contentType(kind string) (header string, ok bool) {
	if kind == "" {
		return "", false
	}
	if !strings.Contains(kind, "/") {
		known, has := extensions[strings.ToLower(kind[strings.LastIndexByte(kind, '.')+1:])]
		if !has {
			return "", false
		}
		kind = known
	}
	if strings.Contains(kind, "charset") {
		return kind, true
	}
	found := bareType.FindStringSubmatch(kind)
	if found == nil {
		return kind, true
	}
	lower := strings.ToLower(found[1])
	switch {
	case charsets[lower] != "":
		return kind + "; charset=" + charsets[lower], true
	case strings.HasPrefix(lower, "text/"):
		return kind + "; charset=utf-8", true
	default:
		return kind, true
	}
}

// compressible goes by mime-db; the newer one, which npm gives core 4.0.5, compresses
// application/octet-stream too.
func compressible(kind string, octets bool) bool {
	kind, _, _ = strings.Cut(kind, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if kind == "application/octet-stream" {
		return octets
	}
	return compressibles[kind] || compressibleType.MatchString(kind)
}

// preference is one element of an Accept or Accept-Encoding header.
type preference struct {
	value string
	q     float64
}

func preferences(header string) []preference {
	var out []preference
	for element := range strings.SplitSeq(header, ",") {
		value, params, _ := strings.Cut(element, ";")
		p := preference{strings.ToLower(strings.TrimSpace(value)), 1}
		for param := range strings.SplitSeq(params, ";") {
			if q, found := strings.CutPrefix(strings.TrimSpace(param), "q="); found {
				p.q = parseFloat(q)
			}
		}
		if p.value != "" {
			out = append(out, p)
		}
	}
	return out
}

// acceptsHTML is ctx.accepts('html').
func acceptsHTML(accept string) bool {
	if accept == "" {
		return true
	}
	best, q := -1, 0.0
	for _, p := range preferences(accept) {
		rank := map[string]int{"*/*": 0, "text/*": 1, "text/html": 2}
		if r, fits := rank[p.value]; fits && r > best {
			best, q = r, p.q
		}
	}
	return q > 0
}

// acceptedEncoding is the encoding koa-compress takes; "" for none. Version 5 of it
// (core 8.5) prefers brotli, version 2 (core 4.0.5) knows gzip and deflate and
// takes the client's order.
func acceptedEncoding(header string, brotli bool) string {
	if header == "" {
		return ""
	}
	offered := []string{"gzip", "deflate", "identity"}
	if brotli {
		offered = []string{"br", "gzip", "deflate", "identity"}
	}
	quality := map[string]float64{}
	position := map[string]int{}
	star, hasStar := 0.0, false
	for i, p := range preferences(header) {
		if p.value == "*" {
			star, hasStar = p.q, true
			continue
		}
		if _, seen := quality[p.value]; !seen {
			quality[p.value], position[p.value] = p.q, i
		}
	}
	best, bestQ, bestAt := "", 0.0, 0
	for rank, name := range offered {
		q, named := quality[name]
		at := position[name]
		switch {
		case named:
		case hasStar && name != "identity":
			q, at = star, len(position)
		case name == "identity":
			q, at = 0.0001, len(position)+1
		}
		if brotli {
			at = rank
		}
		if q > bestQ || q == bestQ && q > 0 && at < bestAt {
			best, bestQ, bestAt = name, q, at
		}
	}
	if best == "identity" {
		return ""
	}
	return best
}
