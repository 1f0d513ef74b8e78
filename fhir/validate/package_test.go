package validate_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/validate"
)

type file struct {
	name string
	text string
	kind byte
}

// packed makes a .tgz.
func packed(tb testing.TB, files ...file) *bytes.Buffer {
	tb.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: 0o600, Typeflag: tar.TypeReg}
		if f.kind != 0 {
			header.Typeflag, header.Size, header.Linkname = f.kind, 0, "/etc/passwd"
		}
		require.NoError(tb, archive.WriteHeader(header))
		if f.kind == 0 {
			_, err := archive.Write([]byte(f.text))
			require.NoError(tb, err)
		}
	}
	require.NoError(tb, archive.Close())
	require.NoError(tb, zipped.Close())
	return &out
}

const manifest = `{"name":"example.ig","version":"1.2.3"}`

func TestAPackageBringsItsProfilesAndValueSets(t *testing.T) {
	t.Parallel()
	pkg, err := validate.ReadPackage(packed(t,
		file{name: "package/package.json", text: manifest},
		file{name: "package/.index.json", text: `{"files":[]}`},
		file{name: "package/StructureDefinition-p.json", text: profileOn("Patient", "http://hl7.org/fhir/StructureDefinition/Patient", `
			{"id":"Patient.maritalStatus","path":"Patient.maritalStatus","min":1,"binding":{"strength":"required","valueSet":"http://example.org/vs"}}`)},
		file{name: "package/ValueSet-vs.json", text: `{"resourceType":"ValueSet","url":"http://example.org/vs","version":"1","status":"active",
			"compose":{"include":[{"system":"http://example.org/cs","filter":[{"property":"concept","op":"is-a","value":"m"}]}],"exclude":[{"system":"http://example.org/cs","concept":[{"code":"m3"}]}]}}`},
		file{name: "package/CodeSystem-cs.json", text: `{"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"complete",
			"concept":[{"code":"m","concept":[{"code":"m1","concept":[{"code":"m2"}]},{"code":"m3"}]},{"code":"s"}]}`},
		file{name: "package/example/Patient-x.json", text: `not json`},
		file{name: "package/openapi/x.json", text: `not json`},
		file{name: "package/readme.md", text: `text`},
	))
	require.NoError(t, err)
	assert.Equal(t, "example.ig", pkg.Name)
	assert.Equal(t, "1.2.3", pkg.Version)
	v := newValidator(t, validate.Options{Packages: []*validate.Package{pkg}, Profiles: []string{profileURL}})
	const patient = `{"resourceType":"Patient","maritalStatus":{"coding":[{"system":"http://example.org/cs","code":"CODE"}]}}`
	for _, code := range []string{"m", "m1", "m2"} {
		valid(t, outcomeOf(t, v, strings.ReplaceAll(patient, "CODE", code)))
	}
	for _, code := range []string{"m3", "s"} {
		invalidAt(t, outcomeOf(t, v, strings.ReplaceAll(patient, "CODE", code)), "Patient.maritalStatus", "http://example.org/vs")
	}
	invalidAt(t, outcomeOf(t, v, strings.ReplaceAll(patient, "CODE", "x")), "Patient.maritalStatus", "does not exist in the code system")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient"}`), "Patient", "maritalStatus")
}

func TestNamesInAPackageLeadNowhere(t *testing.T) {
	t.Parallel()
	pkg, err := validate.ReadPackage(packed(t,
		file{name: "package/package.json", text: manifest},
		file{name: "package/../../etc/StructureDefinition-p.json", text: `not json`},
		file{name: "/abs/StructureDefinition-p.json", text: `not json`},
		file{name: "package/link.json", kind: tar.TypeSymlink},
	))
	require.NoError(t, err)
	v := newValidator(t, validate.Options{Packages: []*validate.Package{pkg}})
	valid(t, outcomeOf(t, v, `{"resourceType":"Patient"}`))
}

func TestWhatIsNoPackageIsRefused(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]*bytes.Buffer{
		"no .tgz file":       bytes.NewBufferString("PK\x03\x04"),
		"no package/package": packed(t, file{name: "package/x.json", text: `{}`}),
		"package file":       packed(t, file{name: "package/package.json", text: manifest}, file{name: "package/x.json", text: `{`}),
	} {
		_, err := validate.ReadPackage(data)
		require.ErrorContains(t, err, name)
	}
	cut := packed(t, file{name: "package/package.json", text: strings.Repeat(manifest, 1000)})
	cut.Truncate(cut.Len() / 2)
	_, err := validate.ReadPackage(cut)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestDefinitionsComeBeforePackages(t *testing.T) {
	t.Parallel()
	pkg, err := validate.ReadPackage(packed(t, file{name: "package/package.json", text: manifest},
		file{name: "package/p.json", text: profileOn("Patient", "http://hl7.org/fhir/StructureDefinition/Patient", `{"path":"Patient.name","min":1}`)}))
	require.NoError(t, err)
	text := profileOn("Patient", "http://hl7.org/fhir/StructureDefinition/Patient", `{"path":"Patient.gender","min":1}`)
	v, err := validate.New(validate.Options{Packages: []*validate.Package{pkg}, Definitions: definitionsOf(t, text), Profiles: []string{profileURL}})
	require.NoError(t, err)
	outcome := outcomeOf(t, v, `{"resourceType":"Patient"}`)
	require.Len(t, errorsOf(outcome), 1)
	invalidAt(t, outcome, "Patient", "gender")
}
