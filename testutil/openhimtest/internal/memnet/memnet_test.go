package memnet_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/memnet"
)

func connect(t *testing.T) (client, server net.Conn) {
	t.Helper()
	var network memnet.Network
	listener, err := network.Listen("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			accepted <- conn
		}
	}()
	client, err = network.Dial(t.Context(), listener.Addr().String())
	require.NoError(t, err)
	return client, <-accepted
}

func TestAConnectionCarriesBytesAndTheirEnd(t *testing.T) {
	t.Parallel()
	client, server := connect(t)
	_, err := client.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, client.Close())
	got, err := io.ReadAll(server)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
	_, err = server.Write([]byte("too late"))
	require.ErrorIs(t, err, syscall.EPIPE)
}

func TestAResetIsSeenByTheOtherSide(t *testing.T) {
	t.Parallel()
	client, server := connect(t)
	_, err := server.Write([]byte("lost"))
	require.NoError(t, err)
	server.(*memnet.Conn).Reset()
	_, err = client.Read(make([]byte, 8))
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestNobodyListensIsRefused(t *testing.T) {
	t.Parallel()
	var network memnet.Network
	_, err := network.Dial(t.Context(), "localhost:1")
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestAReadDeadlinePassesInFakeTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, _ := connect(t)
		start := time.Now()
		require.NoError(t, client.SetReadDeadline(start.Add(time.Hour)))
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, time.Hour, time.Since(start))
	})
}

func TestNetHTTPRunsOverIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		listener, err := network.Listen("server.test:80")
		require.NoError(t, err)
		server := &http.Server{
			ReadHeaderTimeout: time.Second,
			Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }),
		}
		done := make(chan error, 1)
		go func() { done <- server.Serve(listener) }()
		transport := &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			return network.Dial(ctx, address)
		}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://server.test/", http.NoBody)
		require.NoError(t, err)
		res, err := transport.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusOK, res.StatusCode)
		transport.CloseIdleConnections()
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	})
}
