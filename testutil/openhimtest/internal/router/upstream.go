package router

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// outgoing is one request to a route.
type outgoing struct {
	method, path string
	host         string
	port         int
	headers      []js.Entry // in the order they are sent, before Host
	auth         string     // user:password of the route
	body         []byte     // nil: none is written
	timeout      time.Duration
	tls          *tls.Config
}

// incoming is what came back.
type incoming struct {
	status    int
	headers   *js.Object
	body      any // []byte, or a string when it was compressed
	timestamp time.Time
}

// result of sending a request: an answer, an error, or one of the ways the real
// core goes wrong.
type result struct {
	answer *incoming
	err    *js.Error
	// hang: the connection ended inside the body; Node says neither end nor error.
	hang bool
	// fatal names what kills the worker.
	fatal  Quirk
	detail string
}

func nodeError(message string) result {
	return result{err: &js.Error{Class: "Error", Message: message}}
}

// maxUpstream bounds what is read from a mediator. The core has no limit.
const maxUpstream = 256 << 20

// send does what Node's http.request does, with agent:false.
func (r *Router) send(out outgoing) result {
	if strings.IndexFunc(out.path, func(c rune) bool { return c <= ' ' || c > 0xff }) >= 0 {
		return result{err: js.TypeError("Request path contains unescaped characters")}
	}
	ctx, cancel := context.WithTimeout(r.ctx, out.timeout)
	defer cancel()
	address := net.JoinHostPort(out.host, strconv.Itoa(out.port))
	raw, err := r.deps.Dial(ctx, "tcp", address)
	if err != nil {
		return dialError(err, out)
	}
	stop := context.AfterFunc(r.ctx, func() { _ = raw.Close() })
	defer stop()
	conn := &idleConn{Conn: raw, idle: out.timeout}
	defer func() { _ = raw.Close() }()
	var stream io.ReadWriter = conn
	if out.tls != nil {
		secured := tls.Client(conn, out.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return tlsError(err, out)
		}
		stream = secured
	}
	written := make(chan error, 1)
	r.work.Go(func() { written <- writeRequest(stream, out) })
	res := readAnswer(bufio.NewReaderSize(stream, 64<<10), out, r.deps.Clock)
	if res.err == nil && !res.hang && res.fatal == "" {
		// A mediator that answers before it has read the request, and then closes,
		// resets the connection: Node sees the broken write first.
		early := time.NewTimer(resetWithin)
		defer early.Stop()
		select {
		case err := <-written:
			if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
				return nodeError("write ECONNRESET")
			}
			return res
		case <-early.C:
		}
	}
	_ = raw.Close() // ends the writing too
	if err := <-written; err != nil && res.err != nil {
		r.deps.Logger.Debug("request was not written whole", "route", address, "error", err)
	}
	return res
}

// resetWithin is how long a mediator that has answered may take to break the
// connection its request is still being written to.
const resetWithin = time.Second

func dialError(err error, out outgoing) result {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return nodeError("getaddrinfo ENOTFOUND " + out.host)
	case errors.As(err, &dns) && !dns.IsTimeout:
		return nodeError("getaddrinfo EAI_AGAIN " + out.host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return nodeError("connect ECONNREFUSED " + dialedAddress(err, out))
	case errors.Is(err, syscall.EHOSTUNREACH):
		return nodeError("connect EHOSTUNREACH " + dialedAddress(err, out))
	case errors.Is(err, syscall.ENETUNREACH):
		return nodeError("connect ENETUNREACH " + dialedAddress(err, out))
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return tooLong(out)
	default:
		return nodeError("connect ECONNREFUSED " + dialedAddress(err, out))
	}
}

func dialedAddress(err error, out outgoing) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return op.Addr.String()
	}
	return net.JoinHostPort(out.host, strconv.Itoa(out.port))
}

func tooLong(out outgoing) result {
	return nodeError("Request took longer than " + strconv.FormatInt(out.timeout.Milliseconds(), 10) + "ms")
}

func tlsError(err error, out outgoing) result {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &unknown):
		return nodeError("self-signed certificate")
	case errors.As(err, &name):
		return nodeError("Hostname/IP does not match certificate's altnames: Host: " + out.host + ".")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return nodeError("certificate has expired")
	case errors.As(err, &timeout) && timeout.Timeout():
		return tooLong(out)
	default:
		return nodeError("Client network socket disconnected before secure TLS connection was established")
	}
}

// idleConn gives up when nothing moves for a while: socket.setTimeout.
type idleConn struct {
	net.Conn
	idle time.Duration
}

func (c *idleConn) Read(p []byte) (int, error) {
	_ = c.SetReadDeadline(time.Now().Add(c.idle)) // a closed connection says so on Read
	return c.Conn.Read(p)
}

func (c *idleConn) Write(p []byte) (int, error) {
	const piece = 64 << 10
	total := 0
	for {
		_ = c.SetDeadline(time.Now().Add(c.idle)) // writing is activity for reading too
		n, err := c.Conn.Write(p[:min(len(p), piece)])
		total += n
		p = p[n:]
		if err != nil || len(p) == 0 {
			return total, err
		}
	}
}

// writeRequest writes head and body as Node does: the headers as given, then Host
// and Authorization, then what framing asks for.
func writeRequest(w io.Writer, out outgoing) error {
	var head strings.Builder
	head.WriteString(out.method + " " + out.path + " HTTP/1.1\r\n")
	seen := map[string]string{}
	line := func(name, value string) {
		head.WriteString(name + ": " + value + "\r\n")
		seen[strings.ToLower(name)] = value
	}
	for _, h := range out.headers {
		if list, ok := h.Value.(*js.Array); ok {
			for _, value := range list.Elems {
				line(h.Key, js.String(value))
			}
			continue
		}
		line(h.Key, js.String(h.Value))
	}
	if _, has := seen["host"]; !has {
		line("Host", hostHeader(out))
	}
	if _, has := seen["authorization"]; !has && out.auth != "" {
		line("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(out.auth)))
	}
	if _, has := seen["connection"]; !has {
		line("Connection", "close")
	}
	_, sized := seen["content-length"]
	coding, coded := seen["transfer-encoding"]
	chunked := strings.Contains(strings.ToLower(coding), "chunked")
	if !sized && !coded && out.body != nil {
		line("Transfer-Encoding", "chunked")
		chunked = true
	}
	message := append(wire(head.String()), '\r', '\n')
	switch {
	case chunked && len(out.body) > 0:
		message = append(message, strconv.FormatInt(int64(len(out.body)), 16)+"\r\n"...)
		message = append(message, out.body...)
		message = append(message, "\r\n0\r\n\r\n"...)
	case chunked:
		message = append(message, "0\r\n\r\n"...)
	default:
		message = append(message, out.body...)
	}
	_, err := w.Write(message)
	return err
}

func hostHeader(out outgoing) string {
	host := out.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if out.port == 80 && out.tls == nil || out.port == 443 && out.tls != nil {
		return host
	}
	return host + ":" + strconv.Itoa(out.port)
}
