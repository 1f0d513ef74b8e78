package mappingtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/openhim/mediator-go/mapping/mapcase"
)

// disk is the files as a test names them: relative to its folder, also upwards, or absolute.
type disk struct{}

var _ fs.FS = disk{}

// Open opens a file for reading.
func (disk) Open(name string) (fs.File, error) {
	return os.Open(filepath.FromSlash(name))
}

// rewrite makes the cases of the results want what came out.
func rewrite(suite *mapcase.Suite, results []mapcase.Result) error {
	files, err := suite.Update(results)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.FromSlash(name), content, 0o644); err != nil { //nolint:gosec // test data is for everyone to read
			return fmt.Errorf("update %s: %w", name, err)
		}
	}
	return nil
}
