package dhis2

import (
	"slices"
	"strings"
)

// The default category metadata, which every server has under these UIDs.
const (
	DefaultCategoryComboUID  = "bjDvmb4bfuf"
	DefaultOptionComboUID    = "HllvX50cXC0"
	DefaultCategoryUID       = "GLevLNI9wkl"
	DefaultCategoryOptionUID = "xYerKDKCefk"
)

// DataSet is a data set of aggregate data. It is read-only.
type DataSet struct {
	Object
	PeriodType        string           `json:"periodType,omitempty"` // Monthly, WeeklyThursday, FinancialApril …
	CategoryCombo     *CategoryCombo   `json:"-"`                    // of the attributeOptionCombo; never nil
	Elements          []DataSetElement `json:"-"`
	OrgUnits          OrgUnitSet       `json:"-"` // that it is assigned to
	OpenFuturePeriods int              `json:"openFuturePeriods,omitempty"`
	ExpiryDays        float64          `json:"expiryDays,omitempty"`

	byElement map[string]int
}

// Element finds what the data set says of a data element, by the data element's UID.
func (d *DataSet) Element(uid string) (DataSetElement, bool) {
	i, ok := d.byElement[uid]
	if !ok {
		return DataSetElement{}, false
	}
	return d.Elements[i], true
}

// DataSetElement is a data element of a data set.
type DataSetElement struct {
	DataElement *DataElement
	// CategoryCombo is that of the data set for the element, or else the element's own. It is
	// never nil.
	CategoryCombo *CategoryCombo
}

// CategoryCombo is a combination of categories. It is read-only.
type CategoryCombo struct {
	Object
	Default      bool           `json:"isDefault,omitempty"`
	Categories   []*Category    `json:"-"`
	OptionCombos []*OptionCombo `json:"-"`

	byOptions map[string]*OptionCombo // by the sorted UIDs of the options
}

// Category is a dimension of disaggregation, as sex or age group. It is read-only.
type Category struct {
	Object
	Options []*CategoryOption `json:"-"`
}

// CategoryOption is one option of a category. It is read-only.
type CategoryOption struct {
	Object
	// Start and End bound the days that it is for, 2026-01-31 (E1056, E1057). "" is without.
	Start string `json:"-"`
	End   string `json:"-"`
}

// OptionCombo is a combination of one option of each category of a combination: it is what
// categoryOptionCombo and attributeOptionCombo name. It is read-only.
type OptionCombo struct {
	Object
	CategoryCombo *CategoryCombo    `json:"-"` // nil if it is not known
	Options       []*CategoryOption `json:"-"`
}

// OptionCombo finds the combination of exactly these options, by their UIDs in any order, nil
// if there is none.
func (c *CategoryCombo) OptionCombo(options ...string) *OptionCombo {
	return c.byOptions[optionKey(options)]
}

// optionKey is the same for the same options in any order.
func optionKey(uids []string) string {
	sorted := slices.Clone(uids)
	slices.Sort(sorted)
	return strings.Join(sorted, ",")
}
