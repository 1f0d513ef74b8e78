package ucum_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/ucum"
)

func TestUnitsConvertExactly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, from, to, want string }{
		{"1", "g", "mg", "1000"},
		{"185", "[lb_av]", "kg", "1678291769/20000000"},
		{"1", "kg.m/s2", "N", "1"},
		{"5", "mg/dL", "g/L", "1/20"},
		{"1", "h", "min", "60"},
		{"1", "wk", "d", "7"},
		{"1", "[in_i]", "cm", "127/50"},
		{"37", "Cel", "K", "6203/20"},
		{"986/10", "[degF]", "Cel", "37"},
		{"1", "10*3/uL", "10*9/L", "1"},
		{"120", "mm[Hg]", "kPa", "399966/25000"},
		{"1", "L", "mL", "1000"},
		{"1", "dm3", "L", "1"},
		{"1", "mo", "a", "1/12"},
		{"1", "{tablet}", "1", "1"},
		{"50", "%", "1", "1/2"},
		{"1", "meq/L", "mmol/L", "1"},
		{"1", "k[iU]/L", "[IU]/mL", "1"},
		{"1", "KiBy", "bit", "8192"},
		{"1", "m2", "cm2", "10000"},
		{"1", "/min", "Hz", "1/60"},
		{"1", "(kg.m)/(s.s)", "N", "1"},
		{"1", "U/L", "nkat/L", "50/3"},
		{"1", "umol/min", "U", "1"},
		{"1", "m[H2O]", "cm[H2O]", "100"},
		{"60", "mL/min/{1.73_m2}", "mL/s", "1"},
		{"2", "s-1", "Hz", "2"},
		{"2", "100.m", "m", "200"},
	} {
		from, ok := ucum.Parse(c.from)
		to, okTo := ucum.Parse(c.to)
		if !assert.True(t, ok && okTo && from.Comparable(to), "%s and %s", c.from, c.to) {
			continue
		}
		value, _ := new(big.Rat).SetString(c.value)
		want, _ := new(big.Rat).SetString(c.want)
		assert.Equal(t, want.RatString(), ucum.Convert(value, from, to).RatString(), "%s %s in %s", c.value, c.from, c.to)
	}
}

func TestUnitsOfOtherDimensionsDoNotCompare(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"g", "m"}, {"mol", "1"}, {"[iU]", "g"}, {"[arb'U]", "[iU]"}, {"mmol/L", "mg/dL"}, {"Cel", "J"}, {"[pH]", "1"}} {
		a, ok := ucum.Parse(c[0])
		b, okB := ucum.Parse(c[1])
		assert.True(t, ok && okB, c)
		assert.False(t, a.Comparable(b), c)
	}
}

func TestWhatIsNoUnitIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[s]", "mmHg", "foo", "m/", "(m", "m)", "{x", "m..s", "kmin", "m 2", "0", "m999", "-1", "[", "é", "10*99999999999"} {
		_, ok := ucum.Parse(text)
		assert.False(t, ok, text)
	}
}

func TestProductsAreWrittenWithTheAtomsOfBoth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		sign int
		want string
	}{
		{"cm", "m", 1, "cm.m"},
		{"m", "m", 1, "m2"},
		{"m", "m", -1, "1"},
		{"g", "m", -1, "g/m"},
		{"m2", "m", -1, "m"},
		{"1", "s", -1, "/s"},
		{"mg/dL", "dL", 1, "mg"},
		{"m/s", "s", -1, "m/s2"},
		{"{a}", "m", 1, "m"},
	} {
		got, ok := ucum.Product(c.a, c.b, c.sign)
		assert.True(t, ok)
		assert.Equal(t, c.want, got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"mg/dL", "10*3/uL", "(kg.m)/s2{x}", "Cel", "[in_i'H2O]", "m-99", "((((m))))", "Ym99.Ym99.Ym99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, ok := ucum.Parse(text)
		if !ok {
			return
		}
		if !u.Comparable(u) {
			t.Fatal("a unit does not compare with itself")
		}
		if product, ok := ucum.Product(text, text, -1); ok && product != "1" {
			if p, ok := ucum.Parse(product); ok && !p.One() && p.Comparable(u) {
				t.Fatalf("%s / %s = %s", text, text, product)
			}
		}
	})
}
