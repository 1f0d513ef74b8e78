package source

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// maxColumns is the most columns a table may have: those of the widest spreadsheets.
const maxColumns = 16384

// numbered is the name of a column that has none; i counts from 0.
func numbered(i int) string { return "column_" + strconv.Itoa(i+1) }

// name sets the columns. Space and byte order marks around a name are dropped, because nobody sees
// them in a spreadsheet.
func (c *CSV) name(names []string) fault {
	if len(names) > maxColumns {
		return fault{column: 1, reason: fmt.Sprintf("more than %d columns", maxColumns)}
	}
	c.names = make([]string, len(names))
	c.columns = make(map[string]int, len(names))
	for i, name := range names {
		name = strings.TrimFunc(strings.ToValidUTF8(name, "\uFFFD"), func(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' })
		if strings.ContainsRune(name, 0) {
			return fault{column: 1, reason: fmt.Sprintf("the name of column %d holds a zero byte; the file may be UTF-16 without a byte order mark: set Encoding", i+1)}
		}
		if strings.ContainsRune(name, '\r') {
			return fault{column: 1, reason: fmt.Sprintf("the name of column %d holds a carriage return; lines must end in line feeds", i+1)}
		}
		c.names[i] = name
		if _, taken := c.columns[name]; !taken && name != "" {
			c.columns[name] = i
		}
	}
	if bad := c.number(); bad.reason != "" {
		return bad
	}
	c.keys = make([][]byte, len(c.names))
	for i, name := range c.names {
		c.keys[i] = append(tape.AppendQuoted([]byte{','}, name), ':')
	}
	return fault{}
}

// number gives columns with an empty or repeated name one of their own, if NumberNames allows it.
func (c *CSV) number() fault {
	repeats := map[string]int{}
	for i, name := range c.names {
		first, known := c.columns[name]
		switch {
		case known && first == i:
			continue
		case !c.config.NumberNames && name == "":
			return fault{column: 1, reason: fmt.Sprintf("column %d has no name; name it, or set NumberNames", i+1)}
		case !c.config.NumberNames:
			return fault{column: 1, reason: fmt.Sprintf("columns %d and %d have the same name; rename one, or set NumberNames", first+1, i+1)}
		case name == "":
			name = numbered(i)
		}
		unique := name
		for _, taken := c.columns[unique]; taken; _, taken = c.columns[unique] {
			repeats[name] = max(repeats[name], 1) + 1
			unique = name + "_" + strconv.Itoa(repeats[name])
		}
		c.names[i] = unique
		c.columns[unique] = i
	}
	return fault{}
}
