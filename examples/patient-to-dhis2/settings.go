package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// settings come from the environment; README.md lists them.
type settings struct {
	dhis2URL    string
	auth        dhis2.Auth // nil without credentials
	system      string
	target      target
	metadataTTL time.Duration
	patience    time.Duration // with a DHIS2 in trouble
	pause       time.Duration // before the second attempt
	host        string        // where the core reaches the mediator
	port        string
}

// readSettings gives every setting its default.
func readSettings(getenv func(string) string) (settings, error) {
	get := func(name, fallback string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return fallback
	}
	s := settings{
		dhis2URL: get("DHIS2_URL", ""), system: get("IDENTIFIER_SYSTEM", "urn:ohm:nid"),
		target: target{
			entityType: get("DHIS2_TRACKED_ENTITY_TYPE", "OHM_PERSON"),
			program:    get("DHIS2_PROGRAM", "PR_REGISTRY"), orgUnit: get("DHIS2_ORG_UNIT", "OHM_COUNTRY"),
		},
		pause: 250 * time.Millisecond, host: get("MEDIATOR_HOST", "localhost"), port: get("SERVER_PORT", "8090"),
	}
	for name, value := range map[string]*time.Duration{"METADATA_TTL=5m": &s.metadataTTL, "DHIS2_PATIENCE=20s": &s.patience} {
		name, fallback, _ := strings.Cut(name, "=")
		var err error
		if *value, err = time.ParseDuration(get(name, fallback)); err != nil || *value <= 0 {
			return s, fmt.Errorf("%s is no duration, as %s", name, fallback)
		}
	}
	password := get("DHIS2_PASSWORD", "")
	if file := get("DHIS2_PASSWORD_FILE", ""); file != "" {
		raw, err := os.ReadFile(file) //nolint:gosec // the operator names it
		if err != nil {
			return s, fmt.Errorf("DHIS2_PASSWORD_FILE: %w", err)
		}
		password = strings.TrimSpace(string(raw))
	}
	switch username := get("DHIS2_USERNAME", ""); {
	case get("DHIS2_TOKEN", "") != "":
		s.auth = dhis2.Token(get("DHIS2_TOKEN", ""))
	case username != "" && password != "":
		s.auth = dhis2.Basic(username, password)
	}
	return s, nil
}

// complete says what a mediator for real needs and does not have.
func (s settings) complete(getenv func(string) string) error {
	switch {
	case getenv("OPENHIM_URL") == "":
		return errors.New("DHIS2_URL is set but OPENHIM_URL is not; set both, or neither for the demonstration")
	case s.dhis2URL == "":
		return errors.New("OPENHIM_URL is set but DHIS2_URL is not; set both, or neither for the demonstration")
	case s.auth == nil:
		return errors.New("set DHIS2_TOKEN, or DHIS2_USERNAME and DHIS2_PASSWORD")
	}
	return nil
}

// registration is what the core and its console know of the mediator, which
// listens on port.
func (s settings) registration(port int, secured bool) openhim.Mediator {
	endpoint := openhim.Endpoint{
		Name: "Patient to DHIS2", Host: s.host, Port: port, Type: openhim.EndpointHTTP, Primary: true, Secured: secured,
	}
	return openhim.Mediator{
		URN: "urn:mediator:patient-to-dhis2", Version: "1.0.0", Name: "Patient to DHIS2",
		Description: "Takes FHIR R4 Patients to a DHIS2 Tracker program",
		Endpoints:   []openhim.Endpoint{endpoint},
		DefaultChannels: []openhim.Channel{{
			Name: "Patient to DHIS2", URLPattern: "^/fhir(/Patient)?$", Methods: []string{http.MethodPost},
			Type: openhim.ChannelHTTP, AuthType: openhim.AuthPrivate, Allow: []string{"fhir"},
			Routes: []openhim.Route{endpoint},
		}},
	}
}

// newMediator builds the mediator: all that the demonstration, the tests and
// the real thing have in common.
func newMediator(s settings, cfg mediator.Config) (*mediator.Mediator, *handler, error) {
	cfg.RenderError = renderError
	h, err := newHandler(s, cfg.Logger)
	if err != nil {
		return nil, nil, err
	}
	m, err := mediator.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	m.Handle("POST /fhir/Patient", h.receive)
	m.Handle("POST /fhir", h.receive)
	return m, h, nil
}
