package fhir

import (
	"time"

	"github.com/tidwall/gjson"
)

// Meta is what a resource says about itself (Resource.meta).
type Meta struct {
	// VersionID is the version of this content.
	VersionID string
	// LastUpdated is when the version was stored; the zero time if that is
	// missing or no FHIR instant.
	LastUpdated time.Time
	// Source is where the resource comes from, a URI.
	Source string
	// Profiles are the canonical URLs of profiles the resource claims to
	// conform to, with "|version" where it is given.
	Profiles []string
	// Tags relate the resource to processes and workflows.
	Tags []Coding
	// Security are the security labels, such as confidentiality.
	Security []Coding
}

// Coding is a code of a code system, reduced to what identifies and shows it.
type Coding struct {
	System  string `json:"system,omitempty"`
	Version string `json:"version,omitempty"`
	Code    string `json:"code,omitempty"`
	Display string `json:"display,omitempty"`
}

// Is reports whether the coding has this system and code.
func (c Coding) Is(system, code string) bool { return c.System == system && c.Code == code }

// Meta returns the resource's meta; members of a wrong type are left out.
func (r Resource) Meta() Meta {
	raw := r.Get("meta")
	if !raw.IsObject() {
		return Meta{}
	}
	m := Meta{
		VersionID: text(raw.Get("versionId")),
		Source:    text(raw.Get("source")),
		Tags:      readCodings(raw.Get("tag")),
		Security:  readCodings(raw.Get("security")),
	}
	if t, err := time.Parse(time.RFC3339Nano, text(raw.Get("lastUpdated"))); err == nil {
		m.LastUpdated = t
	}
	for _, p := range items(raw.Get("profile")) {
		if s := text(p); s != "" {
			m.Profiles = append(m.Profiles, s)
		}
	}
	return m
}

// HasProfile reports whether meta.profile claims the profile: by its canonical
// URL, of any version unless "|version" is given.
func (m Meta) HasProfile(canonical string) bool {
	for _, p := range m.Profiles {
		if p == canonical || withoutVersion(p) == canonical {
			return true
		}
	}
	return false
}

// HasTag reports whether meta.tag has this system and code.
func (m Meta) HasTag(system, code string) bool { return hasCoding(m.Tags, system, code) }

// HasSecurity reports whether meta.security has this system and code.
func (m Meta) HasSecurity(system, code string) bool { return hasCoding(m.Security, system, code) }

func hasCoding(codings []Coding, system, code string) bool {
	for _, c := range codings {
		if c.Is(system, code) {
			return true
		}
	}
	return false
}

func withoutVersion(canonical string) string {
	for i := range len(canonical) {
		if canonical[i] == '|' {
			return canonical[:i]
		}
	}
	return canonical
}

func readCodings(raw gjson.Result) []Coding {
	var codings []Coding
	for _, c := range items(raw) {
		if c.IsObject() {
			codings = append(codings, Coding{
				System: text(c.Get("system")), Version: text(c.Get("version")),
				Code: text(c.Get("code")), Display: text(c.Get("display")),
			})
		}
	}
	return codings
}

// items are the values of an array; none if raw is no array.
func items(raw gjson.Result) []gjson.Result {
	if !raw.IsArray() {
		return nil
	}
	return raw.Array()
}
