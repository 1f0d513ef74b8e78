package dhis2test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// dataValueSet is one group of values as it came in: an envelope with
// defaults for its values. ADX has one for each of its groups.
type dataValueSet struct {
	DataSet      string        `json:"dataSet" xml:"dataSet,attr"`
	Period       string        `json:"period" xml:"period,attr"`
	OrgUnit      string        `json:"orgUnit" xml:"orgUnit,attr"`
	Attribute    string        `json:"attributeOptionCombo" xml:"attributeOptionCombo,attr"`
	CompleteDate string        `json:"completeDate" xml:"completeDate,attr"`
	Values       []dataValueIn `json:"dataValues" xml:"dataValue"`

	adx bool
}

// dataValueIn is one value as it came in; what it leaves out the envelope
// says.
type dataValueIn struct {
	DataElement string   `json:"dataElement" xml:"dataElement,attr"`
	Period      string   `json:"period" xml:"period,attr"`
	OrgUnit     string   `json:"orgUnit" xml:"orgUnit,attr"`
	Category    string   `json:"categoryOptionCombo" xml:"categoryOptionCombo,attr"`
	Attribute   string   `json:"attributeOptionCombo" xml:"attributeOptionCombo,attr"`
	Value       jsonText `json:"value" xml:"value,attr"`
	Comment     string   `json:"comment" xml:"comment,attr"`
	Followup    bool     `json:"followUp" xml:"followUp,attr"`
	Deleted     bool     `json:"deleted" xml:"deleted,attr"`

	options map[string]string // ADX: category code -> option code
}

// jsonText is a value that may come as a JSON number or boolean.
type jsonText struct {
	text   string
	number bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *jsonText) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &t.text) //nolint:wrapcheck // the decoder's own
	}
	if string(raw) != "null" {
		t.text, t.number = string(raw), raw[0] != 't' && raw[0] != 'f'
	}
	return nil
}

// UnmarshalXMLAttr implements xml.UnmarshalerAttr.
func (t *jsonText) UnmarshalXMLAttr(attr xml.Attr) error {
	t.text = attr.Value
	return nil
}

// readDataValueSets reads a body of one of the media types; unknown is false
// for a type that DHIS2 does not take.
func readDataValueSets(mediaType string, body []byte) (sets []dataValueSet, known bool, err error) {
	switch mediaType {
	case "application/json":
		var set dataValueSet
		err = json.Unmarshal(body, &set)
		return []dataValueSet{set}, true, err //nolint:wrapcheck // only whether there is one matters
	case "application/xml", "text/xml":
		var set dataValueSet
		err = xml.Unmarshal(body, &set)
		return []dataValueSet{set}, true, err //nolint:wrapcheck // as above
	case "application/csv", "text/csv":
		set, err := readDataValueCSV(body)
		return []dataValueSet{set}, true, err
	case adxType:
		sets, err = readADX(body)
		return sets, true, err
	}
	return nil, false, nil
}

// readDataValueCSV reads columns by their place, as DHIS2 does, after a header.
func readDataValueCSV(body []byte) (dataValueSet, error) {
	reader := csv.NewReader(strings.NewReader(string(body)))
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil {
		return dataValueSet{}, err //nolint:wrapcheck // only whether there is one matters
	}
	var set dataValueSet
	for i, row := range rows {
		column := func(n int) string {
			if n < len(row) {
				return row[n]
			}
			return ""
		}
		if i > 0 {
			set.Values = append(set.Values, dataValueIn{
				DataElement: column(0), Period: column(1), OrgUnit: column(2), Category: column(3), Attribute: column(4),
				Value: jsonText{text: column(5)}, Comment: column(8), Deleted: column(10) == "true",
			})
		}
	}
	return set, nil
}

const adxNamespace = "urn:ihe:qrph:adx:2015"

// readADX reads the groups of an ADX message; attributes of a value beyond
// its own are category options.
func readADX(body []byte) ([]dataValueSet, error) {
	decoder := xml.NewDecoder(strings.NewReader(string(body)))
	var sets []dataValueSet
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return sets, nil
		}
		if err != nil {
			return nil, err //nolint:wrapcheck // only whether there is one matters
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Space != adxNamespace {
			continue
		}
		attributes := map[string]string{}
		for _, a := range start.Attr {
			attributes[a.Name.Local] = a.Value
		}
		switch {
		case start.Name.Local == "group":
			sets = append(sets, dataValueSet{
				DataSet: attributes["dataSet"], Period: attributes["period"], OrgUnit: attributes["orgUnit"],
				CompleteDate: attributes["completeDate"], adx: true,
			})
		case start.Name.Local == "dataValue" && len(sets) > 0:
			v := dataValueIn{DataElement: attributes["dataElement"], Value: jsonText{text: attributes["value"]}}
			delete(attributes, "dataElement")
			delete(attributes, "value")
			v.options = attributes
			last := &sets[len(sets)-1]
			last.Values = append(last.Values, v)
		}
	}
}

// aggregateSchemes are the id schemes of a request; ADX asks for codes unless
// told otherwise, which 2.43.1 does not do (dhis2.md 0b.15).
type aggregateSchemes struct {
	dataSet, dataElement, orgUnit, category, attribute scheme

	given map[string]scheme // as importOptions show them
}

func readAggregateSchemes(q url.Values, codes bool) aggregateSchemes {
	out := aggregateSchemes{given: map[string]scheme{}}
	all := scheme("UID")
	if codes {
		all = "CODE"
		out.given["idScheme"] = all
	}
	if q.Has("idScheme") {
		all = scheme(strings.ToUpper(q.Get("idScheme")))
		out.given["idScheme"] = all
	}
	pick := func(name string) scheme {
		if !q.Has(name) {
			return all
		}
		given := scheme(strings.ToUpper(q.Get(name)))
		out.given[name] = given
		return given
	}
	out.dataElement, out.orgUnit, out.dataSet = pick("dataElementIdScheme"), pick("orgUnitIdScheme"), pick("dataSetIdScheme")
	out.category, out.attribute = pick("categoryOptionComboIdScheme"), pick("attributeOptionComboIdScheme")
	return out
}

// finder finds metadata documents by an id scheme.
func (c *catalogue) lookUp(plural string, s scheme, given string) object {
	if s == "UID" {
		return c.get(plural, given)
	}
	for _, o := range c.all(plural) {
		n := named{ID: text(o["id"]), Code: text(o["code"]), Name: text(o["name"])}
		list, _ := o["attributeValues"].([]any)
		for _, item := range list {
			value, _ := item.(map[string]any)
			attribute, _ := value["attribute"].(map[string]any)
			n.AttributeValues = append(n.AttributeValues, struct {
				Attribute ref    `json:"attribute"`
				Value     string `json:"value"`
			}{ref{text(attribute["id"])}, text(value["value"])})
		}
		if s.identifies(&n, given) {
			return o
		}
	}
	return nil
}

// bodyType is the media type of a request's body.
func bodyType(r *http.Request) string {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// commaList reads a list parameter: repeated, joined by commas, or both.
func commaList(values []string) []string {
	var out []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}
