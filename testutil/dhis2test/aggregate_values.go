package dhis2test

import (
	"slices"
	"strings"
	"time"
)

// dataValueKey is what makes a data value the only one.
type dataValueKey struct {
	dataElement, period, orgUnit, category, attribute string
}

type dataValue struct {
	dataValueKey
	value, comment    string
	followup, deleted bool
	storedBy          string
	created, updated  time.Time
}

// dataValues are the aggregate values of a server, in the order of their last
// writing, as PostgreSQL shows the rows of a heap.
type dataValues struct {
	byKey map[dataValueKey]*dataValue
	order []*dataValue
}

func newDataValues() *dataValues { return &dataValues{byKey: map[dataValueKey]*dataValue{}} }

func (d *dataValues) get(key dataValueKey) *dataValue {
	if v := d.byKey[key]; v != nil && !v.deleted {
		return v
	}
	return nil
}

func (d *dataValues) put(v *dataValue) {
	if old := d.byKey[v.dataValueKey]; old != nil {
		v.created = old.created
		d.order = slices.DeleteFunc(d.order, func(x *dataValue) bool { return x == old })
	}
	d.byKey[v.dataValueKey] = v
	d.order = append(d.order, v)
}

// registration is a data set that was declared complete.
type registration struct {
	dataSet, period, orgUnit, attribute string
	date                                string
	storedBy                            string
	completed                           bool
}

// DataValue is one stored aggregate value.
type DataValue struct {
	DataElement, Period, OrgUnit string
	CategoryOptionCombo          string
	AttributeOptionCombo         string
	Value, Comment, StoredBy     string
	Created, LastUpdated         time.Time
}

// DataValues returns the aggregate values stored, in the order of their last
// writing; deleted ones are left out.
func (s *Server) DataValues() []DataValue {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []DataValue
	for _, v := range s.values.order {
		if !v.deleted {
			out = append(out, DataValue{
				DataElement: v.dataElement, Period: v.period, OrgUnit: v.orgUnit, CategoryOptionCombo: v.category,
				AttributeOptionCombo: v.attribute, Value: v.value, Comment: v.comment, StoredBy: v.storedBy,
				Created: v.created, LastUpdated: v.updated,
			})
		}
	}
	return out
}

// CompleteDataSets returns "DATASET/PERIOD/ORGUNIT" of each data set declared
// complete.
func (s *Server) CompleteDataSets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, r := range s.registrations {
		if r.completed {
			out = append(out, r.dataSet+"/"+r.period+"/"+r.orgUnit)
		}
	}
	return out
}

var integerWords = map[string]string{ //nolint:gochecknoglobals // read-only table
	"INTEGER": "integer", "INTEGER_POSITIVE": "positive_integer",
	"INTEGER_NEGATIVE": "negative_integer", "INTEGER_ZERO_OR_POSITIVE": "zero_or_positive_integer",
}

// aggregateProblem is why a value does not fit its type, in the words of
// DHIS2's value check, or nothing.
func aggregateProblem(valueType, text string) string {
	decimal := func(low, high float64) bool { return numberWithin(text, low, high) }
	fits, problem := true, ""
	switch valueType {
	case "INTEGER", "INTEGER_POSITIVE", "INTEGER_NEGATIVE", "INTEGER_ZERO_OR_POSITIVE":
		fits, problem = integerFits(valueType, text), "value_not_"+integerWords[valueType]
	case "NUMBER":
		fits, problem = decimal(-1e300, 1e300), "value_not_numeric"
	case "PERCENTAGE":
		fits, problem = decimal(0, 100), "value_not_percentage"
	case "UNIT_INTERVAL":
		fits, problem = decimal(0, 1), "value_not_unit_interval"
	case "BOOLEAN":
		fits, problem = slices.Contains([]string{"true", "false", "1", "0", "t", "f"}, strings.ToLower(text)), "value_not_bool"
	case "TRUE_ONLY":
		fits, problem = strings.EqualFold(text, "true") || text == "1", "value_not_true_only"
	case "DATE":
		fits, problem = dateFits(text), "value_not_valid_date"
	case "DATETIME":
		fits, problem = instantFits(text), "value_not_valid_datetime"
	}
	if fits {
		return ""
	}
	return problem
}
