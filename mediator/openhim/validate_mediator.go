package openhim

import (
	"fmt"
	"strings"
)

// Validate checks a registration by all rules of a core, also those that it
// skips when a known mediator comes with a higher version (openhim-core.md
// section 3, Q8), and by some that only show later: an address that cannot be
// used, a setting nobody can enter, a channel pattern that ends the core's
// worker. All errors come at once, as a *[ValidationError].
func (m Mediator) Validate(opts ...ValidateOption) error {
	r := newRules(opts)
	r.mediator(m)
	return r.result("mediator")
}

// Warnings returns what a core takes without a word although it will not do
// what is meant: default channels nobody may use (Q12) or that match nothing.
func (m Mediator) Warnings(opts ...ValidateOption) []FieldError {
	r := newRules(opts)
	for i, c := range m.DefaultChannels {
		field := index("defaultChannelConfig", i)
		r.channelWarnings(field, c)
		r.primaryRoute(join(field, "routes"), c.Routes)
	}
	return r.errs
}

func (r *rules) mediator(m Mediator) {
	if r.required("urn", m.URN) {
		if err := checkURN(m.URN); err != nil {
			r.errs = append(r.errs, FieldError{Field: "urn", Message: reasonOf(err)})
		}
	}
	if r.required("version", m.Version) && !validSemver(m.Version) {
		r.add("version", "%q is no semantic version; write three numbers, like 1.0.0 or 1.2.0-rc.1", m.Version)
	}
	r.required("name", m.Name)
	if len(m.Endpoints) == 0 {
		r.add("endpoints", "at least one is required")
	}
	for i, e := range m.Endpoints {
		r.route(index("endpoints", i), e)
	}
	names := map[string]int{}
	for i, c := range m.DefaultChannels {
		field := index("defaultChannelConfig", i)
		if first, twice := names[c.Name]; twice && c.Name != "" {
			r.add(join(field, "name"), "%q is the name of defaultChannelConfig[%d] too; names are unique", c.Name, first)
		}
		names[c.Name] = i
		r.channel(field, c)
	}
	r.configDefs("configDefs", m.ConfigDefs)
	if m.ConfigDefs != nil {
		r.config("config", m.ConfigDefs, m.Config)
		return
	}
	for _, param := range sortedKeys(m.Config) {
		r.storableKey(join("config", param), param)
	}
}

// checkURN refuses what can be registered but never addressed.
func checkURN(urn string) error {
	bad := func(format string, args ...any) error {
		return &ValidationError{Document: "URN", Errors: []FieldError{{Field: "urn", Message: fmt.Sprintf(format, args...)}}}
	}
	if urn == "" {
		return bad("is required")
	}
	if seq := unescapeInURN.FindString(urn); seq != "" {
		return bad("holds %q, which the core decodes twice, so that the mediator could never be addressed", seq)
	}
	if strings.ToValidUTF8(urn, "") != urn {
		return bad("is not valid UTF-8")
	}
	return nil
}

func reasonOf(err error) string {
	if v, ok := err.(*ValidationError); ok { //nolint:errorlint // our own, never wrapped
		return v.Errors[0].Message
	}
	return err.Error()
}

// route checks an endpoint of a mediator or a route of a channel.
func (r *rules) route(field string, e Route) {
	r.required(join(field, "name"), e.Name)
	r.routeType(join(field, "type"), e.Type)
	r.oneOf(join(field, "status"), e.Status, "enabled", "disabled")
	if !r.since(VersionKafka) {
		hint := "is required"
		if r.version == "" {
			hint = "is required by cores before 8.0"
		}
		if e.Host == "" {
			r.add(join(field, "host"), "%s", hint)
		}
		if e.Port == 0 {
			r.add(join(field, "port"), "%s", hint)
		}
	}
	if e.Port < 0 || e.Port > 65535 {
		r.add(join(field, "port"), "is %d; a port is 1 to 65535", e.Port)
	}
	if e.Path != "" && e.PathTransform != "" {
		r.add(join(field, "pathTransform"), "cannot be set beside path")
	}
	r.pathTransform(join(field, "pathTransform"), e.PathTransform)
}

func (r *rules) routeType(field string, t EndpointType) {
	switch {
	case r.version == "":
		if t == EndpointTCP || t == EndpointMLLP || t == EndpointKafka {
			r.add(field, "%q is not known to every core (tcp and mllp before 8.0, kafka since); give the version to check it", t)
			return
		}
		r.oneOf(field, string(t), string(EndpointHTTP))
	case r.since(VersionKafka):
		r.oneOf(field, string(t), string(EndpointHTTP), string(EndpointKafka))
	default:
		r.oneOf(field, string(t), string(EndpointHTTP), string(EndpointTCP), string(EndpointMLLP))
	}
}

// pathTransform checks s/from/to/ or s/from/to/g; \/ is a slash within.
func (r *rules) pathTransform(field, s string) {
	if s == "" {
		return
	}
	parts := strings.Split(strings.ReplaceAll(s, `\/`, ":"), "/")
	if len(parts) < 3 || parts[0] != "s" || parts[1] == "" {
		r.add(field, "must have the form s/from/to/g")
		return
	}
	if err := checkJSRegexp(parts[1]); err != nil {
		r.add(field, "is not a JavaScript regular expression: %v", err)
	}
}
