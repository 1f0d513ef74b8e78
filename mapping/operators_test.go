package mapping_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

// argumentWords collects the names and the words that a JSON Schema of an argument knows.
func argumentWords(schema any, found map[string]bool) {
	switch schema := schema.(type) {
	case map[string]any:
		for key, value := range schema {
			switch key {
			case "properties":
				if properties, ok := value.(map[string]any); ok {
					for name, property := range properties {
						found[name+":"] = true
						argumentWords(property, found)
					}
				}
			case "enum":
				if words, ok := value.([]any); ok {
					for _, word := range words {
						if text, ok := word.(string); ok {
							found[text] = true
						}
					}
				}
			case "description", "$ref", "type":
			default:
				argumentWords(value, found)
			}
		}
	case []any:
		for _, item := range schema {
			argumentWords(item, found)
		}
	}
}

func TestEveryOperatorWithEveryOptionHasACase(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, c := range readCases(t, filepath.Join("testdata", "good.cases")) {
		all.WriteString(c.document)
	}
	words := map[string]bool{}
	for _, word := range regexp.MustCompile(`[$A-Za-z-]+[0-9]?:?`).FindAllString(all.String(), -1) {
		words[word], words[strings.TrimSuffix(word, ":")] = true, true
	}
	var schema struct {
		Properties map[string]any `json:"properties"`
		Defs       struct {
			Object struct {
				Properties map[string]any `json:"properties"`
			} `json:"object"`
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(mapping.Schema(nil), &schema))
	require.NotEmpty(t, schema.Defs.Object.Properties)
	for name, argument := range schema.Defs.Object.Properties {
		assert.True(t, words[name+":"], "%s has no case", name)
		options := map[string]bool{}
		argumentWords(argument, options)
		for option := range options {
			assert.True(t, words[option], "%s: %s has no case", name, option)
		}
	}
	options := map[string]bool{}
	for _, key := range []string{"tables", "lookups", "validate", "omit"} {
		argumentWords(schema.Properties[key], options)
	}
	for option := range options {
		assert.True(t, words[option], "%s has no case", option)
	}
}
