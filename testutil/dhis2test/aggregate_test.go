package dhis2test_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

func TestADXIntervalsBecomePeriods(t *testing.T) {
	t.Parallel()
	for interval, want := range map[string]string{
		"2025-01-01/P1M": "202501", "2025-03-01/P2M": "202502B", "2025-04-01/P3M": "2025Q2", "2025-07-01/P6M": "2025S2",
		"2025-04-01/P6M": "2025AprilS1", "2025-01-01/P1Y": "2025", "2025-04-01/P1Y": "2025April", "2025-07-01/P1Y": "2025July",
		"2025-10-01/P1Y": "2025Oct", "2024-12-30/P7D": "2025W1", "2025-01-01/P7D": "2025WedW1", "2025-01-05/P7D": "2025SunW2",
		"2025-02-03/P1D": "20250203", "2024-12-30/P14D": "2025BiW1", "202501": "202501",
	} {
		t.Run(interval, func(t *testing.T) {
			t.Parallel()
			s := handler(t, dhis2test.Options{})
			body := `<adx xmlns="urn:ihe:qrph:adx:2015"><group orgUnit="OHM_FAC_001" period="` + interval + `" dataSet="OHM_MONTHLY">` +
				`<dataValue dataElement="OHM_AGG_BCG" value="1"/></group></adx>`
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/api/dataValueSets", readerOf(body))
			require.NoError(t, err)
			req.SetBasicAuth("admin", "district")
			req.Header.Set("Content-Type", "application/adx+xml")
			res, err := s.Transport().RoundTrip(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusOK, res.StatusCode)
			stored := s.DataValues()
			require.Len(t, stored, 1)
			assert.Equal(t, want, stored[0].Period)
		})
	}
}

func TestTheLastPeriodThatIsOverIsTheLastTaken(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC) // April in Nairobi
	s := dhis2test.New(t, dhis2test.Options{Now: func() time.Time { return now }})
	send := func(period string) int {
		body := `{"dataSet":"X5fFRSmDgYM","orgUnit":"lgY4CHs5HtP","period":"` + period + `","dataValues":[{"dataElement":"UfwqW6NnhXF","value":"1"}]}`
		return do(t, s, http.MethodPost, "/api/dataValueSets", body).status
	}
	assert.Equal(t, 200, send("202603"), "March is over in the server's zone")
	assert.Equal(t, 409, send("202604"))
	assert.Equal(t, 200, send("2026Q1"))
	assert.Equal(t, 409, send("2026"))
}

func TestDataValuesAreReadInAllFormats(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	require.Equal(t, 200, do(t, s, http.MethodPost, "/api/dataValueSets", `{"dataSet":"X5fFRSmDgYM","orgUnit":"lgY4CHs5HtP","period":"202501",
		"dataValues":[{"dataElement":"UfwqW6NnhXF","value":"7","comment":"a < b"}]}`).status)
	const path = "/api/dataValueSets?dataSet=X5fFRSmDgYM&period=202501&orgUnit=lgY4CHs5HtP"
	for accept, want := range map[string]string{
		"application/json":    `"value":"7"`,
		"application/xml":     `<dataValue dataElement="UfwqW6NnhXF" period="202501" orgUnit="lgY4CHs5HtP"`,
		"application/csv":     "UfwqW6NnhXF,202501,lgY4CHs5HtP,HllvX50cXC0,HllvX50cXC0,7,admin,",
		"application/adx+xml": `<group dataSet="OHM_MONTHLY" period="2025-01-01/P1M" orgUnit="OHM_FAC_001"><dataValue dataElement="OHM_AGG_BCG" value="7"/>`,
	} {
		got := do(t, s, http.MethodGet, path, "", "Accept", accept)
		assert.Equal(t, 200, got.status, accept)
		assert.Contains(t, string(got.body), want)
	}
}

func TestStrictParametersRefuseWhatIsTakenWithoutThem(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	for query, c := range map[string]struct{ unit, period, element, code string }{
		"strictOrganisationUnits=true": {"PP7BguJwlu2", "202501", "UfwqW6NnhXF", "E7636"},
		"strictPeriods=true":           {"lgY4CHs5HtP", "2025Q1", "UfwqW6NnhXF", "E7632"},
		"strictDataElements=true":      {"lgY4CHs5HtP", "202501", "Mz6b8yeFGJ9", "E7633"},
	} {
		body := `{"dataSet":"X5fFRSmDgYM","orgUnit":"` + c.unit + `","period":"` + c.period + `","dataValues":[{"dataElement":"` + c.element + `","value":"1"}]}`
		assert.Equal(t, 200, do(t, s, http.MethodPost, "/api/dataValueSets", body).status, "without %s", query)
		got := do(t, s, http.MethodPost, "/api/dataValueSets?"+query, body)
		assert.Equal(t, 409, got.status, query)
		assert.Contains(t, string(got.body), c.code)
	}
}

func TestAPairOfDuplicatesIsMerged(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	require.Equal(t, 200, importSync(t, s, patient).status)
	require.Equal(t, 200, importSync(t, s, `{"trackedEntities":[{"trackedEntity":"GzM5NSbpoyy","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP",
		"attributes":[{"attribute":"iPWPq2EJtIk","value":"ሰላም"},{"attribute":"GOCQVgGQGEU","value":"Okello"},{"attribute":"g4wsHYWkBYE","value":"0700000000"}]}]}`).status)
	made := do(t, s, http.MethodPost, "/api/potentialDuplicates", `{"original":"GzM5NSbpoxx","duplicate":"GzM5NSbpoyy"}`)
	require.Equal(t, 200, made.status, "%s", made.body)
	uid, _ := made.json(t)["id"].(string)
	assert.Equal(t, 409, do(t, s, http.MethodPost, "/api/potentialDuplicates", `{"original":"GzM5NSbpoyy","duplicate":"GzM5NSbpoxx"}`).status, "flagged already")

	require.Equal(t, 200, do(t, s, http.MethodPost, "/api/potentialDuplicates/"+uid+"/merge", "").status)
	stored := s.TrackedEntities()
	require.Len(t, stored, 2)
	assert.True(t, stored[1].Deleted)
	assert.Equal(t, "0700000000", stored[0].Attributes["g4wsHYWkBYE"])
	assert.Equal(t, 404, do(t, s, http.MethodGet, "/api/tracker/trackedEntities/GzM5NSbpoyy", "").status)
	assert.Equal(t, 409, do(t, s, http.MethodPost, "/api/potentialDuplicates/"+uid+"/merge", "").status, "merged already")
}

func TestAGeneratedAttributeGivesEachValueOnce(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	require.NoError(t, s.Seed([]byte(`{"trackedEntityAttributes":[{"id":"aaaaaaaaaaa","name":"n","valueType":"TEXT","generated":true,"pattern":"\"P-\"+SEQUENTIAL(####)"}]}`)))
	one := do(t, s, http.MethodGet, "/api/trackedEntityAttributes/aaaaaaaaaaa/generate", "").json(t)
	assert.Equal(t, "P-0001", one["value"])
	more := do(t, s, http.MethodGet, "/api/trackedEntityAttributes/aaaaaaaaaaa/generateAndReserve?numberToReserve=2", "")
	assert.Contains(t, string(more.body), "P-0002")
	assert.Contains(t, string(more.body), "P-0003")
}
