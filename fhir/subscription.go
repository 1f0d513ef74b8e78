package fhir

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// SubscriptionConfig is how a [SubscriptionReceiver] takes notifications.
// Handle is needed, and Secret unless Open says otherwise.
type SubscriptionConfig struct {
	// Header is the one that a server has to send (Subscription.channel.header).
	// Defaults to "Authorization".
	Header string
	// Secret is the whole value of Header: "Bearer 3a9f…".
	Secret string
	// Open takes notifications of everybody who reaches the address. Defaults
	// to false.
	Open bool
	// Handle is called for each notification that is not known yet. An error
	// makes the answer a 500, whereupon servers send it again; it is not told to
	// them. It is called by several goroutines at once, but never for the same
	// resource.
	Handle func(ctx context.Context, n Notification) error
	// Stale has versions handled too that are older than one that was handled
	// already: servers do not keep the order. They have Notification.Stale set.
	// Defaults to leaving them out.
	Stale bool
	// Remember is the number of resources whose versions are remembered, to tell
	// repetitions. Defaults to 10,000.
	Remember int
	// MaxBody bounds a payload in bytes. Defaults to 16 MiB.
	MaxBody int64
	// Logger gets what was refused and why, without anything of a patient.
	// Defaults to silence.
	Logger *slog.Logger
}

// SubscriptionReceiver takes the notifications of rest-hook Subscriptions (R4
// subscription.html), with and without payload, and those of the Subscriptions
// R5 Backport. It is an http.Handler, safe for concurrent use:
//
//	mux.Handle("/hook/", http.StripPrefix("/hook", receiver))
//
// Servers send a notification again when they did not get the answer, and do
// not keep the order (HAPI): a version that was handled, or is older than one
// that was, is answered with 200 and not handled. What is remembered is lost
// with the process, so that Handle must bear repetitions. A server may also
// lose notifications: see [Poller].
type SubscriptionReceiver struct {
	cfg    SubscriptionConfig
	secret [sha256.Size]byte
	memory *versionMemory
}

// NewSubscriptionReceiver returns a receiver for cfg.
func NewSubscriptionReceiver(cfg SubscriptionConfig) (*SubscriptionReceiver, error) {
	switch {
	case cfg.Handle == nil:
		return nil, &ConfigError{Field: "Handle", Reason: "is missing"}
	case cfg.Secret == "" && !cfg.Open:
		return nil, &ConfigError{Field: "Secret", Reason: "is empty; set Open to take notifications of everybody"}
	case cfg.Secret != "" && cfg.Open:
		return nil, &ConfigError{Field: "Open", Reason: "contradicts Secret"}
	}
	if cfg.Header == "" {
		cfg.Header = "Authorization"
	}
	defaultInt(&cfg.Remember, 10_000)
	defaultInt(&cfg.MaxBody, 16<<20)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &SubscriptionReceiver{
		cfg: cfg, secret: sha256.Sum256([]byte(cfg.Secret)), memory: newVersionMemory(cfg.Remember),
	}, nil
}

// ServeHTTP implements http.Handler. It answers 200 to what was handled and to
// what need not be, 401 without the secret, 400, 405, 413 and 415 to what is no
// notification, with an OperationOutcome, and 500 where Handle failed.
func (s *SubscriptionReceiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(r) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		s.refuse(w, r, http.StatusUnauthorized, IssueLogin, "the header of the subscription is missing or wrong")
		return
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodDelete:
	default:
		w.Header().Set("Allow", "POST, PUT, DELETE")
		s.refuse(w, r, http.StatusMethodNotAllowed, IssueNotSupported, "notifications are sent with POST, PUT or DELETE")
		return
	}
	body, err := s.read(w, r)
	if err != nil {
		return
	}
	notes, err := notificationsOf(r, body)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, IssueInvalid, err.Error())
		return
	}
	for _, n := range notes {
		if err := s.deliver(r.Context(), n); err != nil {
			s.refuse(w, r, http.StatusInternalServerError, IssueException, "the notification could not be handled; send it again")
			return
		}
	}
	w.WriteHeader(http.StatusOK)
}

// allowed compares in constant time.
func (s *SubscriptionReceiver) allowed(r *http.Request) bool {
	if s.cfg.Open {
		return true
	}
	values := r.Header.Values(s.cfg.Header)
	if len(values) != 1 {
		return false
	}
	got := sha256.Sum256([]byte(values[0]))
	return subtle.ConstantTimeCompare(got[:], s.secret[:]) == 1
}

// read reads the payload; on an error the answer is written.
func (s *SubscriptionReceiver) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := httpx.ReadAll(r.Body, s.cfg.MaxBody)
	var large *httpx.BodyTooLargeError
	switch {
	case errors.As(err, &large):
		s.refuse(w, r, http.StatusRequestEntityTooLarge, IssueTooLong, fmt.Sprintf("the payload has more than %d bytes", large.Limit))
	case err != nil:
		s.refuse(w, r, http.StatusBadRequest, IssueInvalid, "the payload broke off")
	case len(body) > 0 && !isJSONPayload(r.Header.Get("Content-Type")):
		err = errors.New("not JSON")
		s.refuse(w, r, http.StatusUnsupportedMediaType, IssueNotSupported, "the payload must be application/fhir+json")
	}
	return body, err
}

func isJSONPayload(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return contentType == "" || err == nil && maybeJSON(media)
}

// deliver hands a notification over unless it is known.
func (s *SubscriptionReceiver) deliver(ctx context.Context, n Notification) error {
	if n.key() == "" {
		return s.cfg.Handle(ctx, n)
	}
	subject, err := s.memory.enter(ctx, n.key())
	if err != nil {
		return err
	}
	defer s.memory.leave(subject)
	v := versionMark{version: n.VersionID, at: n.LastUpdated}
	switch subject.judge(v) {
	case versionKnown:
		return nil
	case versionOlder:
		if !s.cfg.Stale {
			return nil
		}
		n.Stale = true
	default: // new
	}
	if err := s.cfg.Handle(ctx, n); err != nil {
		return err
	}
	subject.note(v)
	return nil
}

func (s *SubscriptionReceiver) refuse(w http.ResponseWriter, r *http.Request, status int, code, text string) {
	s.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "subscription notification refused",
		slog.Int("status", status), slog.String("method", tellableMethod(r.Method)), slog.String("code", code))
	body, err := OperationOutcome{Issues: []Issue{{Severity: SeverityError, Code: code, Details: text}}}.MarshalJSON()
	if err != nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", mediaFHIR)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func tellableMethod(method string) string {
	if len(method) > 10 || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "other"
	}
	return method
}
