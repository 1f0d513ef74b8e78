package readme_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

var (
	// A block of Go and the comment before it that names its source.
	block = regexp.MustCompile("(?s)(<!-- source: (\\S+) -->\n)?```go\n(.*?)```")
	link  = regexp.MustCompile(`\]\(([^)#:]+)\)`)
)

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(raw)
}

func TestCodeInTheREADMEIsItsSource(t *testing.T) {
	t.Parallel()
	blocks := block.FindAllStringSubmatch(read(t, "README.md"), -1)
	require.NotEmpty(t, blocks)
	for _, b := range blocks {
		require.NotEmpty(t, b[2], "a block of Go names no source")
		assert.Equal(t, read(t, b[2]), b[3], b[2])
		assert.LessOrEqual(t, strings.Count(b[3], "\n"), 25, b[2])
	}
}

func TestTheCommandsComeFirst(t *testing.T) {
	t.Parallel()
	_, after, found := strings.Cut(read(t, "README.md"), "```sh\n")
	require.True(t, found)
	commands, _, _ := strings.Cut(after, "```")
	assert.Equal(t, "go get github.com/openhim/mediator-go\ngo test ./...\n", commands)
}

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "DESIGN.md"} {
		for _, l := range link.FindAllStringSubmatch(read(t, name), -1) {
			_, err := os.Stat(filepath.Join(root, l[1]))
			assert.NoError(t, err, "%s links to %s", name, l[1])
		}
	}
}

func TestEveryPackageAndExampleIsInATable(t *testing.T) {
	t.Parallel()
	text := read(t, "README.md")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "internal" || base == "testdata" || base == "live" || base == "livetest" || (strings.HasPrefix(base, ".") && name != ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if dir := filepath.ToSlash(filepath.Dir(name)); strings.HasSuffix(name, ".go") {
			assert.True(t, strings.Contains(text, "`"+dir+"`"), "the README does not mention %s", dir)
		}
		return nil
	})
	require.NoError(t, err)
}
