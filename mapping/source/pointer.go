package source

import (
	"strconv"
	"strings"
)

// tokens splits a JSON pointer (RFC 6901) into its unescaped parts. It returns nil for "" and for
// what is no pointer.
func tokens(pointer string) []string {
	if pointer == "" || pointer[0] != '/' {
		return nil
	}
	parts := strings.Split(pointer[1:], "/")
	if strings.Contains(pointer, "~") {
		unescape := strings.NewReplacer("~1", "/", "~0", "~")
		for i, part := range parts {
			parts[i] = unescape.Replace(part)
		}
	}
	return parts
}

// index reads a token as an array index.
func index(token string) (int, bool) {
	n, err := strconv.Atoi(token)
	if err != nil || n < 0 || token[0] == '+' || token[0] == '-' {
		return 0, false
	}
	return n, true
}
