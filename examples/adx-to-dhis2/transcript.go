package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/openhim/mediator-go/examples/internal/transcript"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// printTransaction shows a transaction with the outcome that the mediator answered.
func printTransaction(out io.Writer, title string, tx openhim.Transaction) error {
	var answer []string
	var told outcome
	if tx.Response != nil && json.Unmarshal([]byte(tx.Response.Body), &told) == nil {
		answer = append(answer, fmt.Sprintf("%s: %d of %d values saved", told.Status, told.Saved, told.Values))
		for _, f := range told.Findings {
			what := strings.Join(strings.Fields(f.Severity+" "+f.Code+" "+f.Rule), " ")
			answer = append(answer, fmt.Sprintf("line %d, column %d: %s: %s", f.Line, f.Column, what, f.Message))
		}
	}
	return transcript.Print(out, title, tx, answer)
}
