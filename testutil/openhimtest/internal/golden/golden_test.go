package golden_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/golden"
)

const oid = "507f1f77bcf86cd799439011"

func TestMatchingFindsDifferences(t *testing.T) {
	t.Parallel()
	names := map[string]string{"tx": oid, "medport": "8080"}
	for _, c := range []struct {
		want, got string
		differ    bool
	}{
		{`{"_id":"<tx>","__v":0}`, `{"_id":"` + oid + `","__v":3}`, false},
		{`{"_id":"<tx>"}`, `{"_id":"507f1f77bcf86cd799439012"}`, true},
		{`{"a":{"_id":"<id>"}}`, `{"a":{}}`, false},
		{`{"a":1}`, `{"a":1,"b":2}`, true},
		{`{"a":1,"b":null}`, `{"a":1}`, true},
		{`{"t":"<time>"}`, `{"t":"2026-11-23T06:06:01.123Z"}`, false},
		{`{"t":"<time>"}`, `{"t":"now"}`, true},
		{`{"p":"<medport:number>"}`, `{"p":8080}`, false},
		{`{"p":"<medport:number>"}`, `{"p":"8080"}`, true},
		{`{"p":"http://h:<medport>/"}`, `{"p":"http://h:8080/"}`, false},
		{`{"s":"E: m\n<stack>"}`, `{"s":"E: m\n   at x\n  at y"}`, false},
		{`{"b":{"$parts":[{"repeat":"ab","count":2},{"text":"c"}]}}`, `{"b":"ababc"}`, false},
		{`{"b":{"$sha256":"00","length":1,"head":"x"}}`, `{"b":"x"}`, true},
		{`{"routes":[1,2]}`, `{"routes":[2,1]}`, false},
		{`{"list":[1,2]}`, `{"list":[2,1]}`, true},
		{`{"h":"<a href=\"/x\">"}`, `{"h":"<a href=\"/x\">"}`, false},
	} {
		diffs := golden.NewBindings(names).MatchJSON([]byte(c.want), []byte(c.got), "routes")
		assert.Equal(t, c.differ, len(diffs) > 0, "%s against %s: %v", c.got, c.want, diffs)
	}
}

func TestANameMetStaysBound(t *testing.T) {
	t.Parallel()
	b := golden.NewBindings(nil)
	require.Empty(t, b.MatchJSON([]byte(`{"a":"<child>","b":"<child>"}`), []byte(`{"a":"`+oid+`","b":"`+oid+`"}`)))
	got, bound := b.Get("child")
	assert.True(t, bound)
	assert.Equal(t, oid, got)
	assert.Equal(t, `{"p":8080,"c":"`+oid+`"}`, golden.NewBindings(map[string]string{"medport": "8080", "child": oid}).Expand(`{"p":"<medport:number>","c":"<child>"}`))
	b.Declare("saved")
	require.Empty(t, b.MatchText("x <saved>", "x 17"))
	require.NotEmpty(t, b.MatchText("<saved>", "18"))
}

func TestHeadersAreComparedWithOrderAndCase(t *testing.T) {
	t.Parallel()
	b := golden.NewBindings(nil)
	want := [][2]string{{"A", "1"}, {"B", "<number>"}}
	assert.Empty(t, b.MatchHeaders(want, [][2]string{{"A", "1"}, {"B", "22"}}))
	assert.NotEmpty(t, b.MatchHeaders(want, [][2]string{{"a", "1"}, {"B", "22"}}))
	assert.NotEmpty(t, b.MatchHeaders(want, [][2]string{{"B", "22"}, {"A", "1"}}))
	assert.NotEmpty(t, b.MatchHeaders(want, [][2]string{{"A", "1"}}))
}

func TestARecordingIsRead(t *testing.T) {
	t.Parallel()
	rec, err := golden.Parse([]byte(`{"core":"8.5.0","n":5,"cases":[{"id":"a","title":"T","x":1}]}`))
	require.NoError(t, err)
	require.Len(t, rec.Cases, 1)
	var c struct{ X int }
	require.NoError(t, rec.Cases[0].Decode(&c))
	assert.Equal(t, 1, c.X)
	var n int
	require.NoError(t, rec.Decode("n", &n))
	assert.Equal(t, 5, n)
	require.Error(t, rec.Decode("absent", &n))
	_, err = golden.Parse([]byte(`[]`))
	require.Error(t, err)
}
