package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func TestRulesOfChannels(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	with := func(more string) answer {
		return c.do(http.MethodPost, "/channels", strings.TrimSuffix(channelBody, "}")+","+more+"}")
	}
	const age = "Channel property maxBodyAgeDays has to be a number that's valid and requestBody or responseBody must be true."
	with(`"methods":["GET","PUT","GET"]`).is(http.StatusBadRequest, "Channel methods can't be repeated. Repeated methods are GET")
	with(`"type":"tcp"`).is(http.StatusBadRequest, "Channel method can't be defined if channel type is not http")
	with(`"maxBodyAgeDays":2`).is(http.StatusBadRequest, age)
	with(`"maxBodyAgeDays":40000,"requestBody":true`).is(http.StatusBadRequest, age)
	with(`"priority":"abc"`).is(http.StatusBadRequest,
		`Could not add channel via the API: ValidationError: priority: Cast to Number failed for value "abc" (type string) at path "priority"`)
	with(`"routes":[{"name":"r","host":"h","port":1,"primary":true,"pathTransform":"bad"}]`).is(http.StatusBadRequest,
		"Channel cannot have both path and pathTransform. pathTransform must be of the form s/from/to[/g]")
	with(`"routes":[{"name":"r","host":"h","port":1,"primary":true,"status":"disabled"}]`).is(http.StatusBadRequest, "Channel must have a primary route")
	with(`"maxBodyAgeDays":2,"requestBody":true`).is(http.StatusCreated, "Channel successfully created")
}

func TestAChannelThatChangesItsTypeLosesItsMethods(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	id := c.channel("ch")
	c.do(http.MethodPut, "/channels/"+id, `{"type":"polling","pollingSchedule":"1 m"}`).is(http.StatusOK, "The channel was successfully updated")
	got := c.do(http.MethodGet, "/channels/"+id, "").doc()
	assert.Equal(t, []any{}, got["methods"])
	assert.Equal(t, 1.0, got["__v"])
	c.do(http.MethodPut, "/channels/"+id, `{"methods":["GET"]}`).is(http.StatusBadRequest, "Channel method can't be defined if channel type is not http")
	c.do(http.MethodPut, "/channels/"+id, `{"authType":"zz"}`).is(http.StatusInternalServerError,
		"Could not update channel by id: "+id+" via the API: ValidationError: authType: `zz` is not a valid enum value for path `authType`.")
	c.do(http.MethodPut, "/channels/xyz", `{}`).is(http.StatusInternalServerError, "Internal Server Error")
}

func TestTheHistoryOfAChannel(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	id := c.channel("ch")
	c.pass(1)
	c.do(http.MethodPut, "/channels/"+id, `{"description":"d"}`)
	history := c.do(http.MethodGet, "/channels/"+id+"/audits", "").list()
	require.Len(t, history, 2)
	assert.Empty(t, c.do(http.MethodGet, "/channels/507f1f77bcf86cd799439011/audits", "").list())
	by, _ := history[0]["updatedBy"].(map[string]any)
	assert.Equal(t, "Super User", by["name"])
}

func TestPollingNow(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	id := c.channel("ch")
	c.do(http.MethodPost, "/channels/"+id+"/trigger", `{}`, c.signed()).is(http.StatusOK, "OK")
	assert.Equal(t, []mongo.ObjectID{mongo.ObjectID(id)}, c.polled)
	c.status = http.StatusInternalServerError
	c.do(http.MethodPost, "/channels/"+id+"/trigger", `{}`, c.signed()).is(http.StatusInternalServerError, "Internal Server Error")
	c.do(http.MethodPost, "/channels/507f1f77bcf86cd799439011/trigger", `{}`).is(http.StatusNotFound,
		"We could not find a channel with Id:'507f1f77bcf86cd799439011'.")
}

func TestAChannelWithTransactionsIsOnlyMarkedDeleted(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	used, unused := c.channel("used"), c.channel("unused")
	c.transaction(used, nil)
	for _, id := range []string{used, unused} {
		c.do(http.MethodDelete, "/channels/"+id, "").is(http.StatusOK, "The channel was successfully deleted")
	}
	assert.Equal(t, "deleted", c.do(http.MethodGet, "/channels/"+used, "").doc()["status"])
	assert.Equal(t, http.StatusNotFound, c.do(http.MethodGet, "/channels/"+unused, "").status)
	c.do(http.MethodDelete, "/channels/xyz", "").is(http.StatusInternalServerError, "Could not remove channel by id: xyz via the API: "+
		`CastError: Cast to ObjectId failed for value "xyz" (type string) at path "channelID" for model "Transaction"`)
}

func TestClientsAreFoundByDomainAndKeepTheirTokenSecret(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/clients", `{"clientID":"a","name":"A","roles":["r"],"clientDomain":"x.example","customTokenID":"secret"}`).is(
		http.StatusCreated, "Client successfully created")
	id := c.id(model.Clients, "clientID", "a")
	for _, path := range []string{"/clients", "/clients/" + id, "/clients/domain/x.example"} {
		got := c.do(http.MethodGet, path, "")
		assert.Equal(t, http.StatusOK, got.status, path)
		assert.NotContains(t, got.body, "secret", path)
		assert.Contains(t, got.body, "customTokenSet", path)
	}
	c.do(http.MethodGet, "/clients/domain/y", "").is(http.StatusNotFound, "Could not find client with clientDomain y")
	c.do(http.MethodGet, "/clients/"+id+"/roles", "").is(http.StatusNotFound, "The property (roles) you are trying to retrieve is not found.")
	c.do(http.MethodPost, "/clients", `{"clientID":"b","name":"B","roles":["b"]}`).is(http.StatusBadRequest,
		"A role name conflicts with clientID 'b'. A role name cannot be the same as a clientID.")
	c.do(http.MethodPut, "/clients/xyz", `{"name":"c"}`).is(http.StatusInternalServerError,
		`Cast to ObjectId failed for value "xyz" (type string) at path "_id" for model "Client"`)
}
