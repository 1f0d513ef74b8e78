package aggregate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/dhis2"
)

func TestValuesAreOfTheirType(t *testing.T) {
	t.Parallel()
	for typ, c := range map[dhis2.ValueType]struct{ good, bad []string }{
		dhis2.ValueInteger:               {[]string{"0", "1", "-1", "120"}, []string{"", "-0", "01", "1.0", "+1", "1e3", " 1", "١"}},
		dhis2.ValueIntegerPositive:       {[]string{"1", "10"}, []string{"0", "-1", "01"}},
		dhis2.ValueIntegerNegative:       {[]string{"-1"}, []string{"0", "1", "-0"}},
		dhis2.ValueIntegerZeroOrPositive: {[]string{"0", "7"}, []string{"-1", "x"}},
		dhis2.ValueNumber:                {[]string{"0", "-0", "1.5", "-2.25", "1E3", "1.5E-3"}, []string{"1.", ".5", "01", "NaN", "Infinity", "0x1", "1,5", "1e3", "1E999"}},
		dhis2.ValuePercentage:            {[]string{"0", "100", "33.3"}, []string{"-1", "101"}},
		dhis2.ValueUnitInterval:          {[]string{"0", "1", "0.5"}, []string{"1.1", "-0.1"}},
		dhis2.ValueBoolean:               {[]string{"true", "false"}, []string{"yes", "TRUE"}},
		dhis2.ValueTrueOnly:              {[]string{"true"}, []string{"false"}},
		dhis2.ValueDate:                  {[]string{"2026-01-31"}, []string{"2026-02-30", "31.1.2026"}},
		dhis2.ValueDateTime:              {[]string{"2026-01-31", "2026-01-31T10:00", "2026-01-31T10:00:00.5Z", "2026-01-31T10:00:00+0300"}, []string{"2026-01-31T25:00", "2026-02-30T10:00"}},
		dhis2.ValueTime:                  {[]string{"10:00"}, []string{"24:00", "10"}},
		dhis2.ValueLetter:                {[]string{"a", "Z"}, []string{"ab", "1", "é"}},
		dhis2.ValueOrganisationUnit:      {[]string{"lgY4CHs5HtP"}, []string{"FAC_1"}},
		dhis2.ValueLongText:              {[]string{"anything\nat all"}, []string{strings.Repeat("é", 50_001)}},
	} {
		for _, v := range c.good {
			assert.True(t, valid(typ, v), "%s %q", typ, v)
		}
		for _, v := range c.bad {
			assert.False(t, valid(typ, v), "%s %q", typ, v)
		}
	}
}
