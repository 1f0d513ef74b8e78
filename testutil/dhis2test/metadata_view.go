package dhis2test

import (
	"net/http"
	"strings"
)

// viewer shows metadata objects to one user in one request.
type viewer struct {
	catalogue *catalogue
	version   version
	user      User
	base      string
}

func (s *Server) viewer(r *http.Request, user User) viewer {
	return viewer{catalogue: s.catalogue, version: s.version, user: user, base: s.base(r)}
}

// full is an object with what the server derives from it and from others.
func (v viewer) full(plural string, o object) object {
	out := make(object, len(o)+12)
	for key, value := range o {
		if value != nil && key != "password" {
			out[key] = value
		}
	}
	set := func(key string, value any) {
		if _, there := out[key]; !there {
			out[key] = value
		}
	}
	set("displayName", text(o["name"]))
	if short := text(o["shortName"]); short != "" {
		set("displayShortName", short)
	}
	if plural == "programs" || plural == "dataElements" || plural == "programStages" || plural == "dataSets" || plural == "trackedEntityAttributes" {
		set("displayFormName", text(o["name"]))
	}
	set("access", v.access(plural, o))
	if v.version.before(2, 43) {
		set("favorite", false)
	}
	set("href", v.base+"/api/"+plural+"/"+text(o["id"]))
	if o["createdBy"] != nil {
		set("user", o["createdBy"])
	}
	switch plural {
	case "organisationUnits":
		v.place(out)
	case "programs":
		registration := o["programType"] != "WITHOUT_REGISTRATION"
		out["registration"], out["withoutRegistration"] = registration, !registration
	case "trackedEntityAttributes", "dataElements":
		set("optionSetValue", o["optionSet"] != nil)
	}
	return out
}

// place derives an org unit's place in the tree.
func (v viewer) place(unit object) {
	path := []string{text(unit["id"])}
	for parent := unit; len(path) <= len(v.catalogue.shelves["organisationUnits"].order); {
		uid := ""
		if p, ok := parent["parent"].(map[string]any); ok {
			uid = text(p["id"])
		}
		if parent = v.catalogue.get("organisationUnits", uid); parent == nil {
			break
		}
		path = append([]string{uid}, path...)
	}
	unit["path"], unit["level"] = "/"+strings.Join(path, "/"), float64(len(path))
	children := []any{}
	for _, other := range v.catalogue.all("organisationUnits") {
		if p, ok := other["parent"].(map[string]any); ok && p["id"] == unit["id"] {
			children = append(children, map[string]any{"id": other["id"]})
		}
	}
	unit["children"], unit["leaf"] = children, len(children) == 0
}

// dataSharing are the types that have data access beside metadata access.
func dataSharing(plural string) bool {
	switch plural {
	case "programs", "programStages", "trackedEntityTypes", "dataSets", "relationshipTypes", "categoryOptions":
		return true
	}
	return false
}

// access is what the user may do. Writing metadata takes authorities beside
// the sharing, which only superusers have here.
func (v viewer) access(plural string, o object) object {
	super := v.user.Has("ALL")
	out := object{"read": super || v.canRead(o)}
	for _, right := range []string{"manage", "write", "update", "delete"} {
		out[right] = super
	}
	if v.version.before(2, 43) {
		out["externalize"] = super
	}
	if dataSharing(plural) {
		public := publicAccess(o)
		out["data"] = object{"read": super || public[2] == 'r', "write": super || public[3] == 'w'}
	}
	return out
}

// canRead goes by the sharing of an object; objects without sharing, such as
// org units and options, are everybody's.
func (v viewer) canRead(o object) bool {
	if v.user.Has("ALL") {
		return true
	}
	sharing, ok := o["sharing"].(map[string]any)
	if !ok || publicAccess(o)[0] == 'r' || sharing["owner"] == v.user.UID {
		return true
	}
	users, _ := sharing["users"].(map[string]any)
	if mine, ok := users[v.user.UID].(map[string]any); ok && strings.HasPrefix(text(mine["access"]), "r") {
		return true
	}
	groups, _ := sharing["userGroups"].(map[string]any)
	for _, uid := range v.user.Groups {
		if group, ok := groups[uid].(map[string]any); ok && strings.HasPrefix(text(group["access"]), "r") {
			return true
		}
	}
	return false
}

// publicAccess is the eight letters of an object's public sharing.
func publicAccess(o object) string {
	sharing, _ := o["sharing"].(map[string]any)
	if public := text(sharing["public"]); len(public) == 8 {
		return public
	}
	if sharing == nil {
		return "rwrw----"
	}
	return "--------"
}

// show is the part of an object the fields ask for.
func (v viewer) show(plural string, o object, fields *metaFields) object {
	return v.pick(plural, v.full(plural, o), fields)
}

func (v viewer) pick(plural string, o object, fields *metaFields) object {
	out := object{}
	for property, value := range o {
		named := false
		for _, f := range fields.items {
			if f.exclude || f.name != property {
				continue
			}
			named = true
			name, shown := f.transform(v.nested(property, value, f.sub))
			if shown != nil {
				out[name] = shown
			}
		}
		if named || fields.excludes(property) {
			continue
		}
		for _, f := range fields.items {
			if !f.exclude && f.preset(v.qualified(plural, property), value) {
				out[property] = v.nested(property, value, nil)
				break
			}
		}
	}
	return out
}

// qualified: a program's user roles became its own in 2.43.
func (v viewer) qualified(plural, property string) string {
	if plural == "programs" && property == "userRoles" && v.version.before(2, 43) {
		return "userRoles (program)"
	}
	return property
}

func (f *metaFields) excludes(property string) bool {
	for _, item := range f.items {
		if item.exclude && item.name == property {
			return true
		}
	}
	return false
}

// nested shows a property's value: with fields of its own a reference is
// followed, without it stays an id.
func (v viewer) nested(property string, value any, fields *metaFields) any {
	switch value := value.(type) {
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = v.nested(property, item, fields)
		}
		return out
	case map[string]any:
		if fields == nil {
			return value
		}
		target := referenceKinds[property]
		if o := v.catalogue.get(target, text(value["id"])); o != nil {
			return v.show(target, o, fields)
		}
		return v.pick("", value, fields)
	default:
		return value
	}
}
