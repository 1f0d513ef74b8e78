package mapping_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

const streamSchemas = `input: {format: ndjson, schema: {type: object, properties: {rows: {type: array, items: {type: object, required: [id], properties: {id: {type: integer}, note: {type: string}}}}}}}
output: {schema: {type: object, properties: {e: {type: array, maxItems: 2, items: {type: object, properties: {id: {maximum: 5}}}}}}}
`

func TestStreamAppliesTheWholeSchemasToItsRecords(t *testing.T) {
	t.Parallel()
	rows := []string{`{"id":1}`, `{"id":"2"}`, `{"note":"x"}`, `{"id":9}`, `{"id":4,"note":7}`, `{"id":5}`}
	each := "map: {e: {$each: rows, %DROP% x: $.x, id: {$from: id, $when: id != 0}}}"
	for name, c := range map[string]struct {
		settings, each, want string
		issues               []string
	}{
		"always, and what fails is dropped": {
			"validate: {input: always, output: always}\n", strings.ReplaceAll(each, "%DROP%", "$onError: drop,"), `{"e":[{"id":1},{"id":5}]}`,
			[]string{"/rows/1/id expected integer", "/rows/2 missing properties", "maximum", "/rows/4/note expected string"},
		},
		"always": {
			"validate: {input: always, output: always}\n", strings.ReplaceAll(each, "%DROP%", ""), ``,
			[]string{"/rows/1/id expected integer", "/rows/2 missing properties", "maximum", "/rows/4/note expected string"},
		},
		"off": {
			"validate: {input: off, output: off}\n", "map: {e: {$each: rows, n: $.note, $where: note != 7}}", `{"e":[{"n":"x"}]}`, nil,
		},
		"a record that failed": {
			"validate: {input: on-error}\n", "map: {e: {$each: rows, $onError: drop, n: {$from: note, $case: upper}}}", `{"e":[{"n":"X"}]}`,
			[]string{"/rows/4/note wants string"},
		},
		"a record that failed, with more to say of it": {
			"validate: {input: on-error}\n", "map: {e: {$each: rows, $onError: drop, n: {$from: note, $as: number}}}", ``,
			[]string{"/rows/2/note", "/rows/2 missing properties", "/rows/4/note wants string"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := compiled(t, streamSchemas+c.settings+c.each)
			require.True(t, m.Streams())
			var out bytes.Buffer
			report, err := m.Stream(t.Context(), lines(rows...), &out, mapping.Options{})
			if name == "always" {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
			}
			if c.want != "" {
				assert.Equal(t, c.want, out.String())
			}
			var said []string
			for _, issue := range report.Issues {
				said = append(said, issue.String())
			}
			require.Len(t, said, len(c.issues), "%s", strings.Join(said, "\n"))
			for i, want := range c.issues {
				for part := range strings.SplitSeq(want, " ") {
					if strings.HasPrefix(part, "/") {
						assert.Equal(t, part, *report.Issues[i].Pointer)
						assert.Contains(t, said[i], "row ")
						continue
					}
					assert.Contains(t, said[i], part)
				}
			}
		})
	}
}

func TestStreamAppliesTheOutputsSchemaToTheDocumentsOfAChunk(t *testing.T) {
	t.Parallel()
	schemas := strings.Replace(streamSchemas, "output: {", "output: {chunk: 3, ", 1)
	m := compiled(t, schemas+"validate: {output: always}\nmap: {e: {$each: rows, id: $.id}}")
	var out pieces
	_, err := m.Stream(t.Context(), lines(`{"id":1}`, `{"id":2}`), &out, mapping.Options{})
	require.NoError(t, err)
	assert.Len(t, out, 1)
	report, err := m.Stream(t.Context(), lines(`{"id":1}`, `{"id":2}`, `{"id":3}`, `{"id":4}`), &out, mapping.Options{})
	require.Error(t, err)
	assert.Len(t, out, 1)
	assert.Equal(t, "/e", report.Issues[0].Rule)
	assert.Contains(t, report.Issues[0].Message, "maxItems")
}

func TestStreamAppliesTheSchemasToRecordsThatAreDocuments(t *testing.T) {
	t.Parallel()
	m := compiled(t, "input: {schema: {type: object, required: [y]}}\noutput: {schema: {type: object, properties: {a: {type: string}}}}\nvalidate: {input: always, output: sample}\nmap: {a: $.x}")
	require.False(t, m.Streams())
	var out bytes.Buffer
	report, err := m.Stream(t.Context(), lines(`{"x":1,"y":1}`, `{"x":2,"y":1}`), &out, mapping.Options{})
	require.NoError(t, err)
	require.Len(t, report.Issues, 1)
	assert.Equal(t, mapping.SeverityWarning, report.Issues[0].Severity)
	assert.Equal(t, "{\"a\":1}\n{\"a\":2}\n", out.String())
	report, err = m.Stream(t.Context(), lines(`{"x":1,"y":1}`, `{}`), io.Discard, mapping.Options{})
	require.Error(t, err)
	assert.Equal(t, "row 2, column ", report.Issues[1].Source)
}

func TestLintTellsWhenAStreamWouldNotBeValidated(t *testing.T) {
	t.Parallel()
	assert.Len(t, lint(t, "input: {format: csv, schema: {anyOf: [{type: object}]}}\noutput: {schema: {type: object}}\nvalidate: {input: always, output: always}\nmap: {e: {$each: rows, id: $.id}}"), 2)
}

// tornError is of a record that cannot be read.
type tornError struct{}

func (tornError) Error() string                 { return "row 2: torn" }
func (tornError) Skip() bool                    { return true }
func (tornError) Split() (place, reason string) { return "row 2", "torn" }

func TestARecordThatCannotBeReadNamesItsPlaceOnce(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map: {e: {$each: rows, $onError: drop, x: $.x}}")
	src := &failing{errors: []error{tornError{}, errors.Join(errors.New("context"), tornError{})}}
	report, err := m.Stream(t.Context(), src, io.Discard, mapping.Options{})
	require.NoError(t, err)
	require.Len(t, report.Issues, 2)
	assert.Equal(t, "warning: input: torn at row 2", report.Issues[0].String())
	assert.Equal(t, 2, report.Dropped)
}

// failing is a Source of nothing but errors.
type failing struct {
	records
	errors []error
}

func (f *failing) Next(context.Context) ([]byte, error) {
	if len(f.errors) == 0 {
		return nil, io.EOF
	}
	err := f.errors[0]
	f.errors = f.errors[1:]
	return nil, err
}
