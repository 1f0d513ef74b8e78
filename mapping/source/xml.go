package source

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// XMLConfig is how an XML input is read. The zero value reads the document as one record.
type XMLConfig struct {
	// Records is the path of the elements that are records, from the root: "/adx/group".
	// Steps are names as the record has them, "*" is any name. Elements elsewhere are passed
	// over. Defaults to the root element, so that the document is one record.
	Records string
	// Namespaces gives prefixes of your choice to namespaces, whatever prefixes a document
	// uses: {"": "urn:hl7-org:v3", "sdtc": "urn:hl7-org:sdtc"}. Names in the namespace of the
	// empty prefix, which defaults to that of the root element, stand alone: "raceCode". Others
	// have their prefix, "sdtc:raceCode", and without one the namespace itself:
	// "{urn:hl7-org:sdtc}raceCode". The prefixes xml and xsi are known.
	Namespaces map[string]string
	// Once lists elements, by their names in the record, that never repeat within their
	// parent: they are objects. A second one is an error. Defaults to none: every element is in
	// an array, in every document.
	Once []string
	// Repeated is the reverse of Once: if it is not nil, the elements it lists are in arrays
	// and all others are objects. Only one of the two may be set.
	Repeated []string
	// Order writes the order of content, "__", into every element with children. Defaults to
	// false: it is written where the record would lose the order else.
	Order bool
	// Encoding of the input; it overrules what the document declares. Defaults to the byte
	// order mark, else the declaration, else UTF-8.
	Encoding Encoding
	// MaxRecord is the most bytes a record may have, as UTF-8. It bounds whatever is passed
	// over between two records as well, one tag or text at a time. Defaults to DefaultMaxRecord.
	MaxRecord int
	// MaxDepth is how deep elements may nest, from the root. Defaults to 256.
	MaxDepth int
}

// XML reads an XML document, whole or by its repeated elements. A record is an object with one
// member, the element; see the package documentation. Document type declarations are refused, so
// that there are no entities but the five of XML; comments and processing instructions are left
// out. A fault of the XML itself is fatal, like every fault of a document that is one record.
type XML struct {
	config   XMLConfig
	steps    []string
	listed   map[string]bool // Once, or Repeated
	prefixes map[string]string

	meter    meter
	from     io.Reader
	decoder  *xml.Decoder
	wide     bool
	charset  string // why the declared encoding cannot be read
	tokens   int
	rootSeen bool

	bindings []binding
	home     string // the namespace whose names stand alone
	homeSet  bool
	cache    map[xml.Name]string // keys of elements by namespace and local name

	open    []frame
	counts  []int    // records' ancestors and records seen, by depth
	parents [][]byte // attributes of records' ancestors, by depth
	doc     record
	whole   bool // the root has been closed, and is the record
	at      Position
	failed  *Error
	ended   bool
}

// frame is an element that is open.
type frame struct {
	raw      xml.Name // as written
	key      string
	bindings int  // how many were in force outside
	onPath   bool // it and its ancestors match Records
	node     int32
}

var _ Reader = (*XML)(nil)

// NewXML returns a reader of r. It reads nothing yet. The error names a setting that is wrong.
func NewXML(r io.Reader, config XMLConfig) (*XML, error) {
	var err error
	if config.MaxRecord, err = limit("MaxRecord", config.MaxRecord, DefaultMaxRecord); err != nil {
		return nil, err
	}
	if config.MaxDepth, err = limit("MaxDepth", config.MaxDepth, defaultDepth); err != nil {
		return nil, err
	}
	if config.MaxDepth > maxDepth {
		return nil, fmt.Errorf("setting MaxDepth is %d; it must be from 1 to %d", config.MaxDepth, maxDepth)
	}
	if config.Encoding, err = config.Encoding.canonical(); err != nil {
		return nil, err
	}
	x := &XML{config: config, from: r, cache: map[xml.Name]string{}}
	if x.steps, err = parseSteps(config.Records); err != nil {
		return nil, err
	}
	if err = x.declare(config.Namespaces); err != nil {
		return nil, err
	}
	if config.Once != nil && config.Repeated != nil {
		return nil, errors.New("settings Once and Repeated are both set; list either those that never repeat or those that do")
	}
	x.listed = map[string]bool{}
	for _, name := range append(config.Once, config.Repeated...) {
		x.listed[name] = true
	}
	x.counts = make([]int, len(x.steps)+1)
	x.parents = make([][]byte, len(x.steps)-1)
	return x, nil
}

// maxDepth is the highest MaxDepth: JSON nests twice as deep, and readers of JSON end at 10,000.
const maxDepth = 4000

// parseSteps reads Records.
func parseSteps(path string) ([]string, error) {
	if path == "" {
		return []string{"*"}, nil
	}
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return nil, fmt.Errorf("setting Records is %q; it must be a path from the root such as /adx/group", path)
	}
	var steps []string
	for rest != "" || len(steps) == 0 {
		step, after := rest, ""
		// A namespace in braces has slashes of its own.
		from := 0
		if strings.HasPrefix(rest, "{") {
			from = strings.IndexByte(rest, '}') + 1
		}
		if i := strings.IndexByte(rest[from:], '/'); i >= 0 {
			step, after = rest[:from+i], rest[from+i+1:]
			if after == "" {
				step = ""
			}
		}
		if step == "" || strings.ContainsAny(step, "[]@") {
			return nil, fmt.Errorf("setting Records is %q; its steps must be names or *, without conditions", path)
		}
		steps, rest = append(steps, step), after
	}
	return steps, nil
}

// Next returns the next record. See Reader.
func (x *XML) Next(ctx context.Context) ([]byte, error) {
	if x.failed != nil {
		return nil, x.failed
	}
	if x.ended {
		return nil, io.EOF
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if x.decoder == nil {
		text, wide, err := decode(x.from, x.config.Encoding, false)
		if err != nil {
			return nil, x.refuse(unreadable(err))
		}
		x.start(text, wide)
	}
	for {
		if x.tokens++; x.tokens%256 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		done, bad := x.token()
		if bad.reason != "" {
			return nil, x.refuse(bad)
		}
		x.whole = x.whole || done && x.config.Records == ""
		switch {
		case x.ended && x.whole:
			x.whole, done = false, true
		case x.ended:
			return nil, io.EOF
		case x.whole: // a document is a record only when it has ended well
			done = false
		}
		if done {
			out, bad := x.write()
			if bad.reason != "" {
				return nil, x.refuse(bad)
			}
			return out, nil
		}
	}
}

// Position returns where the last record begins.
func (x *XML) Position() Position { return x.at }

func (x *XML) refuse(f fault) error {
	e := &Error{Record: x.at.Record, Line: f.line, Column: f.column, Where: x.where(f.fatal), Reason: f.reason, Fatal: f.fatal, Err: f.err}
	if e.Fatal {
		x.failed = e
	}
	return e
}

// where names the record that is refused alone, or the open elements at a fault of the XML.
func (x *XML) where(fatal bool) string {
	if !fatal {
		return x.at.Path
	}
	const most = 200
	where, open := "", x.open
	if depth := len(x.steps); len(open) >= depth && open[depth-1].onPath {
		where, open = x.at.Path, open[depth:]
	}
	for _, f := range open {
		if len(where) > most {
			return where + "/…"
		}
		where += "/" + xpathName(shorten(f.key))
	}
	return where
}
