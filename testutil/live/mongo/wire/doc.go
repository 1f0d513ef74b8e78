// Package wire reads and writes the messages of MongoDB's wire protocol, as far as an old
// driver and FerretDB must understand each other: OP_QUERY and OP_MSG are decoded, all
// others pass as bytes.
//
//	m, err := wire.Read(conn)
//	q, err := wire.DecodeQuery(m.Body)
package wire
