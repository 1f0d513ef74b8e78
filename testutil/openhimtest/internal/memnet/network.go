// Package memnet is a network in memory: listeners and stream connections with
// buffers, deadlines, FIN and RST, but without sockets. All waiting is on
// condition variables and timers, so that it works inside testing/synctest.
package memnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// Network is a set of addresses that can be listened on. The zero value is ready.
// Safe for concurrent use.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*Listener
	next      int
}

const firstPort = 40000

// Listen takes an address host:port; port 0 means a free one. An address that is
// taken is an error.
func (n *Network) Listen(address string) (*Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("memnet: listen: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if port == "0" {
		n.next++
		port = strconv.Itoa(firstPort + n.next)
	}
	address = net.JoinHostPort(host, port)
	if _, taken := n.listeners[address]; taken {
		return nil, &net.OpError{Op: "listen", Net: "mem", Err: syscall.EADDRINUSE}
	}
	l := &Listener{network: n, address: addr(address), queue: make(chan *Conn), closed: make(chan struct{})}
	if n.listeners == nil {
		n.listeners = map[string]*Listener{}
	}
	n.listeners[address] = l
	return l, nil
}

// Dial connects to a listener; without one it is refused. Any name of this machine
// finds a listener on another.
func (n *Network) Dial(ctx context.Context, address string) (net.Conn, error) {
	n.mu.Lock()
	l := n.find(address)
	n.next++
	local := addr(net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+n.next)))
	n.mu.Unlock()
	if l == nil {
		return nil, refused(address)
	}
	client, server := pair(local, l.address)
	select {
	case l.queue <- server:
		return client, nil
	case <-l.closed:
		return nil, refused(address)
	case <-ctx.Done():
		return nil, fmt.Errorf("memnet: dial %s: %w", address, ctx.Err())
	}
}

func (n *Network) find(address string) *Listener {
	if l, ok := n.listeners[address]; ok {
		return l
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || !local(host) {
		return nil
	}
	for at, l := range n.listeners {
		if h, p, err := net.SplitHostPort(at); err == nil && p == port && local(h) {
			return l
		}
	}
	return nil
}

func local(host string) bool {
	switch host {
	case "localhost", "127.0.0.1", "::1", "0.0.0.0", "":
		return true
	}
	return false
}

func refused(address string) error {
	return &net.OpError{Op: "dial", Net: "mem", Addr: addr(address), Err: syscall.ECONNREFUSED}
}

// Listener is a net.Listener of a Network.
type Listener struct {
	network *Network
	address addr
	queue   chan *Conn
	once    sync.Once
	closed  chan struct{}
}

// Accept waits for the next connection; after Close it gives net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "mem", Addr: l.address, Err: net.ErrClosed}
	}
}

// Close frees the address; open connections stay.
func (l *Listener) Close() error {
	err := errors.New("memnet: listener is closed already")
	l.once.Do(func() {
		l.network.mu.Lock()
		delete(l.network.listeners, string(l.address))
		l.network.mu.Unlock()
		close(l.closed)
		err = nil
	})
	return err
}

// Addr is the listener's address.
func (l *Listener) Addr() net.Addr { return l.address }

type addr string

func (a addr) Network() string { return "mem" }
func (a addr) String() string  { return string(a) }
