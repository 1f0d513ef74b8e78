package dhis2test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// aggregateFacts: data value sets in JSON and ADX, their summaries,
// completeness (dhis2.md 1.6, 0b.15). 2.43 rewrote the import.
func aggregateFacts() []fact {
	return []fact{
		{name: "values are stored and read back", check: func(c *contract) {
			p := c.period()
			r := c.values(p, seedFacility1, seedANC, "10", seedBCG, "11")
			c.status(r, http.StatusOK)
			c.equal(r.text("response.status"), "SUCCESS", "status")
			c.equal(c.stored(p)[seedANC], "10", "the value")
		}},
		{name: "a new value counts as imported", before: "2.43", check: func(c *contract) {
			r := c.values(c.period(), seedFacility1, seedANC, "1")
			c.equal(r.count("response.importCount.imported"), 1, "imported")
		}},
		{name: "every value stored counts as updated", since: "2.43", check: func(c *contract) {
			r := c.values(c.period(), seedFacility1, seedANC, "1")
			c.equal(r.count("response.importCount.updated"), 1, "updated")
			c.equal(r.count("response.importCount.imported"), 0, "imported")
		}},
		{name: "the same value again is ignored", before: "2.43", check: func(c *contract) {
			p := c.period()
			c.values(p, seedFacility1, seedANC, "1")
			c.equal(c.values(p, seedFacility1, seedANC, "1").count("response.importCount.ignored"), 1, "ignored")
		}},
		{name: "a bad value beside a good one is a warning and stores the good one", check: func(c *contract) {
			p := c.period()
			r := c.values(p, seedFacility1, seedANC, "x", seedBCG, "13")
			c.status(r, by(c, 409, 409, 409, 200))
			c.equal(r.text("response.status"), "WARNING", "status")
			c.equal(r.text("response.conflicts.0.errorCode"), by(c, "E7619", "E7619", "E7619", "E8122"), "errorCode")
			c.equal(c.stored(p)[seedBCG], "13", "the good value")
		}},
		{name: "nothing but bad values is a 409", check: func(c *contract) {
			r := c.values(c.period(), seedFacility1, seedANC, "x")
			c.status(r, http.StatusConflict)
			c.equal(r.text("response.status"), by(c, "WARNING", "WARNING", "WARNING", "ERROR"), "status")
		}},
		{name: "a conflict names the index of its value", check: func(c *contract) {
			r := c.values(c.period(), seedFacility1, seedANC, "1", seedBCG, "x")
			c.equal(r.count("response.conflicts.0.indexes.0"), 1, "index")
			c.equal(r.count("response.rejectedIndexes.0"), 1, "rejectedIndexes")
		}},
		{name: "an unknown data element rejects its value alone", before: "2.43", check: func(c *contract) {
			p := c.period()
			r := c.values(p, seedFacility1, "zzzzzzzzzzz", "1", seedBCG, "14")
			c.equal(r.text("response.conflicts.0.errorCode"), "E7610", "errorCode")
			c.equal(c.stored(p)[seedBCG], "14", "the other value")
		}},
		{name: "an unknown data element refuses the whole group", since: "2.43", check: func(c *contract) {
			p := c.period()
			r := c.values(p, seedFacility1, "zzzzzzzzzzz", "1", seedBCG, "14")
			c.status(r, http.StatusConflict)
			c.equal(r.text("response.conflicts.0.errorCode"), "E8020", "errorCode")
			c.equal(len(c.stored(p)), 0, "nothing is stored")
		}},
		{name: "an unknown org unit breaks off", check: func(c *contract) {
			r := c.values(c.period(), "zzzzzzzzzzz", seedANC, "1")
			c.status(r, http.StatusConflict)
			c.equal(r.text("response.status"), "ERROR", "status")
			c.equal(r.text("response.conflicts.0.errorCode"), by(c, "E7603", "E7603", "E7603", "E8022"), "errorCode")
		}},
		{name: "an org unit not assigned to the data set is taken", before: "2.43", check: func(c *contract) {
			c.status(c.values(c.period(), seedFacility3, seedANC, "1"), http.StatusOK)
		}},
		{name: "an org unit not assigned to the data set refuses the group", since: "2.43", check: func(c *contract) {
			r := c.values(c.period(), seedFacility3, seedANC, "1")
			c.status(r, http.StatusConflict)
			c.equal(r.text("response.conflicts.0.errorCode"), "E8022", "errorCode")
		}},
		{name: "a period of another type refuses the group", since: "2.43", check: func(c *contract) {
			r := c.values("2025Q1", seedFacility1, seedANC, "1")
			c.equal(r.text("response.conflicts.0.errorCode"), "E8021", "errorCode")
		}},
		{name: "a period of another type is taken", before: "2.43", check: func(c *contract) {
			c.status(c.values("2025Q1", seedFacility1, seedANC, "1"), http.StatusOK)
		}},
		{name: "a future period is refused", before: "2.43", check: func(c *contract) {
			r := c.values("209001", seedFacility1, seedANC, "1")
			c.equal(r.text("response.conflicts.0.errorCode"), "E7641", "errorCode")
		}},
		{name: "an empty value is refused", check: func(c *contract) {
			r := c.values(c.period(), seedFacility1, seedANC, "")
			c.status(r, http.StatusConflict)
			c.equal(r.text("response.conflicts.0.errorCode"), by(c, "E7618", "E7618", "E7618", "E8120"), "errorCode")
		}},
		{name: "zero is a value", check: func(c *contract) {
			p := c.period()
			c.values(p, seedFacility1, seedANC, "0")
			c.equal(c.stored(p)[seedANC], "0", "the value")
		}},
		{name: "one value twice refuses the group", since: "2.43", check: func(c *contract) {
			r := c.values(c.period(), seedFacility1, seedANC, "1", seedANC, "2")
			c.equal(r.text("response.conflicts.0.errorCode"), "E8128", "errorCode")
		}},
		{name: "a JSON number is no value", since: "2.43", check: func(c *contract) {
			c.status(c.post("dataValueSets", `{"dataSet":"`+seedDataSet+`","period":"`+c.period()+`","orgUnit":"`+seedFacility1+`","dataValues":[{"dataElement":"`+seedANC+`","value":7}]}`), 500)
		}},
		{name: "a JSON number is read as its text", before: "2.43", check: func(c *contract) {
			p := c.period()
			c.post("dataValueSets", `{"dataSet":"`+seedDataSet+`","period":"`+p+`","orgUnit":"`+seedFacility1+`","dataValues":[{"dataElement":"`+seedANC+`","value":7}]}`)
			c.equal(c.stored(p)[seedANC], "7", "the value")
		}},
		{name: "a deleted value is not read but with includeDeleted", check: deletedValueFact},
		{name: "a dry run stores nothing", check: func(c *contract) {
			p := c.period()
			c.status(c.post("dataValueSets?dryRun=true", c.valueSet(p, seedFacility1, seedANC, "1")), http.StatusOK)
			c.equal(len(c.stored(p)), 0, "values")
		}},
		{name: "codes are found with an idScheme", check: func(c *contract) {
			p := c.period()
			body := `{"dataSet":"OHM_MONTHLY","period":"` + p + `","orgUnit":"OHM_FAC_001","dataValues":[{"dataElement":"OHM_AGG_ANC1","value":"5"}]}`
			c.status(c.post("dataValueSets?idScheme=CODE", body), http.StatusOK)
			c.equal(c.stored(p)[seedANC], "5", "the value")
		}},
		{name: "a bad strategy is a 400", check: func(c *contract) {
			c.status(c.post("dataValueSets?importStrategy=X", "{}"), http.StatusBadRequest)
		}},
		{name: "an unreadable body is a 409, not a 400", before: "2.43", check: func(c *contract) {
			c.status(c.post("dataValueSets", "{"), http.StatusConflict)
		}},
		{name: "an unreadable body is a success without values", since: "2.43", check: func(c *contract) {
			r := c.post("dataValueSets", "{")
			c.status(r, http.StatusOK)
			c.equal(r.count("response.importCount.updated"), 0, "updated")
		}},
		{name: "ADX takes codes", before: "2.43", check: func(c *contract) {
			p := c.period()
			r := c.adx("OHM_FAC_001", p, "OHM_MONTHLY", "OHM_AGG_BCG", "12")
			c.status(r, http.StatusOK)
			c.equal(c.stored(p)[seedBCG], "12", "the value")
		}},
		{name: "ADX with UIDs is refused unless it is told so", before: "2.43", check: func(c *contract) {
			r := c.adx(seedFacility1, c.period(), seedDataSet, seedBCG, "12")
			c.status(r, http.StatusConflict)
			c.contains(r.text("response.description"), "No data set matching code", "description")
		}},
		{name: "ADX with codes fails", since: "2.43", check: func(c *contract) {
			r := c.adx("OHM_FAC_001", c.period(), "OHM_MONTHLY", "OHM_AGG_BCG", "12")
			c.status(r, http.StatusConflict)
			c.equal(r.text("response.conflicts.0.errorCode"), "E8004", "errorCode")
		}},
		{name: "completeDate declares the data set complete", check: func(c *contract) {
			p := c.period()
			body := strings.Replace(c.valueSet(p, seedFacility1, seedANC, "5"), "{", `{"completeDate":"2026-02-05",`, 1)
			r := c.post("dataValueSets", body)
			c.equal(r.text("response.dataSetComplete"), "2026-02-05", "dataSetComplete")
			read := c.get("completeDataSetRegistrations?dataSet=" + seedDataSet + "&period=" + p + "&orgUnit=" + seedFacility1)
			c.equal(read.text("completeDataSetRegistrations.0.date"), "2026-02-05", "date")
		}},
		{name: "reading without a data set is a 409", check: func(c *contract) {
			r := c.get("dataValueSets?period=202501&orgUnit=" + seedFacility1)
			c.status(r, http.StatusConflict)
			c.equal(r.text("errorCode"), "E2001", "errorCode")
		}},
		{name: "a single value is written and read", check: func(c *contract) {
			p := c.period()
			at := "dataValues?de=" + seedANC + "&pe=" + p + "&ou=" + seedFacility1
			c.status(c.post(at+"&value=9", ""), http.StatusCreated)
			c.equal(c.get(at).text("0"), "9", "the value")
			c.status(c.post(at+"&value=x", ""), http.StatusConflict)
		}},
	}
}

// period is a month that is over and that no other fact of the run has; what an
// earlier run left there is deleted.
func (c *contract) period() string {
	c.Helper()
	*c.months++
	month := (seedNumber(c.target.Run) + *c.months) % (50 * 12)
	p := strconv.Itoa(1960+month/12) + strconv.Itoa(101 + month%12)[1:]
	if len(c.stored(p)) > 0 {
		c.post("dataValueSets?importStrategy=DELETE", c.valueSet(p, seedFacility1, seedANC, "1", seedBCG, "1", seedMeasles, "1"))
	}
	return p
}

// seedNumber makes a number of a run's name.
func seedNumber(run string) int {
	n := 0
	for _, b := range []byte(run) {
		n = (n*31 + int(b)) % 600
	}
	return n
}

func (c *contract) valueSet(period, unit string, pairs ...string) string {
	var values []string
	for i := 0; i+1 < len(pairs); i += 2 {
		values = append(values, `{"dataElement":"`+pairs[i]+`","value":"`+pairs[i+1]+`"}`)
	}
	return `{"dataSet":"` + seedDataSet + `","period":"` + period + `","orgUnit":"` + unit + `","dataValues":[` + strings.Join(values, ",") + `]}`
}

func (c *contract) values(period, unit string, pairs ...string) response {
	c.Helper()
	return c.post("dataValueSets", c.valueSet(period, unit, pairs...))
}

func (c *contract) adx(unit, period, set, element, value string) response {
	c.Helper()
	p, _ := parsePeriod(period)
	body := `<adx xmlns="urn:ihe:qrph:adx:2015" exported="2026-02-01T00:00:00Z"><group orgUnit="` + unit + `" period="` + p.adx() + `" dataSet="` + set +
		`"><dataValue dataElement="` + element + `" value="` + value + `"/></group></adx>`
	return c.do(call{method: "POST", path: "dataValueSets", body: body, headers: map[string]string{"Content-Type": "application/adx+xml"}})
}

// stored are the values of a period at the first facility, by data element.
func (c *contract) stored(period string) map[string]string {
	c.Helper()
	r := c.get("dataValueSets?dataSet=" + seedDataSet + "&period=" + period + "&orgUnit=" + seedFacility1)
	c.status(r, http.StatusOK)
	out := map[string]string{}
	for _, v := range r.list("dataValues") {
		out[text(follow(v, "dataElement"))] = text(follow(v, "value"))
	}
	return out
}

func deletedValueFact(c *contract) {
	p := c.period()
	c.values(p, seedFacility1, seedANC, "1")
	r := c.post("dataValueSets?importStrategy=DELETE", c.valueSet(p, seedFacility1, seedANC, "1"))
	c.equal(r.count("response.importCount.deleted"), 1, "deleted")
	c.equal(len(c.stored(p)), 0, "values")
	read := c.get("dataValueSets?dataSet=" + seedDataSet + "&period=" + p + "&orgUnit=" + seedFacility1 + "&includeDeleted=true")
	c.yes(slices.Contains(read.all("dataValues", "dataElement"), seedANC), "the deleted value is there")
	c.equal(read.at("dataValues.0.deleted"), true, "deleted")
}
