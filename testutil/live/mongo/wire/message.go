package wire

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// The operations of MongoDB's wire protocol that occur here. All others are passed on.
const (
	OpReply = 1
	OpQuery = 2004
	OpMsg   = 2013
)

const (
	headerSize = 16
	// maxMessage is above MongoDB's own limit of 48,000,000 bytes.
	maxMessage = 64 << 20
)

// Message is one message of the wire protocol: the header's fields, and the rest.
type Message struct {
	ID, ResponseTo, Op int32
	Body               []byte
}

// Read reads one message, of at most maxMessage bytes.
func Read(r io.Reader) (Message, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return Message{}, err
	}
	size := getInt32(header[0:])
	if size < headerSize || size > maxMessage {
		return Message{}, fmt.Errorf("message of %d bytes: want %d to %d", size, headerSize, maxMessage)
	}
	m := Message{
		ID: getInt32(header[4:]), ResponseTo: getInt32(header[8:]), Op: getInt32(header[12:]),
		Body: make([]byte, size-headerSize),
	}
	if _, err := io.ReadFull(r, m.Body); err != nil {
		return Message{}, fmt.Errorf("message cut after its header: %w", err)
	}
	return m, nil
}

// Write writes one message and flushes it.
func Write(w *bufio.Writer, m Message) error {
	if len(m.Body) > maxMessage-headerSize {
		return fmt.Errorf("message of %d bytes: too long to send", len(m.Body))
	}
	header := make([]byte, 0, headerSize)
	for _, field := range []int32{int32(headerSize + len(m.Body)), m.ID, m.ResponseTo, m.Op} { //nolint:gosec // bounded above
		header = AppendInt32(header, field)
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	if _, err := w.Write(m.Body); err != nil {
		return err
	}
	return w.Flush()
}

func getInt32(b []byte) int32 {
	return int32(binary.LittleEndian.Uint32(b)) //nolint:gosec // the wire's integers are signed, bit for bit
}

// AppendInt32 appends an integer in the byte order of the protocol.
func AppendInt32(b []byte, n int32) []byte {
	return binary.LittleEndian.AppendUint32(b, uint32(n)) //nolint:gosec // the wire's integers are signed, bit for bit
}
