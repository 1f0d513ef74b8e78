// Package terminology answers what codes mean and how they are translated: from resources that
// are supplied, without a network, and from a terminology server behind a bounded cache. Use
// it to map codes by ConceptMaps, to check bindings, and to list what a field may hold.
//
//	local, err := terminology.NewLocal(terminology.LocalConfig{}, conceptMap, valueSet, codeSystem)
//	t, err := local.Translate(ctx, terminology.TranslateRequest{URL: "http://example.org/ConceptMap/sex", Source: fhir.Coding{Code: "F"}})
//	ok, err := local.MemberOf(ctx, "http://example.org/ValueSet/colours", "http://example.org/colours", "red")
//
// [Local] knows the CodeSystems, ValueSets and ConceptMaps it was given, of R4, R4B and R5,
// and the codes of those that FHIR R4 publishes.
// [Remote] asks a server by $translate, $lookup, $validate-code, $expand and $subsumes.
// [Service] asks the first and then the second. All three have the same methods.
//
// What cannot be told is an error and never an answer: an [*OfflineError] says which code
// system lacks, or which rule needs a server.
package terminology
