package tracker

import "encoding/json"

// Attribute is the value of one attribute of a tracked entity or enrollment.
//
// The server keeps a value that is not sent, and deletes one that is sent as null or "". The two
// are told apart here: an attribute with an empty Value is NOT SENT unless Delete is set, so that
// a source that lacks a value cannot delete one by accident.
type Attribute struct {
	// Attribute is the UID, or what the idScheme asks for. Value is always a text; numbers and
	// booleans are written as the server reads them, "3.4", "true".
	Attribute, Value string
	// Delete sends null, which deletes the stored value. With a Value it has no effect.
	Delete bool
	// The rest is set by the server.
	Code, DisplayName, ValueType, CreatedAt, UpdatedAt, StoredBy string
	Extra                                                        map[string]json.RawMessage
}

// DataValue is the value of one data element of an event. An empty Value is not sent unless
// Delete is set, as with [Attribute].
type DataValue struct {
	DataElement, Value string
	// Delete sends null, which deletes the stored value. With a Value it has no effect.
	Delete            bool
	ProvidedElsewhere bool
	// The rest is set by the server.
	CreatedAt, UpdatedAt, StoredBy string
	CreatedBy, UpdatedBy           *User
	Extra                          map[string]json.RawMessage
}

// Note is a remark on an enrollment or event. Give every note a UID: one without is appended
// again by each retry, one with is only answered with the warning E1119. A note without a text
// is not sent; the server drops it.
type Note struct {
	Note, Value string
	// The rest is set by the server.
	StoredAt, StoredBy string
	CreatedBy          *User
	Extra              map[string]json.RawMessage
}

// User names a user, by UID or by user name.
type User struct {
	UID, Username, FirstName, Surname, DisplayName string
	Extra                                          map[string]json.RawMessage
}

func (a *Attribute) sent() bool { return a.Value != "" || a.Delete }
func (d *DataValue) sent() bool { return d.Value != "" || d.Delete }
func (n *Note) sent() bool      { return n.Value != "" }

func (a *Attribute) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "attribute":
			a.Attribute = r.text()
		case "value":
			a.Value = r.text()
		case "code":
			a.Code = r.text()
		case "displayName":
			a.DisplayName = r.text()
		case "valueType":
			a.ValueType = r.text()
		case "createdAt":
			a.CreatedAt = r.text()
		case "updatedAt":
			a.UpdatedAt = r.text()
		case "storedBy":
			a.StoredBy = r.text()
		default:
			a.Extra = r.extra(a.Extra, name)
		}
	}
	a.Delete = a.Value == "" // the server reads a missing value as null too
}

func (a *Attribute) encode(e *encoder) {
	e.begin('{')
	e.text("attribute", a.Attribute)
	e.value("value", a.Value)
	e.text("code", a.Code)
	e.text("displayName", a.DisplayName)
	e.text("valueType", a.ValueType)
	e.date("createdAt", a.CreatedAt)
	e.date("updatedAt", a.UpdatedAt)
	e.text("storedBy", a.StoredBy)
	e.extra(a.Extra)
	e.end('}')
}

func (d *DataValue) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "dataElement":
			d.DataElement = r.text()
		case "value":
			d.Value = r.text()
		case "providedElsewhere":
			d.ProvidedElsewhere = r.boolean()
		case "createdAt":
			d.CreatedAt = r.text()
		case "updatedAt":
			d.UpdatedAt = r.text()
		case "storedBy":
			d.StoredBy = r.text()
		case "createdBy":
			d.CreatedBy = r.user()
		case "updatedBy":
			d.UpdatedBy = r.user()
		default:
			d.Extra = r.extra(d.Extra, name)
		}
	}
	d.Delete = d.Value == ""
}

func (d *DataValue) encode(e *encoder) {
	e.begin('{')
	e.text("dataElement", d.DataElement)
	e.value("value", d.Value)
	e.boolean("providedElsewhere", d.ProvidedElsewhere)
	e.date("createdAt", d.CreatedAt)
	e.date("updatedAt", d.UpdatedAt)
	e.text("storedBy", d.StoredBy)
	e.user("createdBy", d.CreatedBy)
	e.user("updatedBy", d.UpdatedBy)
	e.extra(d.Extra)
	e.end('}')
}

func (n *Note) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "note":
			n.Note = r.text()
		case "value":
			n.Value = r.text()
		case "storedAt":
			n.StoredAt = r.text()
		case "storedBy":
			n.StoredBy = r.text()
		case "createdBy":
			n.CreatedBy = r.user()
		default:
			n.Extra = r.extra(n.Extra, name)
		}
	}
}

func (n *Note) encode(e *encoder) {
	e.begin('{')
	e.text("note", n.Note)
	e.text("value", n.Value)
	e.date("storedAt", n.StoredAt)
	e.text("storedBy", n.StoredBy)
	e.user("createdBy", n.CreatedBy)
	e.extra(n.Extra)
	e.end('}')
}

func (u *User) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "uid":
			u.UID = r.text()
		case "username":
			u.Username = r.text()
		case "firstName":
			u.FirstName = r.text()
		case "surname":
			u.Surname = r.text()
		case "displayName":
			u.DisplayName = r.text()
		default:
			u.Extra = r.extra(u.Extra, name)
		}
	}
}

func (u *User) encode(e *encoder) {
	e.begin('{')
	e.text("uid", u.UID)
	e.text("username", u.Username)
	e.text("firstName", u.FirstName)
	e.text("surname", u.Surname)
	e.text("displayName", u.DisplayName)
	e.extra(u.Extra)
	e.end('}')
}
