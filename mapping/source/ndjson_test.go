package source_test

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/source"
)

func TestNDJSON(t *testing.T) {
	t.Parallel()
	const whole = "not valid JSON; one whole value a line is expected"
	for name, tt := range map[string]struct {
		in     string
		config source.NDJSONConfig
		want   string
	}{
		"lines are handed out as they are": {
			in:   "{\"b\": 70.0, \"a\": 9007199254740993}\n[1,2]\r\n\"\\u00e9\"\nnull",
			want: "{\"b\": 70.0, \"a\": 9007199254740993}\n[1,2]\n\"\\u00e9\"\nnull",
		},
		"empty lines and the space around are passed over": {in: "\xEF\xBB\xBF\n \t{} \r\n\r\n\n1\n\n", want: "{}\n1"},
		"nothing": {in: ""},
		"a bad line is refused alone": {
			in:   "{}\n\n{\"a\":1,}\n{}\n{\"a\":\n1 2\n{}",
			want: "{}\nerror: line 3, at 3:8: " + whole + "\n{}\nerror: line 5, at 5:5: not valid JSON; the line ends too early\nerror: line 6, at 6:3: " + whole + "\n{}",
		},
		"columns count the space before": {in: "  {]}", want: "error: line 1, at 1:4: " + whole},
		"bytes that are not utf-8":       {in: "\"a\xE9\"\n1", want: "error: line 1, at 1:3: bytes that are not UTF-8, as JSON must be\n1"},
		"utf-16 by its byte order mark":  {in: "\xFF\xFE1\x00\n\x00", want: "1"},
		"a line that is too long is refused alone": {
			in: "123\n" + strings.Repeat("1", 1000) + "\n1234\n", config: source.NDJSONConfig{MaxRecord: 4},
			want: "123\nerror: line 2, at 2:5: the line is longer than 4 bytes; raise MaxRecord\n1234",
		},
		"a last line that is too long": {
			in: strings.Repeat("1", 1000), config: source.NDJSONConfig{MaxRecord: 4},
			want: "error: line 1, at 1:5: the line is longer than 4 bytes; raise MaxRecord",
		},
		"values too deep": {
			in: `[["]\"[[["],[{}]]` + "\n" + `[[],[],[],"[[[["]`, config: source.NDJSONConfig{MaxDepth: 2},
			want: "error: line 1, at 1:14: nested deeper than 2; raise MaxDepth\n" + `[[],[],[],"[[[["]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, wantLines(tt.want), readNDJSON(t, tt.in, tt.config))
			r, err := source.NewNDJSON(iotest.OneByteReader(strings.NewReader(tt.in)), tt.config)
			require.NoError(t, err)
			assert.Equal(t, wantLines(tt.want), drain(t, r), "read byte by byte")
		})
	}
}

func TestNDJSONLocatesByLine(t *testing.T) {
	t.Parallel()
	r, err := source.NewNDJSON(strings.NewReader("\n{}\n"), source.NDJSONConfig{})
	require.NoError(t, err)
	assert.Empty(t, r.Locate("/a"))
	_, err = r.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "line 2, /a/0", r.Locate("/a/0"))
	assert.Equal(t, "line 2", r.Locate(""))
	assert.Equal(t, source.Position{Record: 1, Line: 2}, r.Position())
}

func TestNewNDJSONNamesTheWrongSetting(t *testing.T) {
	t.Parallel()
	_, err := source.NewNDJSON(nil, source.NDJSONConfig{MaxRecord: -1})
	require.EqualError(t, err, "setting MaxRecord is -1; it must be from 1 to 1073741824")
	_, err = source.NewNDJSON(nil, source.NDJSONConfig{MaxDepth: 1 << 31})
	require.ErrorContains(t, err, "MaxDepth is")
}
