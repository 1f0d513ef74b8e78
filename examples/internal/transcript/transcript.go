// Package transcript prints transactions for the demonstration modes of the examples.
package transcript

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// Print shows a transaction as the core stored it: status, answer, properties,
// and the calls that were made for it with their times. Bodies and query strings
// stay out, but for the lines that the caller has made of the answer's body.
func Print(out io.Writer, title string, tx openhim.Transaction, answer []string) error {
	root := node{text: fmt.Sprintf("%s  %s %s", title, tx.Request.Method, tx.Request.Path)}
	root.add("transaction %s: %s", tx.ID, tx.Status)
	if tx.Response != nil {
		answered := root.add("answer %d after %s", tx.Response.Status, elapsed(tx.Request.Timestamp, tx.Response.Timestamp))
		for _, line := range answer {
			answered.add("%s", line)
		}
	}
	if len(tx.Properties) > 0 {
		properties := root.add("properties")
		for _, key := range slices.Sorted(maps.Keys(tx.Properties)) {
			properties.add("%s: %s", key, tx.Properties[key])
		}
	}
	if len(tx.Orchestrations) > 0 {
		calls := root.add("orchestrations")
		for _, o := range tx.Orchestrations {
			calls.add("%s", describeCall(o, tx.Request.Path))
		}
	}
	return root.print(out, "", "")
}

// describeCall shows one call. The last one is the core's own, of the mediator,
// whose envelope comes with status 200 whatever the answer inside.
func describeCall(o openhim.Orchestration, requestPath string) string {
	call := fmt.Sprintf("%s: %s %s", o.Name, o.Request.Method, o.Request.Path)
	if o.Request.Path == requestPath {
		call = "(the core called the mediator) " + call
	}
	switch {
	case o.Response != nil:
		return fmt.Sprintf("%s, %d after %s", call, o.Response.Status, elapsed(o.Request.Timestamp, o.Response.Timestamp))
	case o.Error != nil:
		return call + ", no answer: " + o.Error.Message
	default:
		return call + ", no answer"
	}
}

func elapsed(from, to openhim.Time) string {
	return strconv.FormatInt(to.Sub(from.Time).Milliseconds(), 10) + " ms"
}

// node is a line of the tree with what is below it.
type node struct {
	text     string
	children []*node
}

func (n *node) add(format string, args ...any) *node {
	child := &node{text: fmt.Sprintf(format, args...)}
	n.children = append(n.children, child)
	return child
}

func (n *node) print(out io.Writer, branch, indent string) error {
	if _, err := fmt.Fprintln(out, branch+n.text); err != nil {
		return err
	}
	for i, child := range n.children {
		branch, below := indent+"├─ ", indent+"│  "
		if i == len(n.children)-1 {
			branch, below = indent+"└─ ", indent+"   "
		}
		if err := child.print(out, branch, below); err != nil {
			return err
		}
	}
	return nil
}
