package tracker_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestParamsAlwaysWriteAsyncStrategyAndAtomicMode(t *testing.T) {
	t.Parallel()
	query, err := tracker.Params{}.Query()
	require.NoError(t, err)
	assert.Equal(t, "async=false&atomicMode=ALL&importStrategy=CREATE_AND_UPDATE", query.Encode())
}

func TestParamsWriteWhatIsSet(t *testing.T) {
	t.Parallel()
	query, err := tracker.Params{
		Strategy: tracker.Delete, Mode: tracker.ValidateOnly, Atomic: tracker.AtomicObject, Flush: tracker.FlushObject,
		Validation: tracker.ValidationFailFast, Report: tracker.ReportFull, SkipRuleEngine: true, SkipSideEffects: true,
		IDScheme: dhis2.SchemeCode, DataElementIDScheme: dhis2.SchemeAttribute("DpYtjCCJVt5"), OrgUnitIDScheme: dhis2.SchemeUID,
		ProgramIDScheme: dhis2.SchemeName, ProgramStageIDScheme: dhis2.SchemeCode,
		CategoryOptionComboIDScheme: dhis2.SchemeCode, CategoryOptionIDScheme: dhis2.SchemeCode,
	}.Query()
	require.NoError(t, err)
	assert.Equal(t, "async=false&atomicMode=OBJECT&categoryOptionComboIdScheme=CODE&categoryOptionIdScheme=CODE"+
		"&dataElementIdScheme=ATTRIBUTE%3ADpYtjCCJVt5&flushMode=OBJECT&idScheme=CODE&importMode=VALIDATE&importStrategy=DELETE"+
		"&orgUnitIdScheme=UID&programIdScheme=NAME&programStageIdScheme=CODE&reportMode=FULL"+
		"&skipRuleEngine=true&skipSideEffects=true&validationMode=FAIL_FAST", query.Encode())
}

func TestParamsRefuseWordsTheServerDoesNotKnow(t *testing.T) {
	t.Parallel()
	for name, params := range map[string]tracker.Params{
		"importStrategy":         {Strategy: "create"},
		"atomicMode":             {Atomic: "NONE"},
		"importMode":             {Mode: "DRY"},
		"flushMode":              {Flush: "X"},
		"validationMode":         {Validation: "X"},
		"reportMode":             {Report: "ALL"},
		"idScheme":               {IDScheme: "code"},
		"orgUnitIdScheme":        {OrgUnitIDScheme: "ATTRIBUTE:abc"},
		"programIdScheme":        {ProgramIDScheme: "NOPE"},
		"categoryOptionIdScheme": {CategoryOptionIDScheme: "UUID"},
	} {
		_, err := params.Query()
		var bad *dhis2.ArgumentError
		require.ErrorAs(t, err, &bad, name)
		assert.Equal(t, name, bad.Argument)
	}
}

func TestParamsRepeatOnlyWhatMayBeSentTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		params tracker.Params
		want   dhis2.Repeat
	}{
		{tracker.Params{}, dhis2.RepeatSafe},
		{tracker.Params{Strategy: tracker.Update}, dhis2.RepeatSafe},
		{tracker.Params{Strategy: tracker.Create}, dhis2.RepeatAuto},
		{tracker.Params{Strategy: tracker.Delete}, dhis2.RepeatAuto},
		{tracker.Params{Strategy: tracker.Delete, Mode: tracker.ValidateOnly}, dhis2.RepeatSafe},
		{tracker.Params{AllowMissingUIDs: true}, dhis2.RepeatNever},
		{tracker.Params{AllowMissingUIDs: true, Mode: tracker.ValidateOnly}, dhis2.RepeatSafe},
	} {
		assert.Equal(t, c.want, c.params.Repeat(), "%+v", c.params)
	}
}
