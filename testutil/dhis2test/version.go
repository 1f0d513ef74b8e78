package dhis2test

import (
	"fmt"
	"regexp"
	"strconv"
)

// Version is the DHIS2 release a server copies unless [Options].Version says
// otherwise.
const Version = "2.42.5.2"

// releases are the releases the short names stand for: those that were
// recorded (fixtures/dhis2/recorded), and for 2.40, which was never run, the
// one whose source was read (dhis2.md).
var releases = map[string]string{ //nolint:gochecknoglobals // read-only table
	"2.40": "2.40.13", "2.41": "2.41.9.1", "2.42": Version, "2.43": "2.43.1",
}

// version is a release of DHIS2. Behaviour goes by the first two numbers.
type version struct {
	text         string // as system/info shows it
	major, minor int
}

var versionText = regexp.MustCompile(`^(\d{1,3})\.(\d{1,3})((?:\.\d{1,6}){0,2}(?:-SNAPSHOT)?)$`)

// readVersion reads "2.42" or a full number such as "2.42.5.2" or
// "2.43.2-SNAPSHOT"; empty is [Version].
func readVersion(text string) (version, error) {
	if text == "" {
		text = Version
	}
	m := versionText.FindStringSubmatch(text)
	if m == nil || releases[m[1]+"."+m[2]] == "" {
		return version{}, fmt.Errorf("version %q: want 2.40, 2.41, 2.42 or 2.43, or a release of them such as %s", text, Version)
	}
	if m[3] == "" {
		text = releases[text]
	}
	var v version
	v.text = text
	v.major, _ = strconv.Atoi(m[1]) // both are digits
	v.minor, _ = strconv.Atoi(m[2])
	return v, nil
}

// atLeast tells whether the release is major.minor or newer.
func (v version) atLeast(major, minor int) bool {
	return v.major > major || (v.major == major && v.minor >= minor)
}

// before tells whether the release is older than major.minor.
func (v version) before(major, minor int) bool { return !v.atLeast(major, minor) }
