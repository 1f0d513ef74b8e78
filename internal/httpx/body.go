package httpx

import (
	"fmt"
	"io"
)

// BodyTooLargeError means that a body is longer than its reader accepts.
type BodyTooLargeError struct {
	// Limit in bytes.
	Limit int64
}

// Error implements error.
func (e *BodyTooLargeError) Error() string {
	return fmt.Sprintf("httpx: the body is longer than %d bytes", e.Limit)
}

// ReadAll reads r to its end, but at most limit bytes: a longer body gives a
// *[BodyTooLargeError] and its first limit bytes. A limit of 0 or less means
// no body is accepted at all.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	limit = max(0, limit)
	b, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return b, err
	}
	if int64(len(b)) < limit {
		return b, nil
	}
	var one [1]byte
	for {
		n, err := r.Read(one[:])
		if n > 0 {
			return b, &BodyTooLargeError{Limit: limit}
		}
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// Drain reads what is left of a body, at most limit bytes, and closes it, so
// that the connection can be used again.
func Drain(body io.ReadCloser, limit int64) {
	_, _ = io.CopyN(io.Discard, body, max(0, limit))
	_ = body.Close()
}
