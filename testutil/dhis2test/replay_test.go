package dhis2test_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// exchange is one recorded request and what a running DHIS2 answered.
// Exchanges with the same concurrent tag were sent at the same moment.
type exchange struct {
	Name       string `json:"name"`
	Fact       string `json:"fact"`
	Concurrent string `json:"concurrent"`
	Request    struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Auth    string            `json:"auth"`
		Body    json.RawMessage   `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int             `json:"status"`
		Headers headers         `json:"headers"`
		Body    json.RawMessage `json:"body"`
	} `json:"response"`
}

// headers are recorded as one text each, but for set-cookie-names.
type headers map[string]any

func (h headers) get(name string) string {
	text, _ := h[name].(string)
	return text
}

// floors are the shares of the exchanges of a version that must be met.
func floors() map[string]float64 {
	return map[string]float64{"2.41.9.1": 0.90, "2.42.5.2": 0.95, "2.43.1": 0.95}
}

// unmetTable says why an exchange, VERSION/FILE/NAME, is not met.
type unmetTable map[string]string

// unmetExchanges are those of the three owners' files.
func unmetExchanges() unmetTable {
	all := unmetTable{}
	for _, table := range []unmetTable{unmetImports(), unmetExports(), unmetRest()} {
		maps.Copy(all, table)
	}
	return all
}

// Each recorded file is replayed in its order against a server of its own, of
// the version it was recorded on. Files and exchanges may be added: they are
// found by their place.
func TestServerAnswersAsRecorded(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob(filepath.Join(recordings(), "*", "*.json"))
	require.NoError(t, err)
	if len(found) == 0 && os.Getenv("CI") != "true" {
		t.Skip("no recordings: set SHARED_DIR to the folder that holds fixtures/dhis2/recorded")
	}
	require.NotEmpty(t, found)
	byVersion := map[string][]string{}
	for _, path := range found {
		version := filepath.Base(filepath.Dir(path))
		byVersion[version] = append(byVersion[version], path)
	}
	for version, paths := range byVersion {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			for _, path := range paths {
				file := strings.TrimSuffix(filepath.Base(path), ".json")
				t.Run(file, func(t *testing.T) {
					t.Parallel()
					replayFile(t, version, file, readRecording(t, path))
				})
			}
		})
	}
}

func recordings() string {
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	return filepath.Join(shared, "fixtures", "dhis2", "recorded")
}

func readRecording(t *testing.T, path string) []exchange {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var file struct {
		Exchanges []exchange `json:"exchanges"`
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Exchanges)
	return file.Exchanges
}

func replayFile(t *testing.T, version, file string, exchanges []exchange) {
	t.Helper()
	r := newReplay(t, version, exchanges)
	name := "dhis2/recorded/" + version + "/" + file
	unmet, passed := unmetExchanges(), 0
	strict := readRecordings()[version+"/"+file] == len(exchanges)
	for i := 0; i < len(exchanges); {
		group := together(exchanges[i:])
		r.clock.follow(exchanges, i)
		r.prepare(exchanges, i)
		for k, differences := range r.run(t, group) {
			e := group[k]
			if len(differences) == 0 {
				passed++
			}
			t.Run(e.Name, func(t *testing.T) {
				reason, listed := unmet[version+"/"+file+"/"+e.Name]
				switch {
				case listed && len(differences) == 0:
					t.Error("it is met now: take it out of the table")
				case listed:
					t.Skipf("not met: %s", reason)
				case len(differences) > 0 && !strict:
					t.Skipf("not met, and in a file that nobody has read yet: %s %s (%s)\n%s",
						e.Request.Method, e.Request.Path, e.Fact, strings.Join(differences, "\n"))
				}
				for _, d := range differences {
					t.Errorf("%s %s (%s)\n%s", e.Request.Method, e.Request.Path, e.Fact, d)
				}
			})
			if len(differences) > 0 {
				reason := unmet[version+"/"+file+"/"+e.Name]
				if reason == "" {
					reason = "not explained"
				}
				fmt.Printf("conformance-unmet: %s %s: %s\n", name, e.Name, reason)
			}
		}
		i += len(group)
	}
	checkTable(t, unmet, version+"/"+file+"/", exchanges)
	fmt.Printf("conformance: %s %d/%d\n", name, passed, len(exchanges))
	assert.GreaterOrEqual(t, float64(passed), floors()[version]*float64(len(exchanges)), "share of the recorded exchanges that are met")
}

// checkTable: an entry for an exchange that is not in the file is out of date.
func checkTable(t *testing.T, unmet unmetTable, prefix string, exchanges []exchange) {
	t.Helper()
	for key := range unmet {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			there := slices.ContainsFunc(exchanges, func(e exchange) bool { return e.Name == name })
			assert.True(t, there, "the table names %s, which is not recorded", key)
		}
	}
}

// together are the exchanges at the head of the list that were sent at the
// same moment: one, or those of one concurrent tag.
func together(exchanges []exchange) []exchange {
	n := 1
	for tag := exchanges[0].Concurrent; tag != "" && n < len(exchanges) && exchanges[n].Concurrent == tag; {
		n++
	}
	return exchanges[:n]
}

// replay is one file's run.
type replay struct {
	server    *dhis2test.Server
	clock     *replayClock
	known     map[string]bool
	passwords map[string]string
	learned   map[string]string // what the recorded server made up -> what ours did
	asked     string            // all that requests have said so far
	last      string            // the body sent last

	exchanges []exchange // of the file
	at        int        // the one under way
	hold      *jobHold
}

func newReplay(t *testing.T, version string, exchanges []exchange) *replay {
	t.Helper()
	clock := newReplayClock()
	options := dhis2test.Options{Version: version, Now: clock.now}
	hold := replayOptions(&options)
	server, err := dhis2test.Handler(options)
	require.NoError(t, err)
	r := &replay{
		server: server, clock: clock, known: knownWords(exchanges),
		passwords: passwords(exchanges), learned: map[string]string{}, hold: hold,
	}
	r.asked = string(dhis2test.SeedMetadata())
	return r
}

// run sends one exchange, or a group at once, and lists what differs.
func (r *replay) run(t *testing.T, group []exchange) [][]string {
	t.Helper()
	if len(group) > 1 {
		return r.race(t, group)
	}
	return [][]string{r.compare(group[0], r.send(t, group[0]))}
}
