package openhim

import (
	"slices"
	"strings"
)

// Validate checks a channel by the rules of POST /channels and some stricter
// ones: a pattern that is no JavaScript regular expression would end the
// core's worker at the next request of anybody.
func (c Channel) Validate(opts ...ValidateOption) error {
	r := newRules(opts)
	r.channel("", c)
	r.primaryRoute("routes", c.Routes)
	return r.result("channel")
}

// Warnings returns what a core takes without a word although it will not do
// what is meant.
func (c Channel) Warnings(opts ...ValidateOption) []FieldError {
	r := newRules(opts)
	r.channelWarnings("", c)
	return r.errs
}

func (r *rules) channelWarnings(field string, c Channel) {
	if c.AuthType != AuthPublic && len(c.Allow) == 0 && c.Type != ChannelPolling {
		r.add(join(field, "allow"), "is empty on a private channel: every client gets 401; list roles or clients")
	}
	if len(c.Methods) == 0 && (c.Type == "" || c.Type == ChannelHTTP) && !r.before(VersionMethods) {
		r.add(join(field, "methods"), "is empty: cores since 7.0.1 match no request; list the methods")
	}
	if c.IsAsynchronousProcess && r.before(VersionAsync) {
		r.add(join(field, "isAsynchronousProcess"), "is unknown to cores before 8.3")
	}
	for i, e := range c.Routes {
		if e.Host == "" && e.Type != EndpointKafka {
			r.add(join(field, index("routes", i)+".host"), "is empty: the route leads nowhere")
		}
		if e.Type == EndpointKafka && e.KafkaTopic == "" {
			r.add(join(field, index("routes", i)+".kafkaTopic"), "is empty: the route leads nowhere")
		}
	}
}

// primaryRoute checks that exactly one enabled route is primary. Default
// channels of a registration need not have any.
func (r *rules) primaryRoute(field string, routes []Route) {
	primaries := 0
	for _, e := range routes {
		if e.Primary && e.Status != "disabled" {
			primaries++
		}
	}
	switch {
	case primaries == 0:
		r.add(field, "one enabled route must be primary")
	case primaries > 1:
		r.add(field, "%d enabled routes are primary; only one may be", primaries)
	}
}

// channel checks what holds for channels and default channels.
func (r *rules) channel(field string, c Channel) {
	r.required(join(field, "name"), c.Name)
	if r.required(join(field, "urlPattern"), c.URLPattern) {
		if err := checkJSRegexp(c.URLPattern); err != nil {
			r.add(join(field, "urlPattern"), "is not a JavaScript regular expression (%v); it would end the core's worker", err)
		}
	}
	r.oneOf(join(field, "type"), string(c.Type),
		string(ChannelHTTP), string(ChannelTCP), string(ChannelTLS), string(ChannelPolling))
	r.oneOf(join(field, "authType"), string(c.AuthType), string(AuthPrivate), string(AuthPublic))
	r.oneOf(join(field, "status"), c.Status, "enabled", "disabled", "deleted")
	r.methods(join(field, "methods"), c)
	r.channelNumbers(field, c)
	if c.MatchContentRegex != "" {
		if err := checkJSRegexp(c.MatchContentRegex); err != nil {
			r.add(join(field, "matchContentRegex"), "is not a JavaScript regular expression: %v", err)
		}
	}
	if c.Type == ChannelPolling && c.PollingSchedule == "" {
		r.add(join(field, "pollingSchedule"), "is required for a polling channel")
	}
	if (c.Type == ChannelTCP || c.Type == ChannelTLS) && (c.TCPPort < 1 || c.TCPPort > 65535) {
		r.add(join(field, "tcpPort"), "is %d; a channel of type %s needs a port of 1 to 65535", c.TCPPort, c.Type)
	}
	for i, e := range c.Routes {
		r.route(join(field, index("routes", i)), e)
	}
}

func (r *rules) methods(field string, c Channel) {
	if len(c.Methods) > 0 && c.Type != "" && c.Type != ChannelHTTP {
		r.add(field, "cannot be set on a channel of type %s", c.Type)
	}
	for i, m := range c.Methods {
		r.oneOf(index(field, i), m, "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT")
		if m == "" {
			r.add(index(field, i), "is empty")
		}
		if slices.Contains(c.Methods[:i], m) {
			r.add(index(field, i), "%q is there twice", strings.ToUpper(m))
		}
	}
}

func (r *rules) channelNumbers(field string, c Channel) {
	between := func(name string, v, most int) {
		if v < 0 || v > most { // 0 is not sent
			r.add(join(field, name), "is %d; it must be 1 to %d", v, most)
		}
	}
	between("timeout", c.Timeout, 3600000)
	between("priority", c.Priority, 1<<31-1)
	between("maxBodyAgeDays", c.MaxBodyAgeDays, 36500)
	between("autoRetryPeriodMinutes", c.AutoRetryPeriodMinutes, 1<<31-1)
	between("autoRetryMaxAttempts", c.AutoRetryMaxAttempts, 1<<31-1)
}
