package router

import (
	"io"
	"net"
	"sync"
)

// watched reads a connection ahead by one byte while a request is being answered,
// so that the client's leaving is seen.
type watched struct {
	conn net.Conn

	mu      sync.Mutex
	ready   *sync.Cond
	reading bool
	ahead   []byte
	err     error
	work    sync.WaitGroup
}

func newWatched(conn net.Conn) *watched {
	w := &watched{conn: conn}
	w.ready = sync.NewCond(&w.mu)
	return w
}

// watch calls gone when the connection ends; only while nobody reads.
func (w *watched) watch(gone func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reading || len(w.ahead) > 0 {
		return
	}
	if w.err != nil {
		gone()
		return
	}
	w.reading = true
	w.work.Go(func() {
		one := make([]byte, 1)
		n, err := w.conn.Read(one)
		w.mu.Lock()
		w.ahead = append(w.ahead, one[:n]...)
		w.err = err
		w.reading = false
		w.ready.Broadcast()
		w.mu.Unlock()
		if err != nil {
			gone()
		}
	})
}

// Read gives what was read ahead, then the connection.
func (w *watched) Read(p []byte) (int, error) {
	w.mu.Lock()
	for w.reading {
		w.ready.Wait()
	}
	if len(w.ahead) > 0 {
		n := copy(p, w.ahead)
		w.ahead = w.ahead[n:]
		w.mu.Unlock()
		return n, nil
	}
	err := w.err
	w.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return w.conn.Read(p)
}

func (w *watched) wait() { w.work.Wait() }

var _ io.Reader = (*watched)(nil)
