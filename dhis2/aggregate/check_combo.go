package aggregate

import (
	"slices"

	"github.com/openhim/mediator-go/dhis2"
)

// comboProblem is why there is no option combo.
type comboProblem struct {
	rule    Rule
	message string
}

// optionCombo finds the option combo of a combination: by name, or by
// dimensions.
func (c *Checker) optionCombo(combo *dhis2.CategoryCombo, name string, dimensions []ADXDimension) (*dhis2.OptionCombo, []comboProblem) {
	if name != "" {
		if len(dimensions) > 0 {
			return nil, []comboProblem{{RuleCategoryUnknown, "there is an option combo, and the attribute " + shorten(dimensions[0].Category) + " beside it"}}
		}
		return c.namedCombo(combo, name)
	}
	if combo.UID == dhis2.DefaultCategoryComboUID || combo.Default {
		if len(dimensions) > 0 {
			return nil, []comboProblem{{RuleCategoryUnknown, "the attribute " + shorten(dimensions[0].Category) + " is no category: there is no disaggregation here"}}
		}
		return c.cfg.Snapshot.DefaultOptionCombo(), nil
	}
	return c.dimensionCombo(combo, dimensions)
}

func (c *Checker) namedCombo(combo *dhis2.CategoryCombo, name string) (*dhis2.OptionCombo, []comboProblem) {
	found, err := c.cfg.Snapshot.OptionCombos().Find(c.cfg.Scheme, name)
	if err != nil {
		// Of several that share a name, the one of the combination is meant.
		for _, o := range combo.OptionCombos {
			if o.By(c.cfg.Scheme) == name {
				return o, nil
			}
		}
		return nil, []comboProblem{{RuleOptionComboUnknown, "the option combo " + unknown(err, c.cfg.Scheme)}}
	}
	if found.CategoryCombo != nil && found.CategoryCombo.UID != combo.UID {
		return nil, []comboProblem{{RuleOptionComboNotIn, "the option combo is not one of the combination here"}}
	}
	return found, nil
}

// dimensionCombo finds the option combo of one option of each category.
func (c *Checker) dimensionCombo(combo *dhis2.CategoryCombo, dimensions []ADXDimension) (*dhis2.OptionCombo, []comboProblem) {
	var problems []comboProblem
	left := slices.Clone(dimensions)
	var options []string
	for _, category := range combo.Categories {
		code := category.By(c.cfg.Scheme)
		at := slices.IndexFunc(left, func(d ADXDimension) bool { return d.Category == code })
		if at < 0 {
			problems = append(problems, comboProblem{RuleCategoryMissing, "the attribute of the category " + shorten(code) + " is missing"})
			continue
		}
		option := slices.IndexFunc(category.Options, func(o *dhis2.CategoryOption) bool { return o.By(c.cfg.Scheme) == left[at].Option })
		if option < 0 {
			problems = append(problems, comboProblem{RuleOptionUnknown, "the attribute " + shorten(code) + " is no option of the category"})
		} else {
			options = append(options, category.Options[option].UID)
		}
		left = slices.Delete(left, at, at+1)
	}
	for _, d := range left {
		problems = append(problems, comboProblem{RuleCategoryUnknown, "the attribute " + shorten(d.Category) + " is no category of the combination here"})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	found := combo.OptionCombo(options...)
	if found == nil {
		return nil, []comboProblem{{RuleOptionComboUnknown, "the combination has no option combo of these options: on the server, run the maintenance of category option combos"}}
	}
	return found, nil
}
