package mediator_test

import (
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

func TestNewNamesEveryBadField(t *testing.T) {
	t.Parallel()
	_, err := mediator.New(mediator.Config{
		Registration:   openhim.Mediator{URN: "urn:x", Version: "1.0"},
		Addr:           "nonsense",
		AdminAddr:      "nonsense",
		TLS:            &tls.Config{MinVersion: tls.VersionTLS12},
		RequestTimeout: -time.Second,
		MaxLate:        -1,
	})
	for _, field := range []string{
		"Registration", "version", "name", "OpenHIM.URL", "Config.Addr", "Config.AdminAddr", "Config.TLS",
		"Config.RequestTimeout", "MaxLate",
	} {
		assert.ErrorContains(t, err, field)
	}
	_, err = mediator.New(mediator.Config{Registration: registration(), OpenHIM: openhim.Config{URL: "ftp://core"}})
	require.ErrorContains(t, err, "Config.OpenHIM")
	_, err = mediator.New(mediator.Config{
		Registration: registration(), OpenHIM: openhim.Config{URL: "http://core"}, HeartbeatInterval: time.Hour,
	})
	assert.ErrorContains(t, err, "Config.HeartbeatInterval")
}

func TestMetricsOfTwoMediatorsShareARegistry(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	share := func(c *mediator.Config) { c.Metrics = reg }
	alone(t, share)
	alone(t, share, func(c *mediator.Config) { c.Registration.URN = "urn:mediator:second" })
	_, err := mediator.New(mediator.Config{Registration: registration(), Unregistered: true, Metrics: reg})
	assert.ErrorContains(t, err, "Config.Metrics")
}

// variables is a getenv of a map.
func variables(m map[string]string) func(string) string {
	return func(name string) string { return m[name] }
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestLoadConfigOverridesInOrder(t *testing.T) {
	t.Parallel()
	base := mediator.Config{Registration: openhim.Mediator{URN: "urn:base", Version: "1.0.0", Name: "Base", Description: "kept"}}
	file := write(t, "mediatorConfig.json", "\ufeff"+`{"urn":"urn:file","name":"File","endpoints":[{"name":"e","host":"h","port":4321}],
		"configDefs":[{"param":"p","type":"string"}],"config":{"p":"v"}}`)
	cfg, err := mediator.LoadConfig(base, file, variables(map[string]string{
		"OPENHIM_URL": "https://core:8080", "OPENHIM_USERNAME": "u", "OPENHIM_PASSWORD": "p", "MEDIATOR_URN": "urn:env",
		"TRUST_SELF_SIGNED": "true", "HEARTBEAT_INTERVAL": "5s", "REQUEST_TIMEOUT": "7s", "ADMIN_ADDR": "127.0.0.1:9",
		"OPENHIM_INSTALL_CHANNELS": "true", "OPENHIM_FINGERPRINT": "ab", "OPENHIM_REGISTER": "true",
	}))
	require.NoError(t, err)
	assert.Equal(t, "urn:env", cfg.Registration.URN, "the environment overrides the file")
	assert.Equal(t, "File", cfg.Registration.Name, "the file overrides the program")
	assert.Equal(t, "1.0.0", cfg.Registration.Version, "what nobody overrides stays")
	assert.Equal(t, "kept", cfg.Registration.Description)
	assert.Equal(t, map[string]any{"p": "v"}, cfg.Registration.Config)
	assert.Equal(t, openhim.Config{
		URL: "https://core:8080", Username: "u", Password: "p", InsecureSkipVerify: true, Fingerprint: "ab",
	}, cfg.OpenHIM)
	assert.Equal(t, 5*time.Second, cfg.HeartbeatInterval)
	assert.Equal(t, 7*time.Second, cfg.RequestTimeout)
	assert.Equal(t, "127.0.0.1:9", cfg.AdminAddr)
	assert.True(t, cfg.InstallChannels)
	assert.False(t, cfg.Unregistered)

	cfg, err = mediator.LoadConfig(cfg, "", variables(map[string]string{"SERVER_PORT": "99", "OPENHIM_REGISTER": "false"}))
	require.NoError(t, err)
	assert.Equal(t, ":99", cfg.Addr)
	assert.True(t, cfg.Unregistered)
	cfg, err = mediator.LoadConfig(base, file, variables(map[string]string{"SERVER_HOST": "10.0.0.1"}))
	require.NoError(t, err)
	assert.Equal(t, "10.0.0.1:4321", cfg.Addr)
}

func TestLoadConfigGivesTheOperatorALog(t *testing.T) {
	t.Parallel()
	own, _ := logTo()
	for level, enabled := range map[string]slog.Level{"": slog.LevelInfo, "debug": slog.LevelDebug, "error": slog.LevelError} {
		cfg, err := mediator.LoadConfig(mediator.Config{}, "", variables(map[string]string{"LOG_LEVEL": level}))
		require.NoError(t, err)
		assert.True(t, cfg.Logger.Enabled(t.Context(), enabled), level)
		assert.False(t, cfg.Logger.Enabled(t.Context(), enabled-1), level)
	}
	cfg, err := mediator.LoadConfig(mediator.Config{Logger: own}, "", variables(map[string]string{"LOG_LEVEL": "error"}))
	require.NoError(t, err)
	assert.Same(t, own, cfg.Logger)
	cfg, err = mediator.LoadConfig(mediator.Config{}, "", variables(map[string]string{"LOG_LEVEL": "off"}))
	require.NoError(t, err)
	assert.Nil(t, cfg.Logger)
}

func TestLoadConfigReadsThePasswordFromAFile(t *testing.T) {
	t.Parallel()
	file := write(t, "password", "s3cret \n")
	cfg, err := mediator.LoadConfig(mediator.Config{}, "", variables(map[string]string{"OPENHIM_PASSWORD_FILE": file}))
	require.NoError(t, err)
	assert.Equal(t, "s3cret ", cfg.OpenHIM.Password)
}

func TestLoadConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		env  map[string]string
		want string
	}{
		"port":              {map[string]string{"SERVER_PORT": "http"}, "SERVER_PORT"},
		"boolean":           {map[string]string{"TRUST_SELF_SIGNED": "yes please"}, "TRUST_SELF_SIGNED: is neither"},
		"duration":          {map[string]string{"HEARTBEAT_INTERVAL": "10"}, "HEARTBEAT_INTERVAL: is no duration"},
		"two passwords":     {map[string]string{"OPENHIM_PASSWORD": "planted", "OPENHIM_PASSWORD_FILE": os.DevNull}, "set one of them"},
		"no password file":  {map[string]string{"OPENHIM_PASSWORD_FILE": "/does/not/exist"}, "OPENHIM_PASSWORD_FILE"},
		"a CA that is none": {map[string]string{"OPENHIM_CA_FILE": os.DevNull}, "OPENHIM_CA_FILE: the file holds no certificate"},
		"level":             {map[string]string{"LOG_LEVEL": "loud"}, "LOG_LEVEL: is none of"},
		"half a pair":       {map[string]string{"SERVER_CERT_FILE": "x"}, "must be set together"},
		"a pair that is no": {map[string]string{"SERVER_CERT_FILE": os.DevNull, "SERVER_KEY_FILE": os.DevNull}, "SERVER_KEY_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mediator.LoadConfig(mediator.Config{}, "", variables(tt.env))
			require.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), "planted")
		})
	}
	_, err := mediator.LoadConfig(mediator.Config{}, write(t, "m.json", "{\n  \"urm\": 1\n}"), variables(nil))
	require.ErrorContains(t, err, `unknown member "urm"`)
	_, err = mediator.LoadConfig(mediator.Config{}, write(t, "m.json", "{\n  \"urn\": \"x\",\n}"), variables(nil))
	require.ErrorContains(t, err, "line 3, column 1")
	_, err = mediator.LoadConfig(mediator.Config{}, "/does/not/exist.json", variables(nil))
	assert.ErrorContains(t, err, "exist.json")
}
