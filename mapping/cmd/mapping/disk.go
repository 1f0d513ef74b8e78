package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// disk is the files as a command line names them: relative to a folder, or absolute. Unlike
// os.DirFS it follows names that lead upwards.
type disk struct {
	dir string // "" is the working folder
}

var (
	_ fs.FS     = disk{}
	_ fs.StatFS = disk{}
)

func (d disk) path(name string) string {
	name = filepath.FromSlash(name)
	if d.dir == "" || filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(d.dir, name)
}

// Open opens a file for reading.
func (d disk) Open(name string) (fs.File, error) {
	f, err := os.Open(d.path(name)) //nolint:gosec // the user names the files
	if err != nil {
		return nil, renamed(err, name)
	}
	return f, nil
}

// Stat tells what a name is.
func (d disk) Stat(name string) (fs.FileInfo, error) {
	info, err := os.Stat(d.path(name)) //nolint:gosec // the user names the files
	return info, renamed(err, name)
}

// renamed puts the name that the user gave into an error.
func renamed(err error, name string) error {
	var wrong *fs.PathError
	if errors.As(err, &wrong) {
		return &fs.PathError{Op: wrong.Op, Path: name, Err: wrong.Err}
	}
	return err
}

// write replaces a file, whole or not at all.
func (d disk) write(name string, content []byte) error {
	f, err := d.create(name)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		f.abort()
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.commit()
}

// draft is a file that takes its name only when it is complete.
type draft struct {
	*os.File
	name, path string
}

// create begins a file. Either commit or abort has to be called.
func (d disk) create(name string) (*draft, error) {
	path := d.path(name)
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil { //nolint:gosec // the user names the files
		mode = info.Mode().Perm()
	}
	if err := f.Chmod(mode); err != nil {
		_ = f.Close()
		_ = os.Remove(f.Name()) //nolint:gosec // the user names the files
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return &draft{f, name, path}, nil
}

func (f *draft) commit() error {
	err := f.Close()
	if err == nil {
		err = os.Rename(f.Name(), f.path) //nolint:gosec // the user names the files
	}
	if err != nil {
		_ = os.Remove(f.Name()) //nolint:gosec // the user names the files
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	return nil
}

func (f *draft) abort() {
	_ = f.Close()
	_ = os.Remove(f.Name()) //nolint:gosec // the user names the files
}
