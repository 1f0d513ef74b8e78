package fhir

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// Capability is what a server says it can do (R4 CapabilityStatement, mode
// server). It is immutable and safe for concurrent use. Servers say more than
// they do and do more than they say: an interaction that fails tells
// [ErrNotSupported].
type Capability struct {
	// Resource is the CapabilityStatement as it came. HAPI's has 1.5 MB.
	Resource Resource
	// FHIRVersion is "4.0.1", "5.0.0" and so on.
	FHIRVersion string
	// Software and SoftwareVersion are of the server, empty if it does not say.
	Software, SoftwareVersion string
	// Formats are media types, or "json" and "xml".
	Formats []string
	// PatchFormats are the media types of patches.
	PatchFormats []string

	system     map[string]bool // interactions, operations with $
	parameters map[string]string
	types      map[string]*typeCapability
}

type typeCapability struct {
	can        map[string]bool // interactions, operations with $, flags
	parameters map[string]string
	includes   []string
	profiles   []string
}

// Interactions of a [Capability] (R4 restful-interaction).
const (
	InteractionRead            = "read"
	InteractionReadVersion     = "vread"
	InteractionUpdate          = "update"
	InteractionPatch           = "patch"
	InteractionDelete          = "delete"
	InteractionHistoryInstance = "history-instance"
	InteractionHistoryType     = "history-type"
	InteractionCreate          = "create"
	InteractionSearchType      = "search-type"
	InteractionTransaction     = "transaction"    // of the whole server
	InteractionBatch           = "batch"          // of the whole server
	InteractionSearchSystem    = "search-system"  // of the whole server
	InteractionHistorySystem   = "history-system" // of the whole server
	InteractionUpdateCreate    = "updateCreate"   // an update may make a resource
	InteractionCondCreate      = "conditionalCreate"
	InteractionCondUpdate      = "conditionalUpdate"
	InteractionCondDelete      = "conditionalDelete"
)

// Supports reports whether the server says that it does an interaction with
// resources of a type; an empty type asks about the whole server.
func (k *Capability) Supports(typ, interaction string) bool {
	if typ == "" {
		return k.system[interaction]
	}
	t := k.types[typ]
	return t != nil && t.can[interaction]
}

// HasType reports whether the server says that it has resources of a type.
func (k *Capability) HasType(typ string) bool { return k.types[typ] != nil }

// HasOperation reports whether the server says that it has an operation, with
// or without $, for a type; an empty type asks about the whole server.
func (k *Capability) HasOperation(typ, name string) bool {
	return k.Supports(typ, "$"+strings.TrimPrefix(name, "$"))
}

// SearchParam returns the type of a search parameter ("token", "date"), and
// false if the server does not say that it has it for the resource type.
func (k *Capability) SearchParam(typ, name string) (kind string, ok bool) {
	if t := k.types[typ]; t != nil {
		if kind, ok = t.parameters[name]; ok {
			return kind, true
		}
	}
	kind, ok = k.parameters[name]
	return kind, ok && k.HasType(typ)
}

// Profiles returns the canonical URLs of the profiles the server says it
// supports for a type.
func (k *Capability) Profiles(typ string) []string {
	if t := k.types[typ]; t != nil {
		return append([]string(nil), t.profiles...)
	}
	return nil
}

// Includes reports whether the server says that [Include] takes a path such as
// "Observation:subject".
func (k *Capability) Includes(typ, path string) bool {
	t := k.types[typ]
	if t == nil {
		return false
	}
	for _, i := range t.includes {
		if i == path || i == "*" || strings.HasPrefix(path, i+":") {
			return true
		}
	}
	return false
}

// ParseCapability reads a CapabilityStatement.
func ParseCapability(r Resource) (*Capability, error) {
	if err := r.needType("CapabilityStatement"); err != nil {
		return nil, err
	}
	k := &Capability{
		Resource:        r,
		FHIRVersion:     text(r.Get("fhirVersion")),
		Software:        text(r.Get("software.name")),
		SoftwareVersion: text(r.Get("software.version")),
		Formats:         textsOf(r.Get("format")),
		PatchFormats:    textsOf(r.Get("patchFormat")),
		types:           map[string]*typeCapability{},
	}
	for _, rest := range items(r.Get("rest")) {
		if mode := text(rest.Get("mode")); mode != "server" && mode != "" {
			continue
		}
		whole := readCapability(rest)
		k.system, k.parameters = whole.can, whole.parameters
		for _, t := range items(rest.Get("resource")) {
			k.types[text(t.Get("type"))] = readCapability(t)
		}
		break
	}
	return k, nil
}

// readCapability reads rest or rest.resource, in one pass over its members.
func readCapability(raw gjson.Result) *typeCapability {
	t := &typeCapability{can: map[string]bool{}, parameters: map[string]string{}}
	raw.ForEach(func(key, value gjson.Result) bool {
		switch name := key.Str; name {
		case "interaction":
			for _, i := range items(value) {
				t.can[text(i.Get("code"))] = true
			}
		case "operation":
			for _, o := range items(value) {
				t.can["$"+strings.TrimPrefix(text(o.Get("name")), "$")] = true
			}
		case "searchParam":
			for _, p := range items(value) {
				t.parameters[text(p.Get("name"))] = text(p.Get("type"))
			}
		case "searchInclude":
			t.includes = textsOf(value)
		case "supportedProfile":
			t.profiles = append(t.profiles, textsOf(value)...)
		case "profile":
			t.profiles = append(t.profiles, text(value))
		case InteractionCondCreate, InteractionCondUpdate, InteractionUpdateCreate:
			t.can[name] = value.Bool()
		case InteractionCondDelete:
			t.can[name] = text(value) == "single" || text(value) == "multiple"
		default: // of no concern here
		}
		return true
	})
	return t
}

func textsOf(raw gjson.Result) []string {
	var out []string
	for _, v := range items(raw) {
		if s := text(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// capabilityCache keeps the statement; one call at a time reads it.
type capabilityCache struct {
	turn chan struct{}
	kept *Capability // guarded by turn
	at   time.Time   // guarded by turn
}

func newCapabilityCache() capabilityCache { return capabilityCache{turn: make(chan struct{}, 1)} }

// Capability returns what the server says it can do. It is read once and kept
// for ClientConfig.CapabilityTTL; [Fresh] reads it again.
func (c *Client) Capability(ctx context.Context, opts ...ReadOption) (*Capability, error) {
	q := c.newRequest(http.MethodGet, "metadata")
	for _, o := range opts {
		o.applyRead(q)
	}
	select {
	case c.capability.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, &TransportError{Method: q.method, URL: c.template(q.url), Err: context.Cause(ctx)}
	}
	defer func() { <-c.capability.turn }()
	now := c.cfg.Clock()
	if len(opts) == 0 && c.capability.kept != nil && now.Sub(c.capability.at) < c.cfg.CapabilityTTL {
		return c.capability.kept, nil
	}
	answer, err := c.send(ctx, q)
	if err != nil {
		return nil, err
	}
	if answer.Status == http.StatusNotModified {
		return nil, ErrNotModified
	}
	r, err := answer.need("CapabilityStatement")
	if err != nil {
		return nil, err
	}
	k, err := ParseCapability(r)
	if err != nil {
		return nil, answer.broken(errors.New("the CapabilityStatement cannot be read"))
	}
	if len(q.query) == 0 {
		c.capability.kept, c.capability.at = k, now
	}
	return k, nil
}
