package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/openhim/mediator-go/mapping"
)

// session is a command under way.
type session struct {
	system
	out      printer
	err      printer
	buffer   *bufio.Writer // of out
	outColor palette
	errColor palette
	stdinOf  string // the argument that has taken standard input
}

func newSession(sys system, color string) *session {
	s := &session{system: sys, err: printer{sys.stderr}, buffer: bufio.NewWriterSize(sys.stdout, 64<<10)}
	s.out = printer{s.buffer}
	s.outColor = palette{s.colors(color, sys.stdout)}
	s.errColor = palette{s.colors(color, sys.stderr)}
	return s
}

func (s *session) colors(color string, w io.Writer) bool {
	switch color {
	case "always":
		return true
	case "never":
		return false
	}
	return s.env("NO_COLOR") == "" && s.env("TERM") != "dumb" && s.terminal(w)
}

func (s *session) flush() error {
	if err := s.buffer.Flush(); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// printer writes text for a person. Errors are left to the end: the buffer of standard output
// keeps them until it is flushed, and those of standard error have no one to be told to.
type printer struct{ io.Writer }

func (p printer) printf(format string, args ...any) { _, _ = fmt.Fprintf(p, format, args...) }

func (p printer) print(text string) { _, _ = io.WriteString(p, text) }

func (p printer) println(text string) { _, _ = io.WriteString(p, text+"\n") }

// encode writes a value as JSON.
func (p printer) encode(v any, indent string) error {
	e := json.NewEncoder(p)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// tell writes a message to the user.
func (s *session) tell(format string, args ...any) {
	s.err.printf("mapping: "+format+"\n", args...)
}

// printJSON writes a value for machines, to standard output.
func (s *session) printJSON(v any) error { return s.out.encode(v, "  ") }

// open opens a file, or standard input for "-". The caller closes it.
func (s *session) open(name string) (io.ReadCloser, error) {
	if name != "-" {
		return s.files.Open(clean(name))
	}
	if s.stdinOf != "" {
		return nil, usagef("standard input can be read once only")
	}
	s.stdinOf = name
	return io.NopCloser(s.stdin), nil
}

// maxRead bounds what is read whole: documents, fixtures, JSON inputs.
const maxRead = 1 << 30

// read reads a file, or standard input for "-".
func (s *session) read(name string) ([]byte, error) {
	r, err := s.open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return readAll(r, display(name))
}

func readAll(r io.Reader, name string) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxRead+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(raw) > maxRead {
		return nil, fmt.Errorf("read %s: more than %d bytes", name, maxRead)
	}
	return raw, nil
}

// readPrefix reads JSON given in place, or the file that @name names.
func (s *session) readPrefix(text string) ([]byte, error) {
	if name, isFile := strings.CutPrefix(text, "@"); isFile {
		return s.read(name)
	}
	return []byte(text), nil
}

// clean gives a name the slashes of fs.FS.
func clean(name string) string { return filepath.ToSlash(filepath.Clean(name)) }

// display names a file in messages.
func display(name string) string {
	if name == "-" {
		return "<stdin>"
	}
	return clean(name)
}

// isDir reports whether a name is a folder.
func (s *session) isDir(name string) bool {
	info, err := fs.Stat(s.files, clean(name))
	return err == nil && info.IsDir()
}

// issue writes an issue for a person: where, what, and below it what to do.
func (p palette) issue(i mapping.Issue) string {
	hint := forUsers(i).Hint
	i.Hint = ""
	text := i.String()
	severity := string(i.Severity) + ": "
	if at := strings.Index(text, severity); at >= 0 {
		paint := p.red
		if i.Severity != mapping.SeverityError {
			paint = p.yellow
		}
		text = p.bold(text[:at]) + paint(severity) + text[at+len(severity):]
	}
	if hint != "" {
		text += "\n    " + p.dim("hint: "+hint)
	}
	return text
}

// forUsers gives an issue whose hint is for who writes a program a hint for who types commands.
func forUsers(i mapping.Issue) mapping.Issue {
	if strings.Contains(i.Hint, "CompileOptions") {
		i.Hint = "files are looked for beside the mapping, or in --root"
	}
	return i
}

// palette colours text, or leaves it.
type palette struct{ on bool }

func (p palette) paint(code, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p palette) bold(text string) string   { return p.paint("1", text) }
func (p palette) dim(text string) string    { return p.paint("2", text) }
func (p palette) red(text string) string    { return p.paint("31", text) }
func (p palette) green(text string) string  { return p.paint("32", text) }
func (p palette) yellow(text string) string { return p.paint("33", text) }
func (p palette) cyan(text string) string   { return p.paint("36", text) }
