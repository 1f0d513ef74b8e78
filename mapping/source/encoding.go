package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding names the character encoding of an input. Letter case, and "_" for "-", do not matter.
// Besides the constants, iso-8859-2 to iso-8859-16 and windows-1250 to windows-1258 are known.
// A byte order mark is never part of the first value.
type Encoding string

// The encodings most met. The zero value means: what the byte order mark says, else UTF-8.
// Bytes that are not UTF-8 where UTF-8 is expected are an error; in UTF-16 an unpaired surrogate,
// or half a character at the end of the input, becomes U+FFFD.
const (
	// UTF8 is UTF-8, with or without byte order mark.
	UTF8 Encoding = "utf-8"
	// Latin1 is ISO 8859-1.
	Latin1 Encoding = "iso-8859-1"
	// Windows1252 is the code page of Windows in Western Europe, and what most spreadsheets
	// without UTF-8 write there.
	Windows1252 Encoding = "windows-1252"
	// UTF16 is UTF-16 in the order its byte order mark says; big-endian without one.
	UTF16 Encoding = "utf-16"
	// UTF16LE is little-endian UTF-16, with or without byte order mark.
	UTF16LE Encoding = "utf-16le"
	// UTF16BE is big-endian UTF-16, with or without byte order mark.
	UTF16BE Encoding = "utf-16be"
)

const (
	bomUTF8    = "\xEF\xBB\xBF"
	bomUTF16LE = "\xFF\xFE"
	bomUTF16BE = "\xFE\xFF"
)

// canonical returns the constant, or the x/text name, that e means; "" for no setting.
func (e Encoding) canonical() (Encoding, error) {
	name := Encoding(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(string(e))), "_", "-"))
	switch name {
	case "", UTF8, Latin1, Windows1252, UTF16, UTF16LE, UTF16BE:
		return name, nil
	case "utf8", "us-ascii", "ascii":
		return UTF8, nil
	case "latin1", "latin-1", "iso8859-1", "l1":
		return Latin1, nil
	case "cp1252", "windows1252":
		return Windows1252, nil
	}
	if singleByte(name) == nil {
		return "", fmt.Errorf("unknown encoding %q; known are utf-8, utf-16, utf-16le, utf-16be, iso-8859-1 to -16 and windows-1250 to -1258", string(e))
	}
	return name, nil
}

// singleByte returns the table of a canonical name, or nil if it is not of one byte a character.
func singleByte(name Encoding) *charmap.Charmap {
	if name == "" || name == UTF8 {
		return nil
	}
	if name == Latin1 {
		return charmap.ISO8859_1
	}
	if name == Windows1252 {
		return charmap.Windows1252
	}
	// Listed by x/text under "ISO 8859-2", "Windows 1250" and the like.
	for _, known := range charmap.All {
		table, ok := known.(*charmap.Charmap)
		if !ok {
			continue
		}
		label := strings.ReplaceAll(strings.ToLower(table.String()), " ", "-")
		if label == string(name) && (strings.HasPrefix(label, "iso-8859-") || strings.HasPrefix(label, "windows-125")) {
			return table
		}
	}
	return nil
}

// errMark is wrapped by the fault of an input whose byte order mark contradicts its encoding.
var errMark = errors.New("the byte order mark contradicts the encoding")

// decode reads the start of r and returns the rest of it as UTF-8, without byte order mark. The
// text of a single-byte encoding is decoded unless keepBytes is set. wide reports UTF-16.
func decode(r io.Reader, enc Encoding, keepBytes bool) (text io.Reader, wide bool, err error) {
	head := make([]byte, len(bomUTF8))
	rest := r
	n := 0
	for n < len(head) {
		more, err := readSome(r, head[n:])
		n += more
		if err != nil {
			rest = failing{err}
			break
		}
	}
	head = head[:n]
	mark, found := Encoding(""), 0
	switch {
	case bytes.HasPrefix(head, []byte(bomUTF8)):
		mark, found = UTF8, len(bomUTF8)
	case bytes.HasPrefix(head, []byte(bomUTF16LE)):
		mark, found = UTF16LE, len(bomUTF16LE)
	case bytes.HasPrefix(head, []byte(bomUTF16BE)):
		mark, found = UTF16BE, len(bomUTF16BE)
	}
	table := singleByte(enc)
	switch {
	case mark == "", mark == enc, enc == "", enc == UTF16 && mark != UTF8:
	case table != nil && mark != UTF8: // two letters of that encoding
		mark, found = "", 0
	default:
		return nil, false, fmt.Errorf("%w: it says %s, the setting %s", errMark, mark, enc)
	}
	if mark != "" {
		enc = mark
	}
	rest = io.MultiReader(bytes.NewReader(head[found:]), rest)
	var wideTable encoding.Encoding
	switch enc {
	case UTF16LE:
		wideTable = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case UTF16, UTF16BE:
		wideTable = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	default:
		if table == nil || keepBytes {
			return rest, false, nil
		}
		return table.NewDecoder().Reader(rest), false, nil
	}
	return wideTable.NewDecoder().Reader(rest), true, nil
}

// readSome reads at least one byte or returns an error. It trusts no count, and does not wait for
// ever for a reader that gives nothing.
func readSome(r io.Reader, p []byte) (int, error) {
	const patience = 100
	for range patience {
		n, err := r.Read(p)
		if n < 0 || n > len(p) {
			return 0, errors.New("the reader returned an impossible count")
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// failing is a reader that has failed, or ended.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
