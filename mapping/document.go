package mapping

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// Document is a mapping document as it was read: YAML or JSON with the place of every part.
// It is read-only and safe for concurrent use.
type Document struct {
	file   string
	source []byte
	root   *doc.Node
	traps  []Issue // warnings
}

// Parse reads a mapping document, YAML or JSON. file is the name that issues carry, nothing
// is read from it. The error is a *DocumentError.
//
// Parse looks at the notation only; Compile checks what the document says.
func Parse(file string, source []byte) (*Document, error) {
	d := &Document{file: file, source: append([]byte(nil), source...)}
	root, traps := doc.Read(d.source)
	var failed bool
	for _, t := range traps {
		issue := Issue{
			Code: CodeTrap, Severity: SeverityWarning, Message: t.Message, Hint: t.Hint,
			File: file, Line: t.Line, Column: t.Column,
		}
		if t.Error {
			issue.Code, issue.Severity, failed = CodeSyntax, SeverityError, true
		}
		d.traps = append(d.traps, issue)
	}
	d.root = root
	if !failed && root.Kind != doc.Map {
		failed = true
		d.traps = append(d.traps, Issue{
			Code: CodeSyntax, Severity: SeverityError, Message: "a mapping document is an object with the key map",
			File: file, Line: root.Line, Column: root.Column,
		})
	}
	if failed {
		return nil, &DocumentError{d.traps}
	}
	return d, nil
}

// File returns the name given to Parse.
func (d *Document) File() string { return d.file }

// Source returns a copy of the text that was given to Parse: of a document that Invert made,
// the JSON it can be stored as.
func (d *Document) Source() []byte { return append([]byte(nil), d.source...) }

// Name returns the mapping's own name, or "".
func (d *Document) Name() string {
	if n := d.root.Get("name"); n != nil {
		return n.Text
	}
	return ""
}

// Version returns the mapping's own version, or "".
func (d *Document) Version() string {
	if n := d.root.Get("version"); n != nil {
		return n.Text
	}
	return ""
}

// digest hashes the parts of a mapping in order, each with its length so that none can run
// into the next.
type digest struct{ parts [][]byte }

func (d *digest) add(name string, part []byte) { d.parts = append(d.parts, []byte(name), part) }

func (d *digest) sum() string {
	h := sha256.New()
	for _, part := range d.parts {
		n := uint64(len(part))
		var size [8]byte
		for i := range size {
			size[i] = byte(n >> (8 * i)) //nolint:gosec // the byte is what is wanted
		}
		h.Write(size[:])
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
