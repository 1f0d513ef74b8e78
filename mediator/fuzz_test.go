package mediator_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// script reads what a handler shall do from fuzzed bytes.
type script struct{ data []byte }

func (s *script) byte() byte {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return b
}

func (s *script) number() int {
	var raw [2]byte
	raw[0], raw[1] = s.byte(), s.byte()
	return int(int16(binary.BigEndian.Uint16(raw[:])))
}

func (s *script) text() string {
	n := min(int(s.byte()), len(s.data))
	t := string(s.data[:n])
	s.data = s.data[n:]
	return t
}

// header names that have a meaning for a core come often.
func (s *script) header() http.Header {
	names := []string{
		"Content-Type", "Set-Cookie", "Location", "Content-Encoding", "Content-Length", "Transfer-Encoding",
		"Connection", "Vary", "X-OpenHIM-TransactionID", "Date", "Upgrade", "Trailer", "",
	}
	h := make(http.Header)
	for range s.byte() % 5 {
		name := names[int(s.byte())%len(names)]
		if name == "" {
			name = s.text()
		}
		h[name] = append(h[name], s.text())
	}
	return h
}

// hostile is a handler that does what the request's body says.
func hostile(client *http.Client) mediator.Handler {
	return func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		s := &script{data: req.Body}
		tx := req.Transaction
		for range s.byte() % 3 {
			tx.SetProperty(s.text(), s.text())
		}
		for range s.byte() % 3 {
			_ = tx.Orchestrate(ctx, s.text(), func(ctx context.Context) error {
				call, err := http.NewRequestWithContext(mediator.Named(ctx, s.text()), http.MethodPost, "http://downstream/", bytes.NewReader([]byte(s.text())))
				if err != nil {
					return err
				}
				call.Header = s.header()
				resp, err := client.Do(call)
				if err != nil {
					return err
				}
				_ = resp.Body.Close()
				return nil
			})
		}
		tx.SetStatus(openhim.Status(s.text()))
		switch s.byte() % 8 {
		case 0:
			panic(s.text())
		case 1:
			return nil, errors.New(s.text())
		case 2:
			return nil, &mediator.Error{Status: s.number(), Message: s.text(), Retry: s.byte()%2 == 0}
		case 3:
			return mediator.Accepted(func(context.Context) (*mediator.Response, error) {
				return &mediator.Response{Status: s.number(), Header: s.header(), Body: []byte(s.text())}, nil
			}), nil
		}
		return &mediator.Response{
			Status: s.number() % 700, Header: s.header(), Body: []byte(s.text()),
			TransactionStatus: openhim.Status(s.text()), Error: &openhim.Error{Message: s.text(), Stack: s.text()},
		}, nil
	}
}

// downstream answers calls with what they carry, as an envelope now and then.
func downstream() http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		s := &script{data: body}
		resp := &http.Response{StatusCode: 200 + int(s.byte()), Header: s.header(), Request: r}
		if s.byte()%2 == 0 {
			resp.Header = http.Header{"Content-Type": {openhim.ContentType}}
			body = []byte(`{"response":{"status":200,"headers":{"` + s.text() + `":"x"},"body":"x"},"orchestrations":[` + s.text() + `],"properties":{"a.b":"c"}}`)
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	})
}

// FuzzHostileHandlers proves that whatever a handler does, a core neither
// loses its worker nor refuses to save nor answers a 500 of its own making.
func FuzzHostileHandlers(f *testing.F) {
	for _, seed := range []string{
		"", "\x00\x00\x00\x00", "\x02\x03a.b\x01c\x01$\x01d", "\x00\x02\x00\x00\x00\x00",
		"\x00\x00\x00\x04\x00\xc8\x02\x01\x08no cookie\x03\x02br\x05hello",
		"\x00\x01\x01a\x01b\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x01\x2e\x01\x0c\x03x.y\x01z\x03abc",
		"\x00\x00\x06Banana\x05\x03\xe7\x00\x00",
		"\x00\x00\x00\x06\x01\x2e\x01\x02\x15http://x.example/\xff\x00\x01",
	} {
		f.Add([]byte(seed))
	}
	type world struct {
		core *openhimtest.Core
		m    *mediator.Mediator
	}
	var worlds []world
	for _, version := range []string{openhimtest.Version405, openhimtest.Version850} {
		core := openhimtest.New(f, openhimtest.Options{Version: version})
		cfg := configFor(core)
		cfg.Registration.DefaultChannels = nil
		m, err := mediator.New(cfg)
		require.NoError(f, err)
		m.Handle("/", hostile(&http.Client{Transport: mediator.Transport(downstream())}))
		m.HandleHTTP("/mounted", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			s := &script{data: body}
			maps.Copy(w.Header(), s.header())
			w.WriteHeader(100 + s.number()&0x1ff)
			_, _ = io.WriteString(w, s.text())
		}))
		ctx, cancel := context.WithCancel(context.Background())
		var lc net.ListenConfig
		listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		require.NoError(f, err)
		done := make(chan error, 1)
		go func() { done <- m.Serve(ctx, listener, nil) }()
		f.Cleanup(func() { cancel(); require.NoError(f, <-done) })
		<-m.Ready()
		_, err = core.AddChannel("all", "^/", "http://"+listener.Addr().String())
		require.NoError(f, err)
		worlds = append(worlds, world{core, m})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, w := range worlds {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			for _, path := range []string{"/", "/mounted"} {
				_, err := w.core.Send(ctx, http.MethodPost, path, bytes.NewReader(data))
				require.NoError(t, err)
			}
			w.core.RequireNoFailures(t)
		}
	})
}
