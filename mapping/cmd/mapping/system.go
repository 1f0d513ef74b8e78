package main

import (
	"io"
	"os"
	"time"
)

// system is what the command sees of the world, so that a test can be it.
type system struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	files          disk
	env            func(string) string
	now            func() time.Time
	terminal       func(io.Writer) bool
}

// isTerminal reports whether what is written is seen by a person.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
