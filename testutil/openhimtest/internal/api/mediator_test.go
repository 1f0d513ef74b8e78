package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func TestTheFirstWrongParameterIsTheOneWrittenFirst(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/mediators", mediatorBody)
	c.do(http.MethodPut, "/mediators/urn:m/config", `{"n":"x","m":1,"s":2}`).is(http.StatusBadRequest, "Expected config param n to be a number.")
	c.do(http.MethodPut, "/mediators/urn:m/config", `{"s":2,"n":"x"}`).is(http.StatusBadRequest, "Expected config param s to be a string.")
	c.do(http.MethodPost, "/mediators", strings.Replace(mediatorBody, `"config":{"s":"a"}`, `"config":{"zz":1,"aa":1}`, 1)).is(http.StatusBadRequest,
		"Could not add Mediator via the API: ValidationError: No config definition found for parameter zz")
}

func TestAConfigurationChangeIsToldOnceHoweverFastItComes(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern) // its clock stands still: all happens in one millisecond
	c.do(http.MethodPost, "/mediators", mediatorBody)
	beat := func() string { return c.do(http.MethodPost, "/mediators/urn:m/heartbeat", `{"uptime":1}`).body }
	assert.Empty(t, beat())
	for range 3 {
		c.do(http.MethodPut, "/mediators/urn:m/config", `{"s":"b"}`)
		assert.JSONEq(t, `{"s":"b"}`, beat())
		assert.Empty(t, beat())
	}
}

func TestAMediatorCountsAsAliveForAMinute(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	uptime := func() any {
		alive, _ := c.do(http.MethodGet, "/heartbeat", "", nobody).doc()["mediators"].(map[string]any)
		return alive["urn:m"]
	}
	assert.NotContains(t, c.do(http.MethodGet, "/heartbeat", "", nobody).doc(), "mediators", "absent without any")
	c.do(http.MethodPost, "/mediators", mediatorBody)
	assert.Nil(t, uptime())
	c.do(http.MethodPost, "/mediators/urn:m/heartbeat", `{"uptime":7}`)
	c.pass(60 * time.Second)
	assert.Equal(t, 7.0, uptime())
	c.pass(time.Second)
	assert.Nil(t, uptime())
}

func TestAFirstRegistrationRaceEndsWithOneMediator(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	var work sync.WaitGroup
	const racers = 8
	answers := make([]answer, racers)
	for i := range racers {
		work.Go(func() { answers[i] = c.do(http.MethodPost, "/mediators", mediatorBody) })
	}
	work.Wait()
	created := 0
	for _, a := range answers {
		switch a.status {
		case http.StatusCreated:
			created++
		default:
			a.is(http.StatusInternalServerError,
				"Could not add Mediator via the API: MongoServerError: E11000 duplicate key error collection: openhim.mediators")
		}
	}
	assert.Positive(t, created)
	assert.Equal(t, 1, c.db.Collection(model.Mediators).Count(mongo.Doc{}))
}

func TestAURNIsUnescapedTwice(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	register := func(urn string) {
		c.do(http.MethodPost, "/mediators", strings.Replace(mediatorBody, "urn:m", urn, 1))
	}
	register("urn:A")
	register("urn:%41")
	register("urn:é")
	assert.Equal(t, "urn:A", c.do(http.MethodGet, "/mediators/urn:%2541", "").doc()["urn"])
	assert.Equal(t, "urn:é", c.do(http.MethodGet, "/mediators/urn:%25u00e9", "").doc()["urn"])
	assert.Equal(t, "urn:é", c.do(http.MethodGet, "/mediators/urn:%25E9", "").doc()["urn"])
	c.do(http.MethodGet, "/mediators/urn:%ff", "").is(http.StatusInternalServerError, "Internal Server Error")
}

func TestBrokenDefinitionsAreErrorsOfTheCore(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	register := func(defs, config string) answer {
		return c.do(http.MethodPost, "/mediators", `{"urn":"u","version":"1.0.0","configDefs":`+defs+`,"config":`+config+`}`)
	}
	const prefix = "Could not add Mediator via the API: "
	register(`[null]`, `{}`).is(http.StatusInternalServerError, prefix+"TypeError: Cannot read properties of null (reading 'type')")
	register(`{}`, `{"a":1}`).is(http.StatusInternalServerError, prefix+"TypeError: configDef.filter is not a function")
	register(`[{"param":"p","type":"struct","template":[null]}]`, `{}`).is(http.StatusInternalServerError,
		prefix+"TypeError: Cannot read properties of null (reading 'param')")
	register(`[{"param":"p","type":"struct","template":[{"type":"string"}]}]`, `{}`).is(http.StatusBadRequest,
		prefix+"ValidationError: Must specify field 'param' in template definition for param 'p'")
	register(`[{"param":"p","type":"option","values":[1]}]`, `{"p":1}`).is(http.StatusBadRequest, prefix+"ValidationError: At least 1 endpoint is required")
}
