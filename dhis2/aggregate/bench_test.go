package aggregate_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/aggregate"
)

// largeADX is a message of values, 100 a group.
func largeADX(tb testing.TB, values int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := aggregate.NewADXWriter(&b, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
	for i := range values {
		if i%100 == 0 {
			require.NoError(tb, w.Group(aggregate.ADXGroup{DataSet: "MONTHLY", Period: "2026-01-01/P1M", OrgUnit: fmt.Sprintf("FAC_%06d", i/100)}))
		}
		require.NoError(tb, w.Value(aggregate.ADXValue{
			DataElement: fmt.Sprintf("DE_%03d", i%100), Value: strconv.Itoa(i % 1000),
			Dimensions: []aggregate.ADXDimension{{Category: "sex", Option: "F"}, {Category: "age", Option: "U5"}},
		}))
	}
	require.NoError(tb, w.Close())
	return b.Bytes()
}

func readAll(message io.Reader) (values int, err error) {
	r := aggregate.NewADXReader(message, aggregate.ADXLimits{})
	for range r.Values() {
		values++
	}
	return values, r.Err()
}

// BenchmarkADX reads 100,000 values, beside encoding/xml looking at the same
// tokens: x-of-encoding/xml is how many times as long that takes.
func BenchmarkADX(b *testing.B) {
	const values = 100_000
	message := largeADX(b, values)
	start := time.Now()
	const rounds = 3
	for range rounds {
		decoder := xml.NewDecoder(bytes.NewReader(message))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	reference := time.Since(start) / rounds
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		n, err := readAll(bytes.NewReader(message))
		if err != nil || n != values {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(reference)/float64(b.Elapsed()/time.Duration(b.N)), "x-of-encoding/xml")
}

func BenchmarkPeriodOf(b *testing.B) {
	at := date("2026-01-31")
	for b.Loop() {
		if _, err := aggregate.WeeklyThursday.Period(at); err != nil {
			b.Fatal(err)
		}
	}
}

// adxStream gives a message of any length without holding it.
type adxStream struct {
	head, body, tail []byte
	times            int
	at               []byte
	state            int
}

func (s *adxStream) Read(p []byte) (int, error) {
	for len(s.at) == 0 {
		switch {
		case s.state == 0:
			s.at, s.state = s.head, 1
		case s.times > 0:
			s.at, s.times = s.body, s.times-1
		case s.state == 1:
			s.at, s.state = s.tail, 2
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, s.at)
	s.at = s.at[n:]
	return n, nil
}

// Memory does not grow with the message: of 1,000,000 values it holds no more
// than of 10,000.
func TestADXIsReadInFlatMemory(t *testing.T) { //nolint:paralleltest // others would be measured too
	group := `<group orgUnit="FAC" period="2026-01-01/P1M">` + strings.Repeat(`<dataValue dataElement="CASES" sex="F" age="U5" value="12"/>`, 100) + "</group>\n"
	live := func(values int) (peak uint64) {
		s := &adxStream{head: []byte(adxHead), body: []byte(group), tail: []byte("</adx>"), times: values / 100}
		r := aggregate.NewADXReader(s, aggregate.ADXLimits{})
		var m runtime.MemStats
		n := 0
		for range r.Values() {
			if n++; n%(values/4) == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
		require.NoError(t, r.Err())
		require.Equal(t, values, n)
		return peak
	}
	few, many := live(10_000), live(1_000_000)
	if many > few+1<<20 {
		t.Errorf("%d KB are held of 1,000,000 values, %d KB of 10,000", many>>10, few>>10)
	}
}
