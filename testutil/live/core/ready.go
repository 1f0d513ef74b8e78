package core

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/openhim/mediator-go/testutil/live/process"
)

// tailSize is how much of a log an error shows.
const tailSize = 4 << 10

// until repeats a check until it succeeds, the process ends (unless nil) or time is up.
func until(ctx context.Context, limit time.Duration, p *process.Process, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var ended <-chan struct{} // nil blocks
	if p != nil {
		ended = p.Done()
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ended:
			return fmt.Errorf("the process ended: %w", p.Err())
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// ready asks the core for the root user, which it makes at its first start, and tries
// every port. It notes the certificate.
func (c *Core) ready(ctx context.Context) error {
	client := http.Client{
		Timeout: 2 * time.Second,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // our own process, on loopback
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.apiURL()+"/authenticate/"+rootUser, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the API answers %s", response.Status)
	}
	sum := sha256.Sum256(response.TLS.PeerCertificates[0].Raw)
	c.fingerprint = hex.EncodeToString(sum[:])
	return c.ports.allOpen(ctx)
}

// logTail is the end of the core's log.
func (c *Core) logTail() []byte {
	file, err := os.Open(c.logPath)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	if _, err := file.Seek(-tailSize, io.SeekEnd); err != nil {
		_, _ = file.Seek(0, io.SeekStart) // shorter than the tail
	}
	content, _ := io.ReadAll(io.LimitReader(file, tailSize))
	return tail(content)
}

// tail cuts a text to its last lines.
func tail(text []byte) []byte {
	if len(text) > tailSize {
		text = text[len(text)-tailSize:]
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return bytes.TrimSpace(text)
}
