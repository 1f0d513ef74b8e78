package objectmapper_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/mapping/objectmapper"
)

// migrationCase is one document of the corpus with its recorded inputs.
type migrationCase struct {
	id       string
	document string
	bare     bool
	samples  [][]byte
	// dest tells that the recording maps into an object that is already there, which an endpoint never does.
	dest bool
}

// migrationCases are the documents of all files that have one, each once, with the inputs of every case that uses it.
func migrationCases(t *testing.T) []*migrationCase {
	t.Helper()
	var all []*migrationCase
	known := map[string]*migrationCase{}
	add := func(id, document string, bare bool, sample []byte) *migrationCase {
		c := known[document]
		if c == nil {
			c = &migrationCase{id: id, document: document, bare: bare}
			known[document] = c
			all = append(all, c)
		}
		if sample != nil {
			c.samples = append(c.samples, sample)
		}
		return c
	}
	cases := func(name string) []gjson.Result {
		text, err := os.ReadFile(filepath.Join(corpusDir(t), name+".json"))
		require.NoError(t, err)
		return gjson.GetBytes(text, "cases").Array()
	}
	for _, file := range []string{"mapping-fork-tests", "mapping-semantics"} {
		for _, c := range cases(file) {
			got := add(c.Get("id").Str, c.Get("mapping").Raw, true, []byte(c.Get("input").Raw))
			got.dest = got.dest || c.Get("dest").Exists() && c.Get("dest").Raw != "{}" && strings.Contains(c.Get("dest").Raw, "[")
		}
	}
	for _, c := range cases("mediator-mapper") {
		mapping := "null"
		if v := c.Get("inputMapping"); v.Exists() {
			mapping = v.Raw
		}
		add(c.Get("id").Str, endpoint(`"inputMapping":`+mapping), false, []byte(c.Get("allData").Raw))
	}
	for _, c := range cases("mediator-transforms") {
		expressions, mapping := "null", map[string]string{}
		if v := c.Get("inputTransforms"); v.Exists() {
			expressions = v.Raw
			for name := range v.Map() {
				mapping["transforms."+name] = name
			}
		}
		rules, err := json.Marshal(mapping)
		require.NoError(t, err)
		add(c.Get("id").Str, endpoint(`"inputTransforms":`+expressions+`,"inputMapping":`+string(rules)), false, []byte(c.Get("allData").Raw))
	}
	states := map[string]json.RawMessage{}
	for _, c := range cases("http-exchanges") {
		sample, ok := exchangeSample(t, c, states)
		if ok {
			add(c.Get("id").Str, c.Get("endpoint").Raw, false, sample)
		}
	}
	entries, err := os.ReadDir(filepath.Join(corpusDir(t), "samples"))
	require.NoError(t, err)
	for _, entry := range entries {
		dir := filepath.Join(corpusDir(t), "samples", entry.Name())
		document, err := os.ReadFile(filepath.Join(dir, "endpoint.json"))
		require.NoError(t, err)
		exchanges, err := os.ReadFile(filepath.Join(dir, "exchanges.json"))
		require.NoError(t, err)
		c := gjson.Parse(`{"endpoint":` + string(document) + "," + strings.TrimPrefix(gjson.GetBytes(exchanges, "0").Raw, "{"))
		sample, ok := exchangeSample(t, c, map[string]json.RawMessage{})
		require.True(t, ok)
		add("samples/"+entry.Name(), string(document), false, sample)
	}
	return all
}

// exchangeSample is the data that the mapping of a recorded exchange reads.
func exchangeSample(t *testing.T, c gjson.Result, states map[string]json.RawMessage) ([]byte, bool) {
	t.Helper()
	plan, err := compile(c.Get("endpoint").Raw, objectmapper.Options{})
	if err != nil {
		return nil, true
	}
	x := &exchange{c: c, plan: plan, states: states}
	d, err := x.request(t)
	if err != nil {
		return nil, true
	}
	if failed, _, err := x.lookups(&d); failed != nil || err != nil {
		return nil, true
	}
	parts := map[string]json.RawMessage{"now": json.RawMessage(quote(d.Now.Format(time.RFC3339)))}
	for name, text := range map[string]json.RawMessage{
		"requestBody": d.RequestBody, "requestHeaders": d.RequestHeaders, "query": d.Query, "urlParams": d.URLParams,
		"lookupRequests": d.LookupRequests, "state": d.State, "timestamps": d.Timestamps,
	} {
		if text != nil {
			parts[name] = text
		}
	}
	again := &exchange{c: c, plan: plan, states: states}
	again.run(t) // for the state it leaves
	out, err := json.Marshal(parts)
	require.NoError(t, err)
	return out, true
}

func TestMigrateCorpus(t *testing.T) {
	t.Parallel()
	passed, total := 0, 0
	var notes []string
	for _, c := range migrationCases(t) {
		total++
		apart := ""
		if t.Run(c.id, func(t *testing.T) { apart = migrateCase(t, c) }) {
			passed++
		}
		if apart != "" {
			notes = append(notes, "conformance-apart: mapping-mediator/migrate "+c.id+": "+apart)
		}
	}
	for _, note := range notes {
		fmt.Println(note)
	}
	fmt.Printf("conformance: mapping-mediator/migrate %d/%d\n", passed, total)
}

// migrateCase converts one document and proves it. It returns why the case stands apart.
func migrateCase(t *testing.T, c *migrationCase) string {
	t.Helper()
	options := objectmapper.MigrateOptions{Mapping: c.bare}
	m, err := objectmapper.Migrate([]byte(c.document), options)
	var broken *objectmapper.DocumentError
	if err != nil {
		require.ErrorAs(t, err, &broken)
		require.Positive(t, broken.Position.Line)
		return "refused: " + broken.Message
	}
	if refused := m.Refused(); len(refused) > 0 {
		var why []string
		for _, n := range refused {
			require.Positive(t, n.Line)
			require.NotEmpty(t, n.Message)
			why = append(why, n.Message)
		}
		return "refused: " + strings.Join(why, "; ")
	}
	proof, err := m.Prove(t.Context(), c.samples)
	require.NoError(t, err)
	if !proof.Holds() {
		// What the document does not say, the inputs tell: which members are lists, or one object where a list is expected.
		options.Samples, options.Single = c.samples, true
		m, err = objectmapper.Migrate([]byte(c.document), options)
		require.NoError(t, err)
		proof, err = m.Prove(t.Context(), c.samples)
		require.NoError(t, err)
	}
	for _, d := range proof.Differences {
		require.NotEmpty(t, d.Purpose, "%s at %q: %s\n%s", c.document, d.Pointer, d.Message, m.Document)
	}
	purposes := map[string]bool{}
	for _, d := range proof.Differences {
		purposes[d.Purpose] = true
	}
	if len(purposes) == 0 {
		return ""
	}
	var list []string
	for _, p := range []string{objectmapper.PurposeEmpty, objectmapper.PurposeExact, objectmapper.PurposeList, objectmapper.PurposeChecked} {
		if purposes[p] {
			list = append(list, p)
		}
	}
	return "on purpose: " + strings.Join(list, ", ")
}
