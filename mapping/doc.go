// Package mapping turns one JSON document into another by a mapping: a YAML or JSON document
// that is shaped like the output and says in each place where the value comes from. Use it
// where the shapes of two systems meet, so that an integrator can read, test and change what
// happens without Go.
//
//	document, err := mapping.Parse("patient.yaml", source)
//	m, err := mapping.Compile(document, mapping.CompileOptions{})
//	out, report, err := m.Run(ctx, in, mapping.Options{})
//
// A scalar that begins with "$." is a path into the input, one that begins with a dollar and
// a name a value that the document names, one that begins with "= " an expression; any other
// is a constant. A key that begins with a dollar is an operator, any other is a member of the
// output. What is missing, null or empty is left out.
//
// A mapping always ends, reads no clock, file, network or environment while it runs, and
// collects everything that is wrong in its Report, with the place in the input and the line
// of the mapping. The same input and context give the same bytes. A Mapping is safe for
// concurrent use.
//
// Package mapping/source reads CSV, NDJSON, XML and HL7 v2 for Stream.
package mapping
