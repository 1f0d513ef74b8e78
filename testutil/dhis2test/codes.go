package dhis2test

import (
	"strconv"
	"strings"
)

// arg is one argument of a message: the text it has in the message, and how
// the report's args spell it.
type arg struct{ text, repr string }

func plain(text string) arg { return arg{text, text} }

// messageText is the message of a code as the version words it.
func (v version) messageText(code string, args []arg) string {
	all := messageTexts[code]
	text := all[0]
	if all[1] != "" && v.atLeast(2, 42) {
		text = all[1]
	}
	if all[2] != "" && v.atLeast(2, 43) {
		text = all[2]
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", a.text)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
