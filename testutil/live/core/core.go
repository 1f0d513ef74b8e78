package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/live/process"
)

const (
	readyTimeout = 60 * time.Second
	stopTimeout  = 10 * time.Second
	portsTimeout = 5 * time.Second
	poll         = 50 * time.Millisecond
)

// Config says what a Core runs with.
type Config struct {
	// InstallDir is what Install returned. Required.
	InstallDir string
	// StateDir takes the core's settings and its log. Required.
	StateDir string
	// MongoURL is the address of an empty database, with the database's name. Required.
	MongoURL string
	// RouterTimeout is how long the router waits for a mediator. Defaults to the
	// core's own default, one minute.
	RouterTimeout time.Duration
	// Logger is told of starts and ends. Defaults to silence.
	Logger *slog.Logger
}

// Core is one OpenHIM core, which may run or not. Its methods are safe for concurrent
// use and wait for one another.
type Core struct {
	log     *slog.Logger
	command string // path of node
	dir     string
	conf    string
	logPath string
	ports   ports

	mu          sync.Mutex
	running     *process.Process // nil after Kill and Stop
	fingerprint string
}

// New picks the core's ports and writes its settings. It starts nothing.
func New(ctx context.Context, config Config) (*Core, error) {
	switch "" {
	case config.InstallDir:
		return nil, errors.New("core: Config.InstallDir is empty")
	case config.StateDir:
		return nil, errors.New("core: Config.StateDir is empty")
	case config.MongoURL:
		return nil, errors.New("core: Config.MongoURL is empty")
	}
	if config.RouterTimeout == 0 {
		config.RouterTimeout = time.Minute
	}
	if config.Logger == nil {
		config.Logger = discard()
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("core: the live tests need Node.js: %w", err)
	}
	c := &Core{
		log: config.Logger, command: node, dir: config.InstallDir,
		conf:    filepath.Join(config.StateDir, "core.json"),
		logPath: filepath.Join(config.StateDir, "core.log"),
	}
	if c.ports, err = pickPorts(ctx); err != nil {
		return nil, err
	}
	content, err := settings(c.ports, config.MongoURL, config.RouterTimeout)
	if err != nil {
		return nil, fmt.Errorf("core: encode settings: %w", err)
	}
	if err := os.WriteFile(c.conf, content, 0o600); err != nil {
		return nil, fmt.Errorf("core: write settings: %w", err)
	}
	return c, nil
}

// Start starts the core and returns when its API knows the root user and all its ports
// are open. Starting a core that runs does nothing.
func (c *Core) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alive() {
		return nil
	}
	began := time.Now()
	if err := until(ctx, portsTimeout, nil, c.ports.allFree); err != nil {
		return fmt.Errorf("core: a port is in use: %w", err)
	}
	if err := c.spawn(); err != nil {
		return err
	}
	if err := until(ctx, readyTimeout, c.running, c.ready); err != nil {
		err = fmt.Errorf("core: not ready: %w\n%s", err, c.logTail())
		return errors.Join(err, c.end((*process.Process).Kill))
	}
	c.log.InfoContext(ctx, "core is up", "api_port", c.ports.API, "router_port", c.ports.Router,
		"pid", c.running.ID(), "after", time.Since(began).Round(time.Millisecond))
	return nil
}

// Kill ends the core at once, as a crash of its machine would. Killing a core that does
// not run does nothing.
func (c *Core) Kill() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end((*process.Process).Kill)
}

// Stop ends the core in good order. It is killed if that takes more than ten seconds or
// ctx ends. Stopping a core that does not run does nothing.
func (c *Core) Stop(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end(func(p *process.Process) error {
		ctx, cancel := context.WithTimeout(ctx, stopTimeout)
		defer cancel()
		return p.Stop(ctx)
	})
}

// PID is the process id of the running core, and 0 if it does not run.
func (c *Core) PID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.alive() {
		return 0
	}
	return c.running.ID()
}

// spawn starts the process, whose output is added to the log.
func (c *Core) spawn() error {
	output, err := os.OpenFile(c.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("core: open log: %w", err)
	}
	defer func() { _ = output.Close() }()                             // the process has its own handle
	cmd := exec.Command(c.command, "lib/server.js", "--conf="+c.conf) //nolint:gosec,noctx // node, and a file of ours; ended by Kill and Stop
	cmd.Dir = c.dir
	cmd.Stdout, cmd.Stderr = output, output
	// A core of that age expects an unhandled rejection to be a warning.
	cmd.Env = append(os.Environ(), "NODE_OPTIONS=--unhandled-rejections=warn")
	c.running, err = process.Start(cmd)
	return err
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (c *Core) alive() bool {
	if c.running == nil {
		return false
	}
	select {
	case <-c.running.Done():
		return false
	default:
		return true
	}
}

func (c *Core) end(how func(*process.Process) error) error {
	if c.running == nil {
		return nil
	}
	err := how(c.running)
	c.running = nil
	if err != nil {
		return fmt.Errorf("core: end: %w", err)
	}
	return nil
}
