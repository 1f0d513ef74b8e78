package fhirserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/live/process"
)

const (
	readyTimeout = 2 * time.Minute
	stopTimeout  = 15 * time.Second
	poll         = 50 * time.Millisecond
)

// Config says what a Server runs with.
type Config struct {
	// Kind is which server. Required.
	Kind Kind
	// InstallDir is what Install returned. Required.
	InstallDir string
	// StateDir takes the server's log. Required.
	StateDir string
	// Logger is told of start and end. Defaults to silence.
	Logger *slog.Logger
}

// Server is a running server.
type Server struct {
	kind    Kind
	log     *slog.Logger
	logPath string
	process *process.Process
	url     string
}

// Start starts a server with empty data and waits until it answers. It listens on a free
// port of 127.0.0.1, which the system picks.
func Start(ctx context.Context, config Config) (*Server, error) {
	switch "" {
	case string(config.Kind):
		return nil, errors.New("fhirserver: Config.Kind is empty")
	case config.InstallDir:
		return nil, errors.New("fhirserver: Config.InstallDir is empty")
	case config.StateDir:
		return nil, errors.New("fhirserver: Config.StateDir is empty")
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{kind: config.Kind, log: config.Logger, logPath: filepath.Join(config.StateDir, string(config.Kind)+".log")}
	name, args, err := config.Kind.command(config.InstallDir)
	if err != nil {
		return nil, err
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("fhirserver: %w", err)
	}
	output, err := os.OpenFile(s.logPath, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("fhirserver: make the log: %w", err)
	}
	defer func() { _ = output.Close() }() // the program has its own
	cmd := exec.Command(path, args...)    //nolint:gosec,noctx // ended by Stop
	cmd.Dir, cmd.Stdout, cmd.Stderr = config.InstallDir, output, output
	cmd.Env = append(os.Environ(), javaOptions(config.StateDir))
	started := time.Now()
	if s.process, err = process.Start(cmd); err != nil {
		return nil, fmt.Errorf("fhirserver: %w", err)
	}
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("fhirserver: start %s: %w\n%s", s.kind, err, s.logTail()), s.process.Kill())
	}
	s.log.InfoContext(ctx, "FHIR server runs", "server", string(s.kind), "url", s.url, "pid", s.process.ID(), "after", time.Since(started).Round(time.Millisecond))
	return s, nil
}

// URL is the base of the FHIR API.
func (s *Server) URL() string { return s.url }

// Environ is what a test finds in its environment: FHIR_URL and FHIR_FLAVOUR.
func (s *Server) Environ() []string {
	return []string{"FHIR_URL=" + s.url, "FHIR_FLAVOUR=" + string(s.kind), "FHIR_LIVE_LOG=" + s.logPath}
}

// Stop ends the server and waits for its end.
func (s *Server) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if err := s.process.Stop(ctx); err != nil {
		return fmt.Errorf("fhirserver: stop %s: %w", s.kind, err)
	}
	return nil
}

// javaOptions keeps Java's temporary files in a directory, besides what the caller's
// environment asks of Java.
func javaOptions(dir string) string {
	return strings.TrimSpace("JAVA_TOOL_OPTIONS="+os.Getenv("JAVA_TOOL_OPTIONS")) + ` "-Djava.io.tmpdir=` + dir + `"`
}

// readyLine is whole only with its end.
var readyLine = regexp.MustCompile(`(?m)^ready (\d+)\r?\n`)

// ready waits for the line that names the port.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		content, err := os.ReadFile(s.logPath)
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if m := readyLine.FindSubmatch(content); m != nil {
			s.url = "http://127.0.0.1:" + string(m[1]) + "/fhir"
			return nil
		}
		select {
		case <-tick.C:
		case <-s.process.Done():
			return fmt.Errorf("the process ended: %w", s.process.Err())
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// logTail is the end of the server's log.
func (s *Server) logTail() []byte {
	file, err := os.Open(s.logPath)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	if _, err := file.Seek(-tailSize, io.SeekEnd); err != nil {
		_, _ = file.Seek(0, io.SeekStart) // shorter than the tail
	}
	content, _ := io.ReadAll(io.LimitReader(file, tailSize))
	return bytes.TrimSpace(content)
}
