package dhis2test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// exportSchemes name metadata in an answer by the idScheme parameters. A
// release that does not know them on an endpoint always names UIDs.
type exportSchemes struct {
	all, dataElement, orgUnit, program, programStage scheme
	categoryOption, categoryOptionCombo              scheme

	lacking map[string]map[string]bool // "OrganisationUnit[CODE]" -> UIDs without such an identifier
}

// readExportSchemes reads the parameters from 2.42 on for tracked entities and
// events, from 2.43 on for enrollments; 2.41 ignores them [R41] and 2.40 knows
// them on events (dhis2.md 1.8).
func (s *Server) readExportSchemes(q url.Values, endpoint string) (*exportSchemes, *httpError) {
	known := s.version.atLeast(2, 43) || (s.version.atLeast(2, 42) && endpoint != "enrollments") ||
		(s.version.before(2, 41) && endpoint == "events")
	out := &exportSchemes{
		all: "UID", dataElement: "UID", orgUnit: "UID", program: "UID", programStage: "UID",
		categoryOption: "UID", categoryOptionCombo: "UID", lacking: map[string]map[string]bool{},
	}
	if !known {
		return out, nil
	}
	r := paramReader{q: q}
	out.all = r.scheme("idScheme", "UID")
	out.dataElement = r.scheme("dataElementIdScheme", out.all)
	out.orgUnit = r.scheme("orgUnitIdScheme", out.all)
	out.program = r.scheme("programIdScheme", out.all)
	out.programStage = r.scheme("programStageIdScheme", out.all)
	out.categoryOption = r.scheme("categoryOptionIdScheme", out.all)
	out.categoryOptionCombo = r.scheme("categoryOptionComboIdScheme", out.all)
	return out, r.err
}

// name is how an object is named in the answer; an object without such an
// identifier is noted.
func (x *exportSchemes) name(s scheme, class string, n *named, uid string) string {
	if s == "UID" || uid == "" || n == nil {
		return uid
	}
	if text := s.identifier(n); text != "" {
		return text
	}
	key := class + "[" + string(s) + "]"
	if x.lacking[key] == nil {
		x.lacking[key] = map[string]bool{}
	}
	x.lacking[key][uid] = true
	return ""
}

// identifier is what an object is called under a scheme, "" if nothing.
func (s scheme) identifier(n *named) string {
	switch {
	case s == "CODE":
		return n.Code
	case s == "NAME":
		return n.Name
	case strings.HasPrefix(string(s), "ATTRIBUTE:"):
		for _, v := range n.AttributeValues {
			if v.Attribute.ID == string(s[len("ATTRIBUTE:"):]) {
				return v.Value
			}
		}
		return ""
	}
	return n.ID
}

// missing is the 422 of an answer that names objects without the identifier
// asked for.
func (x *exportSchemes) missing() *httpError {
	if len(x.lacking) == 0 {
		return nil
	}
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(x.lacking)) {
		lines = append(lines, key+"="+strings.Join(slices.Sorted(maps.Keys(x.lacking[key])), ","))
	}
	return &httpError{
		status: http.StatusUnprocessableEntity,
		message: "Not all metadata has an identifier for the requested idScheme. " +
			"Either change the requested idScheme or add the missing identifiers to the metadata.",
		detail: "Following metadata listed using their UIDs is missing identifiers for the requested idScheme:\n\n" + strings.Join(lines, "\n"),
	}
}
