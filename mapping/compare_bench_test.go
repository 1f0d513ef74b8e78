package mapping_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/expr-lang/expr"
	"github.com/itchyny/gojq"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/mapping"
)

// The mappings of mapping-bench by other means, from bytes to bytes: encoding/json with
// structs, gojq and expr-lang. Each one's output is checked against the corpus before it is
// measured. compare_patient_test.go has a, compare_tracker_test.go b and
// compare_events_test.go c.

// byOtherMeans is a mapping in the three other ways.
type byOtherMeans struct {
	structs func(in []byte, tables handTables) ([]byte, error)
	jq      string // $t are the tables
	expr    string // doc is the input, t are the tables
}

func comparisons() map[string]byOtherMeans {
	return map[string]byOtherMeans{
		"a": {structsPatient, jqPatient, exprPatient},
		"b": {structsTracker, jqTracker, exprTracker},
		"c": {structsEvents, jqEvents, exprEvents},
	}
}

func decode(tb testing.TB, src []byte) map[string]any {
	tb.Helper()
	var v map[string]any
	require.NoError(tb, json.Unmarshal(src, &v))
	return v
}

// compact leaves out what is missing or empty, as every mapping to FHIR or DHIS2 has to.
func compact(m map[string]any) map[string]any {
	for k, v := range m {
		switch v := v.(type) {
		case nil:
			delete(m, k)
		case []any:
			if len(v) == 0 {
				delete(m, k)
			}
		case map[string]any:
			if len(v) == 0 {
				delete(m, k)
			}
		}
	}
	return m
}

// others are the ways, each ready to run.
func others(tb testing.TB, by byOtherMeans, tables []byte) map[string]func(in []byte) ([]byte, error) {
	tb.Helper()
	t := decode(tb, tables)
	query, err := gojq.Parse(by.jq)
	require.NoError(tb, err)
	code, err := gojq.Compile(query, gojq.WithVariables([]string{"$t"}))
	require.NoError(tb, err)
	program, err := expr.Compile(by.expr,
		expr.Function("compact", func(args ...any) (any, error) {
			m, _ := args[0].(map[string]any)
			return compact(m), nil
		}),
		expr.Function("number", func(args ...any) (any, error) {
			s, _ := args[0].(string)
			return strconv.ParseFloat(s, 64)
		}))
	require.NoError(tb, err)
	hand := readTables(tb, tables)
	return map[string]func(in []byte) ([]byte, error){
		"structs": func(in []byte) ([]byte, error) { return by.structs(in, hand) },
		"gojq": func(in []byte) ([]byte, error) {
			var v any
			if err := json.Unmarshal(in, &v); err != nil {
				return nil, err
			}
			out, _ := code.Run(v, any(t)).Next()
			if err, bad := out.(error); bad {
				return nil, err
			}
			return json.Marshal(out)
		},
		"expr": func(in []byte) ([]byte, error) {
			var v map[string]any
			if err := json.Unmarshal(in, &v); err != nil {
				return nil, err
			}
			out, err := expr.Run(program, map[string]any{"doc": v, "t": t})
			if err != nil {
				return nil, err
			}
			return json.Marshal(out)
		},
	}
}

func TestOtherMeansGiveWhatTheCorpusExpects(t *testing.T) {
	t.Parallel()
	dir := benchDir(t)
	tables := readCorpus(t, dir, "maps/tables.json")
	for name, by := range comparisons() {
		for way, do := range others(t, by, tables) {
			for _, input := range []string{"1", "2"} {
				if name == "c" && input == "2" {
					continue
				}
				out, err := do(readCorpus(t, dir, "inputs/"+name+input+".json"))
				require.NoError(t, err, "%s%s by %s", name, input, way)
				require.True(t, gjson.ValidBytes(out))
				require.JSONEq(t, string(readCorpus(t, dir, "expected/"+name+input+".json")), string(out), "%s%s by %s", name, input, way)
			}
		}
	}
}

// BenchmarkOtherMeans runs the engine in turns with each, outside the clock, and reports how
// many times as long as the engine's best run the best one takes.
func BenchmarkOtherMeans(b *testing.B) {
	dir := benchDir(b)
	tables := readCorpus(b, dir, "maps/tables.json")
	for _, name := range []string{"a", "b", "c"} {
		in := readCorpus(b, dir, "inputs/"+name+"1.json")
		all := others(b, comparisons()[name], tables)
		m := compileSpike(b, dir, name)
		for _, way := range []string{"structs", "expr", "gojq"} {
			b.Run(name+"/"+way, func(b *testing.B) {
				b.SetBytes(int64(len(in)))
				b.ReportAllocs()
				best := [2]time.Duration{time.Hour, time.Hour}
				for b.Loop() {
					start := time.Now()
					if _, err := all[way](in); err != nil {
						b.Fatal(err)
					}
					best[0] = min(best[0], time.Since(start))
					b.StopTimer()
					start = time.Now()
					if _, _, err := m.Run(b.Context(), in, mapping.Options{}); err != nil {
						b.Fatal(err)
					}
					best[1] = min(best[1], time.Since(start))
					b.StartTimer()
				}
				b.ReportMetric(float64(best[0])/float64(best[1]), "times-engine")
			})
		}
	}
}
