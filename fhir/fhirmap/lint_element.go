package fhirmap

import (
	"regexp"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/mapping"
)

// element checks a member: a list where FHIR has one, and each value of it.
func (c *check) element(m mapping.OutputMember, element *elements.Element, ref elements.TypeRef, path string) {
	c.listed(m.Value, element, ref, path)
}

func (c *check) listed(out *mapping.Output, element *elements.Element, ref elements.TypeRef, path string) {
	switch {
	case out.Kind == mapping.OutputEither:
		for _, one := range out.Items {
			c.listed(one, element, ref, path)
		}
	case out.Kind == mapping.OutputUnknown:
	case !element.List():
		if out.Kind == mapping.OutputList {
			c.warn(out, "", "element %s may occur once: it is not a list", path)
			return
		}
		c.value(out, element, ref, path)
	case out.Kind == mapping.OutputList:
		if !out.Repeats && element.Max != elements.Unbounded && len(out.Items) > element.Max {
			c.warn(out, "", "element %s may occur %d times, not %d", path, element.Max, len(out.Items))
		}
		for _, item := range out.Items {
			c.value(item, element, ref, path)
		}
	case out.Kind == mapping.OutputValue && (out.Gives == 0 || out.Gives&mapping.List != 0):
	default:
		c.warn(out, "write a list of one: - …, or $each", "element %s is a list", path)
	}
}

// value checks one value of an element.
func (c *check) value(out *mapping.Output, element *elements.Element, ref elements.TypeRef, path string) {
	switch {
	case element.Content != nil:
		c.object(out, element.Content, path)
	case ref.Code == "Resource":
		c.resource(out, path)
	case ref.Primitive():
		c.primitive(out, element, ref.Code, path)
	default:
		if typ, known := elements.Lookup(ref.Code); known {
			c.object(out, typ, path)
		}
	}
}

// resource checks a resource of any type, which says itself which: an entry of a Bundle, a
// contained one.
func (c *check) resource(out *mapping.Output, path string) {
	switch out.Kind {
	case mapping.OutputEither:
		for _, one := range out.Items {
			c.resource(one, path)
		}
		return
	case mapping.OutputObject:
	default:
		if out.Kind == mapping.OutputValue && out.Gives&mapping.Object != 0 || out.Kind == mapping.OutputUnknown {
			return
		}
		c.warn(out, "", "element %s is a resource", path)
		return
	}
	kind := out.Member("resourceType")
	switch {
	case kind == nil:
		c.warn(out, "", "the resource at %s has no resourceType", path)
	case kind.Kind == mapping.OutputText:
		typ, known := elements.Lookup(kind.Text)
		if !known || typ.Kind != elements.Resource || typ.Abstract {
			c.warn(kind, "", "there is no resource type %s in FHIR 4.0.1", kind.Text)
			return
		}
		c.members(out, typ, typ.Name)
	}
}

// The forms of primitives (R4 datatypes.html), of those whose constants are most often wrong.
var (
	idForm       = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)
	dateForm     = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$`)
	dateTimeForm = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d{2}:\d{2}))?)?)?$`)
	instantForm  = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d{2}:\d{2})$`)
	timeForm     = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$`)
	integerForm  = regexp.MustCompile(`^-?(0|[1-9]\d*)$`)
	naturalForm  = regexp.MustCompile(`^(0|[1-9]\d*)$`)
	positiveForm = regexp.MustCompile(`^[1-9]\d*$`)
	spaceForm    = regexp.MustCompile(`\s`)
)

// formOf is what the text of a primitive looks like, nil for any text.
func formOf(code string) *regexp.Regexp {
	switch code {
	case "id":
		return idForm
	case "code":
		return codeForm
	case "date":
		return dateForm
	case "dateTime":
		return dateTimeForm
	case "instant":
		return instantForm
	case "time":
		return timeForm
	case "integer":
		return integerForm
	case "unsignedInt":
		return naturalForm
	case "positiveInt":
		return positiveForm
	default:
		return nil
	}
}

// jsonOf is the type that JSON has for a primitive.
func jsonOf(code string) mapping.Type {
	switch code {
	case "boolean":
		return mapping.Bool
	case "integer", "unsignedInt", "positiveInt", "decimal":
		return mapping.Number
	default:
		return mapping.Text
	}
}

// primitive checks what is written where a primitive is due: constants, and what a table gives,
// against its form and the value set that it is bound to.
func (c *check) primitive(out *mapping.Output, element *elements.Element, code, path string) {
	want := jsonOf(code)
	var is mapping.Type
	switch out.Kind {
	case mapping.OutputEither:
		for _, one := range out.Items {
			c.primitive(one, element, code, path)
		}
		return
	case mapping.OutputUnknown:
		return
	case mapping.OutputObject, mapping.OutputList:
		c.warn(out, "extensions of a primitive stand under _"+path[strings.LastIndexByte(path, '.')+1:], "element %s is a %s: it has no members", path, code)
		return
	case mapping.OutputText:
		is = mapping.Text
	case mapping.OutputNumber:
		is = mapping.Number
	case mapping.OutputBool:
		is = mapping.Bool
	case mapping.OutputValue:
		if out.Gives != 0 && out.Gives&want == 0 {
			c.warn(out, convertHint(want), "element %s is a %s, and this gives %s", path, code, out.Gives)
		}
		for _, text := range out.Codes {
			c.bound(out, element, text, path)
		}
		return
	}
	if is != want {
		hint := ""
		if want == mapping.Text {
			hint = "put it in quotes"
		}
		c.warn(out, hint, "element %s is a %s, and this is %s", path, code, is)
		return
	}
	if form := formOf(code); form != nil && !form.MatchString(out.Text) {
		c.warn(out, "", "element %s is a %s, and %q is none", path, code, out.Text)
		return
	}
	if (code == "uri" || code == "url" || code == "canonical") && spaceForm.MatchString(out.Text) {
		c.warn(out, "", "element %s is a %s, and %q has white space", path, code, out.Text)
	}
	c.bound(out, element, out.Text, path)
}

func convertHint(want mapping.Type) string {
	switch want {
	case mapping.Bool:
		return "$as: boolean"
	case mapping.Number:
		return "$as: number"
	default:
		return "$as: string"
	}
}

// bound checks a code against a required binding.
func (c *check) bound(out *mapping.Output, element *elements.Element, code, path string) {
	if element.Binding == nil || element.Binding.Strength != elements.Required {
		return
	}
	if member, known := c.memberOf(element.Binding.ValueSet, code); known && !member {
		c.warn(out, c.allowed(element.Binding.ValueSet), "element %s cannot be %q: the code is not in %s", path, code, element.Binding.ValueSet)
	}
}
