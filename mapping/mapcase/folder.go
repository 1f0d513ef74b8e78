package mapcase

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Find returns the case files in a folder and below it, sorted: those named *.cases.yaml,
// *.cases.yml or *.cases.json, and YAML and JSON files that are mapping documents with
// tests:. Folders whose names begin with a dot are passed over.
func Find(fsys fs.FS, dir string) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != dir && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		switch path.Ext(name) {
		case ".yaml", ".yml", ".json":
		default:
			return nil
		}
		stem := strings.TrimSuffix(name, path.Ext(name))
		if strings.HasSuffix(stem, ".cases") || embeds(fsys, name) {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}

// embeds reports whether a file is a mapping document with tests: of its own.
func embeds(fsys fs.FS, name string) bool {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil || !strings.Contains(string(raw), "tests") {
		return false
	}
	cf, err := readFile(name, raw)
	return cf != nil && cf.embedded && (err != nil || len(cf.cases) > 0)
}

// Under is the part of a file system below a folder, which may lead upwards if fsys allows
// it. Its own names may not, as with os.DirFS: so a mapping that works here works there.
func Under(fsys fs.FS, dir string) fs.FS { return under{fsys, dir} }

type under struct {
	fsys fs.FS
	dir  string
}

// Open opens a file below the folder.
func (u under) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return u.fsys.Open(path.Join(u.dir, name))
}
