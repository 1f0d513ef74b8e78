package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

type searchLine struct {
	base, code, kind string
	targets, paths   []string
}

var (
	castForm    = regexp.MustCompile(`\(([A-Za-z.]+) as ([A-Za-z]+)\)`)
	stepForm    = regexp.MustCompile(`([A-Za-z]+)(\[0\])?(\(([^()]*(?:\([^()]*\))?[^()]*)\))?`)
	systemForm  = regexp.MustCompile(`^([a-z]+)='([a-z-]+)'$`)
	resolveForm = regexp.MustCompile(`^resolve\(\) is ([A-Za-z]+)$`)
	existsForm  = regexp.MustCompile(`^([A-Za-z.]+)\.exists\(\) and [A-Za-z.]+ != false$`)
)

func (g *generator) addSearchParameter(raw json.RawMessage) error {
	var p struct {
		ResourceType string   `json:"resourceType"`
		Code         string   `json:"code"`
		Base         []string `json:"base"`
		Type         string   `json:"type"`
		Expression   string   `json:"expression"`
		Target       []string `json:"target"`
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("read a search parameter: %w", err)
	}
	if p.ResourceType != "SearchParameter" || strings.HasPrefix(p.Code, "_") || p.Expression == "" || p.Type == "composite" || p.Type == "special" {
		return nil
	}
	for _, base := range p.Base {
		line := searchLine{base: base, code: p.Code, kind: p.Type, targets: p.Target}
		for alternative := range strings.SplitSeq(castForm.ReplaceAllString(p.Expression, "$1.as($2)"), " | ") {
			if prefix, rest, _ := strings.Cut(strings.TrimSpace(alternative), "."); prefix == base && rest != "" {
				line.paths = append(line.paths, g.paths(base, rest)...)
			}
		}
		if len(line.paths) > 0 {
			g.search = append(g.search, line)
		}
	}
	return nil
}

// targetList is * for the parameters that list every resource there is.
func (s *searchLine) targetList() string {
	const most = 100
	if len(s.targets) > most {
		return "*"
	}
	return strings.Join(s.targets, ",")
}

// paths turns an expression below a type into paths of JSON members with the type they
// lead to: telecom[system=phone]>ContactPoint, valueQuantity>Quantity,
// subject~Patient>Reference, ?deceasedBoolean>boolean.
func (g *generator) paths(base, expression string) []string {
	mark := ""
	if m := existsForm.FindStringSubmatch(base + "." + expression); m != nil {
		mark, expression = "?", strings.TrimPrefix(m[1], base+".")
	}
	type way struct{ path, typ string }
	ways := []way{{typ: base}}
	for _, step := range stepForm.FindAllStringSubmatch(expression, -1) {
		name, argument := step[1], step[4]
		var next []way
		for _, w := range ways {
			switch {
			case name == "where" && systemForm.MatchString(argument):
				m := systemForm.FindStringSubmatch(argument)
				next = append(next, way{w.path + "[" + m[1] + "=" + m[2] + "]", w.typ})
			case name == "where" && resolveForm.MatchString(argument):
				next = append(next, way{w.path + "~" + resolveForm.FindStringSubmatch(argument)[1], w.typ})
			case name == "as":
				if strings.EqualFold(w.typ, argument) {
					next = append(next, w)
				}
			default:
				e := g.element(w.typ, name)
				if e == nil {
					continue
				}
				for _, t := range e.types {
					t, _, _ = strings.Cut(t, "(")
					member := name
					if e.choice {
						member += strings.ToUpper(t[:1]) + t[1:]
					}
					next = append(next, way{strings.TrimPrefix(w.path+"."+member, "."), t})
				}
			}
		}
		ways = next
	}
	var out []string
	for _, w := range ways {
		out = append(out, mark+w.path+">"+w.typ)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
