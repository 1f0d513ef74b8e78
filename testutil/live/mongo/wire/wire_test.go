package wire_test

import (
	"bufio"
	"bytes"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/openhim/mediator-go/testutil/live/mongo/wire"
)

// opQueryBody encodes the body of an OP_QUERY.
func opQueryBody(tb testing.TB, namespace string, document bson.D) []byte {
	tb.Helper()
	raw, err := bson.Marshal(document)
	if err != nil {
		tb.Fatal(err)
	}
	body := append(make([]byte, 4), namespace...)
	body = append(body, 0)
	body = wire.AppendInt32(body, 0)  // skip
	body = wire.AppendInt32(body, -1) // one reply
	return append(body, raw...)
}

func TestQueryIsTakenOutOfItsWrapper(t *testing.T) {
	t.Parallel()
	q, err := wire.DecodeQuery(opQueryBody(t, "openhim.$cmd", bson.D{
		{Key: "$query", Value: bson.D{{Key: "count", Value: "users"}}},
		{Key: "$readPreference", Value: bson.D{}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if q.Database != "openhim" || !q.Command || q.Name() != "count" {
		t.Errorf("got %+v", q)
	}
}

func TestAQueryOfACollectionIsNoCommand(t *testing.T) {
	t.Parallel()
	q, err := wire.DecodeQuery(opQueryBody(t, "openhim.users", bson.D{}))
	if err != nil {
		t.Fatal(err)
	}
	if q.Command || q.Name() != "" {
		t.Errorf("got %+v", q)
	}
}

func TestCutMessagesAreErrors(t *testing.T) {
	t.Parallel()
	whole := opQueryBody(t, "openhim.$cmd", bson.D{{Key: "ping", Value: int32(1)}})
	for n := range len(whole) {
		if _, err := wire.DecodeQuery(whole[:n]); err == nil {
			t.Errorf("no error for the first %d of %d bytes", n, len(whole))
		}
	}
	for _, header := range [][]byte{
		{15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},          // shorter than a header
		{255, 255, 255, 127, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},   // 2 GiB
		{255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},   // negative
		{20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3}, // cut
	} {
		if _, err := wire.Read(bytes.NewReader(header)); err == nil {
			t.Errorf("no error for % x", header)
		}
	}
}

func FuzzMessage(f *testing.F) {
	seed := func(op int32, body []byte) {
		var out bytes.Buffer
		if err := wire.Write(bufio.NewWriter(&out), wire.Message{ID: 1, Op: op, Body: body}); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	seed(wire.OpQuery, opQueryBody(f, "openhim.$cmd", bson.D{{Key: "$query", Value: bson.D{{Key: "ping", Value: int32(1)}}}}))
	msg, err := wire.Section(bson.D{{Key: "insert", Value: "users"}, {Key: "$db", Value: "openhim"}})
	if err != nil {
		f.Fatal(err)
	}
	seed(wire.OpMsg, msg)

	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := wire.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := wire.Write(bufio.NewWriter(&out), m); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), data[:out.Len()]) {
			t.Errorf("what was read is written as % x", out.Bytes())
		}
		if q, err := wire.DecodeQuery(m.Body); err == nil {
			if _, err := bson.Marshal(q.Document); err != nil {
				t.Errorf("what was decoded cannot be encoded: %v", err)
			}
		}
		if raw, ok := wire.DecodeMsg(m.Body); ok {
			wire.CommandName(raw)
		}
	})
}
