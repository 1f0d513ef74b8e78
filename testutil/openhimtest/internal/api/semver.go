package api

import (
	"regexp"
	"strconv"
	"strings"
)

// semverPattern is node-semver's FULL: a leading v is allowed, numbers have no
// leading zeros.
var semverPattern = regexp.MustCompile(`\Av?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
	`(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][a-zA-Z0-9-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][a-zA-Z0-9-]*))*))?` +
	`(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\z`)

const (
	maxVersion = 256
	maxSafe    = 1<<53 - 1 // Number.MAX_SAFE_INTEGER
)

// version is a parsed semantic version; what is behind a + does not count.
type version struct {
	numbers [3]uint64
	pre     []string
}

// parseVersion is semver.parse; ok is false where semver.valid gives null.
func parseVersion(v any) (version, bool) {
	s, isText := v.(string)
	if !isText || len(s) > maxVersion {
		return version{}, false
	}
	found := semverPattern.FindStringSubmatch(strings.TrimSpace(s))
	if found == nil {
		return version{}, false
	}
	var out version
	for i := range out.numbers {
		n, err := strconv.ParseUint(found[i+1], 10, 64)
		if err != nil || n > maxSafe {
			return version{}, false
		}
		out.numbers[i] = n
	}
	if found[4] != "" {
		out.pre = strings.Split(found[4], ".")
	}
	return out, true
}

// higher is semver.gt(a, b).
func (a version) higher(b version) bool {
	for i := range a.numbers {
		if a.numbers[i] != b.numbers[i] {
			return a.numbers[i] > b.numbers[i]
		}
	}
	if len(a.pre) == 0 || len(b.pre) == 0 {
		return len(a.pre) == 0 && len(b.pre) > 0
	}
	for i := range a.pre {
		if i >= len(b.pre) {
			return true
		}
		if a.pre[i] != b.pre[i] {
			return identifierHigher(a.pre[i], b.pre[i])
		}
	}
	return false
}

func identifierHigher(a, b string) bool {
	na, errA := strconv.ParseUint(a, 10, 64)
	nb, errB := strconv.ParseUint(b, 10, 64)
	switch {
	case errA == nil && errB == nil:
		return na > nb
	case errA == nil:
		return false // a number is lower than a word
	case errB == nil:
		return true
	default:
		return a > b
	}
}
