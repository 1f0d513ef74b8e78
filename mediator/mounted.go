package mediator

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
)

type writerKey struct{}

// mounted makes a handler of an http.Handler. An answer too large to be held
// goes out at once, past the middlewares.
func (m *Mediator) mounted(h http.Handler) Handler {
	return func(ctx context.Context, req *Request) (*Response, error) {
		out, _ := ctx.Value(writerKey{}).(http.ResponseWriter)
		r := req.WithContext(ctx)
		r.Body = io.NopCloser(bytes.NewReader(req.Body))
		r.ContentLength = int64(len(req.Body))
		r.TransferEncoding = nil
		streamed := false
		w := &answerWriter{limit: m.cfg.MaxResponseBody, spill: func(a *answer) (http.ResponseWriter, error) {
			streamed = true
			maps.Copy(out.Header(), a.header)
			out.WriteHeader(a.status)
			_, err := out.Write(a.body)
			return out, err
		}}
		h.ServeHTTP(w, r)
		a, err := w.answer()
		switch {
		case err != nil:
			return nil, err
		case streamed:
			return &Response{Status: w.status, streamed: true}, nil
		}
		return &Response{Status: a.status, Header: a.header, Body: a.body}, nil
	}
}
