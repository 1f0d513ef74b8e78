package validate_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

func TestNarrativesAreBasicXHTMLWithSomethingToRead(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	narrative := func(inside string) fhir.OperationOutcome {
		div := inside
		if !strings.HasPrefix(inside, "!") {
			div = `<div xmlns="http://www.w3.org/1999/xhtml">` + inside + `</div>`
		}
		text, err := json.Marshal(strings.TrimPrefix(div, "!"))
		require.NoError(t, err)
		return outcomeOf(t, v, `{"resourceType":"Patient","text":{"status":"generated","div":`+string(text)+`}}`)
	}
	for _, good := range []string{
		"x", "<p>a &amp; b &#169; &#xA9;</p>", `<table border="1"><tr><td colspan="2">x</td></tr></table>`, `<a href="http://x" name="y">x</a>`, "<!-- <script> --><br/>x", `<img src="http://x" alt='y'/>`,
		`<p style="color: red" class="a">x</p >`,
	} {
		valid(t, narrative(good))
	}
	for bad, words := range map[string]string{
		"": "txt-2", "  \n ": "txt-2", "<br/>": "txt-2", "<p>x": "not well-formed", "x</p>": "not well-formed", "<p><b>x</p></b>": "not well-formed", "a & b": "&amp;", "&nbsp;": "entity",
		"a < b": "&lt;", "<script>x</script>": "script", `<p onclick="x()">x</p>`: "onclick", `<p class=a>x</p>`: "quotes", `<p class="a`: "quotes", "<form>x</form>": "form", `<a href="javascript:x">x</a>`: "script",
		"<!-- x": "comment", "<p": "not well-formed", `<img src="#x"/>`: "contained", strings.Repeat("<b>", 300): "too deeply",
		"!plain": "<div>", "!<p>x</p>": "<div>", `!<div>x</div>`: "namespace", `!<div xmlns="http://www.w3.org/1999/xhtml">x</div><p/>`: "after", `!<div xmlns="http://x">x</div>`: "namespace",
		`!<div xmlns="http://www.w3.org/1999/xhtml"/>`: "txt-2",
	} {
		invalidAt(t, narrative(bad), "Patient.text.div", words)
	}
}
