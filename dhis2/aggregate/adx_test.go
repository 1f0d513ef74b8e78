package aggregate_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/aggregate"
)

const adxHead = `<adx xmlns="urn:ihe:qrph:adx:2015" exported="2026-02-01T00:00:00Z">`

// Every ADX file of the corpora is read as encoding/xml reads it, and is the
// same after it was written and read again.
func TestADXSamples(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"fixtures/dhis2/adx/*.xml", "fixtures/dhis2/seed-payloads/adx.xml"} {
		found, err := filepath.Glob(filepath.Join(shared(t, "fixtures/dhis2"), "..", "..", pattern))
		require.NoError(t, err)
		files = append(files, found...)
	}
	require.NotEmpty(t, files)
	passed := 0
	for _, file := range files {
		if t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			adx, err := aggregate.ParseADX(data)
			require.NoError(t, err)
			assert.Equal(t, reference(t, data), facts(adx))
			for _, g := range adx.Groups {
				i, err := aggregate.ParseInterval(g.Period)
				require.NoError(t, err)
				_, err = i.Period()
				require.NoError(t, err)
			}
			again, err := adx.Bytes()
			require.NoError(t, err)
			back, err := aggregate.ParseADX(again)
			require.NoError(t, err)
			assert.Equal(t, withoutPlaces(adx), withoutPlaces(back))
		}) {
			passed++
		}
	}
	fmt.Printf("conformance: dhis2/adx %d/%d\n", passed, len(files))
}

// facts are the groups and values of a message, one a line.
func facts(adx *aggregate.ADX) []string {
	var out []string
	for _, g := range adx.Groups {
		line := fmt.Sprintf("group %s %s %s %s %s %s", g.DataSet, g.Period, g.OrgUnit, g.AttributeOptionCombo, g.CompleteDate, g.Comment)
		out = append(out, line+dimensions(g.Dimensions))
		for _, v := range g.Values {
			out = append(out, fmt.Sprintf("value %s %s %s %s", v.DataElement, v.CategoryOptionCombo, v.Value, v.Annotation)+dimensions(v.Dimensions))
		}
	}
	return out
}

func dimensions(all []aggregate.ADXDimension) string {
	var b strings.Builder
	for _, d := range all {
		fmt.Fprintf(&b, " %s=%s", d.Category, d.Option)
	}
	return b.String()
}

// reference reads a message with encoding/xml.
func reference(t *testing.T, data []byte) []string {
	t.Helper()
	type value struct {
		DataElement string     `xml:"dataElement,attr"`
		COC         string     `xml:"categoryOptionCombo,attr"`
		Value       string     `xml:"value,attr"`
		Annotation  string     `xml:"annotation"`
		Created     string     `xml:"created,attr"`
		Updated     string     `xml:"lastUpdated,attr"`
		Others      []xml.Attr `xml:",any,attr"`
	}
	var message struct {
		XMLName xml.Name `xml:"urn:ihe:qrph:adx:2015 adx"`
		Groups  []struct {
			DataSet  string     `xml:"dataSet,attr"`
			Period   string     `xml:"period,attr"`
			OrgUnit  string     `xml:"orgUnit,attr"`
			AOC      string     `xml:"attributeOptionCombo,attr"`
			Complete string     `xml:"completeDate,attr"`
			Comment  string     `xml:"comment,attr"`
			Others   []xml.Attr `xml:",any,attr"`
			Values   []value    `xml:"dataValue"`
		} `xml:"group"`
	}
	require.NoError(t, xml.Unmarshal(data, &message))
	others := func(attrs []xml.Attr) string {
		var b strings.Builder
		for _, a := range attrs {
			fmt.Fprintf(&b, " %s=%s", a.Name.Local, a.Value)
		}
		return b.String()
	}
	var out []string
	for _, g := range message.Groups {
		out = append(out, fmt.Sprintf("group %s %s %s %s %s %s", g.DataSet, g.Period, g.OrgUnit, g.AOC, g.Complete, g.Comment)+others(g.Others))
		for _, v := range g.Values {
			out = append(out, fmt.Sprintf("value %s %s %s %s", v.DataElement, v.COC, v.Value, strings.TrimSpace(v.Annotation))+others(v.Others))
		}
	}
	return out
}

func withoutPlaces(adx *aggregate.ADX) aggregate.ADX {
	out := aggregate.ADX{Exported: adx.Exported.UTC()}
	for _, g := range adx.Groups {
		g.Line, g.Column = 0, 0
		values := g.Values
		g.Values = nil
		for _, v := range values {
			v.Line, v.Column = 0, 0
			g.Values = append(g.Values, v)
		}
		out.Groups = append(out.Groups, g)
	}
	return out
}

func TestADXSaysWhereThingsAre(t *testing.T) {
	t.Parallel()
	adx, err := aggregate.ParseADX([]byte("<?xml version='1.0' encoding='utf-8'?>\n<!-- é -->\n" + adxHead + "\n" +
		`  <group orgUnit="A" period="2026-01-01/P1M">` + "\n" + `    <dataValue dataElement="B" value="1"/><dataValue dataElement="C" value="2"></dataValue>` +
		"\n  </group>\n</adx>\n"))
	require.NoError(t, err)
	g := adx.Groups[0]
	assert.Equal(t, []int{4, 3}, []int{g.Line, g.Column})
	assert.Equal(t, []int{5, 5}, []int{g.Values[0].Line, g.Values[0].Column})
	assert.Equal(t, []int{5, 43}, []int{g.Values[1].Line, g.Values[1].Column})
	assert.Equal(t, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), adx.Exported)
}

func TestADXReadsAllOfXMLThatMatters(t *testing.T) {
	t.Parallel()
	message := "\xEF\xBB\xBF" + `<?xml-stylesheet href="x"?><a:adx xmlns:a="urn:ihe:qrph:adx:2015" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
	  xsi:schemaLocation="x y" xml:lang="en">
	<a:group orgUnit='A&amp;B &#x263A;' period="2026-01-01/P1M" sex="F">
	<a:dataValue dataElement="B
C" value="1&#10;2" âge="&lt;5"><!-- x --><a:annotation> one <![CDATA[<two>
]]>&gt; three </a:annotation><other xmlns=""><deep>ignored</deep></other></a:dataValue ></a:group></a:adx><!-- end -->` + "\n"
	adx, err := aggregate.ParseADX([]byte(message))
	require.NoError(t, err)
	g := adx.Groups[0]
	assert.Equal(t, "A&B ☺", g.OrgUnit)
	assert.Equal(t, []aggregate.ADXDimension{{Category: "sex", Option: "F"}}, g.Dimensions)
	v := g.Values[0]
	assert.Equal(t, "B C", v.DataElement)
	assert.Equal(t, "1\n2", v.Value)
	assert.Equal(t, "one <two>\n> three", v.Annotation)
	assert.Equal(t, []aggregate.ADXDimension{{Category: "âge", Option: "<5"}}, v.Dimensions)
}

func TestLineEndsAreThoseOfXML(t *testing.T) {
	t.Parallel()
	adx, err := aggregate.ParseADX([]byte(adxHead + "\r\n<group orgUnit=\"A\r\nB\rC\" period=\"p\">\r<dataValue dataElement=\"X\" value=\"0\">" +
		"<annotation>a\r\nb\rc<![CDATA[\r\nd\re]]></annotation></dataValue></group></adx>"))
	require.NoError(t, err)
	assert.Equal(t, "A B C", adx.Groups[0].OrgUnit)
	assert.Equal(t, "a\nb\nc\nd\ne", adx.Groups[0].Values[0].Annotation)
}

// Each of these is refused, with its place and a reason without values.
func TestADXThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	group := `<group orgUnit="SECRET" period="2026-01-01/P1M">`
	for name, c := range map[string]struct{ message, want string }{
		"nothing":                {"", "line 1, column 1: the document ends too early"},
		"only an element's name": {"<adx", "ends too early"},
		"cut short":              {adxHead + group, "ends too early"},
		"text":                   {"hello", "text outside"},
		"another root":           {`<dataValueSet xmlns="http://dhis2.org/schema/dxf/2.0"/>`, "root element is not adx"},
		"no namespace":           {`<adx/>`, "root element is not adx"},
		"another namespace":      {`<adx xmlns="urn:ihe:qrph:adx:2014"/>`, "root element is not adx"},
		"two roots":              {adxHead + `</adx><adx/>`, "second root"},
		"text after the root":    {adxHead + `</adx>x`, "text outside"},
		"document type":          {`<!DOCTYPE adx [<!ENTITY a "b">]>` + adxHead + `</adx>`, "line 1, column 4: document type declarations are not accepted"},
		"external entity":        {`<!DOCTYPE adx SYSTEM "file:///etc/passwd">` + adxHead + `</adx>`, "document type"},
		"unknown entity":         {adxHead + `<group orgUnit="&x;" period="p"/></adx>`, "reference &x; is not known"},
		"broken reference":       {adxHead + `<group orgUnit="A & B" period="p"/></adx>`, "write &amp;"},
		"reference to nothing":   {adxHead + `<group orgUnit="&#0;" period="p"/></adx>`, "is not known"},
		"reference to surrogate": {adxHead + `<group orgUnit="&#xD800;" period="p"/></adx>`, "is not known"},
		"declared Latin-1":       {`<?xml version="1.0" encoding="ISO-8859-1"?>` + adxHead + `</adx>`, "encoding ISO-8859-1 is not UTF-8"},
		"Latin-1":                {adxHead + "<group orgUnit=\"caf\xE9\" period=\"p\"/></adx>", "no UTF-8"},
		"UTF-16":                 {"\xFF\xFE<\x00a\x00", "not UTF-8"},
		"UTF-16 without a mark":  {"\x00<\x00a\x00d", "not UTF-8"},
		"UTF-32":                 {"\x00\x00\xFE\xFF", "not UTF-8"},
		"XML 1.1":                {`<?xml version="1.1"?>` + adxHead + `</adx>`, "version is not 1.0"},
		"late declaration":       {` <?xml version="1.0"?>` + adxHead + `</adx>`, "very start"},
		"broken declaration":     {`<?xml encoding="UTF-8"?>` + adxHead + `</adx>`, "no version"},
		"control character":      {adxHead + "<group orgUnit=\"\x01\" period=\"p\"/></adx>", "control character"},
		"NUL in text":            {adxHead + "\x00</adx>", "control character"},
		"text in adx":            {adxHead + "x</adx>", "text in adx"},
		"text in group":          {adxHead + group + "x</group></adx>", "text in group"},
		"text in dataValue":      {adxHead + group + `<dataValue dataElement="A" value="1">x</dataValue></group></adx>`, "text in dataValue"},
		"unknown element":        {adxHead + `<groups/></adx>`, "element groups is not known in adx"},
		"unknown in group":       {adxHead + group + `<value/></group></adx>`, "element value is not known in group"},
		"group in group":         {adxHead + group + group, "element group is not known in group"},
		"element without ns":     {adxHead + `<group xmlns="" orgUnit="A" period="p"/></adx>`, "not known"},
		"no orgUnit":             {adxHead + `<group period="2026-01-01/P1M"/></adx>`, "group has no orgUnit"},
		"no period":              {adxHead + `<group orgUnit="A"/></adx>`, "group has no period"},
		"no dataElement":         {adxHead + group + `<dataValue value="1"/></group></adx>`, "dataValue has no dataElement"},
		"no value":               {adxHead + group + `<dataValue dataElement="A"/></group></adx>`, "dataValue has no value"},
		"two annotations":        {adxHead + group + `<dataValue dataElement="A" value="0"><annotation/><annotation/></dataValue></group></adx>`, "two annotations"},
		"followup":               {adxHead + group + `<dataValue dataElement="A" value="0" followup="maybe"/></group></adx>`, "neither true nor false"},
		"exported":               {`<adx xmlns="urn:ihe:qrph:adx:2015" exported="yesterday"/>`, "exported is no time"},
		"attribute twice":        {adxHead + `<group orgUnit="A" orgUnit="B" period="p"/></adx>`, "attribute orgUnit is there twice"},
		"attributes not apart":   {adxHead + `<group orgUnit="A"period="p"/></adx>`, "space between"},
		"attribute without":      {adxHead + `<group orgUnit period="p"/></adx>`, "no value"},
		"attribute not quoted":   {adxHead + `<group orgUnit=A period="p"/></adx>`, "not quoted"},
		"< in an attribute":      {adxHead + `<group orgUnit="<" period="p"/></adx>`, "holds <"},
		"wrong end tag":          {adxHead + group + `</adx>`, "closes no element"},
		"end tag alone":          {`</adx>`, "closes no element"},
		"declared xml":           {`<adx xmlns:xml="urn:x"/>`, "cannot be declared"},
		"prefix for nothing":     {`<adx xmlns:a=""/>`, "cannot be declared"},
		"two colons":             {`<a:b:c xmlns:a="x"/>`, "is broken"},
		"long name":              {adxHead + `<` + strings.Repeat("g", 60) + `/></adx>`, "gggg... is not known"},
		"end tag with more":      {adxHead + `</adx x="y">`, "an end tag is broken"},
		"broken CDATA":           {adxHead + `<![CDAT[x]]></adx>`, "a section is broken"},
		"broken comment":         {adxHead + `<!-x--></adx>`, "a comment is broken"},
		"cut in an attribute":    {adxHead + `<group orgUnit="A`, "ends too early"},
		"undeclared prefix":      {adxHead + `<x:group/></adx>`, "namespace x is not declared"},
		"line feed for a name":   {"<\n", "line 1, column 2: a name is missing"},
		"broken name":            {adxHead + `<1group/></adx>`, "name is missing or broken"},
		"comment with --":        {adxHead + `<!-- a -- b --></adx>`, "comment holds --"},
		"]]> in text":            {adxHead + `]]></adx>`, "]]>"},
		"CDATA before the root":  {`<![CDATA[x]]>`, "text outside"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := aggregate.ParseADX([]byte(c.message))
			var bad *aggregate.ADXError
			require.ErrorAs(t, err, &bad)
			require.ErrorContains(t, err, c.want)
			assert.Positive(t, bad.Line)
			assert.Positive(t, bad.Column)
			assert.NotContains(t, err.Error(), "SECRET")
			_, err = aggregate.ParseADX([]byte(c.message)) // the same again
			require.EqualError(t, err, bad.Error())
		})
	}
}

func TestADXIsBounded(t *testing.T) {
	t.Parallel()
	value := adxHead + `<group orgUnit="A" period="p"><dataValue dataElement="A" value="0">`
	var attributes strings.Builder
	for i := range 100 {
		fmt.Fprintf(&attributes, ` a%d="x"`, i)
	}
	for name, c := range map[string]struct{ message, want string }{
		"depth":      {value + strings.Repeat("<x>", 1000), "nested too deeply"},
		"attributes": {adxHead + `<group orgUnit="A" period="p"` + attributes.String() + `/></adx>`, "too many attributes"},
		"value":      {adxHead + `<group orgUnit="` + strings.Repeat("A", 100_000) + `" period="p"/></adx>`, "longer than 65536"},
		"annotation": {value + `<annotation>` + strings.Repeat("A", 100_000), "longer than 65536"},
		"annotation in pieces": {
			value + `<annotation>` + strings.Repeat(strings.Repeat("A", 1000)+"<!-- -->", 100), "longer than 65536",
		},
		"CDATA":     {value + `<annotation><![CDATA[` + strings.Repeat("A", 100_000), "longer than 65536"},
		"comment":   {"<!--" + strings.Repeat("A", 100_000), "longer than 65536"},
		"name":      {"<" + strings.Repeat("a", 1000), "name is too long"},
		"reference": {adxHead + `<group orgUnit="&` + strings.Repeat("a", 1000) + `;" period="p"/></adx>`, "starts no reference"},
		"namespace": {`<adx xmlns="` + strings.Repeat("a", 2000) + `"/>`, "namespace is too long"},
	} {
		_, err := aggregate.ParseADX([]byte(c.message))
		require.ErrorContains(t, err, c.want, name)
	}
	r := aggregate.NewADXReader(strings.NewReader(adxHead+strings.Repeat(" ", 1<<20)+"</adx>"), aggregate.ADXLimits{Bytes: 1 << 18})
	assert.False(t, r.NextGroup())
	require.ErrorContains(t, r.Err(), "longer than 262144 bytes")
}

func TestADXReaderTellsWhyItCouldNotRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("the connection is gone")
	r := aggregate.NewADXReader(io.MultiReader(strings.NewReader(adxHead), iotest.ErrReader(broken)), aggregate.ADXLimits{})
	assert.False(t, r.NextGroup())
	require.ErrorIs(t, r.Err(), broken)
	assert.False(t, r.NextGroup())
	assert.False(t, r.NextValue())
}

// However the bytes come, the same is read.
func TestADXReaderReadsByteByByte(t *testing.T) {
	t.Parallel()
	data := readShared(t, "fixtures/dhis2/adx/adx_data_sample2.xml")
	want, err := aggregate.ParseADX(data)
	require.NoError(t, err)
	r := aggregate.NewADXReader(iotest.OneByteReader(bytes.NewReader(data)), aggregate.ADXLimits{})
	n, groups := 0, 0
	for g, v := range r.Values() {
		if n == 0 {
			groups++
		}
		assert.Equal(t, want.Groups[groups-1].Values[n], v)
		assert.Equal(t, want.Groups[groups-1].Line, g.Line)
		n++
		if n == len(want.Groups[groups-1].Values) {
			n = 0
		}
	}
	require.NoError(t, r.Err())
	assert.Equal(t, 2, groups)
}

func TestADXReaderGoesOverValuesThatNobodyWants(t *testing.T) {
	t.Parallel()
	data := readShared(t, "fixtures/dhis2/adx/importA.adx.xml")
	r := aggregate.NewADXReader(bytes.NewReader(data), aggregate.ADXLimits{})
	var units []string
	for r.NextGroup() {
		units = append(units, r.Group().OrgUnit)
	}
	require.NoError(t, r.Err())
	assert.Equal(t, []string{"123", "456", "456", "456", "456"}, units)
}

func TestADXWriterRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	good := aggregate.ADXGroup{OrgUnit: "A", Period: "2026-01-01/P1M"}
	for name, change := range map[string]func(*aggregate.ADXGroup){
		"no org unit": func(g *aggregate.ADXGroup) { g.OrgUnit = "" },
		"no period":   func(g *aggregate.ADXGroup) { g.Period = "" },
		"no element":  func(g *aggregate.ADXGroup) { g.Values = []aggregate.ADXValue{{Value: "1"}} },
		"space": func(g *aggregate.ADXGroup) {
			g.Dimensions = []aggregate.ADXDimension{{Category: "age group", Option: "x"}}
		},
		"colon": func(g *aggregate.ADXGroup) { g.Dimensions = []aggregate.ADXDimension{{Category: "a:b", Option: "x"}} },
		"xmlns": func(g *aggregate.ADXGroup) { g.Dimensions = []aggregate.ADXDimension{{Category: "xmlns", Option: "x"}} },
		"taken": func(g *aggregate.ADXGroup) {
			g.Dimensions = []aggregate.ADXDimension{{Category: "period", Option: "x"}}
		},
		"twice":        func(g *aggregate.ADXGroup) { g.Dimensions = []aggregate.ADXDimension{{Category: "a"}, {Category: "a"}} },
		"no UTF-8":     func(g *aggregate.ADXGroup) { g.Comment = "caf\xE9" },
		"no character": func(g *aggregate.ADXGroup) { g.Comment = "\x00" },
	} {
		g := good
		change(&g)
		_, err := (&aggregate.ADX{Groups: []aggregate.ADXGroup{g}}).Bytes()
		require.Error(t, err, name)
	}
	w := aggregate.NewADXWriter(io.Discard, time.Time{})
	require.Error(t, w.Value(aggregate.ADXValue{DataElement: "A"}))
	w = aggregate.NewADXWriter(io.Discard, time.Time{})
	require.NoError(t, w.Close())
	require.Error(t, w.Group(good))
}

func TestADXWriterSaysThatItCouldNotWrite(t *testing.T) {
	t.Parallel()
	adx := aggregate.ADX{Groups: []aggregate.ADXGroup{{OrgUnit: "A", Period: "p"}}}
	n, err := adx.WriteTo(failingWriter{})
	require.ErrorIs(t, err, io.ErrClosedPipe)
	assert.Zero(t, n)
	var b bytes.Buffer
	n, err = adx.WriteTo(&b)
	require.NoError(t, err)
	assert.Equal(t, int64(b.Len()), n)
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// What is read can be written, and is then read the same; and encoding/xml,
// which is less strict, reads it too.
func FuzzADX(f *testing.F) {
	f.Add([]byte(adxHead + `<group orgUnit="A" period="2026-01-01/P1M" x="y"><dataValue dataElement="B" value="1"><annotation>a&amp;b</annotation></dataValue></group></adx>`))
	f.Add([]byte(`<?xml version="1.0" encoding="UTF-8"?><!-- c --><a:adx xmlns:a="urn:ihe:qrph:adx:2015"/>`))
	f.Add([]byte(adxHead + `<group orgUnit="&#x263A;" period='p'><dataValue dataElement="B" value=""><![CDATA[]]></dataValue></group></adx>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		adx, err := aggregate.ParseADX(data)
		if err != nil {
			var bad *aggregate.ADXError
			if !errors.As(err, &bad) || bad.Line < 1 || bad.Column < 1 {
				t.Fatalf("a strange error: %v", err)
			}
			return
		}
		ascii := !bytes.ContainsFunc(data, func(r rune) bool { return r > 126 })
		if decoder := xml.NewDecoder(bytes.NewReader(data)); ascii {
			for err == nil {
				_, err = decoder.Token()
			}
			if !errors.Is(err, io.EOF) {
				t.Fatalf("encoding/xml refuses it: %v", err)
			}
		}
		again, err := adx.Bytes()
		if err != nil {
			return // dimensions that are reserved names
		}
		back, err := aggregate.ParseADX(again)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, again)
		}
		if got, want := fmt.Sprint(withoutPlaces(back)), fmt.Sprint(withoutPlaces(adx)); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}
