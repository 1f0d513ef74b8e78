package openhim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// ChannelInstallation is what [API.InstallChannels] found and did. Each name
// is in one list only.
type ChannelInstallation struct {
	// Installed were not there before.
	Installed []string
	// Existing are there already, with the pattern the mediator wants.
	// Administrators may have changed the rest, which stays.
	Existing []string
	// Conflicting are names that channels of another origin have, or ones
	// that were deleted. Names are unique over the whole core.
	Conflicting []string
}

// ChannelConflictError means that default channels could not be installed
// because their names are taken.
type ChannelConflictError struct {
	// URN of the mediator.
	URN string
	// Names that are taken.
	Names []string
}

// Error implements error.
func (e *ChannelConflictError) Error() string {
	return fmt.Sprintf("openhim: install channels of %s: channels of another origin or with another urlPattern have the names %s; rename or remove those, or rename the default channels",
		e.URN, strings.Join(e.Names, ", "))
}

// InstallChannels creates default channels of a mediator, all of them when no
// name is given. Channels that are there already are left alone. Names that
// are taken by something else are reported, and are a *[ChannelConflictError]
// after the others were installed. A name the mediator does not offer is a
// *[ValidationError]. Several instances may do this at once.
func (a *API) InstallChannels(ctx context.Context, urn string, names ...string) (ChannelInstallation, error) {
	path, err := mediatorPath(urn, "/channels")
	if err != nil {
		return ChannelInstallation{}, err
	}
	m, err := a.Mediator(ctx, urn)
	if err != nil {
		return ChannelInstallation{}, err
	}
	wanted, err := wantedChannels(m, names)
	if err != nil {
		return ChannelInstallation{}, err
	}
	var done ChannelInstallation
	var sent []string // in earlier rounds
	for round := 0; ; round++ {
		list, err := a.Channels(ctx)
		if err != nil {
			return ChannelInstallation{}, err
		}
		var absent []string
		done, absent = sortChannels(wanted, list, sent)
		if len(absent) == 0 {
			break
		}
		// Never without a body: the core would install nothing and say 201
		// (openhim-core.md, Q5).
		_, err = a.do(ctx, exchange{
			op: "install channels", method: http.MethodPost, path: path, body: absent, retry: httpx.RetryUnsent,
		})
		if err != nil && (round >= 2 || !isDuplicate(err)) {
			return done, err
		}
		sent = append(sent, absent...)
		if err == nil {
			done.Installed = append(done.Installed, absent...)
			break
		}
		// 500 E11000: another instance created one of them first. See which.
	}
	if len(done.Conflicting) > 0 {
		return done, &ChannelConflictError{URN: urn, Names: done.Conflicting}
	}
	return done, nil
}

// wantedChannels returns the default channels with these names, all for none.
func wantedChannels(m Mediator, names []string) ([]Channel, error) {
	if len(names) == 0 {
		return m.DefaultChannels, nil
	}
	r := newRules(nil)
	var out []Channel
	for i, name := range names {
		j := slices.IndexFunc(m.DefaultChannels, func(c Channel) bool { return c.Name == name })
		switch {
		case j < 0:
			r.add(index("names", i), "%q is no default channel of %s", name, m.URN)
		case !slices.Contains(names[:i], name):
			out = append(out, m.DefaultChannels[j])
		}
	}
	return out, r.result("channel names")
}

// sortChannels tells which of the wanted channels are there.
func sortChannels(wanted, list []Channel, sent []string) (done ChannelInstallation, absent []string) {
	for _, w := range wanted {
		i := slices.IndexFunc(list, func(c Channel) bool { return c.Name == w.Name })
		switch {
		case i < 0:
			absent = append(absent, w.Name)
		case list[i].Status == "deleted" || list[i].URLPattern != w.URLPattern:
			done.Conflicting = append(done.Conflicting, w.Name)
		case slices.Contains(sent, w.Name):
			done.Installed = append(done.Installed, w.Name)
		default:
			done.Existing = append(done.Existing, w.Name)
		}
	}
	return done, absent
}
