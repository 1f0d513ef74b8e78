package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
)

// MoreToCome is the flag of an OP_MSG whose sender reads no reply.
const MoreToCome = 1 << 1

// checksumPresent is the flag of an OP_MSG with a checksum at its end.
const checksumPresent = 1 << 0

// Query is a decoded OP_QUERY.
type Query struct {
	Database string // the namespace, as far as it is not $cmd
	Command  bool   // sent to the collection $cmd
	Document bson.D
}

// Name is the command's name: the key of its first field.
func (q Query) Name() string {
	if len(q.Document) == 0 {
		return ""
	}
	return q.Document[0].Key
}

// DecodeQuery reads an OP_QUERY: flags, a namespace that ends with a zero byte, skip,
// limit, and the document, which may be wrapped in $query.
func DecodeQuery(body []byte) (Query, error) {
	if len(body) < 4 {
		return Query{}, errors.New("OP_QUERY without flags")
	}
	namespace, rest, found := bytes.Cut(body[4:], []byte{0})
	if !found || len(rest) < 8 {
		return Query{}, errors.New("OP_QUERY cut in its namespace")
	}
	raw, err := leadingDocument(rest[8:])
	if err != nil {
		return Query{}, fmt.Errorf("OP_QUERY: %w", err)
	}
	var q Query
	if err := bson.Unmarshal(raw, &q.Document); err != nil {
		return Query{}, fmt.Errorf("OP_QUERY: decode document: %w", err)
	}
	for _, field := range q.Document {
		if inner, ok := field.Value.(bson.D); ok && field.Key == "$query" {
			q.Document = inner
			break
		}
	}
	q.Database, q.Command = strings.CutSuffix(string(namespace), ".$cmd")
	return q, nil
}

// DecodeMsg returns the command document of an OP_MSG that holds one in its first
// section, and false for the rare forms that are only passed on.
func DecodeMsg(body []byte) (raw bson.Raw, found bool) {
	if len(body) < 5 || body[4] != 0 || getInt32(body)&checksumPresent != 0 {
		return nil, false
	}
	raw, err := leadingDocument(body[5:])
	return raw, err == nil
}

// CommandName is the key of a command's first field.
func CommandName(raw bson.Raw) string {
	first, err := raw.IndexErr(0)
	if err != nil {
		return ""
	}
	name, err := first.KeyErr()
	if err != nil {
		return ""
	}
	return name
}

// leadingDocument returns the BSON document at the start of b, by its own length.
func leadingDocument(b []byte) (bson.Raw, error) {
	if len(b) < 5 {
		return nil, errors.New("no document")
	}
	size := int(getInt32(b))
	if size < 5 || size > len(b) {
		return nil, fmt.Errorf("document says it has %d bytes, of %d there", size, len(b))
	}
	return bson.Raw(b[:size]), nil
}

// Section puts a document into the only section of an OP_MSG without flags.
func Section(document bson.D) ([]byte, error) {
	raw, err := bson.Marshal(document)
	return append(make([]byte, 5, 5+len(raw)), raw...), err
}
