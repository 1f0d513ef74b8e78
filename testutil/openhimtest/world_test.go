package openhimtest_test

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/golden"
)

// replay is the world of the recordings, once for each case: a core, a client, a
// scripted mediator.
type replay struct {
	core     *openhimtest.Core
	mediator *golden.Mediator
	names    *golden.Bindings
	http     *http.Client
}

// config is what a case needs of the core's configuration besides what its file says.
type config struct {
	polling string // polling.host:pollingPort, as far as it was recorded
	// long bodies are no question of time, but of how busy this machine is.
	long bool
}

func newReplay(rec *golden.Recording, cfg config, answer func(golden.Received) *golden.Answer) (*replay, error) {
	var timeout int
	var client struct {
		ClientID string
		Roles    []string
	}
	var password string
	for key, into := range map[string]any{"routerTimeoutMs": &timeout, "client": &client, "clientPassword": &password} {
		if err := rec.Decode(key, into); err != nil {
			return nil, err
		}
	}
	opts := openhimtest.Options{
		Version: rec.Version, RouterTimeout: time.Duration(timeout) * time.Millisecond, PollingAddress: cfg.polling,
	}
	if cfg.long {
		opts.RouterTimeout = time.Minute
	}
	core, err := openhimtest.Start(opts)
	if err != nil {
		return nil, err
	}
	w := &replay{core: core, http: core.HTTPClient()}
	if err := core.Seed(openhimtest.Seed{Clients: []openhimtest.Client{{ClientID: client.ClientID, Password: password, Roles: client.Roles}}}); err != nil {
		return nil, err
	}
	listener, err := listenFourDigits()
	if err != nil {
		return nil, err
	}
	w.mediator = golden.StartMediator(listener, answer)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(core.RouterURL(), "http://"))
	w.names = golden.NewBindings(map[string]string{
		"medport": w.mediator.Port(), "routerport": port, "deadport": "1",
		"client": idOf(core.Raw(openhimtest.RawClients), "clientID", client.ClientID),
	})
	return w, err
}

// listenFourDigits opens a port of four digits, as the recorded mediator had: where
// the port stands in a body, Content-Length depends on it.
func listenFourDigits() (listener net.Listener, err error) {
	const low, high, tries = 2000, 9999, 200
	for range tries {
		listener, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", low+rand.IntN(high-low)))
		if err == nil {
			return listener, nil
		}
	}
	return nil, err
}

func (w *replay) close() {
	w.http.CloseIdleConnections()
	_ = w.core.Close()
	w.mediator.Close()
}

// idOf finds the _id of the document whose key has this value.
func idOf(docs []json.RawMessage, key, value string) string {
	for _, raw := range docs {
		var doc map[string]any
		if json.Unmarshal(raw, &doc) == nil && doc[key] == value {
			id, _ := doc["_id"].(string)
			return id
		}
	}
	return ""
}

// channel creates the case's channel, or the default one, through the API.
// refused is what the recorded core answered when it did not take it.
func (w *replay) channel(rec *golden.Recording, own, refused json.RawMessage) (accepted bool, diffs []string) {
	if own == nil {
		own = rec.World["defaultChannel"]
	}
	text := w.names.Expand(string(own))
	status, body, err := w.call(http.MethodPost, "/channels", text)
	if err != nil {
		return false, []string{err.Error()}
	}
	if refused != nil {
		var want struct {
			Status int
			Body   string
		}
		if err := json.Unmarshal(refused, &want); err != nil {
			return false, []string{err.Error()}
		}
		if status != want.Status {
			diffs = append(diffs, fmt.Sprintf("channel: want status %d, got %d %s", want.Status, status, body))
		}
		if diff := w.names.MatchText(want.Body, body); want.Body != "" && diff != "" {
			diffs = append(diffs, "channel: "+diff)
		}
		return false, diffs
	}
	if status != http.StatusCreated {
		return false, []string{fmt.Sprintf("channel refused: %d %s", status, body)}
	}
	var head struct{ Name string }
	if err := json.Unmarshal([]byte(text), &head); err != nil {
		return false, []string{err.Error()}
	}
	w.names.Set("channel", idOf(w.core.Raw(openhimtest.RawChannels), "name", head.Name))
	return true, nil
}

// call makes a call of the API as the root user, by token: all versions know it.
func (w *replay) call(method, path, body string) (status int, text string, err error) {
	var salt struct{ Salt, TS string }
	_, answer, err := w.do(method, http.MethodGet, "/authenticate/"+url.PathEscape(openhimtest.DefaultUsername), "", nil)
	if err != nil {
		return 0, "", err
	}
	if err := json.Unmarshal([]byte(answer), &salt); err != nil {
		return 0, "", fmt.Errorf("salt: %w", err)
	}
	hash := func(text string) string {
		sum := sha512.Sum512([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	const random = "0123456789abcdef"
	return w.do(method, method, path, body, map[string]string{
		"auth-username": openhimtest.DefaultUsername, "auth-ts": salt.TS, "auth-salt": random,
		"auth-token": hash(hash(salt.Salt+openhimtest.DefaultPassword) + random + salt.TS),
	})
}

func (w *replay) do(_, method, path, body string, headers map[string]string) (int, string, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, w.core.APIURL()+path, bytes.NewBufferString(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		req.Header[name] = []string{value}
	}
	res, err := w.http.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// send is the recorded client.
func (w *replay) send(req *golden.Request, failure string) (*golden.ClientAnswer, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.core.RouterURL(), "http://"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	patience := 2 * time.Minute
	if strings.HasPrefix(failure, "no answer") {
		patience = 4500 * time.Millisecond // longer than the router's timeout
	}
	return req.Send(conn, patience)
}

// await polls until check has no differences any more, and gives the last ones.
func await(limit time.Duration, check func() []string) []string {
	deadline := time.Now().Add(limit)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		diffs := check()
		if len(diffs) == 0 || time.Now().After(deadline) {
			return diffs
		}
		<-ticker.C
	}
}

// transactions gives the stored ones, reruns apart.
func (w *replay) transactions() (originals, children []json.RawMessage) {
	for _, raw := range w.core.Raw(openhimtest.RawTransactions) {
		var head struct{ ParentID string }
		if json.Unmarshal(raw, &head) == nil && head.ParentID != "" {
			children = append(children, raw)
		} else {
			originals = append(originals, raw)
		}
	}
	return originals, children
}

// transaction waits until the one transaction is as recorded. With idOnly it has to
// be there and no more.
func (w *replay) transaction(want json.RawMessage, idOnly bool) []string {
	const patience = 5 * time.Second
	if want == nil || string(want) == "null" {
		if originals, _ := w.transactions(); len(originals) > 0 {
			return []string{fmt.Sprintf("%d transactions were stored, none is recorded", len(originals))}
		}
		return nil
	}
	var head struct{ Status any }
	_ = json.Unmarshal(want, &head) // compared as a whole below
	return await(patience, func() []string {
		originals, _ := w.transactions()
		if len(originals) != 1 {
			return []string{fmt.Sprintf("%d transactions were stored", len(originals))}
		}
		var got struct {
			ID     string `json:"_id"`
			Status any
		}
		if err := json.Unmarshal(originals[0], &got); err != nil {
			return []string{err.Error()}
		}
		w.names.Set("tx", got.ID)
		if idOnly {
			return w.settled(got.ID)
		}
		if fmt.Sprint(got.Status) != fmt.Sprint(head.Status) { // still under way: long bodies are slow to compare
			return []string{fmt.Sprintf("transaction: status: want %v, got %v", head.Status, got.Status)}
		}
		diffs := w.settled(got.ID)
		for _, d := range w.names.MatchJSON(want, originals[0], "routes") {
			diffs = append(diffs, "transaction: "+d)
		}
		return diffs
	})
}

func (w *replay) settled(id string) []string {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.core.Settled(ctx, id); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func (w *replay) died() bool {
	for _, f := range w.core.Failures() {
		if f.Fatal {
			return true
		}
	}
	return false
}
