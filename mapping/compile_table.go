package mapping

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

func (c *compiler) tableNamed(n *doc.Node) *table {
	d := c.tables[n.Text]
	if d == nil || n.Kind != doc.Text {
		names := []string{}
		for _, d := range sorted(c.tables) {
			names = append(names, d.name)
		}
		c.fail(CodeUnknown, n, suggest(n.Text, names), "there is no table %s", n.Text)
		return nil
	}
	d.used = true
	c.table(d)
	return d.table
}

// table compiles a table once.
func (c *compiler) table(d *definition) {
	if d.state != 0 {
		return
	}
	c.in(d, func() {
		n := d.node
		if !c.keys(n, "a table", "map", "file", "conceptmap", "columns", "value", "group", "default", "unmapped", "case", "trim", "description") {
			return
		}
		t := &table{name: d.name, codes: map[string]value{}}
		d.table = t
		t.fold = c.oneOf(n.Get("case"), "case", "fold", "exact") == "fold"
		if trim := n.Get("trim"); trim != nil {
			t.trim = c.flag(trim, "trim")
		}
		t.unmapped = c.oneOf(n.Get("unmapped"), "unmapped", "error", "omit", "keep", "default")
		if other := n.Get("default"); other != nil {
			t.other = c.constant(other, nodeJSON(other)).at
			if t.unmapped == "" {
				t.unmapped = "default"
			}
			if t.unmapped != "default" {
				c.fail(CodeInvalid, other, "leave one of them away", "a default beside unmapped: %s", t.unmapped)
			}
		} else if t.unmapped == "default" {
			c.fail(CodeInvalid, n, "", "unmapped: default without a default")
		}
		if n.Get("map") == nil && n.Get("file") == nil && n.Get("conceptmap") == nil {
			c.fail(CodeInvalid, n, "map: {code: value}, file: name, or conceptmap: name", "a table without entries")
		}
		if inline := n.Get("map"); inline != nil {
			if inline.Kind != doc.Map {
				c.fail(CodeInvalid, inline, "", "map is an object of codes")
			}
			for _, key := range inline.Keys {
				c.entry(t, key.Value, key.Name, nodeJSON(key.Value))
			}
		}
		if file := n.Get("file"); file != nil {
			c.tableFile(t, file, n.Get("columns"))
		}
		if m := n.Get("conceptmap"); m != nil {
			c.conceptMap(t, m, n)
		}
		if t.unmapped == "" {
			t.unmapped = "error"
		}
		c.plan.tables = append(c.plan.tables, t)
	})
}

// entry adds a code to a table; the first one stays.
func (c *compiler) entry(t *table, at *doc.Node, code, json string) {
	code = t.normal(code)
	if _, twice := t.codes[code]; twice {
		c.warn(CodeInvalid, at, "the first one counts", "table %s: the code %q stands twice", t.name, code)
		return
	}
	t.codes[code] = c.constant(at, json).at
}

// tableFile reads name.json, name.json#member or name.csv.
func (c *compiler) tableFile(t *table, at, columns *doc.Node) {
	name, member, _ := strings.Cut(at.Text, "#")
	src, ok := c.readFile(at, name)
	if !ok {
		return
	}
	if strings.EqualFold(path.Ext(name), ".csv") {
		c.tableCSV(t, at, columns, src)
		return
	}
	var d tape.Doc
	if err := d.Parse(src, tape.Limits{}); err != nil {
		c.fail(CodeInvalid, at, "a table's file is JSON or CSV", "the file %s is not JSON: %v", name, err)
		return
	}
	v := d.Value()
	if member != "" {
		reader := newReader()
		steps, ok := c.path(member, at.Text, at)
		if !ok {
			return
		}
		v, _ = reader.Get(v, steps)
	}
	if v.Kind() != tape.Object {
		c.fail(CodeInvalid, at, "a table is an object of codes and values", "%s is %s", at.Text, v.Kind())
		return
	}
	for m, end := v.Doc.First(v.Node), v.Doc.End(v.Node); m < end; m = v.Doc.Next(m) {
		key, escapes := v.Doc.Key(m)
		if escapes {
			key = tape.Unescape(nil, key)
		}
		c.entry(t, at, string(key), string(v.Doc.Raw(m)))
	}
}

// tableCSV reads a table with a line of names: the code's column and the value's, the first
// two unless columns: names others. Several value columns give objects.
func (c *compiler) tableCSV(t *table, at, columns *doc.Node, src []byte) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(src, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil || len(head) < 2 {
		c.fail(CodeInvalid, at, "", "%s has no line of at least two names", at.Text)
		return
	}
	use := []int{0, 1}
	if columns != nil {
		use = nil
		for _, item := range columns.Items {
			i := slices.Index(head, item.Text)
			if i < 0 {
				c.fail(CodeUnknown, item, suggest(item.Text, head), "%s has no column %s", at.Text, item.Text)
				return
			}
			use = append(use, i)
		}
		if len(use) < 2 {
			c.fail(CodeInvalid, columns, "columns: [code, value]", "columns names the code's column and the value's")
			return
		}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			c.fail(CodeInvalid, at, "", "%s: %v", at.Text, err)
			return
		}
		cell := func(i int) string {
			if i < len(row) {
				return row[i]
			}
			return ""
		}
		json := quoted(cell(use[1]))
		if len(use) > 2 {
			var members []string
			for _, i := range use[1:] {
				members = append(members, quoted(head[i])+":"+quoted(cell(i)))
			}
			json = "{" + strings.Join(members, ",") + "}"
		}
		c.entry(t, at, cell(use[0]), json)
	}
}

// conceptMap reads a FHIR ConceptMap (R4 or R5): of each code the target that is the most
// precise by its equivalence, as long as it is one and depends on nothing else. value: coding gives {system, code, display} instead of the code.
func (c *compiler) conceptMap(t *table, at, n *doc.Node) {
	src := []byte(nodeJSON(at))
	if at.Kind == doc.Text {
		var ok bool
		if src, ok = c.readFile(at, at.Text); !ok {
			return
		}
	}
	var d tape.Doc
	if err := d.Parse(src, tape.Limits{}); err != nil {
		c.fail(CodeInvalid, at, "", "the ConceptMap is not JSON: %v", err)
		return
	}
	text := func(v value, name string) string {
		m := v.Doc.Member(v.Node, name)
		if m == 0 || v.Doc.Kind(m) != tape.String {
			return ""
		}
		return string(value{Doc: v.Doc, Node: m}.Text(nil))
	}
	items := func(v value, name string, do func(item value)) {
		m := v.Doc.Member(v.Node, name)
		if m == 0 || v.Doc.Kind(m) != tape.Array {
			return
		}
		for i, end := v.Doc.First(m), v.Doc.End(m); i < end; i = v.Doc.Next(i) {
			if item := v.Doc.At(i); item.Kind() == tape.Object {
				do(item)
			}
		}
	}
	root := d.Value()
	if root.Kind() != tape.Object || text(root, "resourceType") != "ConceptMap" {
		c.fail(CodeInvalid, at, "", "not a FHIR ConceptMap")
		return
	}
	coding := c.oneOf(n.Get("value"), "value", "code", "coding") == "coding"
	source, target := "", ""
	if g := n.Get("group"); g != nil && c.keys(g, "group", "source", "target") {
		if s := g.Get("source"); s != nil {
			source = s.Text
		}
		if s := g.Get("target"); s != nil {
			target = s.Text
		}
	}
	groups := 0
	result := func(system, code, display string) string {
		if !coding {
			return quoted(code)
		}
		json := "{"
		for _, m := range [][2]string{{"system", system}, {"code", code}, {"display", display}} {
			if m[1] == "" {
				continue
			}
			if len(json) > 1 {
				json += ","
			}
			json += quoted(m[0]) + ":" + quoted(m[1])
		}
		return json + "}"
	}
	items(root, "group", func(group value) {
		system := text(group, "target")
		if source != "" && text(group, "source") != source || target != "" && system != target {
			return
		}
		groups++
		items(group, "element", func(element value) {
			code := text(element, "code")
			best, rank, tie := value{}, notAMatch, false
			items(element, "target", func(to value) {
				switch r := matchRank(text(to, "equivalence") + text(to, "relationship")); {
				case r >= notAMatch || text(to, "code") == "":
				case to.Doc.Member(to.Node, "dependsOn") != 0:
					// Only right where something else holds, which a table cannot know.
				case r < rank:
					best, rank, tie = to, r, false
				case r == rank && text(to, "code") != text(best, "code"):
					tie = true
				}
			})
			switch {
			case rank == notAMatch || code == "":
			case tie:
				c.warn(CodeInvalid, at, "the code counts as unmapped; take all but one of the targets out, or say which is the more precise by its equivalence",
					"table %s: the code %q has several targets that are equally precise", t.name, code)
			default:
				c.entry(t, at, code, result(system, text(best, "code"), text(best, "display")))
			}
		})
		unmapped := value{Doc: group.Doc, Node: group.Doc.Member(group.Node, "unmapped")}
		if unmapped.Node == 0 || t.unmapped != "" {
			return
		}
		switch mode := text(unmapped, "mode"); mode {
		case "fixed":
			t.unmapped, t.other = "default", c.constant(at, result(system, text(unmapped, "code"), text(unmapped, "display"))).at
		case "provided", "use-source-code":
			t.unmapped = "keep"
		default:
			c.fail(CodeInvalid, at, "set unmapped: at the table", "the ConceptMap's unmapped mode %q is not supported", mode)
		}
	})
	if groups == 0 {
		c.fail(CodeInvalid, at, "group: {source, target} chooses one", "%s", fmt.Sprintf("the ConceptMap has no group from %q to %q", source, target))
	}
}

// notAMatch is the rank of an equivalence whose target is no translation.
const notAMatch = 8

// matchRank orders the equivalences of R4 and the relationships of R5 by how much of the meaning
// survives: the same, more general, less general, overlapping, unknown. What is not listed, and
// unmatched, disjoint and not-related-to, is no match.
func matchRank(equivalence string) int {
	order := [notAMatch]string{"equal", "equivalent", "subsumes", "wider", "specializes", "narrower", "inexact", "relatedto"}
	switch equivalence {
	case "source-is-narrower-than-target":
		equivalence = "wider"
	case "source-is-broader-than-target":
		equivalence = "narrower"
	case "related-to":
		equivalence = "relatedto"
	}
	if i := slices.Index(order[:], equivalence); i >= 0 {
		return i
	}
	return notAMatch
}
