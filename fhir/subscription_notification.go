package fhir

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// NotificationKind is what a notification says.
type NotificationKind string

// What a notification may say.
const (
	// NotifyChanged: a resource was made or changed. Without payload there is
	// neither Resource nor Type: search for what changed.
	NotifyChanged NotificationKind = "changed"
	// NotifyDeleted: a resource was deleted. Few servers tell.
	NotifyDeleted NotificationKind = "deleted"
	// NotifyHandshake: the server tries the address (Backport).
	NotifyHandshake NotificationKind = "handshake"
	// NotifyHeartbeat: nothing happened for a while (Backport).
	NotifyHeartbeat NotificationKind = "heartbeat"
)

// Notification is one thing that a server told a [SubscriptionReceiver].
type Notification struct {
	// Kind is what it says.
	Kind NotificationKind
	// Resource is the payload, the zero Resource without one.
	Resource Resource
	// Type, ID and VersionID are of the resource; empty where the server does
	// not tell.
	Type, ID, VersionID string
	// LastUpdated is the resource's meta.lastUpdated, the zero time if there is
	// none.
	LastUpdated time.Time
	// Stale is whether a newer version was handled before.
	Stale bool
	// Subscription is the reference to the subscription, and Event the number
	// of the event in it (Backport); empty and 0 for others.
	Subscription string
	Event        int64
	// Path is that of the request: give each Subscription its own endpoint to
	// tell them apart.
	Path string
}

// key is under what versions are remembered, "" for what can be told again and
// again.
func (n Notification) key() string {
	if n.ID == "" || n.VersionID == "" && n.LastUpdated.IsZero() || n.Kind != NotifyChanged {
		return ""
	}
	return n.Type + "/" + n.ID
}

// notificationsOf reads a request. R4 posts to the endpoint, HAPI puts a
// payload to endpoint/Type/id with the version in If-Match, and posts nothing
// to the endpoint where there is no payload.
func notificationsOf(r *http.Request, body []byte) ([]Notification, error) {
	base := Notification{Kind: NotifyChanged, Path: r.URL.Path}
	at := ParseLocation(r.URL.Path)
	switch {
	case r.Method == http.MethodDelete:
		if at.IsZero() {
			return nil, errors.New("the address of a deletion names no resource")
		}
		base.Kind, base.Type, base.ID = NotifyDeleted, at.Type, at.ID
		return []Notification{base}, nil
	case len(strings.TrimSpace(string(body))) == 0:
		if r.Method == http.MethodPut && !at.IsZero() { // content is left away, the place is told
			base.Type, base.ID, base.VersionID = at.Type, at.ID, ParseETag(r.Header.Get("If-Match"))
		}
		return []Notification{base}, nil
	}
	payload, err := Parse(body)
	if err != nil {
		return nil, err
	}
	if payload.Type() == "Bundle" {
		b, err := BundleOf(payload)
		if err != nil {
			return nil, err
		}
		if status, ok := statusOf(b); ok {
			return status.notifications(b, base)
		}
	}
	if r.Method == http.MethodPut && !at.IsZero() && (payload.Type() != at.Type || payload.ID() != at.ID) {
		return nil, errors.New("the payload is another resource than the address names")
	}
	n := base.of(payload)
	if n.VersionID == "" {
		n.VersionID = ParseETag(r.Header.Get("If-Match"))
	}
	return []Notification{n}, nil
}

// of is the notification with a payload.
func (n Notification) of(r Resource) Notification {
	meta := r.Meta()
	n.Resource, n.Type, n.ID, n.VersionID, n.LastUpdated = r, r.Type(), r.ID(), meta.VersionID, meta.LastUpdated
	return n
}

// subscriptionStatus is the first entry of a notification of the Backport: a
// Parameters in R4, a SubscriptionStatus in R4B and R5.
type subscriptionStatus struct {
	kind         string
	subscription string
	events       []subscriptionEvent
}

type subscriptionEvent struct {
	number int64
	focus  string
}

func statusOf(b *Bundle) (subscriptionStatus, bool) {
	var s subscriptionStatus
	if b.Len() == 0 {
		return s, false
	}
	first := b.Entry(0).Resource()
	switch first.Type() {
	case "SubscriptionStatus":
		s.kind = text(first.Get("type"))
		s.subscription = text(first.Get("subscription.reference"))
		for _, e := range items(first.Get("notificationEvent")) {
			s.events = append(s.events, subscriptionEvent{
				number: eventNumber(e.Get("eventNumber")), focus: text(e.Get("focus.reference")),
			})
		}
	case "Parameters":
		p, err := ParseParameters(first)
		if err != nil {
			return s, false
		}
		s.kind = p.Get("type").Text()
		s.subscription = text(p.Get("subscription").JSON().Get("reference"))
		for _, e := range p.All("notification-event") {
			s.events = append(s.events, subscriptionEvent{
				number: eventNumber(e.Parts.Get("event-number").JSON()), focus: text(e.Parts.Get("focus").JSON().Get("reference")),
			})
		}
	default:
		return s, false
	}
	return s, s.kind != "" && s.subscription != ""
}

// eventNumber is a string in the Backport, and may be a number.
func eventNumber(raw gjson.Result) int64 {
	n, err := strconv.ParseInt(strings.Trim(raw.Raw, `"`), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (s subscriptionStatus) notifications(b *Bundle, base Notification) ([]Notification, error) {
	base.Subscription = s.subscription
	switch s.kind {
	case "handshake":
		base.Kind = NotifyHandshake
		return []Notification{base}, nil
	case "heartbeat":
		base.Kind = NotifyHeartbeat
		return []Notification{base}, nil
	case "event-notification":
	default:
		return nil, errors.New("the notification is of a type that nobody sends to an endpoint")
	}
	var out []Notification
	for _, e := range s.events {
		n := base
		n.Event = e.number
		if entry, ok := b.Resolve(b.Entry(0), e.focus); ok && !entry.Resource().IsZero() {
			n = n.of(entry.Resource())
		} else if at := ParseLocation(e.focus); !at.IsZero() {
			n.Type, n.ID, n.VersionID = at.Type, at.ID, at.Version
		}
		out = append(out, n)
	}
	if len(out) == 0 { // an empty notification, or one whose events are not listed
		for i, e := range b.Entries() {
			if i > 0 && !e.Resource().IsZero() {
				out = append(out, base.of(e.Resource()))
			}
		}
	}
	if len(out) == 0 {
		out = append(out, base)
	}
	return out, nil
}
