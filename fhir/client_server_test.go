package fhir_test

import (
	"crypto/rand"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// The same facts hold on a server that follows the specification, on one that
// does as HAPI does, and on a real one.
func TestClientOnServersThatDiffer(t *testing.T) {
	t.Parallel()
	for _, flavour := range []fhirtest.Flavour{fhirtest.Strict, fhirtest.HAPI} {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			server := fhirtest.New(t, fhirtest.Options{Flavour: flavour})
			serverFacts(t, server.URL, string(flavour))
		})
	}
}

// CONTRIBUTING.md tells what a live test finds in its environment.
//
//nolint:paralleltest // the server is to do nothing else meanwhile
func TestLiveFHIRClient(t *testing.T) {
	url := os.Getenv("FHIR_URL")
	if url == "" {
		if os.Getenv("LIVE") == "1" {
			t.Fatal("FHIR_URL is not set, but this is a live run: start it by make live")
		}
		t.Skip("FHIR_URL is not set: run make live")
	}
	serverFacts(t, url, os.Getenv("FHIR_FLAVOUR"))
}

// facts are asserted with a client of one server and an identifier that nobody
// else uses.
type facts struct {
	client *fhir.Client
	kind   string // strict, hapi or medplum
	mrn    string
}

func serverFacts(t *testing.T, url, kind string) {
	t.Helper()
	for name, fact := range map[string]func(facts, *testing.T){
		"what is written can be read":                facts.lifecycle,
		"a stale version is a version conflict":      facts.staleVersion,
		"a conditional create makes one":             facts.conditionalCreate,
		"conditional writes":                         facts.conditionalWrites,
		"patches":                                    facts.patches,
		"a search goes over all pages":               facts.paging,
		"concurrent changes do not undo each other":  facts.concurrentModify,
		"concurrent conditional creates make one":    facts.concurrentCreate,
		"a transaction is done or not":               facts.transaction,
		"a batch is done as far as it goes":          facts.batch,
		"operations":                                 facts.operations,
		"references are resolved":                    facts.references,
		"a poller hands over what is new":            facts.polling,
		"a server's CapabilityStatement can be read": facts.capability,
	} {
		t.Run(name, func(t *testing.T) {
			if kind != "medplum" { // in memory, with nothing against races
				t.Parallel()
			}
			client, err := fhir.NewClient(fhir.ClientConfig{URL: url, MaxAttempts: 8, MinWait: 20 * time.Millisecond})
			require.NoError(t, err)
			t.Cleanup(client.Close)
			fact(facts{client: client, kind: kind, mrn: rand.Text()}, t)
		})
	}
}

func (f facts) patient(t *testing.T, more string) fhir.Resource {
	t.Helper()
	return asResource(t, `{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"`+f.mrn+`"}],"active":true`+more+`}`)
}

func (f facts) byMRN() fhir.Param { return fhir.ByToken("identifier", "urn:mrn", f.mrn) }

func (f facts) create(t *testing.T, more string, opts ...fhir.CreateOption) fhir.Result {
	t.Helper()
	got, err := f.client.Create(t.Context(), f.patient(t, more), opts...)
	require.NoError(t, err)
	require.NotEmpty(t, got.ID)
	return got
}

func (f facts) lifecycle(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	made := f.create(t, `,"birthDate":"1980-02-29"`)
	assert.True(t, made.Created)
	assert.NotEmpty(t, made.VersionID)
	assert.WithinDuration(t, time.Now(), made.LastModified, time.Minute)
	r, err := f.client.Read(ctx, "Patient", made.ID)
	require.NoError(t, err)
	assert.Equal(t, "1980-02-29", r.Get("birthDate").String())
	if f.kind != "medplum" {
		_, err = f.client.Read(ctx, "Patient", made.ID, fhir.IfNoneMatch(made.VersionID))
		require.ErrorIs(t, err, fhir.ErrNotModified)
	}
	next, err := r.Set("birthDate", "1981-01-01")
	require.NoError(t, err)
	updated, err := f.client.Update(ctx, next, fhir.IfMatch(made.VersionID))
	require.NoError(t, err)
	assert.False(t, updated.Created)
	assert.NotEqual(t, made.VersionID, updated.VersionID)
	old, err := f.client.ReadVersion(ctx, "Patient", made.ID, made.VersionID)
	require.NoError(t, err)
	assert.Equal(t, "1980-02-29", old.Get("birthDate").String())
	_, err = f.client.Delete(ctx, "Patient", made.ID)
	require.NoError(t, err)
	_, err = f.client.Read(ctx, "Patient", made.ID)
	require.ErrorIs(t, err, fhir.ErrNotFound)
	_, err = f.client.Read(ctx, "Patient", "nope-"+f.mrn)
	require.ErrorIs(t, err, fhir.ErrNotFound)
	assert.NotContains(t, err.Error(), f.mrn)
	if f.kind == "medplum" {
		return // forgets what was deleted
	}
	var methods []string
	for v, err := range f.client.History(ctx, "Patient", made.ID, fhir.PageSize(1)) {
		require.NoError(t, err)
		assert.Equal(t, "Patient/"+made.ID, v.Type+"/"+v.ID)
		assert.NotEmpty(t, v.VersionID)
		assert.Equal(t, v.Deleted, v.Resource.IsZero())
		methods = append(methods, v.Method)
	}
	assert.Equal(t, []string{"DELETE", "PUT", "POST"}, methods)
}

func (f facts) staleVersion(t *testing.T) {
	t.Helper()
	made := f.create(t, "")
	r, err := f.client.Read(t.Context(), "Patient", made.ID)
	require.NoError(t, err)
	changed, err := r.Set("active", false)
	require.NoError(t, err)
	_, err = f.client.Update(t.Context(), changed, fhir.IfMatch(made.VersionID))
	require.NoError(t, err)
	changed, err = r.Set("gender", "female")
	require.NoError(t, err)
	_, err = f.client.Update(t.Context(), changed, fhir.IfMatch(made.VersionID))
	require.ErrorIs(t, err, fhir.ErrVersionConflict)
	require.NotErrorIs(t, err, fhir.ErrConflict)
	assert.False(t, fhir.Retryable(err))
}

func (f facts) conditionalCreate(t *testing.T) {
	t.Helper()
	first := f.create(t, "", fhir.IfNoneExist(f.byMRN()))
	assert.True(t, first.Created)
	second := f.create(t, "", fhir.IfNoneExist(f.byMRN()))
	assert.False(t, second.Created)
	assert.Equal(t, first.ID, second.ID)
	f.create(t, "")
	_, err := f.client.Create(t.Context(), f.patient(t, ""), fhir.IfNoneExist(f.byMRN()))
	require.ErrorIs(t, err, fhir.ErrMultipleMatches)
	require.NotErrorIs(t, err, fhir.ErrVersionConflict)
	n, err := f.client.Count(t.Context(), "Patient", f.byMRN(), fhir.Fresh())
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	_, err = f.client.SearchOne(t.Context(), "Patient", f.byMRN(), fhir.Fresh())
	require.ErrorIs(t, err, fhir.ErrMultipleMatches)
}

func (f facts) conditionalWrites(t *testing.T) {
	t.Helper()
	ctx, where := t.Context(), fhir.Where(f.byMRN())
	made, err := f.client.UpdateWhere(ctx, f.patient(t, ""), where)
	require.NoError(t, err)
	assert.True(t, made.Created)
	changed, err := f.client.UpdateWhere(ctx, f.patient(t, `,"gender":"female"`), where)
	require.NoError(t, err)
	assert.False(t, changed.Created)
	assert.Equal(t, made.ID, changed.ID)
	if f.kind != "medplum" {
		f.create(t, "")
		_, err = f.client.UpdateWhere(ctx, f.patient(t, ""), where)
		require.ErrorIs(t, err, fhir.ErrMultipleMatches)
		_, err = f.client.DeleteWhere(ctx, "Patient", where)
		require.ErrorIs(t, err, fhir.ErrMultipleMatches)
		_, err = f.client.Delete(ctx, "Patient", made.ID)
		require.NoError(t, err)
	}
	_, err = f.client.DeleteWhere(ctx, "Patient", where)
	if errors.Is(err, fhir.ErrNotFound) && f.kind == "medplum" {
		return // it has no conditional delete
	}
	require.NoError(t, err)
	n, err := f.client.Count(ctx, "Patient", where, fhir.Fresh())
	require.NoError(t, err)
	assert.Zero(t, n)
	_, err = f.client.DeleteWhere(ctx, "Patient", where)
	require.NoError(t, err, "nothing to delete is fine")
}

func (f facts) patches(t *testing.T) {
	t.Helper()
	made := f.create(t, "")
	got, err := f.client.Patch(t.Context(), "Patient", made.ID, fhir.JSONPatch{}.Test("/active", true).Replace("/active", false))
	require.NoError(t, err)
	assert.NotEqual(t, made.VersionID, got.VersionID)
	assert.NotEmpty(t, got.VersionID)
	_, err = f.client.Patch(t.Context(), "Patient", made.ID, fhir.JSONPatch{}.Test("/active", true))
	var outcome *fhir.OutcomeError
	require.ErrorAs(t, err, &outcome)
	if f.kind != "medplum" {
		_, err = f.client.Patch(t.Context(), "Patient", made.ID, fhir.PathPatch{}.Add("Patient", "birthDate", "date", "1980-02-29"), fhir.IfMatch(got.VersionID))
		require.NoError(t, err)
		_, err = f.client.Patch(t.Context(), "Patient", made.ID, fhir.PathPatch{}.Delete("Patient.birthDate"), fhir.IfMatch(got.VersionID))
		require.ErrorIs(t, err, fhir.ErrVersionConflict)
		_, err = f.client.PatchWhere(t.Context(), "Patient", fhir.Where(f.byMRN()), fhir.JSONPatch{}.Replace("/active", true))
		require.NoError(t, err)
		r, err := f.client.Read(t.Context(), "Patient", made.ID)
		require.NoError(t, err)
		assert.Equal(t, "1980-02-29", r.Get("birthDate").String())
		assert.True(t, r.Get("active").Bool())
	}
}

func (f facts) paging(t *testing.T) {
	t.Helper()
	for range 7 {
		f.create(t, "")
	}
	for _, opts := range [][]fhir.SearchOption{
		{f.byMRN(), fhir.PageSize(3)}, {f.byMRN(), fhir.PageSize(3), fhir.ByPost()}, {f.byMRN(), fhir.PageSize(3), fhir.SortBy("-_lastUpdated")},
	} {
		found := map[string]bool{}
		for r, err := range f.client.Search(t.Context(), "Patient", append(opts, fhir.Fresh())...) {
			if f.kind == "medplum" && len(found) == 3 {
				require.ErrorIs(t, err, fhir.ErrIncomplete, "it has no next link")
				return
			}
			require.NoError(t, err)
			assert.False(t, found[r.ID()], "nobody is found twice")
			found[r.ID()] = true
		}
		assert.Len(t, found, 7)
	}
	page, err := f.client.SearchPage(t.Context(), "Patient", f.byMRN(), fhir.Total(fhir.TotalAccurate), fhir.PageSize(2), fhir.Fresh())
	require.NoError(t, err)
	total, ok := page.Total()
	assert.True(t, ok)
	assert.Equal(t, 7, total)
	assert.Empty(t, page.Ignored())
	_, err = f.client.SearchPage(t.Context(), "Patient", f.byMRN(), fhir.ByString("no-such-parameter", "x"), fhir.Strict())
	require.Error(t, err, "an unknown parameter must not find everybody")
}

func (f facts) concurrentModify(t *testing.T) {
	t.Helper()
	if f.kind == "medplum" {
		t.Skip("the memory repository of Medplum checks If-Match before it awaits other work")
	}
	made := f.create(t, `,"multipleBirthInteger":0`)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			_, err := f.client.Modify(t.Context(), "Patient", made.ID, func(p fhir.Resource) (fhir.Resource, error) {
				return p.Set("multipleBirthInteger", p.Get("multipleBirthInteger").Int()+1)
			})
			assert.NoError(t, err)
		})
	}
	all.Wait()
	r, err := f.client.Read(t.Context(), "Patient", made.ID)
	require.NoError(t, err)
	assert.Equal(t, int64(4), r.Get("multipleBirthInteger").Int())
}

func (f facts) concurrentCreate(t *testing.T) {
	t.Helper()
	if f.kind == "medplum" {
		t.Skip("the memory repository of Medplum makes several at the same moment")
	}
	var all sync.WaitGroup
	made := make([]string, 8)
	for i := range made {
		all.Go(func() {
			got, err := f.client.Create(t.Context(), f.patient(t, ""), fhir.IfNoneExist(f.byMRN()))
			if assert.NoError(t, err) {
				made[i] = got.ID
			}
		})
	}
	all.Wait()
	for _, id := range made {
		assert.Equal(t, made[0], id)
	}
}
