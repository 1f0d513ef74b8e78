package dhis2

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ErrUnsupported means that the server's version is too old for this package, or
// does not have what was asked for.
var ErrUnsupported = errors.New("dhis2: not supported by the server's version")

// Version is a version of DHIS2. What follows from it is asked by its methods;
// a version after 2.43 is taken to be like 2.43. It is comparable.
type Version struct {
	// Major is 2, Minor what DHIS2 calls its version, such as 42.
	Major, Minor int
	// Patch and Build are the third and fourth number, 0 where there is none.
	Patch, Build int
	// Qualifier is what follows a hyphen, such as "SNAPSHOT".
	Qualifier string
}

var versionText = regexp.MustCompile(`^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?(?:-([0-9A-Za-z][0-9A-Za-z.-]{0,40}))?$`)

// ParseVersion reads a version as servers tell it: "2.42", "2.43.0.1",
// "2.42.5-SNAPSHOT".
func ParseVersion(text string) (Version, error) {
	m := versionText.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Version{}, errors.New("dhis2: that is no version, such as 2.42.5")
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(m[i]) // at most five digits, or none
		return n
	}
	return Version{Major: number(1), Minor: number(2), Patch: number(3), Build: number(4), Qualifier: m[5]}, nil
}

// String is the version as servers tell it.
func (v Version) String() string {
	text := fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
	if v.Build != 0 {
		text += "." + strconv.Itoa(v.Build)
	}
	if v.Qualifier != "" {
		text += "-" + v.Qualifier
	}
	return text
}

// AtLeast reports whether v is this version or a later one, whatever its patch.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// Supported reports whether this package knows the version: 2.40 and later.
func (v Version) Supported() bool { return v.AtLeast(2, 40) }

func (v Version) check() error {
	if v.Supported() {
		return nil
	}
	return fmt.Errorf("dhis2: the server is %s, and what is before 2.40 is unknown here: %w", v, ErrUnsupported)
}

// need is the error for what only comes with a version.
func (v Version) need(major, minor int, what string) error {
	if v.AtLeast(major, minor) {
		return nil
	}
	return fmt.Errorf("dhis2: %s needs %d.%d, the server is %s: %w", what, major, minor, v, ErrUnsupported)
}

// MarshalText implements [encoding.TextMarshaler].
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (v *Version) UnmarshalText(text []byte) error {
	parsed, err := ParseVersion(string(text))
	if err == nil {
		*v = parsed
	}
	return err
}
