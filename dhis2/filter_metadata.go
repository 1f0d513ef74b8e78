package dhis2

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// MetadataOp is an operator of a metadata filter. They are not those of tracker filters: sw is
// unknown (400), and eq and like regard case.
type MetadataOp string

// The operators of metadata filters.
const (
	MetaEq       MetadataOp = "eq"
	MetaNe       MetadataOp = "!eq"
	MetaIEq      MetadataOp = "ieq"
	MetaGt       MetadataOp = "gt"
	MetaGe       MetadataOp = "ge"
	MetaLt       MetadataOp = "lt"
	MetaLe       MetadataOp = "le"
	MetaLike     MetadataOp = "like"
	MetaNLike    MetadataOp = "!like"
	MetaStarts   MetadataOp = "$like"
	MetaEnds     MetadataOp = "like$"
	MetaILike    MetadataOp = "ilike"
	MetaNILike   MetadataOp = "!ilike"
	MetaIStarts  MetadataOp = "$ilike"
	MetaIEnds    MetadataOp = "ilike$"
	MetaToken    MetadataOp = "token"
	MetaNToken   MetadataOp = "!token"
	MetaIn       MetadataOp = "in"
	MetaNotIn    MetadataOp = "!in"
	MetaNull     MetadataOp = "null"
	MetaNotNull  MetadataOp = "!null"
	MetaEmpty    MetadataOp = "empty" // a collection without items
	MetaNotEmpty MetadataOp = "!empty"
)

func (o MetadataOp) known() bool {
	return o.unary() || o.list() || slices.Contains([]MetadataOp{
		MetaEq, MetaNe, MetaIEq, MetaGt, MetaGe, MetaLt, MetaLe, MetaLike, MetaNLike, MetaStarts, MetaEnds,
		MetaILike, MetaNILike, MetaIStarts, MetaIEnds, MetaToken, MetaNToken,
	}, o)
}

func (o MetadataOp) unary() bool {
	return o == MetaNull || o == MetaNotNull || o == MetaEmpty || o == MetaNotEmpty
}

func (o MetadataOp) list() bool { return o == MetaIn || o == MetaNotIn }

// MetadataFilter asks for metadata by a property: code, name, programStages.code.
type MetadataFilter struct {
	Property string
	Op       MetadataOp
	Values   []string // none for null and empty, any number for in, else one
}

// property is how a property is named, those of others after a dot.
var property = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$`)

// Filter makes a filter by a property of metadata.
func Filter(name string, op MetadataOp, values ...string) MetadataFilter {
	return MetadataFilter{Property: name, Op: op, Values: slices.Clone(values)}
}

// MetadataFilters adds filters to a query of a metadata list; all must hold. A parameter each.
// What the server would refuse, or answer with a 500 (eq without a value), is an error.
func MetadataFilters(query url.Values, filters ...MetadataFilter) error {
	for i, f := range filters {
		if err := f.check(); err != nil {
			return fmt.Errorf("dhis2: filter %d, by %s: %w", i+1, f.Property, err)
		}
	}
	for _, f := range filters {
		query.Add("filter", f.String())
	}
	return nil
}

// String writes the filter as it goes to the server.
func (f MetadataFilter) String() string {
	text := f.Property + ":" + string(f.Op)
	switch {
	case f.Op.unary():
		return text
	case f.Op.list():
		return text + ":[" + strings.Join(f.Values, ",") + "]"
	default:
		return text + ":" + strings.Join(f.Values, ",")
	}
}

func (f MetadataFilter) check() error {
	switch {
	case !property.MatchString(f.Property):
		return errors.New("that is not the name of a property")
	case !f.Op.known():
		return fmt.Errorf("there is no operator %q for metadata", string(f.Op))
	case f.Op.unary() && len(f.Values) > 0:
		return fmt.Errorf("operator %s takes no value", f.Op)
	case f.Op.list() && len(f.Values) == 0:
		return fmt.Errorf("operator %s needs a value at least", f.Op)
	case !f.Op.unary() && !f.Op.list() && len(f.Values) != 1:
		return fmt.Errorf("operator %s takes one value", f.Op)
	}
	for _, value := range f.Values {
		switch {
		case value == "":
			return fmt.Errorf("operator %s: a value is empty; ask with null for what is missing", f.Op)
		case strings.ContainsRune(value, 0):
			return fmt.Errorf("operator %s: a value has a NUL character", f.Op)
		case f.Op.list() && strings.ContainsAny(value, ",[]"):
			return fmt.Errorf("operator %s: a value has a comma or a bracket, which cannot be escaped; ask for it alone with eq", f.Op)
		}
	}
	return nil
}

// ParseMetadataFilter reads one parameter `filter` of a metadata list: property:operator:value.
// A value may hold colons.
func ParseMetadataFilter(text string) (MetadataFilter, error) {
	name, rest, _ := strings.Cut(text, ":")
	op, value, valued := strings.Cut(rest, ":")
	f := MetadataFilter{Property: name, Op: MetadataOp(op)}
	switch f.Op {
	case "ne", "neq":
		f.Op = MetaNe
	case "gte":
		f.Op = MetaGe
	case "lte":
		f.Op = MetaLe
	default:
	}
	if f.Op.list() {
		inner, closed := strings.CutSuffix(strings.TrimPrefix(value, "["), "]")
		if !strings.HasPrefix(value, "[") || !closed {
			return f, fmt.Errorf("dhis2: filter by %s: the values of %s stand in brackets", name, f.Op)
		}
		f.Values = strings.Split(inner, ",")
	} else if valued {
		f.Values = []string{value}
	}
	if err := f.check(); err != nil {
		return f, fmt.Errorf("dhis2: filter: %w", err)
	}
	return f, nil
}
