package source

import (
	"strconv"
	"strings"
)

// locateHL7 translates a pointer into a message: "/OBX/1/5/2/1&2" is "OBX[2]-5[3].1.2".
func locateHL7(pointer string) string {
	path := tokens(pointer)
	where := ""
	next := func() (string, bool) {
		if len(path) == 0 {
			return "", false
		}
		token := path[0]
		path = path[1:]
		return token, true
	}
	for {
		name, ok := next()
		if !ok || name == "__" {
			return where
		}
		if _, number := index(name); !number {
			if where != "" {
				where += "/"
			}
			where += name
			if token, ok := next(); ok {
				n, _ := index(token)
				where += times(n)
			}
			continue
		}
		where += "-" + name
		if token, ok := next(); ok {
			n, _ := index(token)
			where += times(n)
		}
		if token, ok := next(); ok {
			where += "." + strings.ReplaceAll(token, "&", ".")
		}
		return where
	}
}

// times writes the place of something that repeats; n counts from 0, and the first has none.
func times(n int) string {
	if n <= 0 {
		return ""
	}
	return "[" + strconv.Itoa(n+1) + "]"
}
