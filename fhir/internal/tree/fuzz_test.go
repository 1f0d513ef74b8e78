package tree_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// FuzzParse accepts what encoding/json accepts and reads the same from it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"resourceType":"Patient","name":[{"given":["A",null],"_given":[null,{"id":"x"}]}]}`,
		`[1,-0.5e+10,"\ud83d\ude00",true,false,null,{}]`, "\ufeff{}", `{"a":1,"a":2}`, "\"\xff\"", `[[[`, `{"\u005fa":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tr, err := tree.Parse(data, tree.Limits{})
		if bytes.HasPrefix(data, []byte("\ufeff")) {
			return // encoding/json refuses it
		}
		if valid := json.Valid(data); valid != (err == nil) {
			t.Fatalf("valid %v, but error %v", valid, err)
		}
		if err != nil {
			return
		}
		if !utf8.Valid(data) != hasFlaw(tr, tree.InvalidUTF8) && len(tr.Flaws()) < 100 {
			t.Fatalf("UTF-8 flaw missed or invented")
		}
		if !utf8.Valid(data) {
			return
		}
		for n := tr.Root(); int(n) <= tr.Nodes(); n++ {
			if tr.Kind(n) == tree.String {
				var want string
				if err := json.Unmarshal([]byte(tr.Raw(n)), &want); err != nil || want != tr.Text(n) {
					t.Fatalf("%s read as %q, want %q", tr.Raw(n), tr.Text(n), want)
				}
			}
			if p := tr.Parent(n); n != tr.Root() && (p >= n || tr.End(p) <= n) {
				t.Fatalf("node %d does not stand in its parent %d", n, p)
			}
			if s := tr.Sibling(n); s != 0 && tr.Sibling(s) != n && !hasFlaw(tr, tree.DuplicateName) {
				t.Fatalf("sibling of %d is %d, the sibling of which is %d", n, s, tr.Sibling(s))
			}
		}
	})
}

func hasFlaw(tr *tree.Tree, kind tree.FlawKind) bool {
	for _, f := range tr.Flaws() {
		if f.Kind == kind {
			return true
		}
	}
	return false
}
