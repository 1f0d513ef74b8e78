package core

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from this range: below the one that systems give to outgoing
// connections, so that none of those can sit on a port while the core is down.
const (
	lowestPort  = 20000
	highestPort = 30000
	portTries   = 200
)

// ports are the ports that a core listens on, all on 127.0.0.1.
type ports struct {
	API, Router, RouterTLS, Rerun, TCP, Polling int
}

// pickPorts finds free ports.
func pickPorts(ctx context.Context) (ports, error) {
	var p ports
	taken := map[int]bool{}
	for _, port := range p.all() {
		for try := 0; *port == 0; try++ {
			if try == portTries {
				return ports{}, fmt.Errorf("core: no free port in %d tries", portTries)
			}
			candidate := lowestPort + rand.IntN(highestPort-lowestPort) //nolint:gosec // spreads ports, guards nothing
			if !taken[candidate] && free(ctx, candidate) == nil {
				taken[candidate] = true
				*port = candidate
			}
		}
	}
	return p, nil
}

func (p *ports) all() []*int {
	return []*int{&p.API, &p.Router, &p.RouterTLS, &p.Rerun, &p.TCP, &p.Polling}
}

// free returns an error while something listens on the port.
func free(ctx context.Context, port int) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address(port))
	if err != nil {
		return err
	}
	return listener.Close()
}

// allFree returns an error for each port that something listens on.
func (p *ports) allFree(ctx context.Context) error {
	var errs []error
	for _, port := range p.all() {
		errs = append(errs, free(ctx, *port))
	}
	return errors.Join(errs...)
}

// allOpen returns an error for each port that takes no connection.
func (p *ports) allOpen(ctx context.Context) error {
	var errs []error
	for _, port := range p.all() {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address(*port))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}

func address(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
