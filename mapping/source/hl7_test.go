package source_test

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/source"
)

const (
	msh     = `MSH|^~\&`
	mshJSON = `"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}]}]`
)

func TestHL7Records(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in     string
		config source.HL7Config
		want   string
	}{
		"segments, fields, repetitions and components are numbered as in the standard": {
			in:   msh + "|APP\rPID|||123^^^MRN~456||Doe^John\r",
			want: `{"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"3":[{"1":"APP"}]}],"PID":[{"3":[{"1":"123","4":"MRN"},{"1":"456"}],"5":[{"1":"Doe","2":"John"}]}]}`,
		},
		"subcomponents stand beside the component they extend": {
			in: msh + "\rPID|van Doe&van&Doe^John\r", want: `{` + mshJSON + `,"PID":[{"1":[{"1":"van Doe","1&2":"van","1&3":"Doe","2":"John"}]}]}`,
		},
		"a first subcomponent that is missing": {
			in: msh + "\rPID|&van", want: `{` + mshJSON + `,"PID":[{"1":[{"1&2":"van"}]}]}`,
		},
		"the null value is null, a missing one is missing": {
			in: msh + "\rPID|\"\"||a^\"\"|^^|~\r", want: `{` + mshJSON + `,"PID":[{"1":[{"1":null}],"3":[{"1":"a","2":null}]}]}`,
		},
		"an empty repetition keeps its place": {
			in: msh + "\rPID|a~~b\r", want: `{` + mshJSON + `,"PID":[{"1":[{"1":"a"},{},{"1":"b"}]}]}`,
		},
		"numbers stay as they are written": {in: msh + "\rOBX|070.0\r", want: `{` + mshJSON + `,"OBX":[{"1":[{"1":"070.0"}]}]}`},
		"a segment without fields":         {in: msh + "\rZZZ\rNTE|\r", want: `{` + mshJSON + `,"ZZZ":[{}],"NTE":[{}]}`},
		"any delimiters": {
			in:   "MSH$%*@#$A\rPID$1%2*3%4#5$x@S@y\r",
			want: `{"MSH":[{"1":[{"1":"$"}],"2":[{"1":"%*@#"}],"3":[{"1":"A"}]}],"PID":[{"1":[{"1":"1","2":"2"},{"1":"3","2":"4","2&2":"5"}],"2":[{"1":"x%y"}]}]}`,
		},
		"only a component separator": {
			in: "MSH|^|A~B\\F\\&C\r", want: `{"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^"}],"3":[{"1":"A~B\\F\\&C"}]}]}`,
		},
		"the truncation character of version 2.7": {
			in: "MSH|^~\\&#|A\\P\\\r", want: `{"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&#"}],"3":[{"1":"A#"}]}]}`,
		},
		"escapes": {
			in:   msh + `|\F\\S\\T\\R\\E\|a\.br\b\.sp2\c\.sk3\d\.in+4\e|\H\x\N\|\X0D0A41\|\XC3A9\` + "\r",
			want: `{"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"3":[{"1":"|^&~\\"}],"4":[{"1":"a\nb\n\nc   de"}],"5":[{"1":"x"}],"6":[{"1":"\r\nA"}],"7":[{"1":"é"}]}]}`,
		},
		"escapes that mean nothing here stay as they are written": {
			in:   msh + `|\Zx\|\XFF\|\X4\|\.sp999\|a\b|\\|\C2842\` + "\r",
			want: `{"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"3":[{"1":"\\Zx\\"}],"4":[{"1":"\\XFF\\"}],"5":[{"1":"\\X4\\"}],"6":[{"1":"\\.sp999\\"}],"7":[{"1":"a\\b"}],"8":[{"1":"\\\\"}],"9":[{"1":"\\C2842\\"}]}]}`,
		},
		"line feeds, both, and none at the end": {
			in: msh + "\nPID|1\r\n\r\nPV1|2", want: `{` + mshJSON + `,"PID":[{"1":[{"1":"1"}]}],"PV1":[{"1":[{"1":"2"}]}]}`,
		},
		"the order of segments, where grouping by name loses it": {
			in:   msh + "\rOBR|1\rOBX|1\rOBX|2\rOBR|2\rOBX|1\r",
			want: `{` + mshJSON + `,"OBR":[{"1":[{"1":"1"}]},{"1":[{"1":"2"}]}],"OBX":[{"1":[{"1":"1"}]},{"1":[{"1":"2"}]},{"1":[{"1":"1"}]}],"__":[{"MSH":0},{"OBR":0},{"OBX":0},{"OBX":1},{"OBR":1},{"OBX":2}]}`,
		},
		"the order of segments when asked for": {
			in: msh + "\rPID\r", config: source.HL7Config{Order: true}, want: `{` + mshJSON + `,"PID":[{}],"__":[{"MSH":0},{"PID":0}]}`,
		},
		"groups put segments into those they belong to": {
			in:     msh + "\rNTE|0\rPID\rOBR|1\rNTE|1\rOBX|1\rNTE|2\rOBX|2\rOBR|2\rOBX|3\rPV1\rOBX|4\r",
			config: source.HL7Config{Groups: map[string][]string{"PID": {"OBR"}, "OBR": {"OBX", "NTE"}, "OBX": {"NTE"}}},
			want: `{` + mshJSON + `,"NTE":[{"1":[{"1":"0"}]}],"PID":[{"OBR":[{"1":[{"1":"1"}],"NTE":[{"1":[{"1":"1"}]}],"OBX":[{"1":[{"1":"1"}],"NTE":[{"1":[{"1":"2"}]}]},{"1":[{"1":"2"}]}]},` +
				`{"1":[{"1":"2"}],"OBX":[{"1":[{"1":"3"}]}]}]}],"PV1":[{}],"OBX":[{"1":[{"1":"4"}]}]}`,
		},
		"MLLP framing is taken off": {
			in: "\x0B" + msh + "\rPID|1\r\x1C\r\x0B" + msh + "\rPID|2\x1C\r",
			want: `{` + mshJSON + `,"PID":[{"1":[{"1":"1"}]}]}
				{` + mshJSON + `,"PID":[{"1":[{"1":"2"}]}]}`,
		},
		"messages one after the other": {
			in: msh + "\rPID|1\r" + msh + "\rPID|2\r",
			want: `{` + mshJSON + `,"PID":[{"1":[{"1":"1"}]}]}
				{` + mshJSON + `,"PID":[{"1":[{"1":"2"}]}]}`,
		},
		"messages of a batch carry its header": {
			in: `FHS|^~\&|F` + "\r" + `BHS|^~\&|B` + "\r" + msh + "\r" + msh + "\rBTS|2\rFTS|1\r",
			want: `{"FHS":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"3":[{"1":"F"}]}],"BHS":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"3":[{"1":"B"}]}],` + mshJSON + `}
				{"FHS":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"3":[{"1":"F"}]}],"BHS":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"3":[{"1":"B"}]}],` + mshJSON + `}`,
		},
		"delimiters of a batch need not be those of its messages": {
			in:   "BHS#*~\\&#B*1\rMSH|^~\\&|a^b\rBTS#1\r",
			want: `{"BHS":[{"1":[{"1":"#"}],"2":[{"1":"*~\\&"}],"3":[{"1":"B","2":"1"}]}],"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"3":[{"1":"a","2":"b"}]}]}`,
		},
		"the character set of MSH-18": {
			in:   msh + strings.Repeat("|", 16) + "8859/1\rPID|Am\xE9lie \\XE8\\\r",
			want: `{"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"18":[{"1":"8859/1"}]}],"PID":[{"1":[{"1":"Amélie è"}]}]}`,
		},
		"unicode by MSH-18": {
			in:   msh + strings.Repeat("|", 16) + "UNICODE UTF-8~ISO IR87\rPID|é\r",
			want: `{"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"18":[{"1":"UNICODE UTF-8"},{"1":"ISO IR87"}]}],"PID":[{"1":[{"1":"é"}]}]}`,
		},
		"the setting overrules MSH-18": {
			in:     msh + strings.Repeat("|", 16) + "ASCII\rPID|\x80\r",
			config: source.HL7Config{Encoding: source.Windows1252},
			want:   `{"MSH":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}],"18":[{"1":"ASCII"}]}],"PID":[{"1":[{"1":"€"}]}]}`,
		},
		"utf-16 by its byte order mark": {
			in: "\xFE\xFF\x00M\x00S\x00H\x00|\x00^\x00~\x00\\\x00&\x00\r\x00P\x00I\x00D\x00|\x00\xE9", want: `{` + mshJSON + `,"PID":[{"1":[{"1":"é"}]}]}`,
		},
		"a byte order mark": {in: "\xEF\xBB\xBF" + msh + "\r", want: `{` + mshJSON + `}`},
		"nothing":           {in: "\r\n\x0B\x1C\r"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, wantLines(tt.want), readHL7(t, tt.in, tt.config))
			r, err := source.NewHL7(iotest.OneByteReader(strings.NewReader(tt.in)), tt.config)
			require.NoError(t, err)
			assert.Equal(t, wantLines(tt.want), drain(t, r), "read byte by byte")
		})
	}
}

func TestHL7Errors(t *testing.T) {
	t.Parallel()
	good := `{` + mshJSON + `}`
	for name, tt := range map[string]struct {
		in     string
		config source.HL7Config
		want   string
	}{
		"a line end inside a field": {
			in: msh + "\rNTE|one\r\ntwo lines\rPID|1\r" + msh + "\r",
			want: `error: message 1, at 3:1: a line that does not begin with a segment's name; a line end inside a field must be written as an escape such as \.br\
				` + good,
		},
		"a segment with another separator": {
			in: msh + "\r\nPID$1\r\n" + msh, want: "error: message 1, PID, at 2:4: a segment's name without the field separator of MSH-1 after it\n" + good,
		},
		"segments outside a message are reported once": {
			in: "PID|1\rPV1|2\r" + msh + "\r", want: "error: message 1, at 1:1: a segment outside a message; messages begin with MSH, batches with FHS or BHS\n" + good,
		},
		"no message at all": {in: "hello\nworld\n", want: "error: message 1, at 1:1: a segment outside a message; messages begin with MSH, batches with FHS or BHS"},
		"a header without delimiters": {
			in: "MSH\rPID|1\r" + msh, want: `error: message 1, MSH, at 1:4: no delimiters; a header begins like MSH|^~\&|` + "\n" + good,
		},
		"delimiters that are letters": {
			in: "MSHABCDE\r" + msh, want: "error: message 1, MSH, at 1:4: delimiters must be different punctuation marks, other than the double quote\n" + good,
		},
		"delimiters given twice": {
			in: "MSH|^^\\&|\r", want: "error: message 1, MSH, at 1:4: delimiters must be different punctuation marks, other than the double quote",
		},
		"too many delimiters": {
			in: "MSH|^~\\&#!|\r", want: `error: message 1, MSH, at 1:4: the second field must hold one to five encoding characters, as in MSH|^~\&|`,
		},
		"a field separator that is a letter": {
			in: "MSHx^~\\&x\r", want: "error: message 1, MSH, at 1:4: the field separator must be a punctuation mark other than the double quote",
		},
		"a block that is cut short by the next": {
			in:   "\x0B" + msh + "\rPI\r\x0B" + msh + "\r\x1C\r",
			want: "error: message 1, at 2:1: a line that does not begin with a segment's name; a line end inside a field must be written as an escape such as \\.br\\\n" + good,
		},
		"a block without end": {
			in: "\x0B" + msh + "\rPID|1\r\x0B" + msh + "\r",
			want: `error: message 1, at 3:1: the MLLP block has no end (0x1C); the message may be cut short
				error: message 2, at 3:1: the MLLP block has no end (0x1C); the message may be cut short`,
		},
		"bytes that are not utf-8 are named by segment and field": {
			in: msh + "|\xE9\r" + msh + "\rOBX|1\rOBX|2|x|\xE9\r" + msh,
			want: `error: message 1, MSH-3, at 1:10: bytes that are not UTF-8; MSH-18 must name the character set, or set Encoding
				error: message 2, OBX[2]-3, at 4:9: bytes that are not UTF-8; MSH-18 must name the character set, or set Encoding
				` + good,
		},
		"a character set nobody knows": {
			in: msh + strings.Repeat("|", 16) + "KLINGON\r" + msh, want: "error: message 1, MSH-18, at 1:1: a character set that is not known; set Encoding\n" + good,
		},
		"a batch that lacks messages": {
			in:   `BHS|^~\&` + "\r" + msh + "\rBTS|2\rFTS|9\r" + msh,
			want: `{"BHS":[{"1":[{"1":"|"}],"2":[{"1":"^~\\&"}]}],` + mshJSON + "}\nerror: message 1, BTS-1, at 3:5: the trailer counts 2 messages in the batch, read were 1; some may be lost\n" + good,
		},
		"a file that lacks batches": {
			in:   `FHS|^~\&` + "\r" + `BHS|^~\&` + "\rBTS|0\rFTS|2\r",
			want: `error: FTS-1, at 4:5: the trailer counts 2 batches in the file, read were 1; some may be lost`,
		},
		"a batch header without delimiters": {
			in: "BHS\r" + msh, want: `error: BHS, at 1:4: no delimiters; a header begins like MSH|^~\&|` + "\n" + good,
		},
		"a message that is too long": {
			in: msh + "\rPID|1\rPID|2\r" + msh + "\rPID|1", config: source.HL7Config{MaxRecord: 14},
			want: "error: message 1, at 3:1: the message is longer than 14 bytes; raise MaxRecord\n{" + mshJSON + `,"PID":[{"1":[{"1":"1"}]}]}`,
		},
		"a segment that is too long": {
			in: msh + "\rPID|" + strings.Repeat("x", 200) + "\rPV1\r" + msh, config: source.HL7Config{MaxRecord: 14},
			want: "error: message 1, at 2:1: the message is longer than 14 bytes; raise MaxRecord\n" + good,
		},
		"a stray line that is too long": {
			in: strings.Repeat("x", 200) + "\ry\r" + msh, config: source.HL7Config{MaxRecord: 14},
			want: "error: message 1, at 1:1: the message is longer than 14 bytes; raise MaxRecord\n" + good,
		},
		"headers that make every message huge": {
			in:     `FHS|^~\&` + strings.Repeat("|1", 55) + "\r" + `BHS|^~\&` + strings.Repeat("|1", 55) + "\r" + msh + strings.Repeat("|1", 11) + "\r",
			config: source.HL7Config{MaxRecord: 120},
			want:   "error: message 1, at 3:1: the message as JSON is longer than 1920 bytes; raise MaxRecord",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, wantLines(tt.want), readHL7(t, tt.in, tt.config))
		})
	}
}

func TestHL7LocatesInTheStandardsTerms(t *testing.T) {
	t.Parallel()
	r, err := source.NewHL7(strings.NewReader(msh+"\rPID|1\r"+msh+"\r"), source.HL7Config{})
	require.NoError(t, err)
	assert.Empty(t, r.Locate("/PID"))
	_, err = r.Next(t.Context())
	require.NoError(t, err)
	for pointer, want := range map[string]string{
		"":                         "message 1",
		"/PID":                     "PID",
		"/PID/0":                   "PID",
		"/PID/0/3":                 "PID-3",
		"/PID/0/3/0":               "PID-3",
		"/PID/0/3/0/1":             "PID-3.1",
		"/PID/0/3/1/1&2":           "PID-3[2].1.2",
		"/OBX/2/5/1/1":             "OBX[3]-5[2].1",
		"/OBR/1/OBX/2/5":           "OBR[2]/OBX[3]-5",
		"/OBR/0/OBX/0/NTE/0/3/0/1": "OBR/OBX/NTE-3.1",
		"/__/3":                    "message 1",
		"/OBR/1/__/3":              "OBR[2]",
		"/PID/x":                   "PID",
		"/PID/0/3/x/y/z":           "PID-3.y",
	} {
		assert.Equal(t, want, r.Locate(pointer), pointer)
	}
	assert.Equal(t, source.Position{Record: 1, Line: 1}, r.Position())
	_, err = r.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "message 2, PID-3", r.Locate("/PID/0/3"))
	assert.Equal(t, source.Position{Record: 2, Line: 3}, r.Position())
}

func TestNewHL7NamesTheWrongSetting(t *testing.T) {
	t.Parallel()
	for want, config := range map[string]source.HL7Config{
		`"obx" in Groups`:             {Groups: map[string][]string{"OBR": {"obx"}}},
		`"MSH" in Groups`:             {Groups: map[string][]string{"MSH": {"PID"}}},
		`"PIDX" in Groups`:            {Groups: map[string][]string{"PIDX": {"OBX"}}},
		`"OBR" in Groups belongs to`:  {Groups: map[string][]string{"OBR": {"OBR"}}},
		"in Groups belongs to itself": {Groups: map[string][]string{"OBR": {"OBX"}, "OBX": {"NTE"}, "NTE": {"OBR"}}},
		"MaxRecord is -1":             {MaxRecord: -1},
		`unknown encoding "klingon"`:  {Encoding: "klingon"},
	} {
		_, err := source.NewHL7(strings.NewReader(""), config)
		require.ErrorContains(t, err, want)
	}
}
