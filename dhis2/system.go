package dhis2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Server is what a server says of itself.
type Server struct {
	// Version decides what the server can do.
	Version Version
	// Revision of its source, a commit; "unknown" of some builds.
	Revision string
	// SystemID is the installation's, and stays when it is updated.
	SystemID string
	// SystemName is for people.
	SystemName string
	// ContextPath is the base the server knows itself by, which is another one
	// than Config.URL behind some proxies.
	ContextPath string
	// Calendar is that of periods of aggregate data, such as "iso8601",
	// "ethiopian" or "nepali"; dates of the tracker are always ISO.
	Calendar string
	// DateFormat is the one of its user interface.
	DateFormat string
	// Zone is the server's time zone: dates without one are meant in it.
	Zone *time.Location
	// Skew is how much later the server's clock is than ours: our time plus Skew
	// is the server's. It is as exact as half the time the question took.
	Skew time.Duration
	// ReadOnly says that the server takes no writes now.
	ReadOnly bool
	// ProbedAt is when it was asked, by our clock.
	ProbedAt time.Time
}

// Server tells what the client knows of its server. It asks only the first time,
// and when a session had to be opened anew, as the server may be another version
// then. See [Client.Refresh].
func (c *Client) Server(ctx context.Context) (Server, error) {
	k := &c.connection
	k.mu.Lock()
	known := k.server
	k.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Timeout, &timeoutError{limit: c.cfg.Timeout})
	defer cancel()
	if err := c.probe(ctx, false); err != nil {
		return Server{}, asError(err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return *k.server, nil
}

// Version is that of [Client.Server].
func (c *Client) Version(ctx context.Context) (Version, error) {
	s, err := c.Server(ctx)
	return s.Version, err
}

// Refresh asks the server for its version and clock anew, and with a password
// opens a new session, even if it was refused before: the server keeps the org
// units of a user for as long as a session.
func (c *Client) Refresh(ctx context.Context) (Server, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Timeout, &timeoutError{limit: c.cfg.Timeout})
	defer cancel()
	if err := c.probe(ctx, true); err != nil {
		return Server{}, asError(err)
	}
	return c.Server(ctx)
}

// asError makes an *Error of the end of a context that waited for a probe.
func asError(err error) error {
	var e *Error
	if errors.As(err, &e) || !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Error{Method: "GET", Path: infoPath, Class: ClassTransport, Verdict: VerdictRetry, Err: err}
}

const infoPath = "system/info"

// systemInfo is what is used of GET system/info.
type systemInfo struct {
	Version, Revision, SystemID, SystemName, ContextPath string
	Calendar, DateFormat, ServerDate, ServerTimeZone     string
	ReadOnly                                             bool
}

// UnmarshalJSON implements [json.Unmarshaler]. Most of it says nothing of
// importance: what is no text is left out, so that it stops no client.
func (i *systemInfo) UnmarshalJSON(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err //nolint:wrapcheck // of the same decoder
	}
	var readOnly string
	for name, into := range map[string]*string{
		"version": &i.Version, "revision": &i.Revision, "systemId": &i.SystemID, "systemName": &i.SystemName,
		"contextPath": &i.ContextPath, "calendar": &i.Calendar, "dateFormat": &i.DateFormat,
		"serverDate": &i.ServerDate, "serverTimeZoneId": &i.ServerTimeZone, "readOnlyMode": &readOnly,
	} {
		_ = json.Unmarshal(members[name], into)
	}
	i.ReadOnly = readOnly == "on" || string(members["readOnlyMode"]) == "true"
	return nil
}

// askServer sends GET system/info with the credentials, whatever is known.
func (c *Client) askServer(ctx context.Context) (Server, error) {
	q, err := c.newCall(Request{Path: infoPath})
	if err != nil {
		return Server{}, err
	}
	q.credentials = true
	before := c.cfg.Clock()
	res, err := c.send(ctx, q)
	if err != nil {
		return Server{}, err
	}
	after := c.cfg.Clock()
	var info systemInfo
	if err := q.decode(res, &info); err != nil {
		return Server{}, err
	}
	server, err := c.readServer(info, before.Add(after.Sub(before)/2))
	if err != nil {
		return Server{}, &Error{
			Method: q.Method, Path: q.endpoint, Status: res.Status, Class: ClassInternal,
			Verdict: VerdictOperator, Shape: ShapeOther, Attempts: 1, Err: err,
		}
	}
	server.ProbedAt = after
	return server, nil
}

// readServer reads what a server said of itself at a time of our clock.
func (c *Client) readServer(info systemInfo, at time.Time) (Server, error) {
	version, err := ParseVersion(info.Version)
	if err != nil {
		return Server{}, errors.New("the answer has no version: is Config.URL the base of a DHIS2 server?")
	}
	if err := version.check(); err != nil {
		return Server{}, err
	}
	s := Server{
		Version: version, Revision: info.Revision, SystemID: info.SystemID, SystemName: info.SystemName,
		ContextPath: info.ContextPath, Calendar: orElse(info.Calendar, "iso8601"), DateFormat: info.DateFormat,
		Zone: c.cfg.Location, ReadOnly: info.ReadOnly,
	}
	if s.Zone == nil {
		if s.Zone, err = loadZone(info.ServerTimeZone); err != nil {
			return Server{}, err
		}
	}
	if date, err := ParseTime(info.ServerDate, s.Zone); err == nil {
		s.Skew = closest(date, at).Sub(at).Round(time.Millisecond)
	}
	return s, nil
}

// Ping reports whether the server lets the client in and answers.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.Do(ctx, Request{Path: "system/ping", Accept: "*/*"})
	return err
}

// maxIDs is how many the server gives at once at most.
const maxIDs = 10_000

// GenerateUIDs gets n new UIDs from the server, at most 10,000. What is derived
// from an [Identity] is better: it is the same the next time.
func (c *Client) GenerateUIDs(ctx context.Context, n int) ([]string, error) {
	if n < 1 || n > maxIDs {
		return nil, &ArgumentError{Argument: "n", Reason: fmt.Sprintf("must be 1 to %d", maxIDs)}
	}
	r := Request{Path: "system/id", Query: url.Values{"limit": {strconv.Itoa(n)}}}
	var answer struct {
		Codes []string `json:"codes"`
	}
	if err := c.getJSON(ctx, r, &answer); err != nil {
		return nil, err
	}
	if len(answer.Codes) != n {
		return nil, fmt.Errorf("dhis2: GET system/id: the server gave %d UIDs instead of %d", len(answer.Codes), n)
	}
	for _, uid := range answer.Codes {
		if !ValidUID(uid) {
			return nil, errors.New("dhis2: GET system/id: the server gave what is no UID")
		}
	}
	return answer.Codes, nil
}

// Me is the user of a client.
type Me struct {
	// UID and Username of the user.
	UID      string `json:"id"`
	Username string `json:"username"`
	// Authorities are what the user may do, such as "F_DATAVALUE_ADD"; "ALL" is
	// every one of them.
	Authorities []string `json:"authorities"`
	// OrgUnits are where the user may write, SearchOrgUnits where they may look
	// for tracked entities, ViewOrgUnits where they may read aggregate data;
	// each with all that is below.
	OrgUnits       []Ref `json:"organisationUnits"`
	SearchOrgUnits []Ref `json:"teiSearchOrganisationUnits"`
	ViewOrgUnits   []Ref `json:"dataViewOrganisationUnits"`
}

// Ref names an object by its UID.
type Ref struct {
	UID string `json:"id"`
}

// Me reads who the client is. The server keeps the org units with the session:
// after a change, see [Client.Refresh].
func (c *Client) Me(ctx context.Context) (Me, error) {
	var me Me
	err := c.Get(ctx, "me", url.Values{"fields": {
		"id,username,authorities,organisationUnits[id],teiSearchOrganisationUnits[id],dataViewOrganisationUnits[id]",
	}}, &me)
	if err == nil && !ValidUID(me.UID) {
		return Me{}, errors.New("dhis2: GET me: the answer names no user")
	}
	return me, err
}

// HasAuthority reports whether the user may do something, such as
// "F_TEI_CASCADE_DELETE"; who has ALL may do everything, but is bound by their
// org units all the same.
func (m Me) HasAuthority(name string) bool {
	for _, a := range m.Authorities {
		if a == name || a == "ALL" {
			return true
		}
	}
	return false
}
