package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// TestMain lets the tests start their own binary as the mediator.
func TestMain(m *testing.M) {
	if os.Getenv("HELLO_MAIN") == "true" {
		main()
		return
	}
	os.Exit(m.Run())
}

// The mediator of main.go, run as a process of its own and asked through a fake core.
func Example() {
	core, err := openhimtest.Start(openhimtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := ask(context.Background(), core, "/hello/Amina")
	if err = errors.Join(err, core.Close()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(got.Status, string(got.Body))
	fmt.Println(got.Transaction.Status)
	// Output:
	// 200 hello Amina
	// Successful
}

func TestHelloSpeaksEveryLanguage(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{Version: openhimtest.Version405})
	got, err := ask(t.Context(), core, "/hello/%E1%8A%A0%E1%88%9A%E1%8A%93")
	require.NoError(t, err)
	assert.Equal(t, "hello አሚና", string(got.Body))
	core.RequireNoFailures(t)
}

// ask runs main.go with this core and sends one request through it.
func ask(ctx context.Context, core *openhimtest.Core, path string) (*openhimtest.Exchange, error) {
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop() // main serves until it is ended
	hello := exec.CommandContext(ctx, os.Args[0])
	hello.Env = append(os.Environ(), "HELLO_MAIN=true", "OPENHIM_URL="+core.APIURL(),
		"OPENHIM_USERNAME="+openhimtest.DefaultUsername, "OPENHIM_PASSWORD="+openhimtest.DefaultPassword,
		"SERVER_HOST=127.0.0.1", "SERVER_PORT=0")
	if err := hello.Start(); err != nil {
		return nil, err
	}
	defer func() { stop(); _ = hello.Wait() }() // killed: its error says no more
	registered, err := registration(ctx, core)
	if err != nil {
		return nil, err
	}
	target := "http://127.0.0.1:" + strconv.Itoa(registered.Endpoints[0].Port)
	if _, err := core.AddChannel("hello", "^/hello/.*$", target); err != nil {
		return nil, err
	}
	return core.Send(ctx, "GET", path, nil)
}

// registration waits until the core knows the mediator.
func registration(ctx context.Context, core *openhimtest.Core) (openhim.Mediator, error) {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		m, err := core.Mediator("urn:mediator:hello")
		if err == nil {
			return m, nil
		}
		select {
		case <-ctx.Done():
			return m, ctx.Err()
		case <-look.C:
		}
	}
}

func TestHelloHasNoMoreThan25Lines(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	assert.LessOrEqual(t, strings.Count(string(source), "\n"), 25)
}
