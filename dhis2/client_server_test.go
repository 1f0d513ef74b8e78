package dhis2_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

var everyVersion = []string{"2.40", "2.41", "2.42", "2.43"}

// onServer is a client of a fake of this version, as its superuser.
func onServer(t *testing.T, version string, change ...func(*dhis2.Config)) (*dhis2test.Server, *dhis2.Client) {
	t.Helper()
	server := dhis2test.New(t, dhis2test.Options{Version: version, BasePath: "/dhis"})
	cfg := dhis2.Config{URL: server.URL + "/dhis", Auth: dhis2.Basic("admin", "district"), MinWait: time.Nanosecond}
	for _, f := range change {
		f(&cfg)
	}
	c, err := dhis2.New(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return server, c
}

const (
	seedFamily = `{"trackedEntities":[
		{"trackedEntity":"GzM5NSbpoxx","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP","attributes":[
			{"attribute":"iPWPq2EJtIk","value":"Planted"},{"attribute":"GOCQVgGQGEU","value":"Planted"}],
		 "enrollments":[{"enrollment":"DH6zGqYSe95","program":"sBSRMACZJOQ","orgUnit":"lgY4CHs5HtP","enrolledAt":"2026-01-05",
			"attributes":[{"attribute":"lXXkJgofAcb","value":"2025-12-30"}]}]},
		{"trackedEntity":"HzM5NSbpoxx","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP","attributes":[
			{"attribute":"iPWPq2EJtIk","value":"Planted"},{"attribute":"GOCQVgGQGEU","value":"Planted"}]}]}`
)

func TestEveryVersionIsKnown(t *testing.T) {
	t.Parallel()
	for _, v := range everyVersion {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			server, c := onServer(t, v)
			s, err := c.Server(t.Context())
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(s.Version.String(), v+"."), s.Version)
			assert.Equal(t, "Africa/Nairobi", s.Zone.String())
			assert.Less(t, s.Skew.Abs(), 5*time.Second)
			require.NoError(t, c.Ping(t.Context()))
			me, err := c.Me(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "admin", me.Username)
			assert.True(t, me.HasAuthority("F_DATAVALUE_ADD"), "of ALL")
			assert.NotEmpty(t, me.OrgUnits)
			assert.False(t, dhis2.Me{}.HasAuthority("ALL"))
			ids, err := c.GenerateUIDs(t.Context(), 3)
			require.NoError(t, err)
			require.Len(t, ids, 3)
			assert.True(t, dhis2.ValidUID(ids[0]))
			assert.Equal(t, 1, server.PasswordChecks(), "one session")
			server.ExpireSessions()
			_, err = c.Me(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 2, server.PasswordChecks())
		})
	}
}

func TestManyRequestsWhoseSessionEnds(t *testing.T) {
	t.Parallel()
	server, c := onServer(t, "2.42")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 20 {
				if i%7 == 3 {
					server.ExpireSessions()
				}
				_, err := c.Do(context.Background(), dhis2.Request{Path: "system/ping"})
				var e *dhis2.Error
				if err != nil && assert.ErrorAs(t, err, &e) {
					// Only where it ended twice during one request.
					assert.Equal(t, dhis2.ClassAuthentication, e.Class)
				}
			}
		})
	}
	group.Wait()
	require.NoError(t, c.Ping(t.Context()))
}

func TestEveryWayToAuthenticate(t *testing.T) {
	t.Parallel()
	server := dhis2test.New(t, dhis2test.Options{})
	for name, auth := range map[string]dhis2.Auth{
		"a token": dhis2.Token(server.AddToken("admin")),
		"bearer": dhis2.Bearer(dhis2.TokenSourceFunc(func() func(context.Context) (string, error) {
			token := server.AddBearer("admin")
			return func(context.Context) (string, error) { return token, nil }
		}())),
	} {
		c, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: auth})
		require.NoError(t, err, name)
		me, err := c.Me(t.Context())
		require.NoError(t, err, name)
		assert.Equal(t, "admin", me.Username)
	}
	for name, auth := range map[string]dhis2.Auth{
		"a wrong password": dhis2.Basic("admin", "planted"), "an unknown token": dhis2.Token(goodTokens[0]),
		"an unknown bearer": dhis2.Bearer(dhis2.TokenSourceFunc(func(context.Context) (string, error) { return "planted", nil })),
	} {
		_, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: auth})
		require.ErrorIs(t, err, dhis2.ErrUnauthorized, name)
		assert.NotContains(t, err.Error(), "planted")
	}
}

func TestFaultsOfTheServerPass(t *testing.T) {
	t.Parallel()
	server, c := onServer(t, "2.42")
	server.Fail(2, http.StatusBadGateway)
	res, err := c.Do(t.Context(), dhis2.Request{
		Method: http.MethodPost, Path: "tracker", Query: map[string][]string{"async": {"false"}}, Body: []byte(seedFamily), Repeat: dhis2.RepeatSafe,
	})
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, res.Status)
	assert.Len(t, server.TrackedEntities(), 2)
	res, err = c.Do(t.Context(), dhis2.Request{
		Method: http.MethodPost, Path: "tracker", Query: map[string][]string{"async": {"false"}, "importStrategy": {"CREATE"}}, Body: []byte(seedFamily),
	})
	var e *dhis2.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, dhis2.ShapeImportReport, e.Shape)
	assert.Equal(t, dhis2.ClassAlreadyExists, e.Class)
	assert.Contains(t, string(res.Body), `"E1002"`, "the report is there to be read")
}

func TestDataStore(t *testing.T) {
	t.Parallel()
	for _, v := range everyVersion {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			_, c := onServer(t, v)
			ctx := t.Context()
			store := c.DataStore("ohm")
			type watermark struct {
				At string `json:"at"`
				N  int    `json:"n"`
			}
			var got watermark
			require.ErrorIs(t, store.Get(ctx, "wm", &got), dhis2.ErrNotFound)
			require.NoError(t, store.Create(ctx, "wm", watermark{At: "2026-01-01", N: 1}))
			err := store.Create(ctx, "wm", watermark{})
			require.ErrorIs(t, err, dhis2.ErrExists)
			require.NoError(t, store.Get(ctx, "wm", &got))
			assert.Equal(t, watermark{"2026-01-01", 1}, got)
			require.NoError(t, store.Put(ctx, "wm", watermark{At: "2026-01-02", N: 2}))
			require.NoError(t, store.Put(ctx, "new", 7), "makes what is not there")
			keys, err := store.Keys(ctx)
			require.NoError(t, err)
			assert.Equal(t, []string{"new", "wm"}, keys)
			names, err := c.Namespaces(ctx)
			require.NoError(t, err)
			assert.Equal(t, []string{"ohm"}, names)
			whole, err := store.Query(ctx, ".", nil, 1, 10)
			require.NoError(t, err)
			require.Len(t, whole, 2)
			assert.Equal(t, "new", whole[0].Key)
			assert.JSONEq(t, "7", string(whole[0].Value))
			parts, err := store.Query(ctx, "at", []string{"n:gt:1"}, 1, 10)
			require.NoError(t, err)
			require.Len(t, parts, 1)
			assert.JSONEq(t, `"2026-01-02"`, string(parts[0].Parts["at"]))

			err = store.PutPart(ctx, "wm", "n", 3)
			if v == "2.40" {
				require.ErrorIs(t, err, dhis2.ErrUnsupported)
				require.ErrorIs(t, store.Append(ctx, "list", "", 2, 1), dhis2.ErrUnsupported)
			} else {
				require.NoError(t, err)
				require.NoError(t, store.Get(ctx, "wm", &got))
				assert.Equal(t, watermark{"2026-01-02", 3}, got)
				require.NoError(t, store.Put(ctx, "list", map[string]any{"last": []int{1}}))
				for i := range 3 {
					require.NoError(t, store.Append(ctx, "list", "last", 2, i))
				}
				var list struct{ Last []int }
				require.NoError(t, store.Get(ctx, "list", &list))
				assert.Equal(t, []int{1, 2}, list.Last)
			}
			require.NoError(t, store.Delete(ctx, "new"))
			require.ErrorIs(t, store.Delete(ctx, "new"), dhis2.ErrNotFound)
			require.NoError(t, store.DeleteAll(ctx))
			_, err = store.Keys(ctx)
			require.ErrorIs(t, err, dhis2.ErrNotFound)
		})
	}
}

func TestWhatNoDataStoreTakes(t *testing.T) {
	t.Parallel()
	w := &wire{}
	c := newClient(t, w)
	ctx := t.Context()
	for _, name := range []string{"", ".", "..", "a/b", "a%2Fb", "a\\b", "a;b", "a\nb"} {
		assert.Error(t, c.DataStore(name).Put(ctx, "k", 1), name)
		assert.Error(t, c.DataStore("n").Put(ctx, name, 1), name)
	}
	store := c.DataStore("n")
	assert.Error(t, store.Put(ctx, "k", func() {}))
	assert.Error(t, store.PutPart(ctx, "k", "", 1))
	assert.Error(t, store.Append(ctx, "k", "", 0, 1))
	_, err := store.Query(ctx, "", nil, 1, 1)
	require.Error(t, err)
	_, err = store.Query(ctx, ".", nil, 0, 1)
	require.Error(t, err)
	assert.Empty(t, w.calls())
	w.answer = always(http.StatusOK, `{"entries":[{"value":1}]}`)
	_, err = store.Query(ctx, ".", nil, 1, 1)
	require.ErrorContains(t, err, "no key")
	// A create whose answer is lost may have been made.
	w.answer = func(int, *http.Request) *reply { return nil }
	before := len(w.calls())
	require.Error(t, store.Create(ctx, "k", 1))
	assert.Len(t, w.calls(), before+1)
}

func TestOwnershipGoesOver(t *testing.T) {
	t.Parallel()
	for _, v := range everyVersion {
		server, c := onServer(t, v)
		_, err := c.Do(t.Context(), dhis2.Request{
			Method: http.MethodPost, Path: "tracker", Query: map[string][]string{"async": {"false"}}, Body: []byte(seedFamily),
		})
		require.NoError(t, err)
		require.NoError(t, c.TransferOwnership(t.Context(), "GzM5NSbpoxx", "sBSRMACZJOQ", "iPrqVTs7evU"), v)
		last := server.Requests()[len(server.Requests())-1]
		assert.Equal(t, v < "2.42", strings.Contains(last.Query, "trackedEntityInstance="), "%s: %s", v, last.Query)
		err = c.TransferOwnership(t.Context(), "zzzzzzzzzzz", "sBSRMACZJOQ", "iPrqVTs7evU")
		require.ErrorIs(t, err, dhis2.ErrNotFound)
		assert.Error(t, c.TransferOwnership(t.Context(), "planted", "sBSRMACZJOQ", "iPrqVTs7evU"))
	}
}

func TestDuplicatesAreFlaggedAndMerged(t *testing.T) {
	t.Parallel()
	_, c := onServer(t, "2.42")
	ctx := t.Context()
	_, err := c.Do(ctx, dhis2.Request{
		Method: http.MethodPost, Path: "tracker", Query: map[string][]string{"async": {"false"}}, Body: []byte(seedFamily),
	})
	require.NoError(t, err)
	pair, err := c.FlagDuplicate(ctx, "HzM5NSbpoxx", "GzM5NSbpoxx")
	require.NoError(t, err)
	require.True(t, dhis2.ValidUID(pair.UID))
	_, err = c.FlagDuplicate(ctx, "HzM5NSbpoxx", "GzM5NSbpoxx")
	require.Error(t, err, "it is known")
	list, err := c.PotentialDuplicates(ctx, "", 1, 10, "GzM5NSbpoxx")
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, pair, list[0])
	assert.Equal(t, dhis2.DuplicateOpen, list[0].Status)
	require.NoError(t, c.MarkDuplicate(ctx, pair.UID, dhis2.DuplicateInvalid))
	require.NoError(t, c.MarkDuplicate(ctx, pair.UID, dhis2.DuplicateOpen))
	require.NoError(t, c.MergeDuplicate(ctx, pair.UID, nil))
	list, err = c.PotentialDuplicates(ctx, dhis2.DuplicateMerged, 1, 10)
	require.NoError(t, err)
	require.Len(t, list, 1)

	for name, err := range map[string]error{
		"one":        second(c.FlagDuplicate(ctx, "HzM5NSbpoxx", "HzM5NSbpoxx")),
		"no UID":     second(c.FlagDuplicate(ctx, "x", "HzM5NSbpoxx")),
		"list":       second(c.PotentialDuplicates(ctx, "", 1, 10, "x")),
		"page":       second(c.PotentialDuplicates(ctx, "", 0, 10)),
		"merged":     c.MarkDuplicate(ctx, pair.UID, dhis2.DuplicateMerged),
		"mark":       c.MarkDuplicate(ctx, "x", dhis2.DuplicateOpen),
		"merge":      c.MergeDuplicate(ctx, "x", nil),
		"merge what": c.MergeDuplicate(ctx, pair.UID, &dhis2.Merge{Attributes: []string{"x"}}),
	} {
		var wrong *dhis2.ArgumentError
		assert.ErrorAs(t, err, &wrong, name)
	}
}

func second[T any](_ T, err error) error { return err }

func TestHowDuplicatesAreAskedFor(t *testing.T) {
	t.Parallel()
	w := &wire{
		info:   strings.Replace(infoBody, "2.42.5.2", "2.40.13", 1),
		answer: always(http.StatusOK, `{"identifiableObjects":[{"id":"aaaaaaaaaaa","original":"HzM5NSbpoxx","duplicate":"GzM5NSbpoxx","status":"OPEN"}]}`),
	}
	c := newClient(t, w)
	list, err := c.PotentialDuplicates(t.Context(), "", 2, 5, "HzM5NSbpoxx", "GzM5NSbpoxx")
	require.NoError(t, err)
	assert.Len(t, list, 1)
	assert.Equal(t, "page=2&pageSize=5&status=OPEN&teis=HzM5NSbpoxx%2CGzM5NSbpoxx", w.calls()[0].Query)
	w.answer = always(http.StatusOK, "")
	require.NoError(t, c.MergeDuplicate(t.Context(), "aaaaaaaaaaa", &dhis2.Merge{Attributes: []string{"bbbbbbbbbbb"}}))
	assert.Equal(t, "mergeStrategy=MANUAL", w.calls()[1].Query)
	assert.JSONEq(t, `{"trackedEntityAttributes":["bbbbbbbbbbb"],"enrollments":null,"relationships":null}`, w.calls()[1].Body)
}

func TestFilesAreUploaded(t *testing.T) {
	t.Parallel()
	server, c := onServer(t, "2.43")
	server.Fail(1, http.StatusBadGateway)
	file, err := c.UploadFile(t.Context(), "é x-ray \".png", "image/png", []byte("content"))
	require.NoError(t, err, "twice does no harm")
	assert.True(t, dhis2.ValidUID(file.UID))
	assert.EqualValues(t, 7, file.ContentLength)
	again, err := c.FileResource(t.Context(), file.UID)
	require.NoError(t, err)
	assert.Equal(t, file.UID, again.UID)
	assert.Equal(t, "image/png", again.ContentType)

	w := &wire{answer: always(http.StatusAccepted, `{}`)}
	c = newClient(t, w, func(cfg *dhis2.Config) { cfg.MaxRequest = 1000 })
	for _, bad := range [][2]string{{"", "a/b"}, {"a\nb", "a/b"}, {"a", ""}, {"a", "a/b\r\nX: y"}} {
		_, err := c.UploadFile(t.Context(), bad[0], bad[1], nil)
		require.Error(t, err)
	}
	_, err = c.UploadFile(t.Context(), "a", "a/b", make([]byte, 1001))
	require.ErrorContains(t, err, "MaxRequest")
	_, err = c.FileResource(t.Context(), "x")
	require.Error(t, err)
	assert.Empty(t, w.calls())
	_, err = c.UploadFile(t.Context(), "a", "a/b", nil)
	require.ErrorContains(t, err, "names no file")
}

func TestValuesAreGenerated(t *testing.T) {
	t.Parallel()
	_, c := onServer(t, "2.42")
	_, err := c.GenerateValue(t.Context(), "XhXpL2WqB15", nil)
	var e *dhis2.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, http.StatusBadRequest, e.Status)
	assert.Equal(t, "Attribute does not contain pattern.", e.Message)

	w := &wire{answer: always(http.StatusOK, `{"ownerObject":"TRACKEDENTITYATTRIBUTE","value":"RND-1","created":"2026-01-01T00:00:00.000","expiryDate":"2026-01-04T00:00:00.000"}`)}
	c = newClient(t, w)
	v, err := c.GenerateValue(t.Context(), "XhXpL2WqB15", map[string]string{"ORG_UNIT_CODE": "F1"})
	require.NoError(t, err)
	assert.Equal(t, dhis2.GeneratedValue{Value: "RND-1", Created: "2026-01-01T00:00:00.000", Expires: "2026-01-04T00:00:00.000"}, v)
	w.answer = always(http.StatusOK, `[{"value":"RND-1"},{"value":"RND-2"}]`)
	list, err := c.ReserveValues(t.Context(), "XhXpL2WqB15", 2, 30, nil)
	require.NoError(t, err)
	assert.Len(t, list, 2)
	assert.Equal(t, "ORG_UNIT_CODE=F1", w.calls()[0].Query)
	assert.Equal(t, "expiration=30&numberToReserve=2", w.calls()[1].Query)
	assert.Equal(t, "/dhis/api/trackedEntityAttributes/XhXpL2WqB15/generateAndReserve", w.calls()[1].Path)
	for _, err := range []error{
		second(c.GenerateValue(t.Context(), "x", nil)), second(c.ReserveValues(t.Context(), "x", 1, 0, nil)),
		second(c.ReserveValues(t.Context(), "XhXpL2WqB15", 0, 0, nil)), second(c.ReserveValues(t.Context(), "XhXpL2WqB15", 1001, 0, nil)),
		second(c.ReserveValues(t.Context(), "XhXpL2WqB15", 1, -1, nil)), second(c.GenerateUIDs(t.Context(), 0)), second(c.GenerateUIDs(t.Context(), 10_001)),
	} {
		var wrong *dhis2.ArgumentError
		assert.ErrorAs(t, err, &wrong)
	}
	w.answer = always(http.StatusOK, `{"codes":["a"]}`)
	_, err = c.GenerateUIDs(t.Context(), 2)
	require.ErrorContains(t, err, "1 UIDs instead of 2")
}

func TestNotesAreAddedOnce(t *testing.T) {
	t.Parallel()
	note := dhis2.NoteIdentity{Owner: "f26BZgGsQIR", Key: "1"}.UID()
	notes := `{"notes":[{"note":"` + note + `"}]}`
	w := &wire{answer: func(n int, r *http.Request) *reply {
		switch {
		case n == 1:
			return nil // it was added, but who knows
		case r.Method == http.MethodGet:
			return response(http.StatusOK, notes)
		}
		return response(http.StatusBadRequest, `{"httpStatusCode":400,"status":"ERROR","errorCode":"E1003","message":"planted"}`)
	}}
	c := newClient(t, w, func(cfg *dhis2.Config) { cfg.MinWait = time.Nanosecond })
	require.NoError(t, c.AddNote(t.Context(), dhis2.Events, "f26BZgGsQIR", note, "planted"))
	require.Len(t, w.calls(), 3)
	assert.Equal(t, "fields=notes%5Bnote%5D", w.calls()[2].Query)
	notes = `{"notes":[{"note":"zzzzzzzzzzz"}]}`
	require.Error(t, c.AddNote(t.Context(), dhis2.Events, "f26BZgGsQIR", note, "planted"), "it was refused for another reason")
	assert.Equal(t, "/dhis/api/tracker/events/f26BZgGsQIR/note", w.calls()[0].Path)
	assert.JSONEq(t, `{"note":"`+note+`","value":"planted"}`, w.calls()[0].Body)
	w.answer = always(http.StatusNotFound, `{"httpStatusCode":404}`)
	require.ErrorIs(t, c.AddNote(t.Context(), dhis2.Enrollments, "f26BZgGsQIR", note, "x"), dhis2.ErrNotFound)
	for _, err := range []error{
		c.AddNote(t.Context(), dhis2.TrackedEntities, "f26BZgGsQIR", note, "x"), c.AddNote(t.Context(), dhis2.Events, "x", note, "x"),
		c.AddNote(t.Context(), dhis2.Events, "f26BZgGsQIR", "x", "x"), c.AddNote(t.Context(), dhis2.Events, "f26BZgGsQIR", note, ""),
	} {
		var wrong *dhis2.ArgumentError
		assert.ErrorAs(t, err, &wrong)
	}
	old := newClient(t, &wire{info: strings.Replace(infoBody, "2.42.5.2", "2.41.9.1", 1)})
	require.ErrorIs(t, old.AddNote(t.Context(), dhis2.Events, "f26BZgGsQIR", note, "x"), dhis2.ErrUnsupported)
}

func TestANoteThatIsThereAlreadyIsASuccess(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.42", "2.43"} {
		server := dhis2test.New(t, dhis2test.Options{Version: version})
		c, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
		require.NoError(t, err)
		_, err = c.Do(t.Context(), dhis2.Request{
			Method: http.MethodPost, Path: "tracker", Query: url.Values{"async": {"false"}},
			Body: []byte(`{"events":[{"event":"f26BZgGsQIR","program":"fm69ntIAbZu","programStage":"r2M6G0nP5Qo",` +
				`"orgUnit":"lgY4CHs5HtP","occurredAt":"2026-02-01","dataValues":[{"dataElement":"Mz6b8yeFGJ9","value":"11.2"}]}]}`),
		})
		require.NoError(t, err)
		note := dhis2.NoteIdentity{Owner: "f26BZgGsQIR", Key: "1"}.UID()
		for range 2 {
			require.NoError(t, c.AddNote(t.Context(), dhis2.Events, "f26BZgGsQIR", note, "seen by the nurse"), version)
		}
		var event struct {
			Notes []struct{ Note, Value string }
		}
		require.NoError(t, c.Get(t.Context(), "tracker/events/f26BZgGsQIR", nil, &event))
		require.Len(t, event.Notes, 1)
		assert.Equal(t, note, event.Notes[0].Note)
	}
}
