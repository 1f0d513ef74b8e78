package dhis2test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Transport reaches the server without a port, also one made by [Handler]:
// for clients inside testing/synctest, where real connections would block.
// Faults that cut the connection are an error of the round trip or of reading
// the body.
func (s *Server) Transport() http.RoundTripper { return roundTripper{s} }

type roundTripper struct{ server *Server }

// RoundTrip implements http.RoundTripper.
func (t roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	in := r.Clone(ctx)
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if err := buffered(in); err != nil {
		cancel()
		return nil, err
	}
	body, w := io.Pipe()
	p := &pipeWriter{header: http.Header{}, body: w, started: make(chan int, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer p.finish()
		t.server.ServeHTTP(p, in)
		p.WriteHeader(http.StatusOK)
	}()
	select {
	case status := <-p.started:
		if status == 0 {
			cancel()
			return nil, fmt.Errorf("dhis2test: connection cut: %w", io.ErrUnexpectedEOF)
		}
		return &http.Response{
			Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: p.header.Clone(), ContentLength: -1,
			Body: &pipeBody{body, cancel, ended}, Request: r,
		}, nil
	case <-r.Context().Done():
		cancel()
		_ = body.CloseWithError(r.Context().Err()) // ends a writer that waits
		return nil, context.Cause(r.Context())
	}
}

// buffered reads the body now, as the server does with one from a connection:
// the caller may close it once RoundTrip has returned.
func buffered(r *http.Request) error {
	content, err := io.ReadAll(r.Body)
	_ = r.Body.Close() // read
	if err != nil {
		return fmt.Errorf("dhis2test: read the body: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	return nil
}

// pipeWriter is the server's side of a response.
type pipeWriter struct {
	header  http.Header
	body    *io.PipeWriter
	once    sync.Once
	started chan int
}

// Header implements http.ResponseWriter.
func (p *pipeWriter) Header() http.Header { return p.header }

// WriteHeader implements http.ResponseWriter.
func (p *pipeWriter) WriteHeader(status int) { p.once.Do(func() { p.started <- status }) }

// Write implements http.ResponseWriter.
func (p *pipeWriter) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.body.Write(b) //nolint:wrapcheck // the pipe's own
}

// Flush implements http.Flusher; a pipe holds nothing back.
func (p *pipeWriter) Flush() {}

// finish ends the response: as cut when the handler gave up on it.
func (p *pipeWriter) finish() {
	if v := recover(); v != nil {
		if err, ok := v.(error); !ok || err != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
			panic(v)
		}
		_ = p.body.CloseWithError(io.ErrUnexpectedEOF)
		p.once.Do(func() { p.started <- 0 })
		return
	}
	_ = p.body.Close()
}

// pipeBody is the client's side; closing it ends the handler and waits for it.
type pipeBody struct {
	*io.PipeReader

	cancel context.CancelFunc
	ended  chan struct{}
}

// Close implements io.Closer.
func (b *pipeBody) Close() error {
	b.cancel()
	err := b.PipeReader.Close()
	<-b.ended
	return err //nolint:wrapcheck // the pipe's own, always nil
}
