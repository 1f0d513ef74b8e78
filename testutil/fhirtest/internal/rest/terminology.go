package rest

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// coded is a code with its system.
type coded struct{ system, code, display string }

// expand is ValueSet/$expand of a stored ValueSet, by id or url, or of one that R4
// requires for a code.
func expand(x *exchange) (*answer, *failure) {
	given, f := x.inputs()
	if f != nil {
		return nil, f
	}
	codes, f := x.valueSet(x.input(given, "url"))
	if f != nil {
		return nil, f
	}
	contains := jsontree.NewArray()
	filter := strings.ToLower(x.input(given, "filter"))
	for _, c := range codes {
		if strings.Contains(strings.ToLower(c.display+c.code), filter) {
			contains.Items = append(contains.Items, jsontree.NewObject("system", c.system, "code", c.code, "display", c.display))
		}
	}
	expansion := jsontree.NewObject()
	total := len(contains.Items)
	paged, f := x.expansionPage(given, contains)
	if f != nil {
		return nil, f
	}
	if !x.e.config.HAPI {
		expansion.Set("timestamp", jsontree.NewString(x.instant(x.now)))
	}
	if !x.e.config.HAPI || paged {
		expansion.Set("total", jsontree.NewNumber(itoa(total)))
	}
	expansion.Set("contains", contains)
	n := jsontree.NewObject("resourceType", "ValueSet")
	if !x.e.config.HAPI {
		n.Set("status", jsontree.NewString("active"))
	}
	n.Set("expansion", expansion)
	return &answer{status: http.StatusOK, tree: n}, nil
}

// expansionPage leaves the codes that offset and count ask for, if they are given.
func (x *exchange) expansionPage(given, contains *jsontree.Node) (paged bool, f *failure) {
	for _, name := range []string{"offset", "count"} {
		text := x.input(given, name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return false, fail(http.StatusBadRequest, "value", "%s is no number from 0 on", name)
		}
		paged, n = true, min(n, len(contains.Items))
		if name == "offset" {
			contains.Items = contains.Items[n:]
		} else {
			contains.Items = contains.Items[:n]
		}
	}
	return paged, nil
}

// validateCode is ValueSet/$validate-code.
func validateCode(x *exchange) (*answer, *failure) {
	given, f := x.inputs()
	if f != nil {
		return nil, f
	}
	codes, f := x.valueSet(x.input(given, "url"))
	if f != nil {
		return nil, f
	}
	code, system := x.input(given, "code"), x.input(given, "system")
	found := slices.IndexFunc(codes, func(c coded) bool { return c.code == code && (system == "" || c.system == system) })
	if found >= 0 {
		result := []*jsontree.Node{jsontree.NewObject("name", "result", "valueBoolean", true)}
		if codes[found].display != "" {
			result = append(result, jsontree.NewObject("name", "display", "valueString", codes[found].display))
		}
		return &answer{status: http.StatusOK, tree: parameters(result...)}, nil
	}
	out := parameters(jsontree.NewObject("name", "result", "valueBoolean", false),
		jsontree.NewObject("name", "message", "valueString", "Unknown code '"+system+"#"+code+"' for in-memory expansion of ValueSet '"+x.input(given, "url")+"'"))
	if x.e.config.HAPI {
		list := out.Get("parameter")
		list.Items = append(list.Items, jsontree.NewObject("name", "sourceDetails", "valueString", "In-memory expansion containing 0 codes"))
	}
	return &answer{status: http.StatusOK, tree: out}, nil
}

func (x *exchange) valueSet(url string) ([]coded, *failure) {
	url, _, _ = strings.Cut(url, "|")
	if url == "" && x.id == "" {
		return nil, fail(http.StatusBadRequest, "required", "there is neither a url nor an id").
			hapi(0, "HAPI-1133: %s operation at the type level (no ID specified) requires a url or a valueSet as a part of the request.", x.operation)
	}
	var stored *store.Version
	if x.id != "" {
		stored = x.tx.Current("ValueSet", x.id)
	}
	for v := range x.tx.All("ValueSet") {
		if url != "" && v.Tree.Str("url") == url {
			stored = v
		}
	}
	if stored != nil && !stored.Deleted {
		return x.compose(stored)
	}
	if name, ok := strings.CutPrefix(url, "http://hl7.org/fhir/ValueSet/"); ok {
		if codes := requiredCodes(x.e.table, name); len(codes) > 0 {
			return codes, nil
		}
	}
	return nil, fail(http.StatusNotFound, "not-found", "the value set is not known").
		hapi(0, "HAPI-2788: Unknown ValueSet: %s", url)
}

// compose lists the codes of a stored ValueSet: includes, excludes, filters and all, from
// the CodeSystems and ValueSets that are stored and those of R4. What needs more is refused,
// as it is by a real server, rather than left out.
func (x *exchange) compose(stored *store.Version) ([]coded, *failure) {
	n := stored.Tree.Clone()
	url := "urn:uuid:" + newUUID() // of several with one URL it is this one
	n.Set("url", jsontree.NewString(url))
	texts := [][]byte{n.Bytes()}
	for _, typ := range []string{"CodeSystem", "ValueSet"} {
		for v := range x.tx.All(typ) {
			texts = append(texts, v.Body)
		}
	}
	var codes []coded
	found, err := expansion(texts, url)
	if err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "not-supported", "the value set cannot be expanded: %v", err).
			hapi(http.StatusPreconditionFailed, "Unable to expand ValueSet: %v", err)
	}
	for _, c := range found.Codes {
		codes = append(codes, coded{c.System, c.Code, c.Display})
	}
	return codes, nil
}

// expansion lists a value set, given the resources it may need.
func expansion(texts [][]byte, url string) (terminology.Expansion, error) {
	resources := make([]fhir.Resource, len(texts))
	for i, text := range texts {
		var err error
		if resources[i], err = fhir.Parse(text); err != nil {
			return terminology.Expansion{}, err
		}
	}
	local, err := terminology.NewLocal(terminology.LocalConfig{}, resources...)
	if err != nil {
		return terminology.Expansion{}, err
	}
	return local.Expand(context.Background(), terminology.ExpandRequest{ValueSet: url})
}

// requiredCodes are the codes of a value set that some element of R4 must be of; their
// system has the value set's name.
func requiredCodes(table *definitions.Table, name string) []coded {
	var out []coded
	for _, code := range table.Codes(name) {
		out = append(out, coded{"http://hl7.org/fhir/" + name, code, strings.ToUpper(code[:1]) + strings.ReplaceAll(code[1:], "-", " ")})
	}
	return out
}
