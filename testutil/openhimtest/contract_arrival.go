package openhimtest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// arrival is a request as it came to the mediator.
type arrival struct {
	method, target string
	header         [][2]string // names as they were written, in their order
	body           string
	complete       bool // all of the body that was announced came
}

// get gives the value of a header in any case of letters.
func (a arrival) get(name string) string {
	for _, h := range a.header {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

// named tells whether a header has been written with exactly this name.
func (a arrival) named(name string) bool {
	for _, h := range a.header {
		if h[0] == name {
			return true
		}
	}
	return false
}

// bodyPatience is how long an announced body is waited for. Of some methods the core sends
// none, which can only be seen by waiting in vain.
func bodyPatience(method string) time.Duration {
	if method == http.MethodPost || method == http.MethodPut {
		return 10 * time.Second
	}
	return 500 * time.Millisecond
}

func readArrival(conn net.Conn) (arrival, error) {
	buffered := bufio.NewReader(conn)
	lines := textproto.NewReader(buffered)
	first, err := lines.ReadLine()
	if err != nil {
		return arrival{}, err
	}
	got := arrival{}
	got.method, first, _ = strings.Cut(first, " ")
	got.target, _, _ = strings.Cut(first, " ")
	for {
		line, err := lines.ReadLine()
		if err != nil {
			return arrival{}, err
		}
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		got.header = append(got.header, [2]string{name, strings.TrimSpace(value)})
	}
	if err := conn.SetReadDeadline(time.Now().Add(bodyPatience(got.method))); err != nil {
		return arrival{}, err
	}
	var body io.Reader = strings.NewReader("")
	length, _ := strconv.ParseInt(got.get("Content-Length"), 10, 64) // none is 0
	if strings.EqualFold(got.get("Transfer-Encoding"), "chunked") {
		body = httputil.NewChunkedReader(buffered)
	} else if length > 0 {
		body = io.LimitReader(buffered, length)
	}
	raw, err := io.ReadAll(body)
	got.body, got.complete = string(raw), err == nil && int64(len(raw)) >= length
	return got, conn.SetReadDeadline(time.Time{})
}
