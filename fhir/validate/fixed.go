package validate

import (
	"strings"
	"unicode/utf8"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// equal holds a value against a fixed one: the same, no more and no less.
func (c *conformer) equal(n node, want *tree.Tree, wn node) {
	t := c.tree
	switch want.Kind(wn) {
	case tree.Object:
		if t.Kind(n) != tree.Object {
			c.different(n)
			return
		}
		for m := range t.Children(n) {
			if want.Member(wn, t.Name(m)) == 0 {
				c.fail(m, fhir.IssueValue, "%s must not be there: profile %s fixes the whole value", quoted(t.Name(m)), c.profile.url)
			}
		}
		for m := range want.Children(wn) {
			if mine := t.Member(n, want.Name(m)); mine != 0 {
				c.equal(mine, want, m)
			} else {
				c.missing(n, want.Name(m), "%s must be there: profile %s fixes the value", quoted(want.Name(m)), c.profile.url)
			}
		}
	case tree.Array:
		if t.Kind(n) != tree.Array || t.Len(n) != want.Len(wn) {
			c.different(n)
			return
		}
		for i := range want.Len(wn) {
			c.equal(t.At(n, i), want, want.At(wn, i))
		}
	default:
		if !sameText(t, n, want, wn) {
			c.different(n)
		}
	}
}

func (c *conformer) different(n node) {
	c.fail(n, fhir.IssueValue, "the value is not the one that profile %s fixes", c.profile.url)
}

// matches holds a value against a pattern: what the pattern has must be there, in lists somewhere.
func (c *conformer) matches(n node, want *tree.Tree, wn node) {
	t := c.tree
	switch want.Kind(wn) {
	case tree.Object:
		if t.Kind(n) != tree.Object {
			c.unlike(n)
			return
		}
		for m := range want.Children(wn) {
			if mine := t.Member(n, want.Name(m)); mine != 0 {
				c.matches(mine, want, m)
			} else {
				c.missing(n, want.Name(m), "%s must be there by the pattern of profile %s", quoted(want.Name(m)), c.profile.url)
			}
		}
	case tree.Array:
		for m := range want.Children(wn) {
			if !c.anyMatches(n, want, m) {
				c.fail(n, fhir.IssueValue, "no item is like the one that profile %s asks for", c.profile.url)
			}
		}
	default:
		if !sameText(t, n, want, wn) {
			c.unlike(n)
		}
	}
}

func (c *conformer) anyMatches(list node, want *tree.Tree, wn node) bool {
	if c.tree.Kind(list) != tree.Array {
		return false
	}
	for item := range c.tree.Children(list) {
		if c.quietly(func() { c.matches(item, want, wn) }) {
			return true
		}
	}
	return false
}

func (c *conformer) unlike(n node) {
	c.fail(n, fhir.IssueValue, "the value is not like the pattern of profile %s", c.profile.url)
}

// sameText compares two primitives by what they say; numbers by their spelling, as 1.0 is not 1.00 in FHIR.
func sameText(t *tree.Tree, n node, want *tree.Tree, wn node) bool {
	return t.Kind(n) == want.Kind(wn) && t.Text(n) == want.Text(wn)
}

// bounds checks maxLength, minValue and maxValue.
func (c *conformer) bounds(v occurrence, p *part) {
	if p.maxLength > 0 && c.tree.Kind(v.node) == tree.String && utf8.RuneCountInString(c.tree.Text(v.node)) > p.maxLength {
		c.fail(v.node, fhir.IssueTooLong, "the value is longer than the %d characters that profile %s allows", p.maxLength, c.profile.url)
	}
	if p.minValue != nil && c.compare(v, p.minValue) < 0 {
		c.fail(v.node, fhir.IssueValue, "the value is below the least that profile %s allows", c.profile.url)
	}
	if p.maxValue != nil && c.compare(v, p.maxValue) > 0 {
		c.fail(v.node, fhir.IssueValue, "the value is above the most that profile %s allows", c.profile.url)
	}
}

// compare orders a value and a bound of its type; 0 where they cannot be ordered.
func (c *conformer) compare(v occurrence, bound *literal) int {
	if !strings.EqualFold(v.code, bound.typ) {
		return 0
	}
	n, root := v.node, bound.tree.Root()
	if bound.typ == "Quantity" {
		mine := c.tree.Member(n, "value")
		if c.str(n, "code") != bound.tree.Text(bound.tree.Member(root, "code")) || c.tree.Kind(mine) != tree.Number {
			return 0
		}
		return compareDecimals(c.tree.Raw(mine), bound.tree.Raw(bound.tree.Member(root, "value")))
	}
	switch c.tree.Kind(n) {
	case tree.Number:
		return compareDecimals(c.tree.Raw(n), bound.tree.Raw(root))
	case tree.String:
		return compareDates(c.tree.Text(n), bound.tree.Text(root))
	default:
		return 0
	}
}
