package fhir_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestExamplesGoThroughXMLWithoutLoss(t *testing.T) {
	t.Parallel()
	eachExample(t, "xml", func(t *testing.T, file string) bool {
		t.Helper()
		r := readExample(t, file)
		text, err := r.XML()
		if !assert.NoError(t, err, file) {
			return false
		}
		back, err := fhir.ParseXML(text)
		if !assert.NoError(t, err, file) {
			return false
		}
		again, err := back.XML()
		return assert.NoError(t, err, file) && assert.Equal(t, string(text), string(again), file) &&
			assert.True(t, reflect.DeepEqual(tree(t, r.Bytes()), tree(t, back.Bytes())), "%s: not the same after XML", file)
	})
}

func TestXMLIsTheSameResource(t *testing.T) {
	t.Parallel()
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	for name, c := range map[string]struct{ json, xml string }{
		"elements in FHIR's order, lists repeated": {
			`{"resourceType":"Patient","name":[{"given":["a","b"],"family":"F"},{"text":"t"}],"active":true,"id":"1"}`,
			`<Patient xmlns="http://hl7.org/fhir"><id value="1"/><active value="true"/><name><family value="F"/><given value="a"/><given value="b"/></name><name><text value="t"/></name></Patient>`,
		},
		"ids and urls are attributes, but for a resource's own": {
			`{"resourceType":"Patient","id":"1","extension":[{"id":"e","url":"http://x","valueDecimal":1.50}]}`,
			`<Patient xmlns="http://hl7.org/fhir"><id value="1"/><extension id="e" url="http://x"><valueDecimal value="1.50"/></extension></Patient>`,
		},
		"extensions of primitives": {
			`{"resourceType":"Patient","name":[{"given":[null,"b",null],"_given":[{"id":"g"},null,{"extension":[{"url":"u","valueCode":"c"}]}]}],"birthDate":"1990","_birthDate":{"id":"b"},"_gender":{"extension":[{"url":"u","valueCode":"c"}]}}`,
			`<Patient xmlns="http://hl7.org/fhir"><name><given id="g"/><given value="b"/><given><extension url="u"><valueCode value="c"/></extension></given></name><gender><extension url="u"><valueCode value="c"/></extension></gender><birthDate value="1990" id="b"/></Patient>`,
		},
		"contained resources": {
			`{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"},{"resourceType":"Basic","code":{"text":"x"}}]}`,
			`<Patient xmlns="http://hl7.org/fhir"><contained><Organization><id value="o"/></Organization></contained><contained><Basic><code><text value="x"/></code></Basic></contained></Patient>`,
		},
		"numbers keep their text": {
			`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":-0.0100e+5},"component":[{"code":{"text":"y"},"valueInteger":-0}]}`,
			`<Observation xmlns="http://hl7.org/fhir"><status value="final"/><code><text value="x"/></code><valueQuantity><value value="-0.0100e+5"/></valueQuantity><component><code><text value="y"/></code><valueInteger value="-0"/></component></Observation>`,
		},
		"texts survive attributes": {
			`{"resourceType":"Patient","name":[{"text":" a\n\tb\r\n<\"&'> é😀 "}]}`,
			`<Patient xmlns="http://hl7.org/fhir"><name><text value=" a&#10;&#9;b&#13;&#10;&lt;&quot;&amp;'&gt; é😀 "/></name></Patient>`,
		},
		"a narrative stays as it is": {
			`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" class='x'>\r\n <b>a &lt; b&#160;&amp;c</b><br/><!-- note --><img src=\"#i\" alt=\"\"/>\n</div>"}}`,
			`<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml" class='x'>&#13;` + "\n" + ` <b>a &lt; b&#160;&amp;c</b><br/><!-- note --><img src="#i" alt=""/>` + "\n" + `</div></text></Patient>`,
		},
		"content by reference, and recursion": {
			`{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","item":[{"linkId":"1.1","type":"string","item":[{"linkId":"1.1.1","type":"string"}]}]}]}`,
			`<Questionnaire xmlns="http://hl7.org/fhir"><status value="draft"/><item><linkId value="1"/><type value="group"/><item><linkId value="1.1"/><type value="string"/><item><linkId value="1.1.1"/><type value="string"/></item></item></item></Questionnaire>`,
		},
		"nothing but the type": {`{"resourceType":"Patient"}`, `<Patient xmlns="http://hl7.org/fhir"/>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := parsed(t, c.json).XML()
			require.NoError(t, err)
			assert.Equal(t, head+c.xml, string(text))
			r, err := fhir.ParseXML(text)
			require.NoError(t, err)
			assert.Equal(t, tree(t, []byte(c.json)), tree(t, r.Bytes()))
		})
	}
}

func TestXMLIsReadAsOthersWriteIt(t *testing.T) {
	t.Parallel()
	r, err := fhir.ParseXML([]byte("<?xml version='1.0' encoding='utf-8'?>\r\n<!-- a comment --><?pi x?>\n" +
		`<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b">
  <!-- not this -->
  <f:text><f:status value="generated"></f:status><h:div xml:lang="en">a<h:b h:title="&quot;">&lt;</h:b></h:div></f:text>
  <f:active value='true' />
  <f:multipleBirthInteger value="+2"/>
</f:Patient>
`))
	require.NoError(t, err)
	assert.Equal(t, `{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\">a<b title=\"&quot;\">&lt;</b></div>"},"active":true,"multipleBirthInteger":2}`, string(r.Bytes()))
}

func TestXMLThatIsNoResourceIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	in := func(body string) string {
		return "<Patient xmlns=\"http://hl7.org/fhir\">\n" + body + "\n</Patient>"
	}
	deep := strings.Repeat("<extension url='u'>", fhir.MaxDepth+1) + strings.Repeat("</extension>", fhir.MaxDepth+1)
	for name, c := range map[string]struct {
		xml, problem string
		line, column int
	}{
		"nothing":                     {"", "the text holds no element", 1, 1},
		"an unknown element":          {in(" <brithDate value='1990'/>"), "Patient has no element brithDate in FHIR R4 (namespace http://hl7.org/fhir)", 2, 2},
		"one further down":            {in("<name>\n  <first value='x'/></name>"), "HumanName has no element first in FHIR R4 (namespace http://hl7.org/fhir)", 3, 3},
		"another namespace":           {in("<active xmlns='urn:x' value='true'/>"), "Patient has no element active in FHIR R4 (namespace http://hl7.org/fhir)", 2, 1},
		"a root of no namespace":      {"<Patient/>", "Patient is not a resource of FHIR R4 (namespace http://hl7.org/fhir)", 1, 1},
		"an unknown resource":         {"<Pat xmlns='http://hl7.org/fhir'/>", "Pat is not a resource of FHIR R4 (namespace http://hl7.org/fhir)", 1, 1},
		"an abstract resource":        {"<Resource xmlns='http://hl7.org/fhir'/>", "Resource is not a resource of FHIR R4 (namespace http://hl7.org/fhir)", 1, 1},
		"a data type":                 {"<HumanName xmlns='http://hl7.org/fhir'/>", "HumanName is not a resource of FHIR R4 (namespace http://hl7.org/fhir)", 1, 1},
		"an unknown attribute":        {in("<active valu='true'/>"), "active has no attribute valu", 2, 1},
		"a value on a complex type":   {in("<name value='x'/>"), "name has no attribute value", 2, 1},
		"an attribute as an element":  {in("<extension><url value='x'/></extension>"), "Extension has no element url in FHIR R4 (namespace http://hl7.org/fhir)", 2, 12},
		"an attribute twice":          {in("<active value='true' value='false'/>"), "the attribute value is there twice", 2, 1},
		"what does not repeat":        {in("<active value='true'/><active value='false'/>"), "active does not repeat", 2, 23},
		"text":                        {in("<active>true</active>"), "there is text in active; values are attributes", 2, 9},
		"no boolean":                  {in("<active value='yes'/>"), "the value of active is no boolean", 2, 1},
		"no integer":                  {in("<multipleBirthInteger value='1.0'/>"), "the value of multipleBirthInteger is no integer", 2, 1},
		"no decimal":                  {in("<extension url='u'><valueDecimal value='1,5'/></extension>"), "the value of valueDecimal is no decimal", 2, 20},
		"a document type":             {"<!DOCTYPE x [<!ENTITY a 'b'>]>" + in(""), "a document type is not allowed", 1, 1},
		"an entity":                   {in("<name><text value='&a;'/></name>"), "an entity is not one of XML's own", 2, 23},
		"another encoding":            {"<?xml version='1.0' encoding='latin1'?>" + in(""), "the text is not UTF-8", 1, 40},
		"nested too deeply":           {in(deep), "elements are nested too deeply", 2, 1 + 19*(fhir.MaxDepth-1)},
		"an open element":             {"<Patient xmlns='http://hl7.org/fhir'><name>", "malformed XML: unexpected EOF", 1, 44},
		"a second resource":           {in("") + "<Patient xmlns='http://hl7.org/fhir'/>", "something follows the end of the resource", 3, 11},
		"text after it":               {in("") + "x", "there is text outside of the resource", 3, 11},
		"two resources in one":        {in("<contained><Basic/><Basic/></contained>"), "contained holds more than one resource", 2, 20},
		"no resource in one":          {in("<contained/>"), "contained holds no resource", 2, 13},
		"a narrative of no namespace": {in("<text><div>x</div></text>"), "a narrative is a div of namespace http://www.w3.org/1999/xhtml", 2, 7},
		"foreign elements in it":      {in("<text><div xmlns='http://www.w3.org/1999/xhtml'><x xmlns='urn:x'/></div></text>"), "a narrative has elements of namespace http://www.w3.org/1999/xhtml only", 2, 49},
		"bytes that are not UTF-8":    {in("<name><text value='\xff'/></name>"), "malformed XML: invalid UTF-8", 2, 22},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fhir.ParseXML([]byte(c.xml))
			var p *fhir.ParseError
			require.ErrorAs(t, err, &p)
			assert.Equal(t, c.problem, p.Problem)
			assert.Equal(t, fmt.Sprintf("%d:%d", c.line, c.column), fmt.Sprintf("%d:%d", p.Line, p.Column))
		})
	}
}

func TestWhatXMLHasNoPlaceForIsRefused(t *testing.T) {
	t.Parallel()
	div := func(div string) string { return `{"resourceType":"Patient","text":{"div":"` + div + `"}}` }
	for text, want := range map[string]string{
		`{"resourceType":"Patient","x":1}`:                                    "fhir: write Patient.x: FHIR R4 has no such element, so XML has no place for it",
		`{"resourceType":"SubscriptionTopic"}`:                                "fhir: write the resource: the resourceType is none of FHIR R4's",
		`{"resourceType":"Patient","name":{"family":"x"}}`:                    "fhir: write Patient.name: the element is a list where it should be none, or the other way round",
		`{"resourceType":"Patient","birthDate":["1990"]}`:                     "fhir: write Patient.birthDate: the element is a list where it should be none, or the other way round",
		`{"resourceType":"Patient","name":["x"]}`:                             "fhir: write Patient.name[0]: an object is wanted",
		`{"resourceType":"Patient","birthDate":1990}`:                         "fhir: write Patient.birthDate: the value is no date",
		`{"resourceType":"Patient","active":"true"}`:                          "fhir: write Patient.active: the value is no boolean",
		`{"resourceType":"Patient","multipleBirthInteger":1.0}`:               "fhir: write Patient.multipleBirthInteger: the value is no integer",
		`{"resourceType":"Patient","birthDate":{}}`:                           "fhir: write Patient.birthDate: a single value is wanted",
		`{"resourceType":"Patient","name":[{"given":[null]}]}`:                "fhir: write Patient.name[0].given: the element is empty, which XML cannot show",
		`{"resourceType":"Patient","name":[{"given":["a",null]}]}`:            "fhir: write Patient.name[0].given[1]: the element has neither value nor extension",
		`{"resourceType":"Patient","name":[]}`:                                "fhir: write Patient.name: the element is empty, which XML cannot show",
		`{"resourceType":"Patient","birthDate":"1990","_birthDate":{}}`:       "fhir: write Patient.birthDate: the element is empty, which XML cannot show",
		`{"resourceType":"Patient","name":[{"_id":{"id":"x"},"family":"f"}]}`: "fhir: write Patient.name[0]._id: FHIR R4 has no such element, so XML has no place for it",
		`{"resourceType":"Patient","name":[{"id":1}]}`:                        "fhir: write Patient.name[0].id: a text is wanted",
		`{"resourceType":"Patient","name":[{"family":"\u0001"}]}`:             "fhir: write Patient.name[0].family: the text holds a character that XML does not have",
		`{"resourceType":"Patient","contained":[{"id":"1"}]}`:                 "fhir: write Patient.contained[0]: the resourceType is none of FHIR R4's",
		`{"resourceType":"Patient","_name":[{"id":"1"}]}`:                     "fhir: write Patient.name[0]: an object is wanted",
		div(`<div>`):                "fhir: write Patient.text.div: the narrative is no well-formed XHTML",
		div(`<p/>`):                 "fhir: write Patient.text.div: the narrative is no div of XHTML",
		div(`<div/><div/>`):         "fhir: write Patient.text.div: the narrative is no single div",
		div(`<div/>x`):              "fhir: write Patient.text.div: the narrative is more than a div",
		div(`<!DOCTYPE x><div/>`):   "fhir: write Patient.text.div: the narrative holds a document type or an instruction",
		div(`<div>&unknown;</div>`): "fhir: write Patient.text.div: the narrative is no well-formed XHTML",
		div(``):                     "fhir: write Patient.text.div: the narrative is no single div",
	} {
		_, err := parsed(t, text).XML()
		assert.EqualError(t, err, want, text)
	}
	text, err := parsed(t, div(`<div>&nbsp;&lt;</div>`)).XML()
	require.NoError(t, err)
	assert.Contains(t, string(text), `<div xmlns="http://www.w3.org/1999/xhtml">&#160;&lt;</div>`)
}

func TestWhatXMLPutsRight(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		// HTML's entities are characters, and a div has its namespace.
		`{"resourceType":"Patient","text":{"div":" <div>a&nbsp;b</div>\n"}}`: `{"resourceType":"Patient","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a&#160;b</div>"}}`,
		// Lists of values and of extensions are of one length.
		`{"resourceType":"Patient","name":[{"given":["a"],"_given":[null,{"id":"1"}]}]}`: `{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"id":"1"}]}]}`,
		`{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[{"id":"1"}]}]}`:  `{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[{"id":"1"},null]}]}`,
	} {
		written, err := parsed(t, text).XML()
		require.NoError(t, err)
		r, err := fhir.ParseXML(written)
		require.NoError(t, err)
		assert.Equal(t, want, string(r.Bytes()))
	}
}
