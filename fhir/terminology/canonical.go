package terminology

import (
	"cmp"
	"strconv"
	"strings"
)

// splitCanonical divides "url|version".
func splitCanonical(canonical string) (url, version string) {
	url, version, _ = strings.Cut(canonical, "|")
	return url, version
}

func joinCanonical(url, version string) string {
	if version == "" {
		return url
	}
	return url + "|" + version
}

// registry holds resources by their canonical URLs, each with all its versions.
type registry[T any] map[string][]versioned[T]

type versioned[T any] struct {
	version string
	of      T
}

// add notes a resource. One of the same URL and version takes the place of an earlier one.
func (r registry[T]) add(url, version string, of T) {
	for i, v := range r[url] {
		if v.version == version {
			r[url][i].of = of
			return
		}
	}
	r[url] = append(r[url], versioned[T]{version, of})
}

// find returns the resource of that URL: of that version, or the newest.
func (r registry[T]) find(canonical string) (found T, ok bool) {
	url, version := splitCanonical(canonical)
	newest := ""
	for _, v := range r[url] {
		if version != "" && v.version != version {
			continue
		}
		if !ok || compareVersions(v.version, newest) > 0 {
			found, newest, ok = v.of, v.version, true
		}
	}
	return found, ok
}

// compareVersions orders versions by their numbers: 2.9 before 2.10. None is before any, and a
// word after the numbers before them alone: 2.0.0-ballot before 2.0.0.
func compareVersions(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(a, b)
	}
	for a != "" || b != "" {
		var x, y string
		x, a = nextPart(a)
		y, b = nextPart(b)
		n, errX := strconv.Atoi(x)
		m, errY := strconv.Atoi(y)
		order := cmp.Compare(x, y)
		if (x == "" || y == "") && !numeric(x+y) {
			order = -order // a word, and nothing
		}
		if errX == nil && errY == nil {
			order = cmp.Compare(n, m)
		}
		if order != 0 {
			return order
		}
	}
	return 0
}

func numeric(part string) bool {
	_, err := strconv.Atoi(part)
	return err == nil
}

func nextPart(version string) (part, rest string) {
	i := strings.IndexAny(version, ".-+")
	if i < 0 {
		return version, ""
	}
	return version[:i], version[i+1:]
}
