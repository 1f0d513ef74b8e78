package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router"
)

// FuzzUpdateTransaction: whatever a PUT /transactions/:id carries, the API answers
// 200, 400 or 500, and the transaction can still be read, listed and rerun.
func FuzzUpdateTransaction(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"status":"Successful"}`, `{"$push":{"orchestrations":{"$each":[{"name":"n"},null,"x"]}}}`,
		`{"response":{"status":"abc"}}`, `{"request":{"body":{"a":1}}}`, `{"error":"x"}`, `{"routes":[{"error":1}],"$push":{"routes":{"error":1}}}`,
		`{"properties":{"a.b":1}}`, `{"$unset":{"request":1,"status":1,"channelID":1}}`, `{"orchestrations":"x","request":null,"response":null}`,
		`{"channelID":null,"canRerun":"x"}`, `{"$set":"x"}`, `{"_id":null}`, `{"orchestrations":[{"request":{"timestamp":"x"},"response":[]}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, version := range []string{old, modern} {
			c := newCore(t, version)
			sign := c.signed()
			tx := c.transaction(c.channel("ch", sign), nil)
			got := c.do(http.MethodPut, "/transactions/"+tx, body, sign)
			require.Contains(t, []int{http.StatusOK, http.StatusBadRequest, http.StatusInternalServerError}, got.status, got.body)
			require.NotEqual(t, "Internal Server Error", got.body, "the core catches what its handler throws")
			for _, path := range []string{
				"/transactions/" + tx, "/transactions?filterRepresentation=fulltruncate", "/metrics?startDate=2000-01-01&endDate=2100-01-01", "/events/0",
			} {
				read := c.do(http.MethodGet, path, "", sign)
				require.Equal(t, http.StatusOK, read.status, "%s: %s", path, read.body)
				require.True(t, json.Valid([]byte(read.body)), read.body)
			}
			c.do(http.MethodPost, "/tasks", `{"tids":["`+tx+`"]}`, sign)
			events := router.New(router.Deps{DB: c.db, Models: model.New(version), Version: version})
			for i := 0; i < len(c.changed); i += 2 {
				events.TransactionChanged(mongo.ObjectID(tx), c.changed[i], c.changed[i+1])
			}
			events.Close()
			require.Equal(t, http.StatusOK, c.do(http.MethodGet, "/events/0", "", sign).status)
		}
	})
}

// FuzzRegister: whatever a mediator registers with, and whatever configuration it
// is given, the API answers; what it stored can be read, and beats.
func FuzzRegister(f *testing.F) {
	f.Add(mediatorBody, `{"s":"b"}`)
	f.Add(`{"urn":"u","version":"1.0.0","name":"n","endpoints":{"name":"e"},"configDefs":[{"param":"p","type":"map"}],"config":{"p":null}}`, `[1]`)
	f.Add(`{"urn":"u","version":"v1.0.0-rc.1+b","name":{},"endpoints":[null],"defaultChannelConfig":[null,5],"configDefs":"abc","config":"x"}`, `{}`)
	f.Add(`{"urn":{},"version":"1.0.0","endpoints":"x","config":{"a.b":1,"$c":2}}`, `{"p":{"q":[]}}`)
	f.Add(`{"urn":"u","version":"1.0.0","name":"n","endpoints":[{"name":"e"}],"_lastHeartbeat":"x","_uptime":{},"__v":"y","_id":5}`, `"x"`)
	f.Fuzz(func(t *testing.T, body, config string) {
		for _, version := range []string{old, modern} {
			c := newCore(t, version)
			sign := c.signed()
			for range 2 {
				got := c.do(http.MethodPost, "/mediators", body, sign)
				require.Contains(t, []int{http.StatusCreated, http.StatusBadRequest, http.StatusInternalServerError}, got.status, got.body)
				require.NotEqual(t, "Internal Server Error", got.body, "the core catches what its handler throws")
			}
			read := c.do(http.MethodGet, "/mediators", "", sign)
			require.True(t, json.Valid([]byte(read.body)), read.body)
			for _, mediator := range c.db.Collection(model.Mediators).Find(mongo.Doc{}, mongo.FindOptions{}) {
				urn, isText := mediator["urn"].(string)
				require.True(t, isText)
				path := "/mediators/" + escape(urn)
				c.do(http.MethodPut, path+"/config", config, sign)
				c.do(http.MethodPost, path+"/heartbeat", `{"uptime":1,"config":true}`, sign)
				c.do(http.MethodPost, path+"/channels", `[]`, sign)
				require.Contains(t, []int{http.StatusOK, http.StatusNotFound}, c.do(http.MethodGet, path, "", sign).status)
			}
			require.Equal(t, http.StatusOK, c.do(http.MethodGet, "/heartbeat", "", nobody).status)
			require.Equal(t, http.StatusOK, c.do(http.MethodGet, "/channels", "", sign).status)
		}
	})
}

// escape is encodeURIComponent, so that any text fits into a path.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, 3*len(s))
	for i := range len(s) {
		out = append(out, '%', hex[s[i]>>4], hex[s[i]&15])
	}
	return string(out)
}
