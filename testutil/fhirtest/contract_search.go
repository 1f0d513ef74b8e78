package fhirtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// searchWorld is what the facts of searches look for: three patients and their data.
type searchWorld struct {
	ann, bea, cid string // ids
	encounter     string
	observations  [2]string
}

func (c *contract) furnishSearch(t *testing.T) searchWorld {
	t.Helper()
	var w searchWorld
	person := func(value, family, given, gender, birth string, more ...any) string {
		return c.make(t, c.patient(value, append([]any{
			"name", []object{{"family": family + c.name, "given": []string{given}}}, "gender", gender, "birthDate", birth,
		}, more...)...)).id()
	}
	w.ann = person("s-ann", "Alpha", "Ann", "female", "1960-06-15", "telecom", []object{{"system": "phone", "value": "5551" + c.name}}, "active", true,
		"meta", object{"tag": []object{{"system": c.system(), "code": "first"}}, "profile": []string{"http://example.org/" + c.name}})
	w.bea = person("s-bea", "Beta", "Béa", "female", "1961-01-01", "active", false)
	w.cid = person("s-cid", "Alphabet", "Cid", "male", "1962-12-31", "deceasedBoolean", true)
	w.encounter = c.make(t, object{
		"resourceType": "Encounter", "status": "finished", "class": object{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
		"subject": object{"reference": "Patient/" + w.ann}, "period": object{"start": "2024-05-01T08:00:00Z", "end": "2024-05-01T12:00:00Z"},
		"identifier": []object{{"system": c.system(), "value": "s-enc"}},
	}).id()
	note := []object{{"system": c.system(), "value": "s-obs"}}
	w.observations[0] = c.make(t, c.observation("Patient/"+w.ann, "identifier", note, "encounter", object{"reference": "Encounter/" + w.encounter},
		"effectiveDateTime", "2024-05-01T10:00:00+02:00", "category", []object{{"coding": []object{{"system": c.system(), "code": "vital"}}}},
		"valueQuantity", object{"value": 72.5, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"})).id()
	w.observations[1] = c.make(t, c.observation("Patient/"+w.bea, "identifier", note, "status", "preliminary", "effectiveDateTime", "2024-06-01",
		"code", object{"coding": []object{{"system": c.system(), "code": "own"}}, "text": "Own measure"}, "valueQuantity", object{"value": 10, "unit": "kg"})).id()
	return w
}

// lookup is one search with the number of matches.
type lookup struct {
	name  string
	typ   string
	query []string
	want  int
}

// GET [type]?…: R4 search.
func (c *contract) searchFacts(t *testing.T) {
	t.Helper()
	w := c.furnishSearch(t)
	ours := c.system() + "|"
	observed := []string{"identifier", c.token("s-obs")}
	with := func(base []string, more ...string) []string { return slices.Concat(base, more) }
	named := func(more ...string) []string {
		return with([]string{"identifier", ours + "s-ann," + ours + "s-bea," + ours + "s-cid"}, more...)
	}
	for _, fact := range []lookup{
		{"a token by system and code", "Patient", []string{"identifier", c.token("s-ann")}, 1},
		{"a token by another system", "Patient", []string{"identifier", "urn:other|s-ann"}, 0},
		{"a token by code only", "Patient", []string{"identifier", "s-ann", "family", "alpha" + c.name}, 1},
		{"a token with one of several values", "Patient", named(), 3},
		{"a token with an empty system", "Patient", []string{"identifier", "|s-ann", "family", "alpha" + c.name}, 0},
		{"a token by system only", "Patient", []string{"identifier", ours, "family", "alpha" + c.name}, 1},
		{"several parameters must all hold", "Patient", named("gender", "female"), 2},
		{"a code without system", "Patient", named("gender", "male"), 1},
		{"one of several codes", "Patient", named("gender", "male,female"), 3},
		{"a boolean", "Patient", named("active", "true"), 1},
		{":not turns a token around", "Patient", named("gender:not", "male"), 2},
		{":missing=true", "Patient", named("active:missing", "true"), 1},
		{":missing=false", "Patient", named("active:missing", "false"), 2},
		{"a phone number", "Patient", []string{"phone", "5551" + c.name}, 1},
		{"deceased", "Patient", named("deceased", "true"), 1},
		{"a string by its beginning", "Patient", []string{"family", "alphabet" + c.name}, 1},
		{"a string in another case", "Patient", []string{"family", "ALPHA" + c.name}, 1},
		{"a string by its middle is not found", "Patient", []string{"family", "lpha" + c.name}, 0},
		{"name looks at all parts", "Patient", named("name", "cid"), 1},
		{"given", "Patient", named("given", "ann"), 1},
		{"accents do not count", "Patient", named("given", "bea"), 1},
		{":exact minds the case", "Patient", []string{"family:exact", "ALPHA" + c.name}, 0},
		{":exact finds the same", "Patient", []string{"family:exact", "Alpha" + c.name}, 1},
		{"a date as a day", "Patient", named("birthdate", "1960-06-15"), 1},
		{"a date as a year", "Patient", named("birthdate", "1961"), 1},
		{"a date as a month", "Patient", named("birthdate", "1962-12"), 1},
		{"ge and lt make a range", "Patient", named("birthdate", "ge1961-01-01", "birthdate", "lt1962-12-31"), 1},
		{"gt leaves out the day", "Patient", named("birthdate", "gt1961-01-01"), 1},
		{"le takes the day", "Patient", named("birthdate", "le1961-01-01"), 2},
		{"ne takes the others", "Patient", named("birthdate", "ne1961-01-01"), 2},
		{"sa is after", "Patient", named("birthdate", "sa1961-01-01"), 1},
		{"eb is before", "Patient", named("birthdate", "eb1961-01-01"), 1},
		{"a time in its day", "Observation", with(observed, "date", "2024-05-01"), 1},
		{"a time in another zone", "Observation", with(observed, "date", "2024-05-01T08:00:00Z"), 1},
		{"a period overlaps", "Encounter", []string{"identifier", c.token("s-enc"), "date", "ge2024-05-01T11:00:00Z"}, 1},
		{"a reference by type and id", "Observation", with(observed, "subject", "Patient/"+w.ann), 1},
		{"a reference by id", "Observation", with(observed, "patient", w.ann), 1},
		{"a reference with its type as modifier", "Observation", with(observed, "subject:Patient", w.ann), 1},
		{"patient finds what subject leads to", "Observation", with(observed, "patient", "Patient/"+w.bea), 1},
		{"one of several references", "Observation", with(observed, "subject", "Patient/"+w.ann+",Patient/"+w.bea), 2},
		{"an encounter", "Observation", with(observed, "encounter", "Encounter/"+w.encounter), 1},
		{"a coded concept by system and code", "Observation", with(observed, "code", "http://loinc.org|8867-4"), 1},
		{"a category", "Observation", with(observed, "category", c.system()+"|vital"), 1},
		{"a status", "Observation", with(observed, "status", "preliminary"), 1},
		{"a quantity by its number", "Observation", with(observed, "value-quantity", "72.5"), 1},
		{"a quantity with prefix", "Observation", with(observed, "value-quantity", "gt50"), 1},
		{"a quantity with unit", "Observation", with(observed, "value-quantity", "72.5|http://unitsofmeasure.org|/min"), 1},
		{"a quantity with another unit", "Observation", with(observed, "value-quantity", "72.5|http://unitsofmeasure.org|kg"), 0},
		{"_id", "Patient", []string{"_id", w.ann}, 1},
		{"one of several _id", "Patient", []string{"_id", w.ann + "," + w.cid}, 2},
		{"_tag", "Patient", []string{"_tag", c.system() + "|first"}, 1},
		{"_profile", "Patient", []string{"_profile", "http://example.org/" + c.name}, 1},
		{"_lastUpdated in the past", "Patient", named("_lastUpdated", "gt2020-01-01T00:00:00Z"), 3},
		{"_lastUpdated in the future", "Patient", named("_lastUpdated", "gt2100-01-01"), 0},
		{"a chain with the type", "Observation", with(observed, "subject:Patient.identifier", c.token("s-ann")), 1},
		{"a chain without the type", "Observation", with(observed, "patient.identifier", c.token("s-bea")), 1},
		{"a chain that leads nowhere", "Observation", with(observed, "subject:Patient.identifier", c.token("s-none")), 0},
		{"_has", "Patient", named("_has:Observation:subject:code", c.system()+"|own"), 1},
		{"_has that holds for none", "Patient", named("_has:Observation:subject:code", c.system()+"|none"), 0},
		{"an escaped comma is part of the value", "Patient", []string{"family", `a\,b` + c.name}, 0},
	} {
		t.Run(fact.name, func(t *testing.T) {
			want := fact.want
			if other, differs := c.traits.finds[fact.name]; differs {
				if other < 0 {
					c.find(t, fact.typ, fact.query...).is(t, -other)
					return
				}
				want = other
			}
			r := c.find(t, fact.typ, fact.query...).is(t, http.StatusOK)
			wantText(t, r.body, "type", "searchset")
			wantEqual(t, "matches", matches(r.body), want)
		})
	}
}

// matches is how many entries are matches.
func matches(body string) int {
	count := 0
	for _, e := range gjson.Get(body, "entry").Array() {
		if mode := e.Get("search.mode").String(); mode == "match" || mode == "" {
			count++
		}
	}
	return count
}

// What a searchset says of itself: R4 search 3.1.1.3, Bundle.
func (c *contract) resultFacts(t *testing.T) {
	t.Helper()
	for _, family := range []string{"Ra", "Rc", "Rb"} {
		c.make(t, c.patient("result", "name", []object{{"family": family + c.name}}, "birthDate", "19"+map[string]string{"Ra": "70", "Rb": "71", "Rc": "72"}[family]+"-01-01"))
	}
	ours := []string{"identifier", c.token("result")}
	all := c.find(t, "Patient", ours...).is(t, http.StatusOK)
	t.Run("each match is marked as one", func(t *testing.T) {
		want := ""
		if c.traits.mode {
			want = "match"
		}
		wantText(t, all.body, "entry.0.search.mode", want)
	})
	t.Run("each entry has its fullUrl", func(t *testing.T) {
		want := ""
		if c.traits.fullURL {
			want = c.target.URL + "/Patient/" + all.get("entry.0.resource.id").String()
		}
		wantText(t, all.body, "entry.0.fullUrl", want)
	})
	t.Run("the self link names the search", func(t *testing.T) {
		wantEqual(t, "it does", all.get(`link.#(relation=="self").url`).String() != "", c.traits.pages != "none")
	})
	t.Run("the total counts the matches", func(t *testing.T) {
		if c.traits.total == "accurate" {
			wantAbsent(t, all.body, "total")
			return
		}
		wantText(t, all.body, "total", "3")
	})
	t.Run("_total=accurate counts the matches", func(t *testing.T) {
		wantText(t, c.find(t, "Patient", slices.Concat(ours, []string{"_total", "accurate", "_count", "1"})...).body, "total", "3")
	})
	t.Run("_summary=count counts without entries", func(t *testing.T) {
		r := c.find(t, "Patient", slices.Concat(ours, []string{"_summary", "count"})...).is(t, http.StatusOK)
		wantText(t, r.body, "total", "3")
		wantEqual(t, "there are no entries", !r.get("entry").Exists(), !c.traits.countOnlyEntry)
	})
	t.Run("_count=0 counts without entries", func(t *testing.T) {
		r := c.find(t, "Patient", slices.Concat(ours, []string{"_count", "0"})...).is(t, http.StatusOK)
		wantText(t, r.body, "total", "3")
		wantAbsent(t, r.body, "entry")
	})
	t.Run("no match is a searchset without entries", func(t *testing.T) {
		r := c.find(t, "Patient", "identifier", c.token("nobody")).is(t, http.StatusOK)
		wantText(t, r.body, "total", "0")
		wantAbsent(t, r.body, "entry")
	})
	order := func(t *testing.T, sort string) string {
		t.Helper()
		var out strings.Builder
		for _, e := range c.find(t, "Patient", slices.Concat(ours, []string{"_sort", sort})...).is(t, http.StatusOK).get("entry.#.resource.name.0.family").Array() {
			out.WriteString(e.String()[1:2])
		}
		return out.String()
	}
	t.Run("_sort sorts strings", func(t *testing.T) { wantEqual(t, "order", order(t, "family"), "abc") })
	t.Run("_sort with a minus sorts the other way", func(t *testing.T) { wantEqual(t, "order", order(t, "-family"), "cba") })
	t.Run("_sort sorts dates", func(t *testing.T) { wantEqual(t, "order", order(t, "birthdate"), "abc") })
	t.Run("_sort=-_lastUpdated gives the newest first", func(t *testing.T) {
		times := c.find(t, "Patient", slices.Concat(ours, []string{"_sort", "-_lastUpdated"})...).is(t, http.StatusOK).get("entry.#.resource.meta.lastUpdated").Array()
		wantEqual(t, "matches", len(times), 3)
		for i := 1; i < len(times); i++ {
			wantTrue(t, "none is newer than the one before", times[i].String() <= times[i-1].String())
		}
	})
	t.Run("_elements holds for matches", func(t *testing.T) {
		r := c.find(t, "Patient", slices.Concat(ours, []string{"_elements", "birthDate"})...).is(t, http.StatusOK)
		wantEqual(t, "names are left out", !r.get("entry.0.resource.name").Exists(), c.traits.subsets)
	})
	t.Run("a search by POST finds the same", func(t *testing.T) {
		r := c.post(t, "/Patient/_search", queryOf(ours...), "Content-Type", "application/x-www-form-urlencoded", "Cache-Control", "no-cache")
		if !c.traits.searchByForm {
			wantTrue(t, "it is refused", r.status >= http.StatusBadRequest)
			return
		}
		wantEqual(t, "matches", matches(r.is(t, http.StatusOK).body), 3)
	})
	t.Run("a new match is found at once past the cache", func(t *testing.T) {
		c.find(t, "Patient", "identifier", c.token("result-new")).is(t, http.StatusOK)
		c.make(t, c.patient("result-new"))
		wantEqual(t, "matches", matches(c.find(t, "Patient", "identifier", c.token("result-new")).body), 1)
	})
	t.Run("the system can be searched", func(t *testing.T) {
		c.get(t, "?_type=Patient&_count=1").is(t, c.traits.systemSearch)
	})
	t.Run("a compartment can be searched", func(t *testing.T) {
		p := c.make(t, c.patient("compartment"))
		c.make(t, c.observation("Patient/"+p.id()))
		r := c.get(t, "/Patient/"+p.id()+"/Observation").is(t, c.traits.compartment)
		if r.status == http.StatusOK {
			wantEqual(t, "matches", matches(r.body), 1)
		}
	})
}

// Searches a server cannot run: R4 search 3.1.1.4.
func (c *contract) badSearchFacts(t *testing.T) {
	t.Helper()
	t.Run("a parameter that is not known", func(t *testing.T) { c.find(t, "Patient", "nosuch", "1", "_count", "1").is(t, c.traits.unknownParam) })
	t.Run("a parameter that is not known, handled strictly", func(t *testing.T) {
		c.get(t, "/Patient?nosuch=1&_count=1", "Prefer", "handling=strict").is(t, c.traits.unknownParamIn)
	})
	t.Run("a modifier that is not known", func(t *testing.T) {
		r := c.find(t, "Patient", "family:nosuch", "nobody is called this").is(t, c.traits.badModifier)
		if r.status == http.StatusOK {
			wantEqual(t, "matches", matches(r.body), 0)
		}
	})
	t.Run("a date that is none", func(t *testing.T) { c.find(t, "Patient", "birthdate", "notadate").is(t, c.traits.badDateParam) })
	t.Run("a number that is none", func(t *testing.T) { c.find(t, "Observation", "value-quantity", "abc").is(t, c.traits.badNumberParam) })
	t.Run("a _count that is none", func(t *testing.T) { c.find(t, "Patient", "_count", "x").is(t, c.traits.badCount) })
	t.Run("an include that is not known", func(t *testing.T) {
		c.find(t, "Observation", "_include", "Observation:nosuch").is(t, c.traits.badInclude)
	})
	t.Run("an empty value", func(t *testing.T) {
		c.make(t, c.patient("empty"))
		r := c.find(t, "Patient", "identifier", c.token("empty"), "family", "").is(t, http.StatusOK)
		want := map[string]int{"all": 1, "none": 0}[c.traits.emptyValue]
		wantEqual(t, "matches", matches(r.body), want)
	})
	t.Run("refusals say what is wrong", func(t *testing.T) {
		c.find(t, "Patient", "birthdate", "notadate").is(t, c.traits.badDateParam).outcome(t, "error")
	})
}

// _include and _revinclude: R4 search 3.1.1.5.4.
func (c *contract) includeFacts(t *testing.T) {
	t.Helper()
	w := c.furnishSearch(t)
	included := func(t *testing.T, typ string, query ...string) []string {
		t.Helper()
		var out []string
		r := c.find(t, typ, query...)
		if !c.traits.includes && r.status == http.StatusBadRequest {
			return nil
		}
		for _, e := range r.is(t, http.StatusOK).get("entry").Array() {
			if e.Get("search.mode").String() == "include" {
				out = append(out, e.Get("resource.resourceType").String()+"/"+e.Get("resource.id").String())
			}
		}
		slices.Sort(out)
		return out
	}
	want := func(t *testing.T, got []string, refs ...string) {
		t.Helper()
		slices.Sort(refs)
		if !c.traits.includes {
			refs = nil
		}
		wantTrue(t, "what is included: "+show(got)+" is "+show(refs), slices.Equal(got, refs))
	}
	t.Run("_include brings what is referred to", func(t *testing.T) {
		want(t, included(t, "Observation", "_id", w.observations[0], "_include", "Observation:subject"), "Patient/"+w.ann)
	})
	t.Run("two includes bring both", func(t *testing.T) {
		want(t, included(t, "Observation", "_id", w.observations[0], "_include", "Observation:subject", "_include", "Observation:encounter"),
			"Patient/"+w.ann, "Encounter/"+w.encounter)
	})
	t.Run("an include may be told the type", func(t *testing.T) {
		want(t, included(t, "Observation", "_id", w.observations[0], "_include", "Observation:subject:Patient"), "Patient/"+w.ann)
	})
	t.Run("_include=* brings all that is referred to", func(t *testing.T) {
		want(t, included(t, "Observation", "_id", w.observations[0], "_include", "*"), "Patient/"+w.ann, "Encounter/"+w.encounter)
	})
	t.Run("_revinclude brings what refers", func(t *testing.T) {
		want(t, included(t, "Patient", "_id", w.ann, "_revinclude", "Observation:subject"), "Observation/"+w.observations[0])
	})
	t.Run("what is included twice comes once", func(t *testing.T) {
		want(t, included(t, "Observation", "_id", w.observations[0], "_include", "Observation:subject", "_include", "Observation:patient"), "Patient/"+w.ann)
	})
	t.Run("_include:iterate goes on", func(t *testing.T) {
		want(t, included(t, "Observation", "_id", w.observations[0], "_include", "Observation:encounter", "_include:iterate", "Encounter:patient"),
			"Encounter/"+w.encounter, "Patient/"+w.ann)
	})
	t.Run("what is included does not count", func(t *testing.T) {
		r := c.find(t, "Observation", "_id", w.observations[0], "_include", "Observation:subject", "_total", "accurate")
		wantText(t, r.body, "total", "1")
	})
}
