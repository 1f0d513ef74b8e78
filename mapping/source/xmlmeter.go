package source

import (
	"bufio"
	"io"
)

// meter feeds the decoder byte by byte and ends the feeding at a limit, so that no token and no
// record outgrows it.
type meter struct {
	text  *bufio.Reader
	read  int
	limit int
}

// allow lets size more bytes through.
func (m *meter) allow(size int) { m.limit = m.read + size }

// ReadByte returns the next byte, or errTooLong at the limit.
func (m *meter) ReadByte() (byte, error) {
	if m.read >= m.limit {
		return 0, errTooLong
	}
	b, err := m.text.ReadByte()
	if err == nil {
		m.read++
	}
	return b, err
}

// Read reads one byte: the decoder asks for an io.Reader but uses ReadByte.
func (m *meter) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := m.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// through puts a decoder of the rest of the input between the input and the meter.
func (m *meter) through(decoder func(io.Reader) io.Reader) {
	m.text = bufio.NewReader(decoder(m.text))
}
