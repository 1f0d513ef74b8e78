package objectmapper

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

func pointerSteps(pointer string) []string {
	if pointer == "" {
		return nil
	}
	steps := strings.Split(pointer[1:], "/")
	for i := range steps {
		steps[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(steps[i])
	}
	return steps
}

// hollow reports whether nothing is left of a value without its nulls and empty parts.
func (v *value) hollow() bool {
	if v.absent() {
		return true
	}
	if v.kind != kindArray && v.kind != kindObject {
		return false
	}
	for _, item := range v.list {
		if !item.hollow() {
			return false
		}
	}
	return true
}

// name is how messages call a kind.
func (k kind) name() string {
	return [...]string{"null", "a boolean", "a boolean", "a number", "a text", "a list", "an object"}[k]
}

// values compares what the endpoint gives with what the mapping gives.
func (d *differ) values(at string, old, fresh *value) {
	switch {
	case old.hollow() && fresh.hollow():
		if string(encode(old)) != string(encode(fresh)) || (old == nil) != (fresh == nil) {
			d.add(at, PurposeEmpty, "an empty part")
		}
		return
	case fresh == nil:
		d.add(at, "", "the mapping gives nothing and the endpoint %s", old.kind.name())
		if n := len(d.out) - 1; n >= 0 && d.out[n].Pointer == at {
			d.out[n].missing = true
		}
		return
	case old == nil:
		d.add(at, "", "the endpoint gives nothing and the mapping %s", fresh.kind.name())
		return
	}
	if old.kind == kindObject && len(old.list) == 0 {
		d.add(at, "", "the endpoint gives an empty object and the mapping %s", fresh.kind.name())
		if n := len(d.out) - 1; d.out[n].Pointer == at {
			d.out[n].hollow = true
		}
		return
	}
	switch {
	case old.kind == kindObject && fresh.kind == kindObject:
		for i, key := range old.keys {
			d.values(pointer(at, key), old.list[i], fresh.get(key))
		}
		for i, key := range fresh.keys {
			if !old.has(key) {
				d.values(pointer(at, key), nil, fresh.list[i])
			}
		}
	case old.kind == kindArray && fresh.kind == kindArray:
		d.lists(at, old, fresh)
	case old.kind == kindNumber && fresh.kind == kindNumber:
		d.numbers(at, old.text, fresh.text)
	case fresh.kind == kindArray && len(fresh.list) == 1 && old.kind != kindArray:
		d.add(at, PurposeList, "one value and a list of it")
		d.values(at, old, fresh.list[0])
	case old.kind != fresh.kind:
		d.add(at, "", "the endpoint gives %s and the mapping %s", old.kind.name(), fresh.kind.name())
	case old.text != fresh.text && roundedText(old.text, fresh.text):
		d.add(at, PurposeExact, "texts with numbers that differ by a rounding")
	case old.text != fresh.text:
		d.add(at, "", "%s of another content", old.kind.name())
	}
}

// lists compares elements, without those of which nothing is left when the lists are of different length.
func (d *differ) lists(at string, old, fresh *value) {
	skip := len(old.list) != len(fresh.list)
	var a, b []*value
	var index []int
	for i, item := range old.list {
		if skip && item.hollow() {
			d.add(pointer(at, strconv.Itoa(i)), PurposeEmpty, "an empty element")
			continue
		}
		a, index = append(a, item), append(index, i)
	}
	for _, item := range fresh.list {
		if !skip || !item.hollow() {
			b = append(b, item)
		}
	}
	if len(a) != len(b) {
		d.add(at, "", "the endpoint gives %d elements and the mapping %d", len(a), len(b))
		return
	}
	for i := range a {
		d.values(pointer(at, strconv.Itoa(index[i])), a[i], b[i])
	}
}

var (
	anyNumber  = regexp.MustCompile(`\d+(\.\d+)?(e[+-]?\d{1,3})?`)
	longNumber = regexp.MustCompile(`\d+\.\d{9,}(e[+-]?\d{1,3})?`)
)

// roundedText reports whether two texts differ only in the last digits of computed numbers: JSONata writes fifteen digits of them.
func roundedText(old, fresh string) bool {
	if !longNumber.MatchString(old) && !longNumber.MatchString(fresh) ||
		anyNumber.ReplaceAllString(old, "0") != anyNumber.ReplaceAllString(fresh, "0") {
		return false
	}
	a, b := anyNumber.FindAllString(old, -1), anyNumber.FindAllString(fresh, -1)
	for i := range a {
		x, errX := strconv.ParseFloat(a[i], 64)
		y, errY := strconv.ParseFloat(b[i], 64)
		if a[i] != b[i] && (errX != nil || errY != nil || !near(x, y) || !longNumber.MatchString(a[i]) && !longNumber.MatchString(b[i])) {
			return false
		}
	}
	return true
}

func near(x, y float64) bool { return math.Abs(x-y) <= 1e-12*math.Max(math.Abs(x), math.Abs(y)) }

func (d *differ) numbers(at, old, fresh string) {
	if old == fresh {
		return
	}
	x, errX := strconv.ParseFloat(old, 64)
	y, errY := strconv.ParseFloat(fresh, 64)
	if errX != nil || errY != nil || !near(x, y) {
		d.add(at, "", "numbers of different value")
		return
	}
	if len(old) < 100 && len(fresh) < 100 && math.Abs(x) < 1e100 && (x == 0 || math.Abs(x) > 1e-100) {
		a, okA := new(big.Rat).SetString(old)
		b, okB := new(big.Rat).SetString(fresh)
		if okA && okB && a.Cmp(b) != 0 {
			d.add(at, PurposeExact, "numbers that differ by a rounding")
		}
	}
}
