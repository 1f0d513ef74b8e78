package openhim

import (
	"context"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Outcome is what a core made of a registration. It answers 201 to all of
// them (openhim-core.md section 3).
type Outcome string

// The outcomes.
const (
	// Created means that the core did not know the URN before.
	Created Outcome = "created"
	// Updated means that the version is higher than the stored one and
	// the document was stored. Config values an administrator has set stay.
	Updated Outcome = "updated"
	// Ignored means that the version is not higher than the stored
	// one, so that nothing was stored. Without differences that is the usual
	// restart of a mediator; with differences the version was not raised.
	Ignored Outcome = "ignored"
)

// Registration is the result of [API.Register].
type Registration struct {
	Outcome Outcome
	// StoredVersion is the version the core has now.
	StoredVersion string
	// PreviousVersion is the one it had before; empty when Outcome is
	// Created.
	PreviousVersion string
	// Differences between what was offered and what is stored, when Outcome
	// is Ignored: changes that do not take effect until the version is
	// raised.
	Differences []FieldDifference
	// Warnings are about channels that nobody will be able to use; see
	// [Mediator.Warnings].
	Warnings []FieldError
}

// Register makes m known to the core, and tells apart what the core does not:
// whether it was created, updated or ignored.
//
// The document is validated for this core's version before anything is
// stored: a broken one is a *[ValidationError]. Registering twice is
// harmless; of several instances that register a new URN at once all succeed.
func (a *API) Register(ctx context.Context, m Mediator) (Registration, error) {
	about, err := a.About(ctx)
	if err != nil {
		return Registration{}, err
	}
	if err := m.Validate(ForVersion(about.Version)); err != nil {
		return Registration{}, err
	}
	result, err := a.register(ctx, m)
	if err != nil {
		return Registration{}, err
	}
	result.Warnings = m.Warnings(ForVersion(about.Version))
	return result, nil
}

// register offers m up to three times: a race of two first registrations may
// be lost, and the winner may have an older version.
func (a *API) register(ctx context.Context, m Mediator) (Registration, error) {
	for round := 0; ; round++ {
		before, err := a.Mediator(ctx, m.URN)
		known := err == nil
		if err != nil && !IsNotFound(err) {
			return Registration{}, err
		}
		if known && !higherVersion(m.Version, before.Version) {
			return a.refresh(ctx, m, before)
		}
		_, err = a.do(ctx, exchange{
			op: "register mediator", method: http.MethodPost, path: "/mediators",
			body: m.offer(), retry: httpx.RetrySafe,
		})
		switch {
		case err == nil && known:
			return Registration{Outcome: Updated, StoredVersion: m.Version, PreviousVersion: before.Version}, nil
		case err == nil:
			return Registration{Outcome: Created, StoredVersion: m.Version}, nil
		case round >= 2 || !isDuplicate(err):
			return Registration{}, err
		}
		// 500 E11000: another instance was first. See what it stored.
		stored, getErr := a.Mediator(ctx, m.URN)
		if getErr == nil && compareSemver(m.Version, stored.Version) == 0 && len(Differences(m, stored)) == 0 {
			return Registration{Outcome: Created, StoredVersion: stored.Version}, nil
		}
	}
}

// refresh is the registration of a version the core has already. It is sent
// all the same, because the core checks rights and config with it, and
// because the mediator may have been deleted in between.
func (a *API) refresh(ctx context.Context, m, before Mediator) (Registration, error) {
	_, err := a.do(ctx, exchange{
		op: "register mediator", method: http.MethodPost, path: "/mediators",
		body: m.offer(), retry: httpx.RetrySafe,
	})
	if err != nil {
		return Registration{}, err
	}
	return Registration{
		Outcome:         Ignored,
		StoredVersion:   before.Version,
		PreviousVersion: before.Version,
		Differences:     Differences(m, before),
	}, nil
}

// offer returns m without what only the core may set: it would store them.
func (m Mediator) offer() Mediator {
	m.ConfigModified, m.LastHeartbeat, m.Uptime = Time{}, Time{}, 0
	return m
}

// higherVersion reports whether a core with the stored version takes offered.
func higherVersion(offered, stored string) bool {
	return !validSemver(stored) || compareSemver(offered, stored) > 0
}

// isDuplicate reports whether the database refused a second document of the
// same name. The number is MongoDB's and stable; 400 is what channels give.
func isDuplicate(err error) bool {
	return (hasStatus(err, http.StatusInternalServerError) || hasStatus(err, http.StatusBadRequest)) &&
		strings.Contains(err.Error(), "E11000")
}
