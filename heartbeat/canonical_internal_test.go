package heartbeat

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumbersHaveOneFormByValue(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"0":                          {"0", "-0", "0.0", "0e5", "-0.000E-7", "0e99999999999999999999"},
		"10":                         {"10", "10.0", "1e1", "1E+1", "100e-1", "0.001e4", "1.0e01"},
		"-1.5":                       {"-1.5", "-1.50", "-15e-1", "-0.15e1"},
		"0.001":                      {"0.001", "1e-3", "0.0010", "10E-4"},
		"0.000001":                   {"1e-6", "0.000001"},
		"1e-7":                       {"1e-7", "0.0000001", "10e-8"},
		"123456789012345678901":      {"123456789012345678901", "1234567890123456789010e-1"},
		"100000000000000000000":      {"1e20", "100000000000000000000.0"},
		"1e21":                       {"1e21", "1000000000000000000000", "10e20"},
		"1.25e300":                   {"1.25e300", "125e298", "0.125e301"},
		"9007199254740993":           {"9007199254740993", "9007199254740993.0"},
		"9007199254740992":           {"9007199254740992"},
		"1e99999999999999999999":     {"1e99999999999999999999"},
		"-0.5e-99999999999999999999": {"-0.5e-99999999999999999999"},
	}
	for want, spellings := range tests {
		for _, s := range spellings {
			got := string(appendNumber(nil, s))
			assert.Equal(t, want, got, s)
			assert.True(t, json.Valid([]byte(got)), got)
		}
	}
}

func TestTheCanonicalFormSortsKeysAndDropsWhiteSpace(t *testing.T) {
	t.Parallel()
	v, err := parseJSON([]byte(" { \"b\" : [ true , false , null , { } , [ ] ] , \"a\\u0062\" : \"\\u00e9<\" , \"\" : 1e0 } "))
	require.NoError(t, err)
	assert.Equal(t, `{"":1,"ab":"é\u003c","b":[true,false,null,{},[]]}`, string(appendCanonical(nil, v)))
}

func TestAConfigLargerThanACoreCanStoreIsRefused(t *testing.T) {
	t.Parallel()
	c := readConfig([]byte(`{"a":"` + strings.Repeat("x", maxConfig) + `"}`))
	require.NotNil(t, c)
	assert.EqualError(t, c.err, "heartbeat: config is larger than 16 MiB")
	assert.Nil(t, c.raw)
}
