// Package source reads CSV, NDJSON, XML and HL7 v2 as JSON records, one at a time, so that mappings
// written with JSON paths work on all of them.
//
// Use it in front of package mapping: each reader here is a mapping.Source. It is as pure as
// mapping: it reads from the io.Reader it is given and touches neither network, files nor clock.
// Memory does not grow with the number of records, and no record may be larger than MaxRecord.
//
//	rows, err := source.NewCSV(body, source.CSVConfig{Delimiter: ';', Encoding: source.Windows1252})
//	if err != nil {
//		return err // a setting is wrong
//	}
//	for record, err := range source.All(ctx, rows) {
//		if err != nil {
//			log(err) // row 17, column "Birth date" (3), at 18:4: a quote in a cell that …
//			continue
//		}
//		use(record) // {"case_id":"UG-1","Birth date":"1980-01-02"}
//	}
//
// For one document in one request, One returns the only record.
//
// # What all views have in common
//
// Their shape depends on the settings only, never on what a record happens to hold: a path that
// reads one record reads them all. What a source cannot say is not made up: every value is a string
// exactly as it is written, so 0123 and 70.0 stay what they are, and what is missing in the source is
// missing in the record. The same input and settings give the same bytes.
//
// Places are reported in the source's own terms by Locate, which takes a JSON pointer into the
// record, and in every Error.
//
// # CSV
//
// A row is an object of strings by column name, in the order of the columns:
//
//	id,Birth date          {"id":"7","Birth date":""}
//	7,
//
// An empty cell is "", never null. Locate("/Birth date") is `row 2, column "Birth date" (2)`: the row
// as a spreadsheet numbers it, header and empty rows counted.
//
// # NDJSON
//
// A line is the record, byte for byte. Locate("/a/0") is "line 17, /a/0".
//
// # XML
//
// A record is an object with one member, named for the element. An element is an object:
//
//	_name   an attribute; declarations of namespaces are left out
//	_       its text, without that of its children; missing if there is none
//	name    the child elements of that name, always an array (see XMLConfig.Once)
//	__      the order of its content, only where the members above lose it (see XMLConfig.Order):
//	        text as a string, a child as {"name":place in its array}
//
//	<name use="L">               {"name":{"_use":"L",
//	  <given>Amina</given>         "given":[{"_":"Amina"},{"_":"N."}],
//	  <given>N.</given>            "family":[{"_":"Okello"}]}}
//	  <family>Okello</family>
//	</name>
//
// so that a path is $.name.given.0._ and its place /name/given[1]/text(). White space between
// elements is not text; inside one it stays. Comments and processing instructions are left out, CDATA
// is text. Arrays are the rule because whether an element repeats is seen only when it does: a path
// must not break on the first patient with two names.
//
// Attributes have an underscore, not the more usual @, because @ begins a modifier in gjson's paths
// and _use is a name in conditions as well; _ and __ cannot meet them, since an attribute or element
// that itself begins with an underscore is written with a colon before it: _:_x, :_x.
//
// Names in the namespace of the root element stand alone, whatever prefix the document uses; others
// are written out, "{urn:hl7-org:sdtc}raceCode", or get a prefix by XMLConfig.Namespaces. So a sender
// that changes its prefixes changes nothing.
//
// With XMLConfig.Records a large document is split: each element of that path is a record, and
// "__parents" is added before it, an array with the attributes of the elements above, the root
// first: {"__parents":[{"_exported":"2026-03-11"}],"group":{…}}.
//
// # HL7 v2
//
// A record is a message: segments by name, always arrays; in a segment its fields by number, always
// arrays of repetitions; in a repetition its components by number:
//
//	PID|1||123^^^MRN~456||Doe&van^John
//
//	{"PID":[{"1":[{"1":"1"}],
//	         "3":[{"1":"123","4":"MRN"},{"1":"456"}],
//	         "5":[{"1":"Doe","1&2":"van","2":"John"}]}]}
//
// Fields and components are members, not items, so that they have the numbers of the standard, and
// so that empty ones need not be written: PID-5.2 is $.PID.0.5.0.2. What repeats is an array and
// counts from 0 like every JSON array; reported places count from 1 like the standard: PID-3[2].1.
// Subcomponents after the first stand beside their component, "1&2", because a component that is
// extended by subcomponents must keep its meaning as the first of them (HL7 v2.5.1, 2.8): "1" is
// "Doe" with and without "van". MSH-1 and MSH-2 are the delimiters themselves.
//
// The value "" (two quotes: delete what you have) is null; an empty field is missing. Escape
// sequences are resolved: delimiters, \X..\ in the message's character set, \.br\ and the other
// formatting commands as line breaks and space. One that is unknown stays as it is written.
//
// Segments that belong together are in order within their arrays. Where that loses the order
// between them, "__" has it: [{"MSH":0},{"OBR":0},{"OBX":0},{"OBR":1}]. HL7Config.Groups puts
// segments into those they belong to instead: $.OBR.1.OBX.0.5.0.1.
//
// Headers of a file or batch, FHS and BHS, are members of every message they cover. The counts of
// BTS and FTS are checked.
package source
