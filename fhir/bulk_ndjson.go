package fhir

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"

	"github.com/openhim/mediator-go/internal/httpx"
)

// LineError says which line of an NDJSON text is no resource.
type LineError struct {
	// Line counts from 1.
	Line int
	// Err is a *ParseError, whose own line is the one within the line; or what
	// broke off the reading.
	Err error
}

// Error implements error.
func (e *LineError) Error() string { return fmt.Sprintf("fhir: NDJSON line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

var errLongLine = errors.New("the line is longer than ClientConfig.MaxBody")

// ReadNDJSON yields the resources of an NDJSON text, one line each, of at most
// maxLine bytes (0 for 64 MiB). Empty lines are left out. A line that is no
// resource is yielded as a *[LineError], and reading goes on behind it if the
// loop does; a line that is too long and a fault of the reader end it.
func ReadNDJSON(r io.Reader, maxLine int64) iter.Seq2[Resource, error] {
	defaultInt(&maxLine, 64<<20)
	return func(yield func(Resource, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		for n := 1; ; n++ {
			line, err := readLine(in, maxLine)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(Resource{}, &LineError{Line: n, Err: err})
				return
			}
			last := err != nil
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
			}
			if line = bytes.TrimSpace(line); len(line) > 0 {
				res, err := Parse(line)
				if err != nil {
					err = &LineError{Line: n, Err: err}
				}
				if !yield(res, err) {
					return
				}
			}
			if last {
				return
			}
		}
	}
}

// readLine returns a line in memory of its own. The error is io.EOF with what
// stands behind the last line's end.
func readLine(in *bufio.Reader, limit int64) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if int64(len(line)+len(part)) > limit {
			return nil, errLongLine
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// Resources yields the resources of all files of an export, one file after the
// other, as they stream in: no file is ever in memory. See [Exported.File].
func (x *Exported) Resources(ctx context.Context) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) {
		for _, f := range x.Files {
			for r, err := range x.File(ctx, f) {
				if !yield(r, err) {
					return
				}
			}
		}
	}
}

// File yields the resources of one file as they stream in. A line that is no
// resource is yielded as a *[LineError]; the file goes on behind it if the loop
// does. Any other error ends the file: it can be read again from its beginning,
// as the file does not change. A file with fewer resources than the server
// said is a *[ResponseError].
func (x *Exported) File(ctx context.Context, f ExportFile) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) {
		q, err := x.client.fileRequest(f)
		if err != nil {
			yield(Resource{}, err)
			return
		}
		res, u, err := x.client.open(ctx, q)
		if err != nil {
			yield(Resource{}, err)
			return
		}
		defer func() { _ = res.Body.Close() }() // an unread rest is not worth reading
		body, err := plainBody(res)
		if err != nil {
			yield(Resource{}, x.client.noAnswer(ctx, q, u, err))
			return
		}
		n := 0
		for r, err := range ReadNDJSON(body, x.client.cfg.MaxBody) {
			var line *LineError
			var parse *ParseError
			if errors.As(err, &line) && !errors.As(err, &parse) && !errors.Is(err, errLongLine) {
				err = x.client.noAnswer(ctx, q, u, &bodyError{err: err})
			}
			n++
			if !yield(r, err) {
				return
			}
			if err != nil && parse == nil {
				return
			}
		}
		if f.Count >= 0 && n < f.Count {
			yield(Resource{}, newAnswer(x.client, q, u, res, nil).broken(
				fmt.Errorf("it has %d resources, where the server said %d", n, f.Count)))
		}
	}
}

// open makes a call whose answer is read as it comes. The caller closes it.
func (c *Client) open(ctx context.Context, q *request) (*http.Response, *url.URL, error) {
	u, err := q.finish(c)
	if err != nil {
		return nil, nil, err
	}
	again := attempts{client: c, request: q, url: u}
	for {
		req, err := q.build(ctx, c, u)
		if err != nil {
			return nil, u, c.noAnswer(ctx, q, u, err)
		}
		res, err := c.stream.Do(req)
		if err != nil {
			return nil, u, c.noAnswer(ctx, q, u, err)
		}
		if res.StatusCode < http.StatusMultipleChoices {
			return res, u, nil
		}
		body, _ := readBody(res, c.cfg.MaxBody) // the status says enough
		httpx.Drain(res.Body, 64<<10)
		refused := &refusal{OutcomeError: newAnswer(c, q, u, res, body).refusal(), auth: req.Header.Get("Authorization")}
		if !again.after(ctx, refused) {
			return nil, u, refused.OutcomeError
		}
	}
}

// fileURL reads the URL of a file outside of the server. That of a server with
// https must have it too.
func (c *Client) fileURL(link string) (*url.URL, error) {
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil:
		return nil, errors.New("its URL cannot be read")
	case c.base.Scheme == "https" && u.Scheme != "https":
		return nil, errors.New("it is not at an https address, but the server is")
	}
	return u, nil
}
