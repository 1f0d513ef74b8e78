package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
)

func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "cn", Country: []string{"ZA"}}, NotAfter: time.Now().Add(time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	rawKey, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: rawKey}))
}

func quoted(s string) string {
	out, _ := json.Marshal(s) // text always encodes
	return string(out)
}

func TestTheKeystore(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	cert, key := certificate(t)
	assert.Equal(t, http.StatusCreated, c.do(http.MethodPost, "/keystore/ca/cert", `{"cert":`+quoted(cert+cert)+`}`).status)
	trusted := c.do(http.MethodGet, "/keystore/ca", "").list()
	require.Len(t, trusted, 2)
	assert.Equal(t, "cn", trusted[0]["commonName"])
	assert.Len(t, trusted[0]["fingerprint"], 59)
	id, _ := trusted[0]["_id"].(string)
	assert.Equal(t, cert, c.do(http.MethodGet, "/keystore/ca/"+id, "").doc()["data"])
	assert.Equal(t, http.StatusOK, c.do(http.MethodDelete, "/keystore/ca/"+id, "").status)
	assert.Len(t, c.do(http.MethodGet, "/keystore/ca", "").list(), 1)
	assert.Equal(t, http.StatusNoContent, c.do(http.MethodGet, "/keystore/ca/"+id, "", c.signed()).status)
	assert.Equal(t, http.StatusBadRequest, c.do(http.MethodPost, "/keystore/ca/cert", `{"cert":"x"}`).status)

	assert.JSONEq(t, `{"valid":true}`, c.do(http.MethodGet, "/keystore/validity", "").body)
	assert.Equal(t, http.StatusCreated, c.do(http.MethodPost, "/keystore/cert", `{"cert":`+quoted(cert)+`}`).status)
	assert.JSONEq(t, `{"valid":false}`, c.do(http.MethodGet, "/keystore/validity", "").body, "the key is missing")
	assert.Equal(t, http.StatusCreated, c.do(http.MethodPost, "/keystore/key", `{"key":`+quoted(key)+`}`).status)
	assert.JSONEq(t, `{"valid":true}`, c.do(http.MethodGet, "/keystore/validity", "").body)
	assert.Equal(t, "cn", c.do(http.MethodGet, "/keystore/cert", "").doc()["commonName"])
	assert.Equal(t, http.StatusBadRequest, c.do(http.MethodPost, "/keystore/cert", `{"cert":"x"}`).status)
	assert.Equal(t, http.StatusCreated, c.do(http.MethodPost, "/keystore/passphrase", `{"passphrase":"p"}`).status)
}

func TestContactGroups(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/groups", `{"group":"g","users":[{"user":"u","method":"email"}]}`).is(http.StatusCreated, "Contact Group successfully created")
	c.do(http.MethodPost, "/groups", `{}`).is(http.StatusBadRequest, "Could not add a contact group via the API: ValidationError: group: Path `group` is required.")
	id := c.id(model.Groups, "group", "g")
	c.do(http.MethodPut, "/groups/"+id, `{"group":"h"}`).is(http.StatusOK, "Successfully updated contact group.")
	assert.Equal(t, "h", c.do(http.MethodGet, "/groups/"+id, "").doc()["group"])
	channel := c.channel("ch")
	c.do(http.MethodPut, "/channels/"+channel, `{"alerts":[{"groups":["`+id+`"]}]}`).is(http.StatusOK, "The channel was successfully updated")
	linked := c.do(http.MethodDelete, "/groups/"+id, "")
	assert.Equal(t, http.StatusConflict, linked.status)
	assert.Len(t, linked.list(), 1)
	c.do(http.MethodPut, "/channels/"+channel, `{"alerts":[]}`)
	c.do(http.MethodDelete, "/groups/"+id, "").is(http.StatusOK, "Successfully removed contact group with ID '"+id+"'")
	c.do(http.MethodGet, "/groups/"+id, "").is(http.StatusNotFound, "Contact Group with id '"+id+"' could not be found.")
}

func TestVisualizers(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/visualizers", `{"name":"v"}`).is(http.StatusCreated, "Visualizer successfully created")
	id := c.id(model.Visualizers, "name", "v")
	c.do(http.MethodPost, "/visualizers", "").is(http.StatusNotFound, "Cannot Add Visualizer, no request object")
	c.do(http.MethodPut, "/visualizers/"+id, `{"color.error":"red"}`).is(http.StatusOK, "Successfully updated visualizer with _id "+id)
	colours, _ := c.do(http.MethodGet, "/visualizers/"+id, "").doc()["color"].(map[string]any)
	assert.Equal(t, "red", colours["error"])
	c.do(http.MethodDelete, "/visualizers/"+id, "").is(http.StatusOK, "Successfully removed visualizer with _id "+id)
	c.do(http.MethodDelete, "/visualizers/"+id, "").is(http.StatusNotFound, "Could not find visualizer with _id "+id)
	c.do(http.MethodPut, "/visualizers/"+id, `{}`).is(http.StatusNotFound, "Cannot Update Visualizer with _id "+id+", does not exist")
}

func TestAudits(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/audits", `{"rawMessage":"m","eventIdentification":{"eventID":{"code":"1"},"eventDateTime":"2026-01-01"},
		"participantObjectIdentification":[{"participantObjectID":"patient-7"},{"participantObjectID":"object-8"}]}`).is(http.StatusCreated, "Audit successfully created")
	find := func(filters, more string) int {
		return len(c.do(http.MethodGet, "/audits?filters="+url.QueryEscape(filters)+more, "").list())
	}
	const object = "participantObjectIdentification.participantObjectID"
	assert.Equal(t, 1, find(`{"`+object+`":"\"nt-7\""}`, ""))
	assert.Equal(t, 1, find(`{"`+object+`":{"type":"AND","patientID":"7","objectID":"8"}}`, ""))
	assert.Equal(t, 0, find(`{"`+object+`":{"type":"AND","patientID":"7","objectID":"9"}}`, ""))
	assert.Equal(t, 0, find(`{"eventIdentification.eventDateTime":"{\"$gte\":\"2026-02-01\"}"}`, ""))
	simple := c.do(http.MethodGet, "/audits", "").list()
	require.Len(t, simple, 1)
	assert.NotContains(t, simple[0], "rawMessage")
	id, _ := simple[0]["_id"].(string)
	assert.Equal(t, "m", c.do(http.MethodGet, "/audits/"+id, "").doc()["rawMessage"])
	assert.Contains(t, c.do(http.MethodGet, "/audits-filter-options", "").doc(), "eventID")
	c.do(http.MethodGet, "/audits/507f1f77bcf86cd799439011", "").is(http.StatusNotFound, "Could not find audits record with ID: 507f1f77bcf86cd799439011")
}

func TestRolesBeforeTheyWereDocuments(t *testing.T) {
	t.Parallel()
	c := newCore(t, old)
	call := func(method, path, body string) answer { return c.do(method, path, body, c.signed()) }
	c.channel("ch", c.signed())
	call(http.MethodPost, "/clients", `{"clientID":"cl","name":"C","roles":["test"]}`)
	assert.Len(t, call(http.MethodGet, "/roles", "").list(), 1)
	call(http.MethodPost, "/roles", `{"name":"r","channels":[{"name":"ch"}],"clients":[{"clientID":"cl"}]}`).is(http.StatusCreated, "Role successfully created")
	call(http.MethodPost, "/roles", `{"name":"r","channels":[{"name":"ch"}]}`).is(http.StatusBadRequest, "Role with name 'r' already exists.")
	call(http.MethodPost, "/roles", `{"name":"cl","channels":[{"name":"ch"}]}`).is(http.StatusConflict,
		"A clientID conflicts with role name 'cl'. A role name cannot be the same as a clientID.")
	call(http.MethodPost, "/roles", `{"name":"x","channels":[{}]}`).is(http.StatusBadRequest, "_id and/or name must be specified for a channel")
	assert.Len(t, call(http.MethodGet, "/roles/r", "").doc()["clients"], 1)
	call(http.MethodPut, "/roles/r", `{"clients":[],"name":"s"}`).is(http.StatusOK, "Successfully updated role")
	assert.Empty(t, call(http.MethodGet, "/roles/s", "").doc()["clients"])
	call(http.MethodPut, "/roles/s", `{"channels":[]}`).is(http.StatusBadRequest, "Can't clear channels on 's' if it has no clients set")
	call(http.MethodDelete, "/roles/s", "").is(http.StatusOK, "Successfully deleted role")
	call(http.MethodGet, "/roles/s", "").is(http.StatusNotFound, "Role with name 's' could not be found.")
}

func TestRolesWithPermissions(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	assert.Len(t, c.do(http.MethodGet, "/roles", "").list(), 3)
	c.do(http.MethodPost, "/roles", `{"permissions":{"logs-view":true}}`).is(http.StatusBadRequest, "Must specify a role name")
	c.do(http.MethodPost, "/roles", `{"name":"r","permissions":{"logs-view":true}}`).is(http.StatusCreated, "Role successfully created")
	c.do(http.MethodPost, "/roles", `{"name":"r","permissions":{"logs-view":true}}`).is(http.StatusBadRequest, "Role with name 'r' already exists.")
	c.do(http.MethodPut, "/roles/r", `{"permissions.user-view":true}`).is(http.StatusOK, "Successfully updated role")
	permissions, _ := c.do(http.MethodGet, "/roles/r", "").doc()["permissions"].(map[string]any)
	assert.Equal(t, true, permissions["user-view"])
	assert.Equal(t, true, permissions["logs-view"])
	c.do(http.MethodDelete, "/roles/r", "").is(http.StatusOK, "Successfully deleted role")
	c.do(http.MethodDelete, "/roles/r", "").is(http.StatusNotFound, "Role with name 'r' could not be found.")
}

func TestLogsHoldWhatWasAnswered(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodGet, "/tasks/xyz", "")
	c.do(http.MethodGet, "/clients/507f1f77bcf86cd799439011", "")
	assert.Len(t, c.do(http.MethodGet, "/logs", "").list(), 2)
	assert.Len(t, c.do(http.MethodGet, "/logs?level=error", "").list(), 1)
	assert.Len(t, c.do(http.MethodGet, "/logs?limit=1", "").list(), 1)
	c.pass(time.Hour)
	assert.Empty(t, c.do(http.MethodGet, "/logs", "").list())
	assert.Len(t, c.do(http.MethodGet, "/logs?from=2026-01-01", "").list(), 2)
	c.do(http.MethodPost, "/restart", `{}`).is(http.StatusOK, "Server being restarted")
	assert.Equal(t, 1, c.restarts)
	types := c.do(http.MethodGet, "/authentication/types", "")
	assert.JSONEq(t, `["mutual-tls-auth","basic-auth"]`, types.body)
}

func TestMetadataMovesToAnotherCore(t *testing.T) {
	t.Parallel()
	from, to := newCore(t, modern), newCore(t, modern)
	from.channel("ch")
	from.do(http.MethodPost, "/mediators", mediatorBody)
	export := from.do(http.MethodGet, "/metadata", "")
	require.Equal(t, http.StatusOK, export.status)
	one, err := json.Marshal(export.list()[0])
	require.NoError(t, err)
	assert.Equal(t, "Valid", to.do(http.MethodPost, "/metadata/validate", string(one)).list()[0]["status"])
	for _, want := range []string{"Inserted", "Updated"} {
		results := to.do(http.MethodPost, "/metadata", string(one)).list()
		assert.Equal(t, want, results[0]["status"], results[0]["message"])
	}
	assert.Equal(t, "urn:m", to.do(http.MethodGet, "/mediators/urn:m", "").doc()["urn"])
}
