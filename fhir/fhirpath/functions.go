package fhirpath

// function is a standard function.
type function struct {
	min, max int // arguments
	run      implementation
	typed    bool // the argument is a type
	pattern  bool // the first argument is a regular expression
}

// functions are those of FHIRPath N1 (http://hl7.org/fhirpath/N1), of FHIR R4
// (https://hl7.org/fhir/R4/fhirpath.html#functions), and of the later FHIRPath versions that
// the public test suite has.
var functions = map[string]function{ //nolint:gochecknoglobals // a read-only table
	// existence
	"empty": {0, 0, emptyFunc, false, false}, "exists": {0, 1, existsFunc, false, false}, "all": {1, 1, allFunc, false, false},
	"allTrue": {0, 0, truthsFunc, false, false}, "anyTrue": {0, 0, truthsFunc, false, false},
	"allFalse": {0, 0, truthsFunc, false, false}, "anyFalse": {0, 0, truthsFunc, false, false},
	"subsetOf": {1, 1, subsetFunc, false, false}, "supersetOf": {1, 1, subsetFunc, false, false},
	"count": {0, 0, countFunc, false, false}, "distinct": {0, 0, distinctFunc, false, false}, "isDistinct": {0, 0, distinctFunc, false, false},
	"not": {0, 0, notFunc, false, false}, "hasValue": {0, 0, hasValueFunc, false, false}, "getValue": {0, 0, getValueFunc, false, false},
	// filtering and projection
	"where": {1, 1, whereFunc, false, false}, "select": {1, 1, selectFunc, false, false}, "repeat": {1, 1, repeatFunc, false, false},
	"repeatAll": {1, 1, repeatFunc, false, false}, "ofType": {1, 1, ofTypeFunc, true, false}, "is": {1, 1, typeFunc, true, false}, "as": {1, 1, typeFunc, true, false},
	"sort": {0, 16, sortFunc, false, false}, "coalesce": {1, 16, coalesceFunc, false, false},
	// subsetting
	"single": {0, 0, singleFunc, false, false}, "first": {0, 0, partFunc, false, false}, "last": {0, 0, partFunc, false, false}, "tail": {0, 0, partFunc, false, false},
	"skip": {1, 1, skipFunc, false, false}, "take": {1, 1, skipFunc, false, false},
	"intersect": {1, 1, intersectFunc, false, false}, "exclude": {1, 1, intersectFunc, false, false},
	// combining
	"union": {1, 1, unionFunc, false, false}, "combine": {1, 2, combineFunc, false, false},
	// conversion
	"iif": {2, 3, iifFunc, false, false}, "toBoolean": {0, 0, convertFunc, false, false}, "convertsToBoolean": {0, 0, convertsFunc, false, false},
	"toInteger": {0, 0, convertFunc, false, false}, "convertsToInteger": {0, 0, convertsFunc, false, false},
	"toDecimal": {0, 0, convertFunc, false, false}, "convertsToDecimal": {0, 0, convertsFunc, false, false},
	"toString": {0, 0, convertFunc, false, false}, "convertsToString": {0, 0, convertsFunc, false, false},
	"toDate": {0, 0, convertFunc, false, false}, "convertsToDate": {0, 0, convertsFunc, false, false},
	"toDateTime": {0, 0, convertFunc, false, false}, "convertsToDateTime": {0, 0, convertsFunc, false, false},
	"toTime": {0, 0, convertFunc, false, false}, "convertsToTime": {0, 0, convertsFunc, false, false},
	"toQuantity": {0, 1, convertFunc, false, false}, "convertsToQuantity": {0, 1, convertsFunc, false, false},
	// texts
	"indexOf": {1, 1, findFunc, false, false}, "lastIndexOf": {1, 1, findFunc, false, false}, "contains": {1, 1, findFunc, false, false},
	"startsWith": {1, 1, findFunc, false, false}, "endsWith": {1, 1, findFunc, false, false}, "substring": {1, 2, substringFunc, false, false},
	"upper": {0, 0, textFunc, false, false}, "lower": {0, 0, textFunc, false, false}, "trim": {0, 0, textFunc, false, false}, "length": {0, 0, lengthFunc, false, false},
	"toChars": {0, 0, toCharsFunc, false, false}, "replace": {2, 2, replaceFunc, false, false}, "split": {1, 1, splitFunc, false, false}, "join": {0, 1, joinFunc, false, false},
	"matches": {1, 2, matchesFunc, false, true}, "matchesFull": {1, 2, matchesFunc, false, true}, "replaceMatches": {2, 3, replaceMatchesFunc, false, true},
	"encode": {1, 1, codecFunc, false, false}, "decode": {1, 1, codecFunc, false, false}, "escape": {1, 1, codecFunc, false, false}, "unescape": {1, 1, codecFunc, false, false},
	// numbers
	"abs": {0, 0, absFunc, false, false}, "ceiling": {0, 0, wholeFunc, false, false}, "floor": {0, 0, wholeFunc, false, false}, "truncate": {0, 0, wholeFunc, false, false},
	"round": {0, 1, roundFunc, false, false}, "exp": {0, 0, floatFunc, false, false}, "ln": {0, 0, floatFunc, false, false}, "sqrt": {0, 0, floatFunc, false, false},
	"log": {1, 1, logFunc, false, false}, "power": {1, 1, powerFunc, false, false},
	"aggregate": {1, 2, aggregateFunc, false, false}, "sum": {0, 0, sumFunc, false, false}, "avg": {0, 0, sumFunc, false, false},
	"min": {0, 0, extremeFunc, false, false}, "max": {0, 0, extremeFunc, false, false},
	"lowBoundary": {0, 1, boundaryFunc, false, false}, "highBoundary": {0, 1, boundaryFunc, false, false}, "precision": {0, 0, precisionFunc, false, false},
	"comparable": {1, 1, comparableFunc, false, false},
	// tree, time, utility
	"children": {0, 0, childrenFunc, false, false}, "descendants": {0, 0, descendantsFunc, false, false},
	"now": {0, 0, nowFunc, false, false}, "today": {0, 0, nowFunc, false, false}, "timeOfDay": {0, 0, nowFunc, false, false},
	"yearOf": {0, 0, componentFunc, false, false}, "monthOf": {0, 0, componentFunc, false, false}, "dayOf": {0, 0, componentFunc, false, false},
	"hourOf": {0, 0, componentFunc, false, false}, "minuteOf": {0, 0, componentFunc, false, false}, "secondOf": {0, 0, componentFunc, false, false},
	"millisecondOf": {0, 0, componentFunc, false, false}, "timezoneOffsetOf": {0, 0, componentFunc, false, false},
	"dateOf": {0, 0, componentFunc, false, false}, "timeOf": {0, 0, componentFunc, false, false},
	"trace": {1, 2, traceFunc, false, false}, "defineVariable": {1, 2, defineVariableFunc, false, false}, "type": {0, 0, typeInfoFunc, false, false},
	// FHIR
	"extension": {1, 1, extensionFunc, false, false}, "resolve": {0, 0, resolveFunc, false, false}, "conformsTo": {1, 1, conformsToFunc, false, false},
	"memberOf": {1, 1, memberOfFunc, false, false}, "subsumes": {1, 1, subsumesFunc, false, false}, "subsumedBy": {1, 1, subsumesFunc, false, false},
	"htmlChecks": {0, 0, htmlChecksFunc, false, false},
}
