package dhis2map_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/dhis2map"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/mapping"
)

// typedElements is metadata with a data element of each value type, by whose name it is called.
func typedElements(t *testing.T) (*dhis2.Snapshot, []string) {
	t.Helper()
	types := []string{
		"TEXT", "LONG_TEXT", "LETTER", "PHONE_NUMBER", "EMAIL", "BOOLEAN", "TRUE_ONLY", "DATE", "DATETIME", "TIME", "NUMBER", "UNIT_INTERVAL", "PERCENTAGE",
		"INTEGER", "INTEGER_POSITIVE", "INTEGER_NEGATIVE", "INTEGER_ZERO_OR_POSITIVE", "COORDINATE", "ORGANISATION_UNIT", "AGE", "URL", "MULTI_TEXT",
	}
	var elements, members []string
	for i, name := range types {
		uid := fmt.Sprintf("e%010d", i)
		elements = append(elements, fmt.Sprintf(`{"id":%q,"code":%q,"name":%q,"valueType":%q}`, uid, name, name, name))
		members = append(members, fmt.Sprintf(`{"dataElement":{"id":%q}}`, uid))
	}
	s, err := dhis2.ParseMetadata(strings.NewReader(`{"organisationUnits":[{"id":"ouuuuuuuuu1","code":"OU1","name":"Here","path":"/ouuuuuuuuu1"}],
		"dataElements":[` + strings.Join(elements, ",") + `],
		"programs":[{"id":"pppppppppp1","name":"P","programType":"WITHOUT_REGISTRATION","organisationUnits":[{"id":"ouuuuuuuuu1"}],"programStages":[{"id":"ssssssssss1"}]}],
		"programStages":[{"id":"ssssssssss1","name":"S","program":{"id":"pppppppppp1"},"programStageDataElements":[` + strings.Join(members, ",") + `]}]}`))
	require.NoError(t, err)
	return s, types
}

// What $dataValue lets pass, the check of the tracker takes as well: both are the server's rules.
func TestWhatIsWrittenPassesTheCheckOfTheTracker(t *testing.T) {
	t.Parallel()
	s, types := typedElements(t)
	texts := []string{
		`""`, `"a"`, `"ab"`, `"é"`, `" x "`, `"true"`, `"TRUE"`, `"False"`, `true`, `false`, `0`, `-0`, `"-0"`, `"-0.0"`, `1`, `-1`, `1.0`, `1.50`, `"1."`, `".5"`, `"+1"`, `"00"`, `"007.10"`, `1e2`, `1e-2`, `"0.01e-99"`, `"1E+9"`,
		`2147483647`, `2147483648`, `-2147483648`, `-2147483649`, `100`, `100.0001`, `"1,5"`, `"1 000"`, `"٣"`,
		`"2026-01-31"`, `"2026-02-30"`, `"2026-01-31T10:00"`, `"2026-01-31T10:00:00.000Z"`, `"2026-01-31T25:00"`, `"2026-01"`, `"2026"`, `20260131`, `"20260131"`, `" 2026-01-31 "`, `"2026-01-31 10:00"`,
		`"09:30"`, `"9:30"`, `"09:30:00"`, `"24:00"`, `" 09:30 "`,
		`"+254 700 000 000"`, `"0700000000"`, `"call me"`, `"12345"`, `"a@b.c"`, `"a@"`, `"A <a@b.c>"`, `" a@b.c "`, `"http://x.org/a"`, `"x.org"`, `"http://"`, `" http://x.org "`,
		`"[36.8,-1.3]"`, `"36.8,-1.3"`, `"[360,1]"`, `" [1,2] "`, `"ouuuuuuuuu1"`, `" ouuuuuuuuu1 "`, `"ouuuuuuuuu2"`, `"OU1"`, `"a,b"`, `",a,,b,"`, `["a","b"]`, `["a",""]`,
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteByte("0123456789-+.eE:T/ a"[random.IntN(20)])
		}
		text, err := json.Marshal(b.String())
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	opts := options(dhis2map.Config{Snapshot: s})
	for _, kind := range types {
		m, err := compile("map: {event: eventeeven1, program: pppppppppp1, programStage: ssssssssss1, orgUnit: ouuuuuuuuu1, status: ACTIVE, occurredAt: '2026-01-31', dataValues: [{$from: x, $dataValue: "+kind+"}]}", opts)
		require.NoError(t, err)
		passed := 0
		for _, x := range texts {
			out, _, err := m.Run(t.Context(), []byte(`{"x":`+x+`}`), mapping.Options{})
			if err != nil || string(out) == "{}" { // refused, or nothing
				continue
			}
			passed++
			payload, err := tracker.ParsePayload([]byte(`{"events":[` + string(out) + `]}`))
			require.NoError(t, err)
			assert.Empty(t, tracker.Check(s, &payload, tracker.CheckOptions{Version: dhis2.Version{Major: 2, Minor: 42}}), "%s %s gives %s", kind, x, out)
		}
		assert.Positive(t, passed, kind)
	}
}
