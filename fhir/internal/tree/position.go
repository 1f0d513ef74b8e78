package tree

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Position returns the line and the column of an offset, both from 1. Columns count
// characters (code points), lines end with LF.
func (t *Tree) Position(offset int) (line, column int) {
	t.linesOnce.Do(func() {
		lines := make([]uint32, 1, 1+strings.Count(t.src, "\n"))
		for i := 0; ; {
			n := strings.IndexByte(t.src[i:], '\n')
			if n < 0 {
				break
			}
			i += n + 1
			lines = append(lines, narrow(i))
		}
		t.lines = lines
	})
	offset = max(0, min(offset, len(t.src)))
	line = sort.Search(len(t.lines), func(i int) bool { return int(t.lines[i]) > offset })
	return line, utf8.RuneCountInString(t.src[t.lines[line-1]:offset]) + 1
}

// position is Position for a text that has no Tree yet.
func position(src []byte, offset int) (line, column int) {
	line, start := 1, 0
	for i, c := range src[:offset] {
		if c == '\n' {
			line, start = line+1, i+1
		}
	}
	return line, utf8.RuneCount(src[start:offset]) + 1
}
