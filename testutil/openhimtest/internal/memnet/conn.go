package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// window is how much one side may write before the other has read it.
const window = 256 << 10

// Conn is one end of a connection.
type Conn struct {
	local, remote addr
	in, out       *pipe
}

func pair(a, b addr) (client, server *Conn) {
	up, down := newPipe(), newPipe()
	return &Conn{local: a, remote: b, in: down, out: up}, &Conn{local: b, remote: a, in: up, out: down}
}

// pipe carries bytes one way.
type pipe struct {
	mu       sync.Mutex
	changed  *sync.Cond
	data     []byte
	finished bool // FIN was sent
	broken   bool // RST was sent, by either side
	closed   bool // the reader is gone
	read     deadline
	write    deadline
}

type deadline struct {
	timer   *time.Timer
	expired bool
}

func newPipe() *pipe {
	p := &pipe{}
	p.changed = sync.NewCond(&p.mu)
	return p
}

func (p *pipe) set(d *deadline, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.expired = false
	if at.IsZero() {
		return
	}
	left := time.Until(at)
	if left <= 0 {
		d.expired = true
		p.changed.Broadcast()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(left, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if d.timer == timer {
			d.expired = true
			p.changed.Broadcast()
		}
	})
	d.timer = timer
}

// change runs f under the lock and wakes everyone.
func (p *pipe) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.changed.Broadcast()
}

// Read gives what the other side wrote; io.EOF after its FIN, ECONNRESET after a
// reset.
func (c *Conn) Read(b []byte) (int, error) {
	p := c.in
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.closed:
			return 0, c.failed("read", net.ErrClosed)
		case p.broken:
			return 0, c.failed("read", os.NewSyscallError("read", syscall.ECONNRESET))
		case p.read.expired:
			return 0, c.failed("read", os.ErrDeadlineExceeded)
		case len(p.data) > 0:
			n := copy(b, p.data)
			p.data = p.data[n:]
			p.changed.Broadcast()
			return n, nil
		case p.finished:
			return 0, io.EOF
		case len(b) == 0:
			return 0, nil
		}
		p.changed.Wait()
	}
}

// Write waits while the other side does not read; EPIPE when it never will.
func (c *Conn) Write(b []byte) (int, error) {
	p := c.out
	p.mu.Lock()
	defer p.mu.Unlock()
	total := 0
	for {
		switch {
		case p.finished:
			return total, c.failed("write", net.ErrClosed)
		case p.broken:
			return total, c.failed("write", os.NewSyscallError("write", syscall.ECONNRESET))
		case p.closed:
			return total, c.failed("write", os.NewSyscallError("write", syscall.EPIPE))
		case p.write.expired:
			return total, c.failed("write", os.ErrDeadlineExceeded)
		}
		if room := window - len(p.data); room > 0 {
			n := min(room, len(b))
			p.data = append(p.data, b[:n]...)
			b = b[n:]
			total += n
			p.changed.Broadcast()
			if len(b) == 0 {
				return total, nil
			}
		}
		p.changed.Wait()
	}
}

func (c *Conn) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: "mem", Source: c.local, Addr: c.remote, Err: err}
}

// Close sends FIN and stops reading.
func (c *Conn) Close() error {
	c.out.change(func() { c.out.finished = true })
	c.in.change(func() { c.in.closed = true })
	return nil
}

// CloseWrite sends FIN; reading goes on.
func (c *Conn) CloseWrite() error {
	c.out.change(func() { c.out.finished = true })
	return nil
}

// Reset closes with RST: what was not read yet is lost.
func (c *Conn) Reset() {
	c.out.change(func() { c.out.broken, c.out.finished, c.out.data = true, true, nil })
	c.in.change(func() { c.in.closed, c.in.broken = true, true })
}

// LocalAddr is this end's address, RemoteAddr the other's.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the other end's address.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.in.set(&c.in.read, t)
	c.out.set(&c.out.write, t)
	return nil
}

// SetReadDeadline ends waiting reads at t; the zero time never.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.set(&c.in.read, t)
	return nil
}

// SetWriteDeadline ends waiting writes at t; the zero time never.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.set(&c.out.write, t)
	return nil
}

var _ net.Conn = (*Conn)(nil)
