package decimal_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/internal/decimal"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

func TestNumbersAreInOrder(t *testing.T) {
	t.Parallel()
	order := []string{
		"-1e99999999999999999999", "-1e500", "-9007199254740993", "-9007199254740992.5", "-1", "-0.001", "-1e-500",
		"0", "1e-500", "0.00100000000000000000000000001", "1", "1.0000000000000000000000000000001", "9", "10", "9007199254740992", "9007199254740993", "1e400", "2e499", "1e500", "1e99999999999999999999",
	}
	for i, a := range order {
		for j, b := range order {
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			assert.Equal(t, want, decimal.Compare([]byte(a), []byte(b)), "%s and %s", a, b)
		}
	}
	for _, same := range [][2]string{{"1", "1.0"}, {"1", "10e-1"}, {"-0", "0.000e9"}, {"100", "1E+2"}, {"0.1", "1e-1"}} {
		assert.Zero(t, decimal.Compare([]byte(same[0]), []byte(same[1])), "%v", same)
		assert.Equal(t, string(decimal.AppendKey(nil, []byte(same[0]))), string(decimal.AppendKey(nil, []byte(same[1]))))
	}
	assert.Equal(t, "1200", string(decimal.AppendKey(nil, []byte("12e2"))))
}

func TestVastNumbersAreNotCalculatedWith(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1": true, "-1.5e400": true, "1E-400": true, "1e401": false, "1e-99999999999999999999": false,
		strings.Repeat("9", 1000): true, strings.Repeat("9", 1001): false,
	} {
		assert.Equal(t, want, decimal.Calculable([]byte(text)), text)
	}
}

// FuzzCompare: the order is that of exact arithmetic, and equal numbers have one key.
func FuzzCompare(f *testing.F) {
	f.Add("1", "1.0")
	f.Add("-12.50e3", "0.0001E+8")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !tape.IsNumber([]byte(a)) || !tape.IsNumber([]byte(b)) || long(a) || long(b) {
			return
		}
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		require.Equal(t, x.Cmp(y), decimal.Compare([]byte(a), []byte(b)))
		require.Equal(t, x.Cmp(y) == 0, string(decimal.AppendKey(nil, []byte(a))) == string(decimal.AppendKey(nil, []byte(b))))
	})
}

// long reports whether exact arithmetic would take long.
func long(text string) bool {
	i := strings.IndexAny(text, "eE")
	return len(text) > 200 || i >= 0 && len(text)-i > 5
}
