// Package objectmapper runs the endpoint documents of openhim-mediator-mapping as they are: inputMapping (the object-mapper fork of
// Jembi), inputValidation, inputTransforms, and the templates of lookup and response requests. Use it to move a mapping mediator to this
// SDK without rewriting its documents; write new mappings in the language of package mapping.
//
// The smallest use:
//
//	doc, err := objectmapper.Parse(file)                       // or ParseMapping for a bare inputMapping
//	plan, err := objectmapper.Compile(doc, objectmapper.Options{})
//	result, err := plan.Run(ctx, objectmapper.Data{RequestBody: body})
//
// [Plan.Run] validates, evaluates inputTransforms and maps. Around it, for whoever makes the calls: [Plan.Match], [Plan.Decode],
// [Plan.Lookups] before it, [Plan.Responses], [Plan.Encode] and [Plan.ExtractState] after it. Nothing here touches network, files, clock
// or environment; everything is bounded by [Limits].
//
// [Migrate] converts a document to the language of package mapping, and [Migration.Prove] runs both on sample inputs and lists what
// differs:
//
//	m, err := objectmapper.Migrate(file, objectmapper.MigrateOptions{})
//	proof, err := m.Prove(ctx, samples)                        // m.Document is the mapping, m.Refused() what it lacks
//
// # Where it does not do as the peer does
//
// Everything else is as recorded from the peer (conformance corpus mapping-mediator). These are its defects, with what is done instead:
//
//	peer                                                  here
//	a -> x[] and a[] -> x[]+ make a list of lists         the elements are added (a -> x[]+ adds the list as one, as the peer)
//	a[].b[] is not joined, a[].b[].c is                   both are joined when the target has no [] for the inner list
//	a[].b[].c -> x[].y[].z: all below the first x         every child stays with its parent
//	a[].b -> x[1].c writes at 10 and 11                   at 1 and 2
//	a.b.c over a list gives nulls                         the values of every element
//	transforms are given a whole walk a[].b               every value of it
//	oneToAllElements before its array: nothing            it waits until all other rules have run
//	oneToAllElements shares one object between elements   every element has its own
//	appendArray of a missing list fails                   nothing is added
//	defaults and codes that are false, 0 or "" are lost   they are kept
//	an unmapped code skips the rule's further targets     they are written
//	booleanify "false" is true                            false
//	numberify of "", null and booleans is 0 or 1          null, and a remark for what is no number
//	numbers above 2^53 lose digits                        digits are kept as written
//	a[-1] reads nothing                                   the last element
//	"" as a target, transforms named toString             Compile refuses them
//	a field in a scalar that a rule wrote: order decides  an error, whatever the order; a replaced object is a remark
//	broken expressions and schemas fail each request      Compile refuses them
//	URL parameters are not encoded, :id rewrites :idx     encoded as one segment; whole names; no parameter in the host but constants
//	route patterns match anywhere in a path               the whole path; $ stands for itself
//	XML of a list without a name is empty                 an error
//
// # Expressions
//
// inputTransforms are JSONata. Converted are paths with indexes and conditions, literals, arithmetic, & and comparisons, and/or/in,
// conditions (a ? b : c), objects, lists, and $abs $append $average $boolean $ceil $contains $count $exists $filter $floor $join $length
// $lowercase $map $max $millis $min $not $now $number $round $string $substring $substringAfter $substringBefore $sum $toMillis $trim
// $uppercase. Anything else is refused by [Compile] with its place, or given to [Options.Engine]. A converted expression cannot loop but
// over a list, so it always ends.
package objectmapper
