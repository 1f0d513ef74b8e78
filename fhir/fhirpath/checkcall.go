package fhirpath

// resultKinds are the System types that functions give, of those that always give one.
var resultKinds = map[string]kind{ //nolint:gochecknoglobals // a read-only table
	"empty": kindBoolean, "exists": kindBoolean, "all": kindBoolean, "allTrue": kindBoolean, "anyTrue": kindBoolean,
	"allFalse": kindBoolean, "anyFalse": kindBoolean, "subsetOf": kindBoolean, "supersetOf": kindBoolean, "isDistinct": kindBoolean,
	"not": kindBoolean, "hasValue": kindBoolean, "is": kindBoolean, "contains": kindBoolean, "startsWith": kindBoolean,
	"endsWith": kindBoolean, "matches": kindBoolean, "matchesFull": kindBoolean, "conformsTo": kindBoolean, "memberOf": kindBoolean,
	"subsumes": kindBoolean, "subsumedBy": kindBoolean, "htmlChecks": kindBoolean, "comparable": kindBoolean,
	"convertsToBoolean": kindBoolean, "convertsToInteger": kindBoolean, "convertsToDecimal": kindBoolean, "convertsToString": kindBoolean,
	"convertsToDate": kindBoolean, "convertsToDateTime": kindBoolean, "convertsToTime": kindBoolean, "convertsToQuantity": kindBoolean,
	"count": kindInteger, "indexOf": kindInteger, "lastIndexOf": kindInteger, "length": kindInteger, "precision": kindInteger,
	"ceiling": kindInteger, "floor": kindInteger, "truncate": kindInteger,
	"toBoolean": kindBoolean, "toInteger": kindInteger, "toDecimal": kindDecimal, "toString": kindString,
	"toDate": kindDate, "toDateTime": kindDateTime, "toTime": kindTime, "toQuantity": kindQuantity,
	"substring": kindString, "upper": kindString, "lower": kindString, "trim": kindString, "toChars": kindString, "replace": kindString,
	"split": kindString, "join": kindString, "replaceMatches": kindString, "encode": kindString, "decode": kindString,
	"escape": kindString, "unescape": kindString, "now": kindDateTime, "today": kindDate, "timeOfDay": kindTime,
	"exp": kindDecimal, "ln": kindDecimal, "sqrt": kindDecimal, "log": kindDecimal, "type": kindTypeInfo,
}

// textFunctions are for texts only.
var textFunctions = names("indexOf lastIndexOf contains startsWith endsWith substring upper lower trim length toChars replace split" + //nolint:gochecknoglobals // a read-only table
	" matches matchesFull replaceMatches encode decode escape unescape")

// sameAsInput are functions that give some of what they are called on.
var sameAsInput = names("where single first last tail skip take distinct intersect exclude trace defineVariable sort") //nolint:gochecknoglobals // a read-only table

// orderedOnly are those of them that need an order.
var orderedOnly = names("first last tail skip take") //nolint:gochecknoglobals // a read-only table

// perItem are functions whose arguments are evaluated for each item.
var perItem = names("where exists all select repeat repeatAll trace defineVariable sort aggregate") //nolint:gochecknoglobals // a read-only table

// criteria are functions whose first argument is a criterion.
var criteria = names("where exists all iif") //nolint:gochecknoglobals // a read-only table

func (c *checker) call(s *syntax) (shape, error) {
	input, err := c.inputOf(s)
	if err != nil {
		return input, err
	}
	if orderedOnly[s.name] {
		if err = c.ordered(s, input, s.name+"()"); err != nil {
			return input, err
		}
	}
	if textFunctions[s.name] && !input.can(classText) {
		return input, c.fail(s.pos, s.name+"() is for texts, not for "+input.String(), "use toString()")
	}
	switch s.name {
	case "is":
		return shape{system: []kind{kindBoolean}}, nil
	case "as", "ofType":
		return c.typeCall(s, input)
	}
	args := make([]shape, len(s.args))
	for i, a := range s.args {
		switch {
		case s.name == "repeat" || s.name == "repeatAll":
			args[i], err = c.repeated(input, a)
		case perItem[s.name] || s.name == "iif" && s.input != nil:
			args[i], err = c.with(input, a)
		default:
			args[i], err = c.shape(a)
		}
		if err != nil {
			return input, err
		}
	}
	if criteria[s.name] && len(args) > 0 && !args[0].can(classBoolean) {
		return input, c.fail(s.args[0].pos, "the criterion of "+s.name+"() is "+args[0].String()+", no Boolean", "use exists() or compare it")
	}
	return c.result(s, input, args), nil
}

// repeated is what repeat() gives: its argument is evaluated on the input and on all that it
// gives itself, and a name must be known in one of them.
func (c *checker) repeated(input shape, arg *syntax) (shape, error) {
	saved := c.lenient
	c.lenient = true
	all := input
	for range 8 {
		next, err := c.with(all, arg)
		if err != nil {
			break
		}
		grown := all.and(next)
		if grown.open || len(grown.fhir) == len(all.fhir) && len(grown.system) == len(all.system) {
			all = grown
			break
		}
		all = grown
	}
	c.lenient = saved
	return c.with(all, arg)
}

func (c *checker) typeCall(s *syntax, input shape) (shape, error) {
	name, err := (&compiler{source: c.source}).typeArgument(s.args[0])
	if err != nil {
		return input, err
	}
	return c.narrowed(s, input, name)
}

// result is the shape of what a function gives.
func (c *checker) result(s *syntax, input shape, args []shape) shape {
	if k, ok := resultKinds[s.name]; ok {
		return shape{system: []kind{k}}
	}
	switch {
	case sameAsInput[s.name]:
		return input
	case s.name == "select" || s.name == "repeat" || s.name == "repeatAll":
		return args[0]
	case s.name == "union" || s.name == "combine":
		return input.and(args[0])
	case s.name == "iif":
		result := args[1]
		if len(args) > 2 {
			result = result.and(args[2])
		}
		return result
	case s.name == "extension":
		spec, _ := findType(typeName{name: "Extension"})
		return shapeOf(spec.fhir)
	case s.name == "children" || s.name == "descendants":
		return shape{open: true, unordered: true}
	}
	return anything
}
