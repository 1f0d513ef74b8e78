package source_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/source"
)

func TestCSVRecords(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in     string
		config source.CSVConfig
		want   string
	}{
		"cells are strings by column name": {
			in:   "id,age\nA1,046\nA2,4.60\n",
			want: `{"id":"A1","age":"046"}` + "\n" + `{"id":"A2","age":"4.60"}`,
		},
		"an empty cell is an empty string": {in: "a,b\n,\"\"\n", want: `{"a":"","b":""}`},
		"a quoted cell holds delimiters, doubled quotes and line breaks": {
			in:   "a,b\n\"x, \"\"y\"\"\r\nz\",2\n",
			want: `{"a":"x, \"y\"\nz","b":"2"}`,
		},
		"line ends may be carriage return and line feed, and the last one missing": {
			in:   "a,b\r\n1,2\r\n3,4",
			want: `{"a":"1","b":"2"}` + "\n" + `{"a":"3","b":"4"}`,
		},
		"empty rows are passed over": {in: "\n\na\n\n1\n\n", want: `{"a":"1"}`},
		"a byte order mark is not part of the first name": {
			in: "\xEF\xBB\xBFa,b\n1,2\n", want: `{"a":"1","b":"2"}`,
		},
		"a byte order mark too many":            {in: "\xEF\xBB\xBF\xEF\xBB\xBFa\n1\n", want: `{"a":"1"}`},
		"a quoted name after a byte order mark": {in: "\xEF\xBB\xBF\"a\"\n1\n", want: `{"a":"1"}`},
		"space around names is dropped, in cells it is kept": {
			in: " a ,b\n 1 ,2\n", want: `{"a":" 1 ","b":"2"}`,
		},
		"named columns need no header": {
			in: "1,2\n", config: source.CSVConfig{Columns: []string{"x", "y"}}, want: `{"x":"1","y":"2"}`,
		},
		"named columns replace a header that is skipped": {
			in: "a,b\n1,2\n", config: source.CSVConfig{Columns: []string{"x", "y"}, Skip: 1}, want: `{"x":"1","y":"2"}`,
		},
		"titles above the header are skipped": {
			in: "Line list\n\na;b\n1;2\n", config: source.CSVConfig{Skip: 2, Delimiter: ';'}, want: `{"a":"1","b":"2"}`,
		},
		"tabs and no quotes": {
			in: "a\tb\n\"1\t2\"\n", config: source.CSVConfig{Delimiter: '\t', NoQuotes: true}, want: `{"a":"\"1","b":"2\""}`,
		},
		"another quote": {
			in: "a,b\n'x,''y''',\"2\n", config: source.CSVConfig{Quote: '\''}, want: `{"a":"x,'y'","b":"\"2"}`,
		},
		"lazy quotes are read when asked for": {
			in: "a,b\n5\" nail,\"a \"b\" c\"\n", config: source.CSVConfig{LazyQuotes: true}, want: `{"a":"5\" nail","b":"a \"b\" c"}`,
		},
		"missing and repeated names are numbered when asked for": {
			in: "d,,d,column_2,d\n1,2,3,4,5\n", config: source.CSVConfig{NumberNames: true},
			want: `{"d":"1","column_2_2":"2","d_2":"3","column_2":"4","d_3":"5"}`,
		},
		"ragged rows are read when asked for": {
			in: "a,b\n1\n1,2,3\n", config: source.CSVConfig{Ragged: true},
			want: `{"a":"1"}` + "\n" + `{"a":"1","b":"2","column_3":"3"}`,
		},
		"control characters are escaped": {in: "a\n\x01\t\x7f\\\n", want: `{"a":"\u0001\t` + "\x7f" + `\\"}`},
		"windows-1252": {
			in: "nom\nAm\xE9lie \x80\n", config: source.CSVConfig{Encoding: "Windows_1252"}, want: `{"nom":"Amélie €"}`,
		},
		"latin-1":    {in: "nom\nAm\xE9lie\n", config: source.CSVConfig{Encoding: source.Latin1}, want: `{"nom":"Amélie"}`},
		"iso-8859-2": {in: "n\n\xB3\n", config: source.CSVConfig{Encoding: "iso-8859-2"}, want: `{"n":"ł"}`},
		"utf-16 by its byte order mark": {
			in: "\xFF\xFEa\x00\n\x00\xE9\x00\n\x00", want: `{"a":"é"}`,
		},
		"utf-16 big-endian without byte order mark": {
			in: "\x00a\x00\n\x00\xE9\x00\n", config: source.CSVConfig{Encoding: source.UTF16}, want: `{"a":"é"}`,
		},
		"utf-16le with byte order mark": {
			in: "\xFF\xFEa\x00\n\x00\xE9\x00\n\x00", config: source.CSVConfig{Encoding: source.UTF16LE}, want: `{"a":"é"}`,
		},
		"the letters ÿþ of latin-1 are no byte order mark": {
			in: "\xFF\xFE\n1\n", config: source.CSVConfig{Encoding: source.Latin1}, want: `{"ÿþ":"1"}`,
		},
		"no rows":         {in: "a,b\n"},
		"nothing":         {in: ""},
		"only empty rows": {in: "\r\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, wantLines(tt.want), readCSV(t, tt.in, tt.config))
			if tt.config.MaxRecord == 0 {
				r, err := source.NewCSV(iotest.OneByteReader(strings.NewReader(tt.in)), tt.config)
				require.NoError(t, err)
				assert.Equal(t, wantLines(tt.want), drain(t, r), "read byte by byte")
			}
		})
	}
}

func TestCSVErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in     string
		config source.CSVConfig
		want   string
	}{
		"a row with too few cells is refused alone": {
			in: "a,b\n1\n1,2\n",
			want: `error: row 2, at 2:1: 1 cells in a table of 2 columns; quote cells that hold the delimiter, or set Ragged
				{"a":"1","b":"2"}`,
		},
		"a stray quote is refused alone": {
			in: "a,birth date\n1,x\"y\n1,2\n",
			want: `error: row 2, column "birth date" (2), at 2:4: a quote in a cell that does not begin with one; enclose the cell in quotes and double those inside, or set LazyQuotes
				{"a":"1","birth date":"2"}`,
		},
		"a stray quote before a quoted cell with a line break loses one row": {
			in: "a,b\nx\"y,\"1\n2\"\n1,2\n",
			want: `error: row 2, column "a" (1), at 2:2: a quote in a cell that does not begin with one; enclose the cell in quotes and double those inside, or set LazyQuotes
				{"a":"1","b":"2"}`,
		},
		"text after a closing quote": {
			in:   "a,b\n1,\"x\"y\n1,2\n",
			want: `error: row 2, column "b" (2), at 2:5: text after the quote that closes the cell; double quotes inside a cell, or set LazyQuotes`,
		},
		"a quote that is never closed is shown where it was opened": {
			in:   "a,b\n1,2\n\n3,\"x\ny\nz\n",
			want: `{"a":"1","b":"2"}` + "\n" + `error: row 4, column "b" (2), at 4:3: the quote opened here is never closed`,
		},
		"bytes that are not utf-8 are refused with their cell": {
			in: "a,b\n1,Am\xE9lie\n\"\n\",\"\xE9\"\n1,2\n",
			want: `error: row 2, column "b" (2), at 2:5: bytes that are not UTF-8; set Encoding, often windows-1252
				error: row 3, column "b" (2), at 4:3: bytes that are not UTF-8; set Encoding, often windows-1252
				{"a":"1","b":"2"}`,
		},
		"halves of a character in two cells stay halves": {
			in:   "a,b\n\"\xC3\",\"\xA9\"\n",
			want: `error: row 2, column "a" (1), at 2:1: bytes that are not UTF-8; set Encoding, often windows-1252`,
		},
		"a repeated name": {
			in:   "a,b,a\n1,2,3\n",
			want: `error: row 1, at 1:1: the header cannot be used: columns 1 and 3 have the same name; rename one, or set NumberNames`,
		},
		"a missing name": {
			in:   "a,,b\n1,2,3\n",
			want: `error: row 1, at 1:1: the header cannot be used: column 2 has no name; name it, or set NumberNames`,
		},
		"utf-16 without byte order mark": {
			in:   "a\x00\n\x00",
			want: `error: row 1, at 1:1: the header cannot be used: the name of column 1 holds a zero byte; the file may be UTF-16 without a byte order mark: set Encoding`,
		},
		"lines that end in carriage returns": {
			in:   "a,b\r1,2\r",
			want: `error: row 1, at 1:1: the header cannot be used: the name of column 2 holds a carriage return; lines must end in line feeds`,
		},
		"a byte order mark that contradicts the setting": {
			in: "\xEF\xBB\xBFa\n1\n", config: source.CSVConfig{Encoding: source.Windows1252},
			want: `error: row 1, at 1:1: the input cannot be read: the byte order mark contradicts the encoding: it says utf-8, the setting windows-1252`,
		},
		"a row that is too long": {
			in: "a\n12345678\n123456789\n", config: source.CSVConfig{MaxRecord: 8},
			want: `{"a":"12345678"}` + "\n" + `error: row 3, at 3:1: the row is longer than 8 bytes; look for a quote that is never closed, or raise MaxRecord`,
		},
		"a quoted row that is too long": {
			in: "a\n\"123\n456\n789\"\n", config: source.CSVConfig{MaxRecord: 8},
			want: `error: row 2, column "a" (1), at 2:1: the row is longer than 8 bytes; look for a quote that is never closed, or raise MaxRecord`,
		},
		"a cell too many with a name that is taken": {
			in: "column_2\n1,2\n", config: source.CSVConfig{Ragged: true},
			want: `error: row 2, at 2:1: the row has more cells than columns, and a column is already named "column_2"`,
		},
		"too many cells": {
			in: "a\n" + strings.Repeat(",", 20000) + "\n1\n", config: source.CSVConfig{Ragged: true},
			want: `error: row 2, at 2:1: more than 16384 cells` + "\n" + `{"a":"1"}`,
		},
		"too many columns": {
			in: strings.Repeat(",", 20000) + "\n1\n", config: source.CSVConfig{NumberNames: true},
			want: `error: row 1, at 1:1: the header cannot be used: more than 16384 columns`,
		},
		"names that make every row huge": {
			in: strings.Repeat("x", 60) + "," + strings.Repeat("y", 60) + "\n,\n", config: source.CSVConfig{MaxRecord: 130},
			want: `{"` + strings.Repeat("x", 60) + `":"","` + strings.Repeat("y", 60) + `":""}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, wantLines(tt.want), readCSV(t, tt.in, tt.config))
		})
	}
}

func TestCSVNamesRowAndColumnInTermsOfTheFile(t *testing.T) {
	t.Parallel()
	r, err := source.NewCSV(strings.NewReader("id,Birth date\n\n1,\"a\nb\"\n2,c,d\n"), source.CSVConfig{Ragged: true})
	require.NoError(t, err)
	assert.Empty(t, r.Locate("/id"), "before the first record")

	_, err = r.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, source.Position{Record: 1, Row: 3, Line: 3}, r.Position())
	assert.Equal(t, `row 3, column "Birth date" (2)`, r.Locate("/Birth date"))
	assert.Equal(t, "row 3", r.Locate(""))
	assert.Equal(t, "row 3", r.Locate("/elsewhere"))

	_, err = r.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, source.Position{Record: 2, Row: 4, Line: 5}, r.Position(), "a line break in a cell starts no row")
	assert.Equal(t, "row 4, column 3", r.Locate("/column_3"))
	assert.Equal(t, []string{"id", "Birth date"}, r.Columns())
}

func TestCSVLocatesNamesWithSlashes(t *testing.T) {
	t.Parallel()
	r, err := source.NewCSV(strings.NewReader("a/b~c\n1\n"), source.CSVConfig{})
	require.NoError(t, err)
	_, err = r.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, `row 2, column "a/b~c" (1)`, r.Locate("/a~1b~0c"))
}

func TestNewCSVNamesTheWrongSetting(t *testing.T) {
	t.Parallel()
	for want, config := range map[string]source.CSVConfig{
		"Delimiter is 'a'":              {Delimiter: 'a'},
		"Delimiter is '\\n'":            {Delimiter: '\n'},
		"Quote is 'é'":                  {Quote: 0xE9},
		"Delimiter and Quote are both":  {Delimiter: '"'},
		"Skip is -1":                    {Skip: -1},
		"MaxRecord is -1":               {MaxRecord: -1},
		`unknown encoding "klingon"`:    {Encoding: "klingon"},
		"columns 1 and 2 have the same": {Columns: []string{"a", "a"}},
		"column 1 has no name":          {Columns: []string{""}},
	} {
		_, err := source.NewCSV(strings.NewReader(""), config)
		require.ErrorContains(t, err, want)
	}
}

func TestCSVDoesNotGoOnInsideARowThatWasGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	in := io.MultiReader(strings.NewReader("a\n\"1\n"), &repeating{text: "2\n", after: 1, do: cancel})
	r, err := source.NewCSV(in, source.CSVConfig{})
	require.NoError(t, err)
	_, err = r.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = r.Next(t.Context())
	require.EqualError(t, err, `row 2, column "a" (1), at 2:1: reading was given up inside this row: context canceled`)
}

func TestErrorsNeverQuoteValues(t *testing.T) {
	t.Parallel()
	var said []string
	for _, row := range []string{"Amina", "Amina,\"Amina", "Amina,\"Amina\"Amina", "Amina,Am\"ina", "Amina,\xE9Amina", "Amina,Amina,Amina", "Amina," + strings.Repeat("Amina", 20)} {
		said = append(said, readCSV(t, "a,b\n"+row+"\n", source.CSVConfig{MaxRecord: 50})...)
	}
	for _, line := range []string{"Amina", `"Amina`, `{"Amina":Amina}`, "\"Amina\xE9\"", `{"a":{"Amina":[[["Amina"]]]}}`} {
		said = append(said, readNDJSON(t, line, source.NDJSONConfig{MaxDepth: 3})...)
	}
	for _, segments := range []string{"Amina", "PID^Amina", "PID|Amina\xE9", "PID|" + strings.Repeat("Amina", 20), "PID|1\rMSHAmina", "BHSAmina"} {
		for _, line := range readHL7(t, "Amina\r"+msh+"\r"+segments, source.HL7Config{MaxRecord: 50}) {
			if !strings.HasPrefix(line, "{") {
				said = append(said, line)
			}
		}
	}
	require.Len(t, said, 7+5+12)
	for _, line := range said {
		assert.True(t, strings.HasPrefix(line, "error: "), line)
		assert.NotContains(t, line, "mina")
	}
}
