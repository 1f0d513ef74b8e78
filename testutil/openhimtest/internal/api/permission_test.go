package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const mediatorBody = `{"urn":"urn:m","version":"1.0.0","name":"M","endpoints":[{"name":"e","host":"h","port":1}],
	"defaultChannelConfig":[{"name":"def","urlPattern":"^/d$","routes":[{"name":"r","host":"h","port":1,"primary":true}]}],
	"configDefs":[{"param":"s","type":"string"},{"param":"n","type":"number"},{"param":"m","type":"map"}],"config":{"s":"a"}}`

// member makes a user with one role that has these permissions.
func (c *core) member(permissions string) option {
	c.t.Helper()
	c.do(http.MethodPost, "/roles", `{"name":"role","permissions":`+permissions+`}`).is(http.StatusCreated, "Role successfully created")
	c.do(http.MethodPost, "/users", `{"firstname":"A","surname":"B","email":"m@x.org","groups":["role"],"passwordAlgorithm":"sha512",`+
		`"passwordSalt":"s","passwordHash":"`+sha512Hex("s", "pw")+`"}`).is(http.StatusCreated, "User successfully created")
	return as("m@x.org", "pw")
}

func TestTheLeastARoleOfAMediatorNeeds(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	user := c.member(`{"mediator-manage-all":true}`)
	assert.Equal(t, http.StatusCreated, c.do(http.MethodPost, "/mediators", mediatorBody, user).status)
	assert.Equal(t, http.StatusOK, c.do(http.MethodPost, "/mediators/urn:m/heartbeat", `{"uptime":1}`, user).status)
	assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/mediators/urn:m", "", user).status)
	assert.Len(t, c.do(http.MethodGet, "/mediators", "", user).list(), 1)
	assert.Equal(t, http.StatusCreated, c.do(http.MethodPost, "/mediators/urn:m/channels", `[]`, user).status)

	tx := c.transaction(c.channel("ch"), nil)
	c.do(http.MethodPut, "/transactions/"+tx, `{"status":"Failed"}`, user).is(http.StatusForbidden,
		`User m@x.org does not have the "channel-manage-all" permission, API access to updateTransaction denied.`)
	c.do(http.MethodPost, "/channels", channelBody, user).is(http.StatusForbidden,
		`User m@x.org does not have the "channel-manage-all" permission, API access to addChannel denied.`)
	assert.Empty(t, c.do(http.MethodGet, "/transactions", "", user).list())
	assert.Equal(t, http.StatusForbidden, c.do(http.MethodGet, "/transactions/"+tx, "", user).status)
}

func TestPermissionsForSingleThings(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	mine, other := c.channel("mine"), c.channel("other")
	c.do(http.MethodPost, "/mediators", mediatorBody)
	user := c.member(`{"channel-manage-specified":["` + mine + `"],"mediator-view-specified":["urn:m"],"transaction-view-specified":["` + mine + `"]}`)
	tx, foreign := c.transaction(mine, nil), c.transaction(other, nil)

	assert.Equal(t, http.StatusOK, c.do(http.MethodPut, "/transactions/"+tx, `{"status":"Failed"}`, user).status)
	assert.Equal(t, http.StatusForbidden, c.do(http.MethodPut, "/transactions/"+foreign, `{"status":"Failed"}`, user).status)
	assert.Len(t, c.do(http.MethodGet, "/channels", "", user).list(), 1)
	c.do(http.MethodGet, "/channels/"+other, "", user).is(http.StatusForbidden, "Access denied to channel with Id: '"+other+"'.")
	assert.Len(t, c.do(http.MethodGet, "/transactions", "", user).list(), 1)
	seen := c.do(http.MethodGet, "/transactions/"+tx, "", user)
	require.Equal(t, http.StatusOK, seen.status)
	assert.NotContains(t, seen.body, `"body"`, "bodies need a permission of their own")
	assert.Len(t, c.do(http.MethodGet, "/mediators", "", user).list(), 1)
	assert.Equal(t, http.StatusOK, c.do(http.MethodPost, "/mediators/urn:m/heartbeat", `{"uptime":1}`, user).status)
	assert.Equal(t, http.StatusForbidden, c.do(http.MethodPut, "/mediators/urn:m/config", `{}`, user).status)
	c.do(http.MethodPost, "/tasks", `{"tids":["`+foreign+`"]}`, user).is(http.StatusForbidden,
		"Insufficient permissions prevents this rerun task from being created")
}

func TestOldCoresAskForTheGroupAdmin(t *testing.T) {
	t.Parallel()
	c := newCore(t, old)
	channel := c.channel("ch", c.signed())
	c.do(http.MethodPut, "/channels/"+channel, `{"txViewAcl":["staff"],"txRerunAcl":["staff"]}`, c.signed()).is(http.StatusOK, "The channel was successfully updated")
	hidden := c.channel("hidden", c.signed())
	c.do(http.MethodPost, "/users", `{"firstname":"A","surname":"B","email":"m@x.org","groups":["staff"],"passwordAlgorithm":"sha512",`+
		`"passwordSalt":"s","passwordHash":"`+sha512Hex("s", "pw")+`"}`, c.signed()).is(http.StatusCreated, "User successfully created")
	user := c.token("m@x.org", "pw", c.clock().Format("2006-01-02T15:04:05Z"))
	tx, foreign := c.transaction(channel, nil), c.transaction(hidden, nil)

	assert.Len(t, c.do(http.MethodGet, "/channels", "", user).list(), 1)
	assert.Len(t, c.do(http.MethodGet, "/transactions?filterRepresentation=full", "", user).list(), 1)
	assert.NotContains(t, c.do(http.MethodGet, "/transactions/"+tx, "", user).body, `"body"`)
	c.do(http.MethodGet, "/transactions/"+foreign, "", user).is(http.StatusForbidden, "User m@x.org is not authenticated to retrieve transaction "+foreign)
	c.do(http.MethodPut, "/transactions/"+tx, `{}`, user).is(http.StatusForbidden, "User m@x.org is not an admin, API access to updateTransaction denied.")
	assert.Equal(t, http.StatusCreated, c.do(http.MethodPost, "/tasks", `{"tids":["`+tx+`"]}`, user).status)
	assert.Equal(t, http.StatusForbidden, c.do(http.MethodPost, "/tasks", `{"tids":["`+foreign+`"]}`, user).status)
	c.do(http.MethodGet, "/users", "", user).is(http.StatusForbidden, "User m@x.org is not an admin, API access to getUsers denied.")
	assert.Equal(t, http.StatusOK, c.do(http.MethodGet, "/users/m@x.org", "", user).status, "oneself")
}
