package dhis2_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	// A block of Go and the comment before it that names the Example it is the body of.
	goBlock = regexp.MustCompile("(?s)(<!-- example: (\\S+) (\\S+) -->\n)?```go\n(.*?)```")
	docLink = regexp.MustCompile(`\]\(([^)#:]+)\)`)
)

// bodyOf is the body of a function in a file, one level less indented.
func bodyOf(t *testing.T, file, function string) string {
	t.Helper()
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, source, parser.ParseComments)
	require.NoError(t, err)
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != function {
			continue
		}
		body := string(source[files.Position(f.Body.Lbrace).Offset+1 : files.Position(f.Body.Rbrace).Offset])
		var lines []string
		for line := range strings.SplitSeq(strings.Trim(body, "\n"), "\n") {
			lines = append(lines, strings.TrimPrefix(line, "\t"))
		}
		return strings.Join(lines, "\n") + "\n"
	}
	require.Fail(t, "no such function", "%s %s", file, function)
	return ""
}

func TestCodeInTheDocumentationIsThatOfExamples(t *testing.T) {
	t.Parallel()
	root := ".."
	text, err := os.ReadFile(filepath.Join(root, "docs", "dhis2.md"))
	require.NoError(t, err)
	blocks := goBlock.FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, blocks)
	for _, b := range blocks {
		require.NotEmpty(t, b[2], "a block of Go names no example: %s", b[4])
		require.True(t, strings.HasPrefix(b[3], "Example") && strings.HasSuffix(b[2], "_test.go"), "%s is no Example, so go test does not run it", b[3])
		assert.Equal(t, bodyOf(t, filepath.Join(root, b[2]), b[3]), b[4], b[3])
		assert.Contains(t, b[4], "// Output:", "%s is compiled but not run", b[3])
	}
	prose := goBlock.ReplaceAllString(string(text), "")
	for _, l := range docLink.FindAllStringSubmatch(prose, -1) {
		_, err := os.Stat(filepath.Join(root, "docs", l[1]))
		assert.NoError(t, err, "docs/dhis2.md links to %s", l[1])
	}
}
