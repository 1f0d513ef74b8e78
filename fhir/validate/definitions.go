package validate

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// definitions finds profiles and other conformance resources by URL: the user's first, then R4's own. Profiles are compiled when they are
// first asked for. Safe for concurrent use once filled.
type definitions struct {
	codes *codebook
	rules *rulebook

	structures     map[string][]byte // the user's StructureDefinitions, by URL and by URL|version
	questionnaires map[string][]byte
	measures       map[string][]byte
	global         []string // profiles on all resources of their types

	mu       sync.RWMutex
	compiled map[string]*compiledProfile
	forms    map[string]*form // nil for one that cannot be read
}

type compiledProfile struct {
	profile *profile
	err     error
}

func newDefinitions(codes *codebook, rules *rulebook) *definitions {
	return &definitions{
		codes: codes, rules: rules, structures: map[string][]byte{}, questionnaires: map[string][]byte{}, measures: map[string][]byte{},
		compiled: map[string]*compiledProfile{}, forms: map[string]*form{},
	}
}

// add takes one conformance resource; those of other types are left out. Where a URL is taken, it is replaced only when over is set.
func (d *definitions) add(data []byte, over bool) error {
	var head struct {
		ResourceType string `json:"resourceType"`
		URL          string `json:"url"`
		Version      string `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return err
	}
	if head.URL == "" {
		return nil
	}
	switch head.ResourceType {
	case "StructureDefinition":
		keep(d.structures, head.URL, head.Version, data, over)
	case "Questionnaire":
		keep(d.questionnaires, head.URL, head.Version, data, over)
	case "Measure":
		keep(d.measures, head.URL, head.Version, data, over)
	case "ImplementationGuide":
		return d.addGlobal(data, over)
	case "ValueSet":
		set, err := readValueSet(data)
		if err != nil {
			return err
		}
		keep(d.codes.ownValueSets, head.URL, head.Version, set, over)
	case "CodeSystem":
		system, err := readCodeSystem(data)
		if err != nil {
			return err
		}
		keep(d.codes.ownCodeSystems, head.URL, "", system, over)
	}
	return nil
}

// addGlobal takes the profiles that an implementation guide wants all resources of a type to conform to. Those of packages do not count: a package
// is often there for one extension.
func (d *definitions) addGlobal(data []byte, over bool) error {
	var guide struct {
		Global []struct{ Type, Profile string } `json:"global"`
	}
	if err := json.Unmarshal(data, &guide); err != nil {
		return err
	}
	for _, global := range guide.Global {
		if over && global.Profile != "" {
			d.global = append(d.global, global.Profile)
		}
	}
	return nil
}

func keep[T any](into map[string]T, url, version string, value T, over bool) {
	if _, taken := into[url]; !taken || over {
		into[url] = value
	}
	if version != "" {
		into[url+"|"+version] = value
	}
}

// maxBases bounds how many profiles may stand on each other.
const maxBases = 30

// profile returns a profile by its canonical URL, or nil when it is not known or cannot be used.
func (d *definitions) profile(url string) *profile {
	found, err := d.find(url)
	if err != nil {
		return nil
	}
	return found
}

// find returns a profile by its canonical URL, with or without a version. Base types have none: nothing is asked beyond them.
func (d *definitions) find(url string) (*profile, error) {
	return d.findBelow(url, 0)
}

func (d *definitions) findBelow(url string, depth int) (*profile, error) {
	d.mu.RLock()
	found, ok := d.compiled[url]
	d.mu.RUnlock()
	if ok {
		return found.profile, found.err
	}
	data, ok := d.source(url)
	if !ok {
		return nil, fmt.Errorf("profile %s is not known: add it to Options.Definitions, or its package to Options.Packages", quoted(url))
	}
	if depth > maxBases {
		return nil, fmt.Errorf("profile %s stands on too many others, or on itself", quoted(url))
	}
	built := &compiledProfile{}
	if built.profile, built.err = d.compile(data, depth); built.err != nil {
		built.err = fmt.Errorf("profile %s: %w", quoted(url), built.err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if found, ok := d.compiled[url]; ok {
		return found.profile, found.err
	}
	d.compiled[url] = built
	return built.profile, built.err
}

// source finds the StructureDefinition's JSON.
func (d *definitions) source(url string) ([]byte, bool) {
	if data, ok := d.structures[url]; ok {
		return data, true
	}
	return elements.Profile(url)
}

// compile makes a profile: from its snapshot, or from its differential on top of the profile it is based on.
func (d *definitions) compile(data []byte, depth int) (*profile, error) {
	def, err := readStructureDefinition(data)
	if err != nil {
		return nil, err
	}
	typ, ok := elements.Lookup(def.Type)
	if !ok {
		return nil, fmt.Errorf("type %s is not one of FHIR R4", quoted(def.Type))
	}
	p := &profile{url: def.URL, version: def.Version, typ: def.Type, kind: def.Kind, root: &part{name: def.Type, max: elements.Unbounded}}
	for _, c := range def.Context {
		p.contexts = append(p.contexts, extensionContext{c.Type, c.Expression})
	}
	list := def.Snapshot.Element
	if len(list) == 0 {
		list = def.Differential.Element
		if err := d.onBase(p, def, depth); err != nil {
			return nil, err
		}
	}
	if len(list) > 0 {
		p.modifier = p.modifier || list[0].IsModifier
	}
	if err := buildParts(list, p.root); err != nil {
		return nil, err
	}
	compiler := profileCompiler{codes: d.codes, rules: d.rules}
	p.source = p.root.copied()
	compiler.compile(p.root, typ)
	return p, nil
}

// onBase copies what the base profile asks; base types ask nothing more.
func (d *definitions) onBase(p *profile, def *structureDefinition, depth int) error {
	if def.BaseDefinition == "" || def.BaseDefinition == baseURL+def.Type {
		return nil
	}
	if _, isType := elements.Lookup(typeOfURL(def.BaseDefinition)); isType {
		return nil
	}
	base, err := d.findBelow(def.BaseDefinition, depth+1)
	if err != nil {
		return fmt.Errorf("its base: %w", err)
	}
	if base.typ != def.Type {
		return fmt.Errorf("its base is a profile on %s, not on %s", base.typ, def.Type)
	}
	p.root = base.source.copied()
	p.modifier = base.modifier
	if len(p.contexts) == 0 {
		p.contexts = base.contexts
	}
	return nil
}

// typeOfURL returns the name in the URL of a base type, or "".
func typeOfURL(url string) string {
	url = bareURL(url)
	if len(url) > len(baseURL) && url[:len(baseURL)] == baseURL {
		return url[len(baseURL):]
	}
	return ""
}

// form returns the user's Questionnaire of a canonical URL, or nil.
func (d *definitions) form(url string) *form {
	data, ok := d.questionnaires[url]
	if !ok {
		url = bareURL(url)
		if data, ok = d.questionnaires[url]; !ok {
			return nil
		}
	}
	d.mu.RLock()
	found, ok := d.forms[url]
	d.mu.RUnlock()
	if ok {
		return found
	}
	built, err := readForm(data)
	if err != nil {
		built = nil // validating the Questionnaire says what is wrong with it
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forms[url] = built
	return built
}
