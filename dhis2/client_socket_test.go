package dhis2_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// rawServer answers every request with these bytes and closes the connection.
func rawServer(t *testing.T, answer string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wait sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		wait.Wait()
	})
	wait.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wait.Go(func() {
				defer func() { _ = conn.Close() }()
				_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_ = r.Body.Close()
				_, _ = conn.Write([]byte(answer))
			})
		}
	})
	return "http://" + l.Addr().String()
}

// Whatever bytes come, nothing of them, of the query or of the credentials gets
// into errors and logs.
func TestBrokenAnswersLeaveNothingInErrorsAndLogs(t *testing.T) {
	t.Parallel()
	const ok, kind = "HTTP/1.1 200 OK\r\n", "Content-Type: application/json\r\n"
	for name, answer := range map[string]string{
		"nothing":              "",
		"no HTTP":              "planted planted planted\r\n\r\n",
		"a status":             "HTTP/1.1 planted planted\r\n\r\n",
		"a version":            "HTTP/planted 200 OK\r\n\r\n",
		"a header":             ok + "planted planted\r\n\r\n",
		"a header's name":      ok + "pla nted: x\r\n\r\n",
		"a header's value":     ok + "X: planted\x00\r\n\r\n",
		"a length":             ok + "Content-Length: planted\r\n\r\n",
		"two lengths":          ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nplanted",
		"a length too long":    ok + kind + "Content-Length: 999\r\n\r\n{\"planted\":",
		"an encoding":          ok + "Transfer-Encoding: planted\r\n\r\n",
		"chunks":               ok + kind + "Transfer-Encoding: chunked\r\n\r\nplanted\r\n",
		"a chunk that is cut":  ok + kind + "Transfer-Encoding: chunked\r\n\r\n99\r\nplanted",
		"a trailer":            ok + kind + "Trailer: planted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nplanted planted\r\n\r\n",
		"gzip":                 ok + kind + "Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\nplanted",
		"a redirect":           "HTTP/1.1 302 Found\r\nLocation: http://planted:planted@planted.test/login?planted\r\nContent-Length: 0\r\n\r\n",
		"a redirect to no URL": "HTTP/1.1 302 Found\r\nLocation: http://pla nted:%zz\r\nContent-Length: 0\r\n\r\n",
		"an upgrade":           "HTTP/1.1 101 planted\r\nUpgrade: planted\r\nConnection: Upgrade\r\n\r\nplanted",
		"early hints":          "HTTP/1.1 103 planted\r\nLink: planted\r\n\r\nHTTP/1.1 500 planted\r\nContent-Length: 7\r\n\r\nplanted",
		"a reason":             "HTTP/1.1 500 planted\r\n" + kind + "Content-Length: 13\r\n\r\n{\"planted\":1}",
		"a status of 999":      "HTTP/1.1 999 planted\r\nContent-Length: 7\r\n\r\nplanted",
		"a type":               ok + "Content-Type: planted/planted; planted=\"planted\r\nContent-Length: 9\r\n\r\n[planted]",
		"a WebMessage": "HTTP/1.1 409 Conflict\r\n" + kind + "Content-Length: 125\r\n\r\n" +
			fmt.Sprintf("%-125s", `{"httpStatusCode":409,"message":"Value 'planted' is not planted","errorCode":"planted","devMessage":"planted"}`),
		"other JSON": ok + kind + "Content-Length: 20\r\n\r\n" + fmt.Sprintf("%-20s", `{"id":["planted"]}`),
		"bad UTF-8":  ok + kind + "Content-Length: 20\r\n\r\n" + fmt.Sprintf("%-20s", "{\"id\":\"planted\xff\"}x"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			for _, auth := range []dhis2.Auth{
				dhis2.Basic(testUser, testPassword),
				dhis2.Bearer(dhis2.TokenSourceFunc(func(context.Context) (string, error) { return "planted", nil })),
			} {
				c, err := dhis2.New(t.Context(), dhis2.Config{
					URL: rawServer(t, answer), Auth: auth, Lazy: true, MinWait: time.Millisecond, MaxWait: time.Millisecond,
					AttemptTimeout: 3 * time.Second,
					Logger:         slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				})
				require.NoError(t, err)
				var into struct{ ID string }
				err = c.Get(t.Context(), "tracker/trackedEntities/PlantedUid1", map[string][]string{"filter": {"abc:eq:planted"}}, &into)
				c.Close()
				require.Error(t, err)
				text := fmt.Sprintf("%s\n%v\n%+v\n%q", err, err, err, err.Error())
				assert.NotContains(t, strings.ToLower(text), "planted")
				slog.New(slog.NewJSONHandler(&log, nil)).Error("failed", "error", err)
			}
			assert.NotContains(t, strings.ToLower(log.String()), "planted")
		})
	}
}
