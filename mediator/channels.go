package mediator

import (
	"regexp"
	"slices"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// channelFacts is what the registered default channels tell of a request. The
// core does not name the channel a request came through, so its path has to.
type channelFacts struct {
	trustAll bool // Config.TrustClientID
	channels []channelFact
}

type channelFact struct {
	public, asynchronous bool
	path                 *regexp.Regexp // nil: any path may have come through it
}

func newChannelFacts(cfg Config) channelFacts {
	f := channelFacts{trustAll: cfg.TrustClientID}
	for _, ch := range cfg.Registration.DefaultChannels {
		fact := channelFact{public: ch.AuthType == openhim.AuthPublic, asynchronous: ch.IsAsynchronousProcess}
		rewritten := slices.ContainsFunc(ch.Routes, func(r openhim.Route) bool { return r.Path != "" || r.PathTransform != "" })
		if re, err := regexp.Compile(ch.URLPattern); err == nil && !rewritten {
			fact.path = re
		}
		f.channels = append(f.channels, fact)
	}
	return f
}

// trusted reports whether X-OpenHIM-ClientID of a request for path is the
// core's word: there are channels, and no public one may have led here.
func (f channelFacts) trusted(path string) bool {
	if f.trustAll {
		return true
	}
	for _, ch := range f.channels {
		if ch.public && (ch.path == nil || ch.path.MatchString(path)) {
			return false
		}
	}
	return len(f.channels) > 0
}

// asynchronous reports whether a request for path came through a channel
// that is an asynchronous process.
func (f channelFacts) asynchronous(path string) bool {
	for _, ch := range f.channels {
		if ch.path != nil && ch.path.MatchString(path) {
			return ch.asynchronous
		}
	}
	return false
}
