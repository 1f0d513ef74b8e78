package fhirpath

type syntaxKind uint8

const (
	syntaxLiteral syntaxKind = iota // value; {} has none
	syntaxEmpty
	syntaxMember   // input.name, input nil at the start of a path
	syntaxCall     // input.name(args)
	syntaxIndex    // input[args[0]]
	syntaxVariable // $this, $index, $total
	syntaxConstant // %name
	syntaxUnary    // name is + or -
	syntaxBinary   // name is the operator
	syntaxType     // args[0] is/as typ
	syntaxSort     // args[0] asc/desc, within sort()
)

// syntax is a node of a parsed expression.
type syntax struct {
	kind      syntaxKind
	pos       int
	name      string
	delimited bool // the name stood in backticks
	value     Item
	typ       typeName
	input     *syntax
	args      []*syntax
	depth     int
}

// typeName is a type specifier as it is written.
type typeName struct {
	namespace, name string
	pos             int
}

func (t typeName) String() string {
	if t.namespace == "" {
		return t.name
	}
	return t.namespace + "." + t.name
}

// levels are the binary operators from the loosest to the tightest
// (http://hl7.org/fhirpath/N1/#operator-precedence).
var levels = [][]string{ //nolint:gochecknoglobals // a read-only table
	{"implies"},
	{"or", "xor"},
	{"and"},
	{"in", "contains"},
	{"=", "~", "!=", "!~"},
	{"<=", "<", ">", ">="},
	{"|"},
	{"is", "as"},
	{"+", "-", "&"},
	{"*", "/", "div", "mod"},
}
