// Package mapcase reads and runs the case files of mappings: an input, what shall come out
// of it, which issues shall be reported, and how many of the mapping's rules the cases
// reach. It is what the command mapping test and the package testutil/mappingtest have in
// common; use one of these to test a mapping, and this package to build another runner.
//
// A case file is YAML or JSON:
//
//	mapping: patient.yaml             # beside this file; default: X.cases.yaml tests X.yaml
//	root: ..                          # where tables:, use: and schemas are; default: the mapping's folder
//	numbers: value                    # 70.0 equals 70; default: text, they differ
//	context: {now: 2026-03-10T08:00:00Z}
//	lookups: {facility: {"0123": {uid: DiszpKrYNg8}}}
//	cases:
//	  - name: a woman
//	    input: {sex: F}               # or a text: the bytes as they are; or inputFile: woman.json
//	    format: json                  # or ndjson, csv, xml, hl7v2; default: what the mapping says
//	    context: {now: 2027-01-01T00:00:00Z}
//	    lookups: {facility: {"0123": null}}
//	    want: {gender: female}        # or wantAll: [several, documents]; or wantFile: woman.want.json
//	    issues:                       # default: none at all
//	      - {code: unmapped, severity: warning, pointer: /sex, message: part of it}
//	    unmapped: {gender: {X: 2}}    # how often codes were not in tables; default: not looked at
//
// context and lookups of the file hold for all its cases; a case's own members win. A
// lookup without a fixture fails. What a fixture has not is not found.
//
// The smallest use:
//
//	runner := mapcase.New(os.DirFS("mappings"), mapcase.Options{})
//	suite, err := runner.Load("patient.cases.yaml")
//	for _, c := range suite.Cases() {
//		result := suite.Run(ctx, c)
//		fmt.Println(c.Name(), result.OK(), result.Failures)
//	}
//	fmt.Println(runner.Coverage())
//
// The package reads the file system it was given, and writes nothing.
package mapcase
