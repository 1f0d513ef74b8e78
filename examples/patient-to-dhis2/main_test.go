package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/dhis2test"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

var (
	transactionID = regexp.MustCompile(`\b[0-9a-f]{24}\b`)
	millis        = regexp.MustCompile(`\b\d+ ms`)
)

// steady replaces what differs from run to run.
func steady(output string) string {
	return millis.ReplaceAllString(transactionID.ReplaceAllString(output, "…"), "… ms")
}

func TestTheDemonstrationPrintsEveryTransaction(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, env(nil)))
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile("testdata/demonstration.txt", []byte(steady(out.String())), 0o600))
	}

	want, err := os.ReadFile("testdata/demonstration.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), steady(out.String()))
	for _, secret := range []string{"Amina", "Okello", "ሰላማዊት", "محمد", "N’Guessan", "NID-10", "1991", "1957", "Official", "Adeyemi", "1988", "Wekesa", "Ohm-Test-1!", senderPassword} {
		assert.NotContains(t, out.String(), secret)
	}
}

func TestTheREADMEShowsWhatIsPrinted(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	printed, err := os.ReadFile("testdata/demonstration.txt")
	require.NoError(t, err)
	blocks := strings.Split(string(readme), "```text\n")[1:]
	require.Len(t, blocks, 3)
	for _, block := range blocks {
		excerpt, _, found := strings.Cut(block, "```")
		require.True(t, found)
		assert.Contains(t, string(printed), steady(excerpt))
	}
}

func TestForRealItServesUntilInterrupted(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	server := seeded(t, dhis2test.Options{})
	require.NoError(t, core.Seed(openhimtest.Seed{Clients: []openhimtest.Client{
		{ClientID: senderID, Password: senderPassword, Roles: []string{"fhir"}},
	}}))
	ctx, interrupt := context.WithCancel(t.Context())
	out := &syncBuffer{}
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, out, env(map[string]string{
			"OPENHIM_URL": core.APIURL(), "OPENHIM_USERNAME": openhimtest.DefaultUsername,
			"OPENHIM_PASSWORD": openhimtest.DefaultPassword, "OPENHIM_INSTALL_CHANNELS": "true",
			"DHIS2_URL": server.URL, "DHIS2_TOKEN": server.AddToken("ohm"),
			"MEDIATOR_HOST": "127.0.0.1", "SERVER_HOST": "127.0.0.1", "SERVER_PORT": "0", "ADMIN_ADDR": "127.0.0.1:0",
			"MEDIATOR_URN": "urn:mediator:renamed",
		}))
	}()
	require.Eventually(t, func() bool { return len(core.Channels()) > 0 }, wait, tick, "the channel is installed")

	d := &demonstration{stdout: io.Discard, routerURL: core.RouterURL()}
	var err error
	d.api, err = openhim.New(openhim.Config{
		URL: core.APIURL(), Username: openhimtest.DefaultUsername, Password: openhimtest.DefaultPassword,
	})
	require.NoError(t, err)
	defer d.api.Close()
	tx, err := d.send(t.Context(), []byte(sample(t, "03-amharic-name.json")))
	require.NoError(t, err)
	assert.Equal(t, openhim.StatusSuccessful, tx.Status)
	require.Len(t, server.TrackedEntities(), 1)
	assert.Equal(t, "ተስፋዬ", server.TrackedEntities()[0].Attributes["GOCQVgGQGEU"])
	_, err = core.Mediator("urn:mediator:renamed")
	require.NoError(t, err)
	assert.Empty(t, core.Failures())

	interrupt()
	require.NoError(t, <-done)
	assert.NotContains(t, out.String(), "ተስፋዬ")
	assert.NotContains(t, out.String(), openhimtest.DefaultPassword)
}

func TestMissingSettingsAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values map[string]string
		want   string
	}{
		"no DHIS2":          {map[string]string{"OPENHIM_URL": "http://localhost:1"}, "DHIS2_URL is not"},
		"no core":           {map[string]string{"DHIS2_URL": "http://localhost:1"}, "OPENHIM_URL is not"},
		"no account":        {map[string]string{"OPENHIM_URL": "http://localhost:1", "DHIS2_URL": "http://localhost:1"}, "DHIS2_TOKEN"},
		"no duration":       {map[string]string{"METADATA_TTL": "soon"}, "METADATA_TTL"},
		"no patience":       {map[string]string{"DHIS2_PATIENCE": "-1s"}, "DHIS2_PATIENCE"},
		"no token":          {map[string]string{"OPENHIM_URL": "http://x", "DHIS2_URL": "http://x", "DHIS2_TOKEN": "x", "SERVER_PORT": "0"}, "Auth"},
		"no password file":  {map[string]string{"DHIS2_PASSWORD_FILE": "/nowhere"}, "DHIS2_PASSWORD_FILE"},
		"a port that is no": {map[string]string{"OPENHIM_URL": "http://x", "DHIS2_URL": "http://x", "DHIS2_USERNAME": "x", "DHIS2_PASSWORD": "x", "SERVER_PORT": "x"}, "SERVER_PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, run(t.Context(), io.Discard, env(c.values)), c.want)
		})
	}
}

const wait, tick = 20 * time.Second, 10 * time.Millisecond

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
