package dhis2test

import (
	"slices"
	"strings"
)

// filterItem is one attribute or data element of a filter parameter with its
// operators: uid[:op[:value]]… (dhis2.md 1.3). Without an operator it asks for
// any value.
type filterItem struct {
	uid   string
	tests []filterTest
}

// filterTest is one operator; a unary one has no value.
type filterTest struct{ op, value string }

// maxFilterOperators is how many a real server takes for one UID.
const maxFilterOperators = 3

var filterOperators = []string{ //nolint:gochecknoglobals // read-only table
	"eq", "ieq", "ne", "neq", "nieq", "gt", "ge", "lt", "le", "like", "ilike", "nlike", "nilike", "in", "sw", "ew",
}

// filterOperator reads an operator without regard to case; "!" stands for "n",
// so that !null and nnull are the same.
func filterOperator(text string) (op string, unary, ok bool) {
	op = strings.ToLower(text)
	if rest, negated := strings.CutPrefix(strings.TrimSpace(op), "!"); negated {
		op = "n" + rest
	}
	if op == "null" || op == "nnull" {
		return op, true, true
	}
	return op, false, slices.Contains(filterOperators, op)
}

// filters reads a filter parameter: repeated and comma-joined mean the same.
// Items of one UID are put together.
func (p *exportParams) filters(name string) []filterItem {
	text := p.list(name)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	parser := &filterParser{}
	var reason string
	if p.version.before(2, 42) {
		reason = parser.parseOld(text)
	} else if reason = parser.parse(text); reason != "" {
		reason = name + "=" + text + " is invalid. " + reason
	}
	if reason != "" {
		p.fail(invalidParam("%s", reason))
	}
	return parser.items
}

// filterParser collects the items of a filter in the order of their UIDs.
type filterParser struct{ items []filterItem }

func (p *filterParser) item(uid string) *filterItem {
	for i := range p.items {
		if p.items[i].uid == uid {
			return &p.items[i]
		}
	}
	p.items = append(p.items, filterItem{uid: uid})
	return &p.items[len(p.items)-1]
}

// parse reads the grammar of 2.42 and later: "/" escapes ",", ":" and "/".
// It returns the reason why it cannot.
func (p *filterParser) parse(text string) string {
	for _, part := range splitEscaped(text, ',') {
		segments := splitEscaped(part, ':')
		if part == "" {
			continue
		}
		uid := segments[0]
		if !uidPattern.MatchString(uid) {
			return uidReason + uid
		}
		item := p.item(uid)
		if last := len(segments) - 1; segments[last] == "" {
			segments = segments[:last] // a colon at the end starts nothing
		}
		if reason := item.read(segments[1:]); reason != "" {
			return reason
		}
	}
	return ""
}

// read takes operators off the segments after the UID.
func (f *filterItem) read(segments []string) string {
	for len(segments) > 0 {
		text := segments[0]
		op, unary, ok := filterOperator(text)
		segments = segments[1:]
		switch {
		case text == "":
			return "UID '" + f.uid + "' is missing an operator (or has too many ':')."
		case !ok:
			return "'" + text + "' is not a valid operator."
		case unary && len(segments) > 0 && segments[0] != "":
			if _, _, next := filterOperator(segments[0]); !next {
				return "Unary operator '" + text + "' cannot have a value."
			}
			f.tests = append(f.tests, filterTest{op: op})
		case unary:
			f.tests = append(f.tests, filterTest{op: op})
		case len(segments) == 0 || segments[0] == "":
			return "Binary operator '" + text + "' must have a value."
		default:
			f.tests = append(f.tests, filterTest{op: op, value: unescape(segments[0])})
			segments = segments[1:]
		}
		if len(f.tests) > maxFilterOperators {
			return "A maximum of three operators can be used in a filter."
		}
	}
	return ""
}

// parseOld reads the grammar of 2.41: one or two operators, each with a value;
// everything else is refused as it stands [R41].
func (p *filterParser) parseOld(text string) string {
	for _, part := range splitEscaped(text, ',') {
		uid, rest, _ := strings.Cut(part, ":")
		item := p.item(uid)
		if rest == "" {
			continue
		}
		segments := splitEscaped(rest, ':')
		for len(segments) > 0 && segments[len(segments)-1] == "" {
			segments = segments[:len(segments)-1] // as Java's split drops them
		}
		if len(segments) != 2 && len(segments) != 4 {
			return "Query item or filter is invalid: " + part
		}
		for ; len(segments) > 0; segments = segments[2:] {
			op, unary, ok := filterOperator(segments[0])
			if !ok || unary || segments[1] == "" {
				return "Query item or filter is invalid: " + part
			}
			item.tests = append(item.tests, filterTest{op: op, value: unescape(segments[1])})
		}
	}
	return ""
}

// splitEscaped splits at a separator that no "/" stands before.
func splitEscaped(text string, separator byte) []string {
	out, start := []string{}, 0
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '/' && i+1 < len(text) && strings.IndexByte(",:/", text[i+1]) >= 0:
			i++
		case text[i] == separator:
			out, start = append(out, text[start:i]), i+1
		}
	}
	return append(out, text[start:])
}

func unescape(text string) string {
	return strings.NewReplacer("//", "/", "/,", ",", "/:", ":").Replace(text)
}
