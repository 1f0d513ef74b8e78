package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// backendWait bounds the wait for FerretDB to open its socket.
const backendWait = 10 * time.Second

// Config says where a Server keeps its data and what it logs to.
type Config struct {
	// Dir is the directory of the SQLite files; it is made if it is missing. Required.
	Dir string
	// Logger takes the failures of single connections. Defaults to silence.
	Logger *slog.Logger
}

// Server is the database. One Server can serve any number of connections; its
// methods are safe for concurrent use, but Run may be called once only.
type Server struct {
	log      *slog.Logger
	listener net.Listener
	engine   *ferretdb.FerretDB
	socket   string
	lastID   atomic.Int32
	writes   sync.Mutex // held around each write, see package comment
}

// Listen opens a server on a free port of 127.0.0.1. Nothing is answered before Run.
func Listen(ctx context.Context, config Config) (*Server, error) {
	if config.Dir == "" {
		return nil, errors.New("mongo: Config.Dir is empty")
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("mongo: make the data directory: %w", err)
	}
	// A Unix socket's path may be 108 bytes long at most, so it cannot live in Dir.
	sockets, err := os.MkdirTemp("", "mongo")
	if err != nil {
		return nil, fmt.Errorf("mongo: make the socket's directory: %w", err)
	}
	server := &Server{log: config.Logger, socket: filepath.Join(sockets, "s")}
	server.engine, err = ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{Unix: server.socket},
		Handler:  "sqlite",
		// Nothing here outlives the run, so the disk need not be waited for.
		SQLiteURL: "file:" + config.Dir + "/?_pragma=synchronous(off)",
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mongo: open FerretDB: %w", err), os.RemoveAll(sockets))
	}
	server.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mongo: listen: %w", err), os.RemoveAll(sockets))
	}
	return server, nil
}

// URL is the address of one database of the server, in the form drivers take.
func (s *Server) URL(database string) string {
	return "mongodb://" + s.listener.Addr().String() + "/" + database
}

// Run serves until ctx ends, closes every connection and returns when all are done.
// It returns nil then, and an error if the port stops accepting before.
func (s *Server) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(ctx, func() { _ = s.listener.Close() })()

	var running sync.WaitGroup
	running.Go(func() {
		if err := s.engine.Run(ctx); err != nil {
			s.log.ErrorContext(ctx, "ferretdb ended", "error", err)
		}
	})
	err := s.accept(ctx, &running)
	stop()
	running.Wait()
	return errors.Join(err, os.RemoveAll(filepath.Dir(s.socket)))
}

// nextID numbers the messages that we make ourselves.
func (s *Server) nextID() int32 { return s.lastID.Add(1) }

func (s *Server) accept(ctx context.Context, running *sync.WaitGroup) error {
	for {
		client, err := s.listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = client.Close()
			}
			return nil
		case err != nil:
			return fmt.Errorf("mongo: accept: %w", err)
		}
		running.Go(func() {
			if err := s.serve(ctx, client); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "database connection ended", "error", err)
			}
		})
	}
}

// dialBackend connects to FerretDB, which opens its socket only once it runs.
func (s *Server) dialBackend(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, backendWait)
	defer cancel()
	for {
		backend, err := new(net.Dialer).DialContext(ctx, "unix", s.socket)
		if err == nil {
			return backend, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("mongo: reach FerretDB: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
