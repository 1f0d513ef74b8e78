package rest

import (
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// routeOperation finds what answers an operation at the level it was called at.
func (e *Engine) routeOperation(x *exchange) (handler, access, *failure) {
	level := "system"
	what := x.operation
	switch {
	case x.id != "":
		level, what = "instance", x.typ+"/"+x.id+"/"+x.operation
	case x.typ != "":
		level, what = "type", x.typ+"/"+x.operation
	}
	read := x.method == http.MethodGet || x.method == http.MethodPost
	switch {
	case x.operation == "$validate" && level != "system" && read:
		return validate, reading, nil
	case x.operation == "$everything" && x.typ == "Patient" && read:
		return everything, reading, nil
	case x.operation == "$match" && x.typ == "Patient" && level == "type" && x.method == http.MethodPost && !e.config.HAPI:
		return match, reading, nil
	case x.operation == "$meta" && level == "instance" && read:
		return meta, reading, nil
	case (x.operation == "$meta-add" || x.operation == "$meta-delete") && level == "instance" && x.method == http.MethodPost:
		return changeMeta, writing, nil
	case x.operation == "$expand" && x.typ == "ValueSet" && read:
		return expand, reading, nil
	case x.operation == "$validate-code" && x.typ == "ValueSet" && read:
		return validateCode, reading, nil
	case x.operation == "$export" && (level == "system" || (level == "type" && x.typ == "Patient")) && read:
		return export, reading, nil
	case x.operation == "$export-poll-status" && level == "system":
		return exportStatus, reading, nil
	}
	return nil, alone, e.unsupported(x, what)
}

// input is a parameter of an operation: of the query, or of a Parameters body.
func (x *exchange) input(parameters *jsontree.Node, name string) string {
	if v := x.param(name); v != "" {
		return v
	}
	for _, p := range parameters.List("parameter") {
		if p.Str("name") != name {
			continue
		}
		for _, m := range p.Members {
			if strings.HasPrefix(m.Name, "value") {
				return m.Value.Text
			}
		}
	}
	return ""
}

// inputs is the Parameters body of an operation; nil when there is none.
func (x *exchange) inputs() (*jsontree.Node, *failure) {
	if len(x.body) == 0 && x.resource == nil {
		return nil, nil
	}
	return x.parse("Parameters", "EXTENDED_OPERATION_TYPE")
}

func parameters(parts ...*jsontree.Node) *jsontree.Node {
	return jsontree.NewObject("resourceType", "Parameters", "parameter", jsontree.NewArray(parts...))
}

// meta is GET [type]/[id]/$meta.
func meta(x *exchange) (*answer, *failure) {
	v := x.tx.Current(x.typ, x.id)
	if v == nil || v.Deleted {
		return nil, notKnown(x.typ, x.id)
	}
	return x.metaAnswer(v.Tree), nil
}

func (x *exchange) metaAnswer(n *jsontree.Node) *answer {
	m := n.Get("meta").Clone()
	if x.e.config.HAPI {
		m.Delete("source")
	}
	return &answer{status: http.StatusOK, tree: parameters(jsontree.NewObject("name", "return", "valueMeta", m))}
}

// changeMeta is POST [type]/[id]/$meta-add and $meta-delete: tags, security labels and
// profiles come and go without a new version (R4 resource-operation-meta-add).
func changeMeta(x *exchange) (*answer, *failure) {
	v := x.tx.Current(x.typ, x.id)
	if v == nil || v.Deleted {
		return nil, notKnown(x.typ, x.id)
	}
	given, f := x.inputs()
	if f != nil {
		return nil, f
	}
	var change *jsontree.Node
	for _, p := range given.List("parameter") {
		if p.Str("name") == "meta" {
			change = p.Get("valueMeta")
		}
	}
	if change == nil {
		return nil, fail(http.StatusBadRequest, "required", "there is no parameter meta").at("Parameters.parameter")
	}
	tree := v.Tree.Clone()
	m := tree.Get("meta")
	for _, kind := range []string{"profile", "security", "tag"} {
		list := jsontree.NewArray()
		named := func(one *jsontree.Node) bool {
			for _, c := range change.List(kind) {
				if c.Text == one.Text && c.Str("system") == one.Str("system") && c.Str("code") == one.Str("code") {
					return true
				}
			}
			return false
		}
		for _, one := range m.List(kind) {
			if !named(one) {
				list.Items = append(list.Items, one)
			}
		}
		if x.operation == "$meta-add" {
			list.Items = append(list.Items, change.Clone().List(kind)...)
		}
		if len(list.Items) > 0 {
			m.Set(kind, list)
		} else {
			m.Delete(kind)
		}
	}
	x.tx.Replace(v.With(tree, tree.Bytes()))
	return x.metaAnswer(tree), nil
}
