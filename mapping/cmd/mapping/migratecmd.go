package main

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/openhim/mediator-go/mapping/objectmapper"
)

func migrateCommand() command {
	return command{
		name: "migrate", args: "ENDPOINT [SAMPLE ...]", summary: "turn an endpoint document of openhim-mediator-mapping into a mapping document",
		about: `The document is written to standard output, or with --out to a file, and what it refers to beside
it. Notes on standard error tell what was refused, decided or left to the mediator, by place in the
endpoint document. SAMPLES are inputs, JSON objects with the members requestBody, query, … (with
--bare: the input itself): they tell which members are lists, and both documents are run on them to
prove that they give the same. The exit code is 1 if a part was refused, or they do not.`,
		example: "mapping migrate endpoint.json sample.json --out patient.yaml",
		setup: func(f *flags) func(context.Context, *session, []string) error {
			c := &migrator{
				bare:   f.bool("bare", "the document is a bare inputMapping, without an endpoint around it"),
				single: f.bool("single", "let every list also be one object, as openhim-mediator-mapping does"),
				out:    f.file("out", "where the document goes; standard output if not given"),
				json:   f.bool("json", "write document, files and notes as one JSON object to standard output"),
			}
			return c.run
		},
	}
}

// migrator is the migrate command.
type migrator struct {
	bare, single, json *bool
	out                *string
}

func (c *migrator) run(ctx context.Context, s *session, args []string) error {
	if len(args) == 0 {
		return usagef("give an endpoint document")
	}
	if *c.json && *c.out != "" {
		return usagef("--json and --out exclude one another")
	}
	endpoint, err := s.read(args[0])
	if err != nil {
		return err
	}
	opts := objectmapper.MigrateOptions{Mapping: *c.bare, Single: *c.single, File: path.Base(display(args[0]))}
	for _, name := range args[1:] {
		sample, err := s.read(name)
		if err != nil {
			return err
		}
		opts.Samples = append(opts.Samples, sample)
	}
	m, err := objectmapper.Migrate(endpoint, opts)
	if err != nil {
		s.tell("%s: %v", display(args[0]), err)
		return errFindings
	}
	var proof *objectmapper.Proof
	var unproved error
	if len(opts.Samples) > 0 {
		if proof, unproved = m.Prove(ctx, opts.Samples); ctx.Err() != nil {
			return unproved
		}
	}
	if err := c.write(s, m, proof); err != nil {
		return err
	}
	if unproved != nil {
		s.tell("prove the conversion: %v", unproved)
	}
	if !*c.json {
		for _, note := range m.Notes {
			s.err.println(s.note(display(args[0]), note))
		}
		s.proof(proof, args[1:])
	}
	if len(m.Refused()) > 0 || unproved != nil || proof != nil && !proof.Holds() {
		return errFindings
	}
	return nil
}

// proof tells how the two documents compare on the samples.
func (s *session) proof(proof *objectmapper.Proof, samples []string) {
	if proof == nil {
		if len(samples) == 0 {
			s.tell("nothing is proved: give samples of inputs")
		}
		return
	}
	p := s.errColor
	for _, d := range proof.Differences {
		pointer, kind := d.Pointer, p.red("differs: ")
		if pointer == "" {
			pointer = "the whole output"
		}
		text := d.Message
		if d.Purpose != "" {
			kind = p.yellow("differs on purpose: ")
			text += "\n    " + p.dim(d.Purpose)
		}
		s.err.printf("%s%s%s: %s\n", p.bold(display(samples[d.Sample])+": "), kind, pointer, text)
	}
	s.tell("%s: %d the same", count(proof.Samples, "sample"), proof.Equal)
}

// note writes a note in the form of an issue.
func (s *session) note(file string, n objectmapper.Note) string {
	p := s.errColor
	place := file + ": "
	if n.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d: ", file, n.Line, n.Column)
	}
	paint := p.yellow
	if n.Code == objectmapper.NoteRefused {
		paint = p.red
	}
	text := p.bold(place) + paint(string(n.Code)+": ") + n.Message
	if n.Hint != "" {
		text += "\n    " + p.dim("hint: "+n.Hint)
	}
	return text
}

func (c *migrator) write(s *session, m *objectmapper.Migration, proof *objectmapper.Proof) error {
	files := map[string]string{}
	for name, content := range m.Files {
		files[name] = string(content)
	}
	if *c.json {
		return s.printJSON(c.forMachines(m, files, proof))
	}
	if *c.out == "" {
		if _, err := s.out.Write(m.Document); err != nil {
			return fmt.Errorf("write the output: %w", err)
		}
		for _, name := range sortedNames(m.Files) {
			s.tell("the document refers to %s: --out writes it, too", name)
		}
		return nil
	}
	var failed []error
	failed = append(failed, s.files.write(clean(*c.out), m.Document))
	for name, content := range m.Files {
		failed = append(failed, s.files.write(path.Join(path.Dir(clean(*c.out)), name), content))
	}
	return errors.Join(failed...)
}

func (c *migrator) forMachines(m *objectmapper.Migration, files map[string]string, proof *objectmapper.Proof) any {
	type oneNote struct {
		Code    objectmapper.NoteCode `json:"code"`
		Message string                `json:"message"`
		Hint    string                `json:"hint,omitempty"`
		Pointer string                `json:"pointer"`
		Line    int                   `json:"line,omitempty"`
		Column  int                   `json:"column,omitempty"`
	}
	notes := []oneNote{}
	for _, n := range m.Notes {
		notes = append(notes, oneNote{n.Code, n.Message, n.Hint, n.Pointer, n.Line, n.Column})
	}
	type oneDifference struct {
		Sample  int    `json:"sample"`
		Pointer string `json:"pointer"`
		Message string `json:"message"`
		Purpose string `json:"purpose,omitempty"`
	}
	type oneProof struct {
		Holds       bool            `json:"holds"`
		Samples     int             `json:"samples"`
		Equal       int             `json:"equal"`
		Differences []oneDifference `json:"differences"`
	}
	var proved *oneProof
	if proof != nil {
		proved = &oneProof{proof.Holds(), proof.Samples, proof.Equal, []oneDifference{}}
		for _, d := range proof.Differences {
			proved.Differences = append(proved.Differences, oneDifference{d.Sample, d.Pointer, d.Message, d.Purpose})
		}
	}
	return struct {
		Document string            `json:"document"`
		Files    map[string]string `json:"files"`
		Lookups  map[string]string `json:"lookups,omitempty"`
		Notes    []oneNote         `json:"notes"`
		Proof    *oneProof         `json:"proof,omitempty"`
	}{string(m.Document), files, m.Lookups, notes, proved}
}
