package tree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/internal/tree"
)

func parse(t *testing.T, text string) *tree.Tree {
	t.Helper()
	tr, err := tree.Parse([]byte(text), tree.Limits{})
	require.NoError(t, err)
	return tr
}

func TestNodesKnowTheirTextNameAndPlace(t *testing.T) {
	t.Parallel()
	tr := parse(t, "{\n \"resourceType\":\"Patient\",\n \"é\":\"x\", \"n\" : [ 1.10, -0e5, true,false , null ],\"o\":{}}")
	root := tr.Root()
	assert.Equal(t, tree.Object, tr.Kind(root))
	assert.Equal(t, 4, tr.Len(root))
	n := tr.Member(root, "n")
	assert.Equal(t, tree.Array, tr.Kind(n))
	var raws []string
	for c := range tr.Children(n) {
		raws = append(raws, tr.Raw(c))
		assert.Equal(t, len(raws)-1, tr.Index(c))
		assert.Equal(t, n, tr.Parent(c))
		assert.Empty(t, tr.Name(c))
	}
	assert.Equal(t, []string{"1.10", "-0e5", "true", "false", "null"}, raws)
	assert.Equal(t, "1.10", tr.Raw(tr.At(n, 0)), "a number keeps its spelling")
	assert.Equal(t, "Patient", tr.Text(tr.Member(root, "resourceType")))
	line, column := tr.Position(tr.NameOffset(n))
	assert.Equal(t, []int{3, 11}, []int{line, column}, "columns count characters")
	line, column = tr.Position(0)
	assert.Equal(t, []int{1, 1}, []int{line, column})
	assert.Equal(t, "o", tr.Name(tr.Member(root, "o")))
	assert.Equal(t, 0, tr.Len(tr.Member(root, "o")))
	assert.Empty(t, tr.Flaws())
}

func TestTheZeroNodeCanBeReadLikeAnEmptyOne(t *testing.T) {
	t.Parallel()
	tr := parse(t, `{"a":1}`)
	none := tr.Member(tr.Root(), "b")
	assert.Zero(t, none)
	assert.Equal(t, tree.Missing, tr.Kind(none))
	assert.Empty(t, tr.Raw(none))
	assert.Zero(t, tr.Len(none))
	assert.Zero(t, tr.Member(none, "x"))
	assert.Zero(t, tr.At(none, 0))
	assert.Zero(t, tr.Sibling(none))
	assert.Equal(t, -1, tr.Index(none))
	for range tr.Children(none) {
		t.Error("the zero node has a child")
	}
}

func TestSiblingJoinsTheHalvesOfPrimitives(t *testing.T) {
	t.Parallel()
	tr := parse(t, `{"birthDate":"1970","_birthDate":{"id":"b"},"given":["A",null],"_given":[null,{"id":"g"}],"_only":{"id":"o"}}`)
	root := tr.Root()
	birthDate, sibling := tr.Member(root, "birthDate"), tr.Member(root, "_birthDate")
	assert.Equal(t, sibling, tr.Sibling(birthDate))
	assert.Equal(t, birthDate, tr.Sibling(sibling))
	given, siblings := tr.Member(root, "given"), tr.Member(root, "_given")
	assert.Equal(t, tr.At(siblings, 1), tr.Sibling(tr.At(given, 1)))
	assert.Equal(t, tr.At(given, 0), tr.Sibling(tr.At(siblings, 0)))
	assert.Equal(t, tr.Member(root, "_only"), tr.Underscored(root, "only"))
	assert.Zero(t, tr.Sibling(tr.Member(root, "_only")))
	assert.True(t, tr.HasUnderscored(root))
}

func TestTextResolvesEscapes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"a\"\\\/\b\f\n\r\tz"`:  "a\"\\/\b\f\n\r\tz",
		`"\u00e9\u20AC"`:        "é€",
		`"\uD83D\uDE00!"`:       "😀!",
		`"\uD83D"`:              "\ufffd",
		`"\uDE00\uD83D\u0041"`:  "\ufffd\ufffdA",
		`"\uD83D\\uDE00"`:       "\ufffd\\uDE00",
		`"eight chars or more"`: "eight chars or more",
	} {
		assert.Equal(t, want, parse(t, text).Text(1), text)
	}
	tr := parse(t, `{"\u0061b":1,"\u005fab":2}`)
	assert.Equal(t, "ab", tr.Name(tr.Member(1, "ab")))
	assert.Equal(t, tr.Member(1, "_ab"), tr.Sibling(tr.Member(1, "ab")))
}

func TestDoubtfulTextsAreReadAndTheirFlawsKept(t *testing.T) {
	t.Parallel()
	many := &strings.Builder{}
	for i := range 100 {
		fmt.Fprintf(many, `"m%d":0,`, i)
	}
	for name, c := range map[string]struct {
		text string
		want []tree.Flaw
	}{
		"duplicate":             {`{"a":1,"b":{"a":2},"a":3}`, []tree.Flaw{{Kind: tree.DuplicateName, Offset: 19, Node: 5}}},
		"duplicate by escape":   {`{"a":1,"\u0061":3}`, []tree.Flaw{{Kind: tree.DuplicateName, Offset: 7, Node: 3}}},
		"duplicate of many":     {"{" + many.String() + `"m3":1}`, []tree.Flaw{{Kind: tree.DuplicateName, Offset: 791, Node: 102}}},
		"duplicate before many": {`{"m3":1,` + many.String() + `"z":1}`, []tree.Flaw{{Kind: tree.DuplicateName, Offset: 29, Node: 6}}},
		"not UTF-8":             {"[\"\xff\xfe\",\"\xc3\"]", []tree.Flaw{{Kind: tree.InvalidUTF8, Offset: 2}, {Kind: tree.InvalidUTF8, Offset: 7}}},
		"surrogates":            {`["\ud83d","\uD83D\uDE00","\\ud83d","\ude00"]`, []tree.Flaw{{Kind: tree.LoneSurrogate, Offset: 2}, {Kind: tree.LoneSurrogate, Offset: 36}}},
		"byte order mark":       {"\ufeff{}", []tree.Flaw{{Kind: tree.ByteOrderMark}}},
		"none":                  {`{"a":{"a":1},"b":[{"a":1},{"a":1}]}`, nil},
	} {
		assert.Equal(t, c.want, parse(t, c.text).Flaws(), name)
	}
}

func TestWhatIsNoJSONIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "line 1, column 1: the text ends where a value should follow",
		"{\n \"a\" 1}":        "line 2, column 6: something else where a colon should stand",
		`{"a":1,}`:            `line 1, column 8: '}' where a member's name in quotes should stand`,
		`[1,]`:                `line 1, column 4: ']' where a value should stand`,
		`[1 2]`:               "line 1, column 4: something else where a comma or the end of the object or array should stand",
		`[1}`:                 `line 1, column 3: '}' where a comma or the end of the object or array should stand`,
		`{"a":1`:              "line 1, column 7: the text ends where a comma or the end of the object or array should follow",
		`{} x`:                "line 1, column 4: text after the end of the value",
		`"a`:                  "line 1, column 1: a string that is not closed",
		"\"a\nb\"":            "line 1, column 3: a control character in a string",
		`"\x"`:                "line 1, column 2: an escape that JSON does not know",
		`"\u12G4"`:            "line 1, column 2: an escape that JSON does not know",
		`01`:                  "line 1, column 1: a number that JSON does not know",
		`[-]`:                 "line 1, column 2: a number that JSON does not know",
		`1.`:                  "line 1, column 1: a number that JSON does not know",
		`1e+`:                 "line 1, column 1: a number that JSON does not know",
		`nul`:                 "line 1, column 1: something else where a value should stand",
		`[[[[1]]]]`:           "line 1, column 4: nested deeper than 3",
		`[0,0,0,0,0,0,0,0,0]`: "line 1, column 16: more than 8 values",
	} {
		tr, err := tree.Parse([]byte(text), tree.Limits{Depth: 3, Nodes: 8})
		var fault *tree.Error
		require.ErrorAs(t, err, &fault, text)
		assert.Equal(t, want, err.Error(), text)
		assert.Nil(t, tr)
		assert.Equal(t, strings.Contains(want, "than"), fault.Limit, text)
	}
	_, err := tree.Parse([]byte(`[1]`), tree.Limits{Bytes: 2})
	require.ErrorContains(t, err, "the text has 3 bytes, more than 2")
}
