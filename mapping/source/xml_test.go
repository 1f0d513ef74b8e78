package source_test

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/source"
)

func TestXMLRecords(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in     string
		config source.XMLConfig
		want   string
	}{
		"an element that stands once is in an array too": {
			in: `<a><b/></a>`, want: `{"a":{"b":[{}]}}`,
		},
		"attributes, text and children": {
			in:   `<a id="1"><b use="x">one</b><b>two</b><c/></a>`,
			want: `{"a":{"_id":"1","b":[{"_use":"x","_":"one"},{"_":"two"}],"c":[{}]}}`,
		},
		"text that looks like a number or a boolean stays text": {
			in: `<a n="01.50">true</a>`, want: `{"a":{"_n":"01.50","_":"true"}}`,
		},
		"white space between elements is no text, in an element it is": {
			in: "<a>\n <b> x </b>\n <c> </c></a>", want: `{"a":{"b":[{"_":" x "}],"c":[{"_":" "}]}}`,
		},
		"mixed content keeps its order": {
			in:   `<p>Take <b>two</b> of <i>these</i> <b>now</b>.</p>`,
			want: `{"p":{"_":"Take  of  .","b":[{"_":"two"},{"_":"now"}],"i":[{"_":"these"}],"__":["Take ",{"b":0}," of ",{"i":0}," ",{"b":1},"."]}}`,
		},
		"elements of one name that are apart keep their order": {
			in: `<a><b/><c/><b/></a>`, want: `{"a":{"b":[{},{}],"c":[{}],"__":[{"b":0},{"c":0},{"b":1}]}}`,
		},
		"the order of every element when asked for": {
			in: `<a><b>x</b><c/></a>`, config: source.XMLConfig{Order: true},
			want: `{"a":{"b":[{"_":"x"}],"c":[{}],"__":[{"b":0},{"c":0}]}}`,
		},
		"CDATA, character references and comments are one text": {
			in: `<a>x<![CDATA[<&]]>&lt;&#233;&#x1F600;<!-- no -->y</a>`, want: `{"a":{"_":"x<&<é😀y"}}`,
		},
		"elements listed as once are objects": {
			in: `<a><b>x</b><c/><c/></a>`, config: source.XMLConfig{Once: []string{"b"}},
			want: `{"a":{"b":{"_":"x"},"c":[{},{}]}}`,
		},
		"elements not listed as repeated are objects": {
			in: `<a><b>x</b><c/></a>`, config: source.XMLConfig{Repeated: []string{"c"}},
			want: `{"a":{"b":{"_":"x"},"c":[{}]}}`,
		},
		"an element within one of the same name": {
			in: `<a><b/><a><b/><c/></a><b/></a>`, want: `{"a":{"b":[{},{}],"a":[{"b":[{}],"c":[{}]}],"__":[{"b":0},{"a":0},{"b":1}]}}`,
		},
		"names of the root's namespace stand alone, whatever the prefix": {
			in:   `<x:a xmlns:x="urn:1" x:k="v"><x:b/><y:b xmlns:y="urn:2"/></x:a>`,
			want: `{"a":{"_{urn:1}k":"v","b":[{}],"{urn:2}b":[{}]}}`,
		},
		"a default namespace that ends inside": {
			in: `<a xmlns="urn:1"><b xmlns=""><c/></b><d/></a>`, want: `{"a":{"{}b":[{"{}c":[{}]}],"d":[{}]}}`,
		},
		"prefixes of one's own choice": {
			in:     `<a xmlns="urn:hl7-org:v3" xmlns:s="urn:hl7-org:sdtc"><raceCode/><s:raceCode s:x="1"/></a>`,
			config: source.XMLConfig{Namespaces: map[string]string{"sdtc": "urn:hl7-org:sdtc"}},
			want:   `{"a":{"raceCode":[{}],"sdtc:raceCode":[{"_sdtc:x":"1"}]}}`,
		},
		"a chosen namespace may stand alone instead of the root's": {
			in:     `<e:Envelope xmlns:e="urn:soap"><e:Body><a xmlns="urn:1"/></e:Body></e:Envelope>`,
			config: source.XMLConfig{Namespaces: map[string]string{"": "urn:1", "soap": "urn:soap"}},
			want:   `{"soap:Envelope":{"soap:Body":[{"a":[{}]}]}}`,
		},
		"xml and xsi are known": {
			in:   `<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true" xml:lang="fr"/>`,
			want: `{"a":{"_xsi:nil":"true","_xml:lang":"fr"}}`,
		},
		"names with an underscore do not meet ours": {
			in: `<a _x="1" x="2"><_x/><__/>t</a>`, want: `{"a":{"_:_x":"1","_x":"2","_":"t",":_x":[{}],":__":[{}],"__":[{":_x":0},{":__":0},"t"]}}`,
		},
		"declaration, comments and instructions around": {
			in: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?style x?><!-- c --><a/>\n<!-- d -->\n", want: `{"a":{}}`,
		},
		"latin-1 as declared": {
			in: `<?xml version="1.0" encoding="ISO-8859-1"?>` + "<a n=\"\xE9\">\xE8</a>", want: `{"a":{"_n":"é","_":"è"}}`,
		},
		"windows-1252 overrules the declaration": {
			in:     `<?xml version="1.0" encoding="ISO-8859-1"?>` + "<a>\x80</a>",
			config: source.XMLConfig{Encoding: source.Windows1252}, want: `{"a":{"_":"€"}}`,
		},
		"utf-16 by its byte order mark": {
			in: "\xFF\xFE<\x00a\x00>\x00\xE9\x00<\x00/\x00a\x00>\x00", want: `{"a":{"_":"é"}}`,
		},
		"utf-8 that says it is utf-16": {
			in: `<?xml version="1.0" encoding="utf-16"?><a>é</a>`, want: `{"a":{"_":"é"}}`,
		},
		"a byte order mark": {in: "\xEF\xBB\xBF<?xml version=\"1.0\"?><a/>", want: `{"a":{}}`},
		"records by path, with the attributes above them": {
			in:     `<adx exported="2026"><group orgUnit="A"><v e="1"/></group><other/><group orgUnit="B"/></adx>`,
			config: source.XMLConfig{Records: "/adx/group"},
			want: `{"__parents":[{"_exported":"2026"}],"group":{"_orgUnit":"A","v":[{"_e":"1"}]}}
				{"__parents":[{"_exported":"2026"}],"group":{"_orgUnit":"B"}}`,
		},
		"records two levels down": {
			in:     `<adx><group u="A"><v e="1"/><v e="2"/></group><group u="B"><v e="3"/></group></adx>`,
			config: source.XMLConfig{Records: "/adx/group/v"},
			want: `{"__parents":[{},{"_u":"A"}],"v":{"_e":"1"}}
				{"__parents":[{},{"_u":"A"}],"v":{"_e":"2"}}
				{"__parents":[{},{"_u":"B"}],"v":{"_e":"3"}}`,
		},
		"records of any name": {
			in: `<Bundle><Patient/><x/></Bundle>`, config: source.XMLConfig{Records: "/Bundle/*"},
			want: `{"__parents":[{}],"Patient":{}}
				{"__parents":[{}],"x":{}}`,
		},
		"records of another namespace": {
			in:     `<a xmlns:p="http://x/y"><p:r/><r/></a>`,
			config: source.XMLConfig{Records: "/a/{http://x/y}r"},
			want:   `{"__parents":[{}],"{http://x/y}r":{}}`,
		},
		"no records": {in: `<a><b/></a>`, config: source.XMLConfig{Records: "/a/c"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, wantLines(tt.want), readXML(t, tt.in, tt.config))
			r, err := source.NewXML(iotest.OneByteReader(strings.NewReader(tt.in)), tt.config)
			require.NoError(t, err)
			assert.Equal(t, wantLines(tt.want), drain(t, r), "read byte by byte")
		})
	}
}

func TestXMLErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in     string
		config source.XMLConfig
		want   string
	}{
		"a document type": {
			in:   "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<a>&x;</a>",
			want: `error: at 1:1: a document type declaration; those are refused, because of the entities they can define`,
		},
		"an entity": {
			in:   "<a>\n<b>&secret;</b></a>",
			want: `error: /a/b, at 2:12: an entity other than &lt; &gt; &amp; &quot; &apos; and numbers, or a lone &; write &amp;`,
		},
		"an end tag of another element": {
			in: "<a><b></a></b>", want: `error: /a/b, at 1:7: an end tag that is not that of the element last opened`,
		},
		"an end tag too many": {
			in: "<a/></a>", want: `error: at 1:5: an end tag without a start tag`,
		},
		"a document that is cut short": {
			in: "<a>\n<b>", want: `error: /a/b, at 2:4: the document ends inside an element`,
		},
		"a tag that is cut short": {
			in: "<a><b c", want: `error: /a, at 1:8: the document ends inside a tag, a comment or a section`,
		},
		"two roots": {in: "<a/><b/>", want: `error: at 1:5: a second root element`},
		"text after the root": {
			in: "<a/>x", want: `error: at 1:5: text outside the root element`,
		},
		"nothing":                  {in: "", want: `error: at 1:1: no root element`},
		"an attribute given twice": {in: `<a x="1" x="2"/>`, want: `error: at 1:1: an attribute given twice`},
		"an attribute given twice by two prefixes": {
			in: `<a xmlns:p="u" xmlns:q="u" p:x="1" q:x="2"/>`, want: `error: at 1:1: an attribute given twice`,
		},
		"an attribute given twice among many": {
			in: `<a x="1" ` + manyAttributes(30) + ` x="2"/>`, want: `error: at 1:1: an attribute given twice`,
		},
		"a prefix that is not declared":              {in: `<a><p:b/></a>`, want: `error: /a, at 1:4: a namespace prefix that is not declared`},
		"an attribute's prefix that is not declared": {in: `<a p:x="1"/>`, want: `error: at 1:1: a namespace prefix that is not declared`},
		"a prefix ends with its element":             {in: `<a><b xmlns:p="u"/><p:c/></a>`, want: `error: /a, at 1:20: a namespace prefix that is not declared`},
		"an xml declaration later on":                {in: ` <?xml version="1.0"?><a/>`, want: `error: at 1:2: an XML declaration that is not at the very beginning`},
		"xml 1.1":                                    {in: `<?xml version="1.1"?><a/>`, want: `error: at 1:22: a version of XML other than 1.0`},
		"an encoding nobody knows":                   {in: `<?xml version="1.0" encoding="klingon"?><a/>`, want: `error: at 1:41: the encoding the document declares is not known; set Encoding`},
		"a control character":                        {in: "<a>\x01</a>", want: `error: /a, at 1:5: a control character that XML does not allow`},
		"bytes that are not utf-8":                   {in: "<a>\xE9</a>", want: `error: /a, at 1:5: bytes that are not UTF-8; declare the encoding, or set Encoding`},
		"an attribute without quotes":                {in: `<a b=1/>`, want: `error: at 1:7: an attribute's value without quotes`},
		"a second element of those that stand once, alone": {
			in:     "<r><a><b/>\n<b/></a><a><b/></a></r>",
			config: source.XMLConfig{Records: "/r/a", Once: []string{"b"}},
			want: `error: /r/a[1], at 2:1: a second "b" in its parent; take it out of Once, or put it into Repeated
				{"__parents":[{}],"a":{"b":{}}}`,
		},
		"elements too deep": {
			in: "<a><b><c/></b></a>", config: source.XMLConfig{MaxDepth: 2}, want: `error: /a/b, at 1:7: elements nested deeper than 2; raise MaxDepth`,
		},
		"elements too deep between records": {
			in:     "<a><b><c/></b></a>",
			config: source.XMLConfig{MaxDepth: 2, Records: "/a/x"}, want: `error: /a/b, at 1:7: elements nested deeper than 2; raise MaxDepth`,
		},
		"a record that is too long": {
			in:     "<a><b>1234</b><b>123456</b></a>",
			config: source.XMLConfig{Records: "/a/b", MaxRecord: 12},
			want: `{"__parents":[{}],"b":{"_":"1234"}}
				error: /a/b[2], at 1:27: the record is longer than 12 bytes; raise MaxRecord, or split the document by Records`,
		},
		"text between records that is too long": {
			in:     "<a>" + strings.Repeat(" ", 100) + "<b/></a>",
			config: source.XMLConfig{Records: "/a/b", MaxRecord: 12},
			want:   `error: /a, at 1:16: the record is longer than 12 bytes; raise MaxRecord, or split the document by Records`,
		},
		"a namespace that makes the record huge": {
			in:     `<r xmlns:p="` + strings.Repeat("u", 100) + `"><a>` + elements("p:b/ p:c/ p:d/ p:e/ p:f/ p:g/ p:h/ p:i/ p:j/ p:k/ p:l/ p:m/ p:n/ p:o/ p:q/ p:r/ p:s/ p:t/") + `</a></r>`,
			config: source.XMLConfig{Records: "/r/a", MaxRecord: 120},
			want:   `error: /r/a[1], at 1:115: the record as JSON is longer than 1920 bytes; raise MaxRecord`,
		},
		"too many namespaces": {
			in: manyNamespaces(300), want: `error: at 1:1: more than 256 namespace declarations in force`,
		},
		"a root that is not that of the records": {
			in: "<b/>", config: source.XMLConfig{Records: "/a/b"}, want: `error: at 1:1: the root element is not the first step of Records; look at Namespaces too`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, wantLines(tt.want), readXML(t, tt.in, tt.config))
		})
	}
}

func TestXMLNeverQuotesValuesInErrors(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"<a>&Amina;</a>", "<a>Amina & Sons</a>", "<a x=Amina></a>", "<a x=\"Amina<\"/>", "<a>Amina]]></a>",
		"<a><!-- Amina -- --></a>", "<a></Amina", "<a><![Amina", "<a>Amina", "<a/>Amina", "<a>&#xAmina;</a>", "<a Amina/>",
	} {
		for _, line := range readXML(t, in, source.XMLConfig{}) {
			if strings.HasPrefix(line, "error") {
				assert.NotContains(t, line, "Amina", in)
			}
		}
	}
}

func TestXMLLocatesByXPath(t *testing.T) {
	t.Parallel()
	r, err := source.NewXML(strings.NewReader(`<adx d="1" xmlns:q="http://q/1"><x/><group><v e="1"/></group><group><v/><q:w/>
		<group/></group></adx>`), source.XMLConfig{Records: "/adx/group", Once: []string{"once"}})
	require.NoError(t, err)
	assert.Empty(t, r.Locate("/group"))
	for range 2 {
		_, err = r.Next(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, source.Position{Record: 2, Line: 1, Path: "/adx/group[2]"}, r.Position())
	for pointer, want := range map[string]string{
		"":                                  "/adx/group[2]",
		"/group":                            "/adx/group[2]",
		"/group/_id":                        "/adx/group[2]/@id",
		"/group/_xsi:type":                  "/adx/group[2]/@xsi:type",
		"/group/v/2/_e":                     "/adx/group[2]/v[3]/@e",
		"/group/v/0/_":                      "/adx/group[2]/v[1]/text()",
		"/group/v":                          "/adx/group[2]/v",
		"/group/once/v/0":                   "/adx/group[2]/once/v[1]",
		"/group/__/3":                       "/adx/group[2]",
		"/group/{http:~1~1q~11}w/0":         "/adx/group[2]/Q{http://q/1}w[1]",
		"/group/_{http:~1~1q~11}w":          "/adx/group[2]/@Q{http://q/1}w",
		"/group/:_x/0/_:_y":                 "/adx/group[2]/_x[1]/@_y",
		"/__parents/0/_d":                   "/adx/@d",
		"/__parents":                        "/adx",
		"/__parents/7":                      "/adx/group[2]",
		"/group/v/0/w/18446744073709551616": "/adx/group[2]/v[1]/w/18446744073709551616",
	} {
		assert.Equal(t, want, r.Locate(pointer), pointer)
	}
}

func TestXMLDocumentIsLocatedFromItsRoot(t *testing.T) {
	t.Parallel()
	r, err := source.NewXML(strings.NewReader(`<ClinicalDocument><recordTarget/></ClinicalDocument>`), source.XMLConfig{})
	assert.JSONEq(t, `{"ClinicalDocument":{"recordTarget":[{}]}}`, one(t, r, err))
	assert.Equal(t, "/ClinicalDocument/recordTarget[1]/@id", r.Locate("/ClinicalDocument/recordTarget/0/_id"))
}

func TestNewXMLNamesTheWrongSetting(t *testing.T) {
	t.Parallel()
	for want, config := range map[string]source.XMLConfig{
		`Records is "a/b"`:           {Records: "a/b"},
		`Records is "/a//b"`:         {Records: "/a//b"},
		`Records is "/a/"`:           {Records: "/a/"},
		`Records is "/"`:             {Records: "/"},
		`Records is "/a/b[1]"`:       {Records: "/a/b[1]"},
		"Once and Repeated":          {Once: []string{"a"}, Repeated: []string{"b"}},
		`the prefix "_a"`:            {Namespaces: map[string]string{"_a": "u"}},
		`the prefixes "a" and "b"`:   {Namespaces: map[string]string{"a": "u", "b": "u"}},
		`the prefix "xsi"`:           {Namespaces: map[string]string{"xsi": "u"}},
		"MaxDepth is 5000":           {MaxDepth: 5000},
		"MaxRecord is -1":            {MaxRecord: -1},
		`unknown encoding "klingon"`: {Encoding: "klingon"},
	} {
		_, err := source.NewXML(strings.NewReader(""), config)
		require.ErrorContains(t, err, want)
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" a" + strings.Repeat("b", i) + `="1"`)
	}
	return b.String()
}

func manyNamespaces(n int) string {
	var b strings.Builder
	b.WriteString("<a")
	for i := range n {
		b.WriteString(" xmlns:a" + strings.Repeat("b", i) + `="u"`)
	}
	return b.String() + "/>"
}

func elements(names string) string {
	return "<" + strings.ReplaceAll(names, " ", "><") + ">"
}
