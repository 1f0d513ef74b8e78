package mongo

import (
	"bufio"
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/openhim/mediator-go/testutil/live/mongo/wire"
)

// testClient speaks to a server as a driver does.
type testClient struct {
	conn net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
}

func startServer(t *testing.T) *Server {
	t.Helper()
	server, err := Listen(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return server
}

func dial(t *testing.T, server *Server) *testClient {
	t.Helper()
	address := strings.TrimSuffix(strings.TrimPrefix(server.URL("x"), "mongodb://"), "/x")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &testClient{conn: conn, in: bufio.NewReader(conn), out: bufio.NewWriter(conn)}
}

func (c *testClient) send(t *testing.T, op int32, body []byte) {
	t.Helper()
	if err := wire.Write(c.out, wire.Message{ID: 1, Op: op, Body: body}); err != nil {
		t.Error(err)
	}
}

// receive reads a reply, whose only document starts after skip bytes.
func (c *testClient) receive(t *testing.T, op int32, skip int) bson.D {
	t.Helper()
	m, err := wire.Read(c.in)
	if err != nil || m.Op != op {
		t.Errorf("reply of operation %d, error %v; want operation %d", m.Op, err, op)
		return nil
	}
	var document bson.D
	if err := bson.Unmarshal(m.Body[skip:], &document); err != nil {
		t.Error(err)
	}
	return document
}

func (c *testClient) query(t *testing.T, command bson.D) bson.D {
	t.Helper()
	c.send(t, wire.OpQuery, opQueryBody(t, command))
	return c.receive(t, wire.OpReply, 20)
}

func (c *testClient) msg(t *testing.T, command bson.D) bson.D {
	t.Helper()
	body, err := wire.Section(append(command, bson.E{Key: "$db", Value: "db"}))
	if err != nil {
		t.Error(err)
	}
	c.send(t, wire.OpMsg, body)
	return c.receive(t, wire.OpMsg, 5)
}

// opQueryBody encodes the body of an OP_QUERY with a command.
func opQueryBody(t *testing.T, command bson.D) []byte {
	t.Helper()
	raw, err := bson.Marshal(command)
	if err != nil {
		t.Error(err)
	}
	body := append(make([]byte, 4), "db.$cmd\x00"...)
	body = wire.AppendInt32(body, 0)  // skip
	body = wire.AppendInt32(body, -1) // one reply
	return append(body, raw...)
}

func insert(collection string, documents ...any) bson.D {
	return bson.D{{Key: "insert", Value: collection}, {Key: "documents", Value: bson.A(documents)}}
}

func TestBothProtocolsReachTheSameData(t *testing.T) {
	t.Parallel()
	client := dial(t, startServer(t))
	if reply := client.query(t, bson.D{{Key: "isMaster", Value: int32(1)}}); lookup(reply, "ok") != 1.0 {
		t.Fatalf("handshake: %v", reply)
	}
	if reply := client.query(t, insert("c", bson.D{{Key: "_id", Value: "old"}})); lookup(reply, "n") != int32(1) {
		t.Errorf("insert by OP_QUERY: %v", reply)
	}
	if reply := client.msg(t, insert("c", bson.D{{Key: "_id", Value: "new"}})); lookup(reply, "n") != int32(1) {
		t.Errorf("insert by OP_MSG: %v", reply)
	}
	if reply := client.query(t, bson.D{{Key: "count", Value: "c"}}); number(lookup(reply, "n")) != 2 {
		t.Errorf("count: %v", reply)
	}
}

func TestRepliesNobodyReadsAreKeptBack(t *testing.T) {
	t.Parallel()
	client := dial(t, startServer(t))
	body, err := wire.Section(append(insert("c", bson.D{{Key: "_id", Value: "quiet"}}), bson.E{Key: "$db", Value: "db"}))
	if err != nil {
		t.Fatal(err)
	}
	body[0] |= wire.MoreToCome
	client.send(t, wire.OpMsg, body)
	// The next reply is that of the next request.
	if reply := client.msg(t, bson.D{{Key: "count", Value: "c"}}); number(lookup(reply, "n")) != 1 {
		t.Errorf("got %v", reply)
	}
}

func TestAggregationsThatFerretDBLacksAreComputed(t *testing.T) {
	t.Parallel()
	client := dial(t, startServer(t))
	client.msg(t, insert("c",
		bson.D{{Key: "_id", Value: "1"}, {Key: "k", Value: "a"}, {Key: "n", Value: int32(3)}},
		bson.D{{Key: "_id", Value: "2"}, {Key: "k", Value: "a"}, {Key: "n", Value: int32(1)}},
		bson.D{{Key: "_id", Value: "3"}, {Key: "k", Value: "b"}, {Key: "n", Value: int32(9)}}))
	command := bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "k", Value: "a"}}}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$k"}, {Key: "low", Value: bson.D{{Key: "$min", Value: "$n"}}}}}},
	}}}
	check := func(rows any) {
		t.Helper()
		list, _ := rows.(bson.A)
		if len(list) != 1 {
			t.Fatalf("rows %v, want one", rows)
		}
		if row, _ := list[0].(bson.D); lookup(row, "_id") != "a" || lookup(row, "low") != int32(1) {
			t.Errorf("row %v", row)
		}
	}
	check(lookup(client.query(t, command), "result"))
	reply := client.msg(t, append(command, bson.E{Key: "cursor", Value: bson.D{}}))
	cursor, _ := lookup(reply, "cursor").(bson.D)
	check(lookup(cursor, "firstBatch"))
}

// FerretDB alone loses some of these updates.
func TestConcurrentUpdatesOfOneDocumentAreAllKept(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	dial(t, server).msg(t, insert("c", bson.D{{Key: "_id", Value: "1"}, {Key: "n", Value: int32(0)}}))
	const clients, updates = 8, 25
	var running sync.WaitGroup
	for range clients {
		client := dial(t, server)
		running.Go(func() {
			for range updates {
				client.query(t, bson.D{{Key: "update", Value: "c"}, {Key: "updates", Value: bson.A{bson.D{
					{Key: "q", Value: bson.D{{Key: "_id", Value: "1"}}},
					{Key: "u", Value: bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: int32(1)}}}}},
				}}}})
			}
		})
	}
	running.Wait()
	reply := dial(t, server).msg(t, bson.D{{Key: "find", Value: "c"}})
	cursor, _ := lookup(reply, "cursor").(bson.D)
	batch, _ := lookup(cursor, "firstBatch").(bson.A)
	if len(batch) != 1 {
		t.Fatalf("got %v", reply)
	}
	if document, _ := batch[0].(bson.D); number(lookup(document, "n")) != clients*updates {
		t.Errorf("n is %v, want %d", lookup(document, "n"), clients*updates)
	}
}

func TestAConfigWithoutADirectoryIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := Listen(t.Context(), Config{}); err == nil {
		t.Error("no error")
	}
}
