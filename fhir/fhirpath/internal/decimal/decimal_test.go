package decimal_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
)

func dec(t *testing.T, text string) decimal.Decimal {
	t.Helper()
	d, ok := decimal.Parse(text)
	assert.True(t, ok, text)
	return d
}

func TestDecimalsKeepTheirDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0", "1.10": "1.10", "-0.00": "0.00", "+5": "5", "007.50": "7.50", "1e2": "100", "1.5E-3": "0.0015", "1.50e1": "15.0",
		"123456789012345678901234567890.123": "123456789012345678901234567890.123", "-9223372036854775808": "-9223372036854775808",
		"0.000000000000000000000000000001": "0.000000000000000000000000000001",
	} {
		assert.Equal(t, want, dec(t, text).String(), text)
	}
	for _, text := range []string{"", "-", ".5", "1.", "1e", "--1", "1,5", "1e99999", "0x1", "1_0", " 1", "NaN", strings.Repeat("9", 3000)} {
		_, ok := decimal.Parse(text)
		assert.False(t, ok, text)
	}
}

func TestArithmeticIsExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, op, b, want string }{
		{"0.1", "+", "0.2", "0.3"},
		{"1.10", "+", "2.2", "3.30"},
		{"9223372036854775807", "+", "1", "9223372036854775808"},
		{"-9223372036854775807", "-", "5", "-9223372036854775812"},
		{"1.20", "*", "1.8", "2.160"},
		{"99999999999", "*", "99999999999", "9999999999800000000001"},
		{"1", "/", "3", "0.3333333333333333333333333333"},
		{"2", "/", "3", "0.6666666666666666666666666667"},
		{"7", "/", "2", "3.5"},
		{"-7", "/", "2", "-3.5"},
		{"4.0", "/", "2.0", "2"},
		{"1", "/", "1000000000000000000000000000000", "0.000000000000000000000000000001"},
		{"100", "/", "7", "14.28571428571428571428571429"},
		{"-1", "/", "30", "-0.03333333333333333333333333333"},
		{"0", "/", "5", "0"},
		{"7", "div", "2", "3"},
		{"-7", "div", "2", "-3"},
		{"2.2", "div", "1.8", "1"},
		{"7", "mod", "2", "1"},
		{"-7", "mod", "2", "-1"},
		{"2.2", "mod", "1.8", "0.4"},
	} {
		a, b := dec(t, c.a), dec(t, c.b)
		ops := map[string]func(decimal.Decimal) (decimal.Decimal, bool){"+": a.Add, "-": a.Sub, "*": a.Mul, "/": a.Quo, "div": a.Div, "mod": a.Mod}
		got, ok := ops[c.op](b)
		assert.True(t, ok)
		assert.Equal(t, c.want, got.String(), "%s %s %s", c.a, c.op, c.b)
	}
	for _, divide := range []func(decimal.Decimal) (decimal.Decimal, bool){dec(t, "1").Quo, dec(t, "1").Div, dec(t, "1").Mod} {
		_, ok := divide(dec(t, "0.00"))
		assert.False(t, ok)
	}
}

func TestRoundingAndPowers(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"3", "-3", "3.14", "3.142", "0", "2.5"}, []string{
		dec(t, "2.5").Round(0).String(), dec(t, "-2.5").Round(0).String(), dec(t, "3.1415").Round(2).String(),
		dec(t, "3.1415").Round(3).String(), dec(t, "0.4999").Round(0).String(), dec(t, "2.5").Round(4).String(),
	})
	assert.Equal(t, []string{"-2", "-1", "2", "1", "-1", "1.5"}, []string{
		dec(t, "-1.1").Floor().String(), dec(t, "-1.1").Ceil().String(), dec(t, "1.1").Ceil().String(), dec(t, "1.9").Floor().String(),
		dec(t, "-1.9").Trunc().String(), dec(t, "1.59").Cut(1).String(),
	})
	p, ok := dec(t, "2.5").Pow(3)
	assert.True(t, ok)
	assert.Equal(t, "15.625", p.String())
	p, ok = dec(t, "2").Pow(-2)
	assert.True(t, ok)
	assert.Equal(t, "0.25", p.String())
	_, ok = dec(t, "9").Pow(1 << 40)
	assert.False(t, ok, "too many digits")
	_, ok = dec(t, "0").Pow(-1)
	assert.False(t, ok)
	assert.Equal(t, "1.100", dec(t, "1.1").Pad(3).String())
	assert.Equal(t, dec(t, "1.10").Canonical(), dec(t, "1.1").Canonical())
	assert.Equal(t, "0", dec(t, "-0.0").Canonical())
}

// FuzzArithmetic compares with big.Rat.
func FuzzArithmetic(f *testing.F) {
	f.Add("1.10", "-2.2")
	f.Add("9223372036854775807", "0.000001")
	f.Add("1e20", "-1E-20")
	f.Fuzz(func(t *testing.T, x, y string) {
		a, okA := decimal.Parse(x)
		b, okB := decimal.Parse(y)
		if !okA || !okB {
			return
		}
		if back, ok := decimal.Parse(a.String()); !ok || back.Cmp(a) != 0 || back.String() != a.String() {
			t.Fatalf("%q is written %q", x, a.String())
		}
		if got, want := a.Cmp(b), a.Rat().Cmp(b.Rat()); got != want {
			t.Fatalf("compare %s and %s: %d, want %d", a, b, got, want)
		}
		check := func(op string, d decimal.Decimal, ok bool, want *big.Rat) {
			if ok && d.Rat().Cmp(want) != 0 {
				t.Fatalf("%s %s %s = %s, want %s", a, op, b, d, want)
			}
		}
		sum, ok := a.Add(b)
		check("+", sum, ok, new(big.Rat).Add(a.Rat(), b.Rat()))
		product, ok := a.Mul(b)
		check("*", product, ok, new(big.Rat).Mul(a.Rat(), b.Rat()))
		if b.Sign() != 0 {
			whole, _ := a.Div(b)
			rest, _ := a.Mod(b)
			back, okBack := whole.Mul(b)
			if total, ok := back.Add(rest); ok && okBack && total.Cmp(a) != 0 {
				t.Fatalf("%s div %s = %s, mod %s", a, b, whole, rest)
			}
			a.Quo(b)
		}
	})
}
