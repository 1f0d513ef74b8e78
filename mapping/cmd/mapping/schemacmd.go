package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/openhim/mediator-go/mapping"
)

func schemaCommand() command {
	return command{
		name: "schema", args: "", summary: "write the JSON Schema of mapping documents, for editors",
		about: `With the schema an editor completes and checks mapping documents while you type. For the YAML
language server, put into the first line of a document:

    # yaml-language-server: $schema=mapping.schema.json`,
		example: "mapping schema > mapping.schema.json",
		setup: func(*flags) func(context.Context, *session, []string) error {
			return func(_ context.Context, s *session, args []string) error {
				if len(args) > 0 {
					return usagef("the command takes no argument")
				}
				var out bytes.Buffer
				if err := json.Indent(&out, bytes.TrimSpace(mapping.Schema(nil)), "", "  "); err != nil {
					return fmt.Errorf("indent the schema: %w", err)
				}
				out.WriteByte('\n')
				_, err := out.WriteTo(s.out)
				return err
			}
		},
	}
}
