package mongo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/openhim/mediator-go/testutil/live/mongo/wire"
)

// session is one connection of a client and the connection to FerretDB made for it.
// It answers one message after the other, so it needs no lock of its own.
type session struct {
	server  *Server
	client  *bufio.ReadWriter
	backend *bufio.ReadWriter
}

// serve answers a client until it leaves or ctx ends.
func (s *Server) serve(ctx context.Context, client net.Conn) error {
	defer func() { _ = client.Close() }()
	backend, err := s.dialBackend(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = backend.Close() }()
	defer context.AfterFunc(ctx, func() { _, _ = client.Close(), backend.Close() })()

	session := &session{server: s, client: buffered(client), backend: buffered(backend)}
	for {
		switch err := session.next(); {
		case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET):
			return nil
		case err != nil:
			return err
		}
	}
}

func buffered(c net.Conn) *bufio.ReadWriter {
	return bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c))
}

// next answers one message.
func (s *session) next() error {
	request, err := wire.Read(s.client)
	if err != nil {
		return err
	}
	reply, wanted, err := s.answer(request)
	if err != nil {
		return fmt.Errorf("answer operation %d: %w", request.Op, err)
	}
	if !wanted {
		return nil
	}
	return wire.Write(s.client.Writer, reply)
}

// answer returns the reply to a message, and false if its sender wants none.
func (s *session) answer(request wire.Message) (reply wire.Message, wanted bool, err error) {
	switch request.Op {
	case wire.OpMsg:
		return s.answerMsg(request)
	case wire.OpQuery:
		reply, err = s.answerQuery(request)
	default:
		reply, err = s.forward(request)
	}
	return reply, true, err
}

func (s *session) answerMsg(request wire.Message) (reply wire.Message, wanted bool, err error) {
	wanted = true
	if raw, ok := wire.DecodeMsg(request.Body); ok {
		name := wire.CommandName(raw)
		defer s.lockFor(name)()
		if name == "aggregate" {
			var command bson.D
			if err := bson.Unmarshal(raw, &command); err != nil {
				return wire.Message{}, false, fmt.Errorf("decode aggregate: %w", err)
			}
			if document, done, err := s.aggregate(command); err != nil || done {
				body, marshalErr := wire.Section(document)
				return wire.Message{ID: s.server.nextID(), ResponseTo: request.ID, Op: wire.OpMsg, Body: body}, true, errors.Join(err, marshalErr)
			}
		}
	}
	if len(request.Body) > 4 && request.Body[0]&wire.MoreToCome != 0 {
		// FerretDB answers all the same. The reply must be taken off the connection, and kept back.
		request.Body[0] &^= wire.MoreToCome
		wanted = false
	}
	reply, err = s.forward(request)
	return reply, wanted, err
}

func (s *session) answerQuery(request wire.Message) (wire.Message, error) {
	q, err := wire.DecodeQuery(request.Body)
	if err != nil {
		return wire.Message{}, err
	}
	name := q.Name()
	if !q.Command || strings.EqualFold(name, "ismaster") || name == "hello" {
		return s.forward(request) // the handshake, which FerretDB takes in this form too
	}
	defer s.lockFor(name)()
	command := append(modernCommand(q.Document), bson.E{Key: "$db", Value: q.Database})
	var reply bson.D
	var done bool
	if name == "aggregate" {
		reply, done, err = s.aggregate(command)
	}
	if err == nil && !done {
		reply, err = s.run(command)
	}
	if err != nil {
		return wire.Message{}, err
	}
	// An OP_REPLY: flags (8: the server knows awaitData), cursor, starting from, one document.
	body := wire.AppendInt32(nil, 8)
	body = append(body, make([]byte, 12)...)
	body = wire.AppendInt32(body, 1)
	raw, err := bson.Marshal(reply)
	return wire.Message{ID: s.server.nextID(), ResponseTo: request.ID, Op: wire.OpReply, Body: append(body, raw...)}, err
}

// lockFor takes the server's write lock if the command writes. It returns the release.
func (s *session) lockFor(command string) (unlock func()) {
	switch strings.ToLower(command) {
	case "insert", "update", "delete", "findandmodify":
		s.server.writes.Lock()
		return s.server.writes.Unlock
	default:
		return func() {}
	}
}

// forward sends a message to FerretDB and returns its reply.
func (s *session) forward(request wire.Message) (wire.Message, error) {
	if err := wire.Write(s.backend.Writer, request); err != nil {
		return wire.Message{}, fmt.Errorf("send to FerretDB: %w", err)
	}
	reply, err := wire.Read(s.backend)
	if err != nil {
		return wire.Message{}, fmt.Errorf("read from FerretDB: %w", err)
	}
	return reply, nil
}

// run has FerretDB run one command.
func (s *session) run(command bson.D) (bson.D, error) {
	body, err := wire.Section(command)
	if err != nil {
		return nil, fmt.Errorf("encode command: %w", err)
	}
	reply, err := s.forward(wire.Message{ID: s.server.nextID(), Op: wire.OpMsg, Body: body})
	if err != nil {
		return nil, err
	}
	raw, ok := wire.DecodeMsg(reply.Body)
	if !ok {
		return nil, errors.New("FerretDB's reply holds no document")
	}
	var document bson.D
	if err := bson.Unmarshal(raw, &document); err != nil {
		return nil, fmt.Errorf("decode reply: %w", err)
	}
	return document, nil
}
