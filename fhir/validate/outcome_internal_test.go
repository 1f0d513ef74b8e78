package validate

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestCharactersAreCodePoints(t *testing.T) {
	t.Parallel()
	const text = "plain ascii äöü 名前 😀 é mixed, and a little more of it \u0080 \u07ff \u0800 \uffff"
	for i := range len(text) {
		for j := i; j <= len(text); j++ {
			if part := text[i:j]; utf8.ValidString(part) {
				assert.Equal(t, utf8.RuneCountInString(part), characters(part), part)
			}
		}
	}
	assert.Equal(t, 3000, characters(strings.Repeat("é名a", 1000)))
}
