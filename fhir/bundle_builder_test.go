package fhir_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// uglyPatient has white space, numbers and members that nothing may change.
const uglyPatient = "{ \"resourceType\" : \"Patient\",\n\t\"id\":\"p1\", \"x\": 1.50E+2, \"name\":[{\"family\":\"O\\u0027Hara\"}] }"

func TestBundleBuilderKeepsTheBytesOfResources(t *testing.T) {
	t.Parallel()
	tx := fhir.NewTransaction()
	tx.Create(resourceOf(t, uglyPatient)).As("a")
	tx.Create(resourceOf(t, `{"resourceType":"Observation" ,"subject":{"reference":"a","display":"a"},"note":[{"text":"a"}], "value" : 1.0}`)).As("b")
	b, err := tx.Build()
	require.NoError(t, err)
	assert.Equal(t, uglyPatient, string(b.Entry(0).Resource().Bytes()))
	assert.Equal(t, `{"resourceType":"Observation" ,"subject":{"reference":"`+tx.Reference("a")+`","display":"a"},"note":[{"text":"a"}], "value" : 1.0}`,
		string(b.Entry(1).Resource().Bytes()), "nothing but the reference")
	again, err := fhir.ParseBundle(b.Bytes())
	require.NoError(t, err)
	assert.Empty(t, again.Check())
	assert.Equal(t, b.Bytes(), again.Bytes())
}

func TestBundleBuilderWritesRequests(t *testing.T) {
	t.Parallel()
	tx := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleTransaction, ID: "b", Base: "http://s/fhir/"})
	patient := resourceOf(t, `{"resourceType":"Patient","id":"p1"}`)
	when := time.Date(2026, 3, 10, 8, 0, 0, 0, time.FixedZone("", 3*3600))
	tx.Create(patient).As("k").IfNoneExist("Patient?identifier=urn:mrn|\"7\\")
	tx.Update(patient).IfMatch("3")
	tx.Update(resourceOf(t, `{"resourceType":"Patient"}`)).At("urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001").When("?identifier=a|b").IfMatch(`W/"4"`)
	tx.Patch("Patient/7", resourceOf(t, `{"resourceType":"Parameters"}`)).IfMatch(`"5"`)
	tx.Delete("/Patient?identifier=x")
	tx.Delete("Patient/8")
	tx.Get("Patient/9/_history/2").IfNoneMatch("2")
	tx.Get("Patient?name=x&_count=1").IfModifiedSince(when)
	tx.Call("POST", "Patient/$match", resourceOf(t, `{"resourceType":"Parameters"}`))
	b, err := tx.Build()
	require.NoError(t, err)
	assert.Equal(t, `{"resourceType":"Bundle","id":"b","type":"transaction","entry":[`+strings.Join([]string{
		`{"fullUrl":"` + tx.Reference("k") + `","resource":{"resourceType":"Patient","id":"p1"},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=urn:mrn|\"7\\"}}`,
		`{"fullUrl":"http://s/fhir/Patient/p1","resource":{"resourceType":"Patient","id":"p1"},"request":{"method":"PUT","url":"Patient/p1","ifMatch":"W/\"3\""}}`,
		`{"fullUrl":"urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001","resource":{"resourceType":"Patient"},"request":{"method":"PUT","url":"Patient?identifier=a|b","ifMatch":"W/\"4\""}}`,
		`{"resource":{"resourceType":"Parameters"},"request":{"method":"PATCH","url":"Patient/7","ifMatch":"W/\"5\""}}`,
		`{"request":{"method":"DELETE","url":"Patient?identifier=x"}}`,
		`{"request":{"method":"DELETE","url":"Patient/8"}}`,
		`{"request":{"method":"GET","url":"Patient/9/_history/2","ifNoneMatch":"W/\"2\""}}`,
		`{"request":{"method":"GET","url":"Patient?name=x&_count=1","ifModifiedSince":"2026-03-10T08:00:00.000+03:00"}}`,
		`{"resource":{"resourceType":"Parameters"},"request":{"method":"POST","url":"Patient/$match"}}`,
	}, ",")+`]}`, string(b.Bytes()))
	assert.Empty(t, b.Check())
	request, asks := b.Entry(0).Request()
	assert.True(t, asks)
	assert.Equal(t, fhir.BundleRequest{Method: "POST", URL: "Patient", IfNoneExist: "identifier=urn:mrn|\"7\\"}, request)
}

func TestBundleBuilderWithoutEntriesHasNoEmptyList(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `{"resourceType":"Bundle","type":"batch"}`, string(fhir.NewBatch().MustBuild().Bytes()))
}

func TestBundleFullURLs(t *testing.T) {
	t.Parallel()
	patient := resourceOf(t, `{"resourceType":"Patient","id":"p1"}`)
	t.Run("a key always gives the same", func(t *testing.T) {
		t.Parallel()
		a, b := fhir.NewTransaction(), fhir.NewBatch()
		assert.Equal(t, a.Reference("k"), b.Create(patient).As("k").Reference())
		assert.Regexp(t, `^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, a.Reference("k"))
		assert.NotEqual(t, a.Reference("k"), a.Reference("l"))
		other := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleBatch, Namespace: "clinic-7"})
		assert.NotEqual(t, a.Reference("k"), other.Reference("k"))
		assert.Equal(t, "urn:uuid:2ed6657d-e927-568b-95e1-2665a8aea6a2", fhir.UUIDURN("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"), "RFC 9562, A.4")
	})
	t.Run("without a key it comes from the source of randomness", func(t *testing.T) {
		t.Parallel()
		tx := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleTransaction, Random: bytes.NewReader(make([]byte, 16))})
		d := tx.Create(patient)
		assert.Equal(t, "urn:uuid:00000000-0000-4000-8000-000000000000", d.Reference())
		assert.Equal(t, d.Reference(), tx.MustBuild().Entry(0).FullURL())
		tx.Create(patient)
		_, err := tx.Build()
		require.ErrorContains(t, err, "randomness")
		broken := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleTransaction, Random: iotest.ErrReader(errors.New("no dice"))})
		assert.Empty(t, broken.Create(resourceOf(t, `{"resourceType":"Patient"}`)).Reference())
		_, err = broken.Build()
		require.ErrorContains(t, err, "no dice")
	})
	t.Run("an update by id needs none", func(t *testing.T) {
		t.Parallel()
		tx := fhir.NewTransaction()
		assert.Equal(t, "Patient/p1", tx.Update(patient).Reference())
		assert.Equal(t, "Patient/9", tx.Patch("Patient/9", resourceOf(t, `{"resourceType":"Binary"}`)).Reference())
		assert.Empty(t, tx.Delete("Patient/10").Reference())
		b := tx.MustBuild()
		assert.Empty(t, b.Entry(0).FullURL())
	})
	t.Run("two by default are not the same", func(t *testing.T) {
		t.Parallel()
		tx := fhir.NewTransaction()
		assert.NotEqual(t, tx.Create(patient).Reference(), tx.Create(patient).Reference())
	})
}

func TestBundleLinkIDsRewritesWhatTheServerWillRename(t *testing.T) {
	t.Parallel()
	observation := resourceOf(t, `{"resourceType":"Observation","subject":{"reference":"Patient/1"},"performer":[{"reference":"Practitioner/2"},{"reference":"Patient/1/_history/3"},{"reference":"#x"}],"contained":[{"resourceType":"Patient","id":"x","link":[{"other":{"reference":"Patient/1"}}]}]}`)
	tx := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleTransaction, LinkIDs: true})
	patient := tx.Create(resourceOf(t, `{"resourceType":"Patient","id":"1"}`)).As("p")
	tx.Update(resourceOf(t, `{"resourceType":"Practitioner","id":"2"}`)).As("keeps its id, whatever its key")
	tx.Create(observation).As("o")
	b := tx.MustBuild()
	assert.Equal(t, strings.ReplaceAll(strings.ReplaceAll(string(observation.Bytes()), `"Patient/1"`, `"`+patient.Reference()+`"`), "x", "x"),
		string(b.Entry(2).Resource().Bytes()), "the updated one keeps its id, a version is not renamed")

	plain := fhir.NewTransaction()
	plain.Create(resourceOf(t, `{"resourceType":"Patient","id":"1"}`))
	plain.Create(observation)
	assert.Equal(t, observation.Bytes(), plain.MustBuild().Entry(1).Resource().Bytes(), "not unless asked")

	double := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleTransaction, LinkIDs: true})
	double.Create(resourceOf(t, `{"resourceType":"Patient","id":"1"}`))
	double.Create(resourceOf(t, `{"resourceType":"Patient","id":"1"}`))
	_, err := double.Build()
	require.ErrorIs(t, err, fhir.ErrBundleEntry)
}

func TestBundleLinksAreReferencesAndURLs(t *testing.T) {
	t.Parallel()
	tx := fhir.NewTransaction()
	tx.Create(resourceOf(t, `{"resourceType":"Binary"}`)).As("scan")
	tx.Create(resourceOf(t, `{"resourceType":"DocumentReference","identifier":[{"value":"scan"}],"content":[{"attachment":{"url":"scan","title":"scan"}}],"extension":[{"url":"http://x","valueUri":"scan"},{"url":"http://y","valueString":"scan"}]}`)).As("d")
	b := tx.MustBuild()
	assert.Equal(t, `{"resourceType":"DocumentReference","identifier":[{"value":"scan"}],"content":[{"attachment":{"url":"`+tx.Reference("scan")+`","title":"scan"}}],"extension":[{"url":"http://x","valueUri":"`+tx.Reference("scan")+`"},{"url":"http://y","valueString":"scan"}]}`,
		string(b.Entry(1).Resource().Bytes()))
}

func TestBundleKeysAreNoNamesOfExtensionsAndDefinitions(t *testing.T) {
	t.Parallel()
	const url = "http://x/StructureDefinition/colour"
	definition := resourceOf(t, `{"resourceType":"StructureDefinition","url":"`+url+`","contained":[{"resourceType":"ValueSet","id":"v","url":"`+url+`"}]}`)
	patient := resourceOf(t, `{"resourceType":"Patient","extension":[{"url":"`+url+`","valueCode":"red"}],"_birthDate":{"extension":[{"url":"`+url+`","valueUri":"`+url+`"}]}}`)
	tx := fhir.NewTransaction()
	tx.Create(definition).As(url)
	tx.Create(patient).As("p")
	b := tx.MustBuild()
	assert.Equal(t, definition.Bytes(), b.Entry(0).Resource().Bytes())
	assert.Equal(t, strings.Replace(string(patient.Bytes()), `"valueUri":"`+url, `"valueUri":"`+tx.Reference(url), 1), string(b.Entry(1).Resource().Bytes()))
}

func TestBundleBuilderTellsEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	patient := resourceOf(t, `{"resourceType":"Patient","id":"p1"}`)
	anonymous := resourceOf(t, `{"resourceType":"Patient"}`)
	dangling := resourceOf(t, `{"resourceType":"Observation","subject":{"reference":"urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001"}}`)
	transaction := fhir.BundleTransaction
	for _, test := range []struct {
		name  string
		kind  fhir.BundleType
		build func(b *fhir.BundleBuilder)
		want  error
		text  string
	}{
		{"create nothing", transaction, func(b *fhir.BundleBuilder) { b.Create(fhir.Resource{}) }, fhir.ErrBundleEntry, "no resource"},
		{"update nothing", transaction, func(b *fhir.BundleBuilder) { b.Update(fhir.Resource{}) }, fhir.ErrBundleEntry, "no resource"},
		{"update without id", transaction, func(b *fhir.BundleBuilder) { b.Update(anonymous) }, fhir.ErrBundleEntry, "no id"},
		{"create with When", transaction, func(b *fhir.BundleBuilder) { b.Create(patient).When("a=b") }, fhir.ErrBundleEntry, "IfNoneExist"},
		{"empty condition", transaction, func(b *fhir.BundleBuilder) { b.Create(patient).IfNoneExist("Patient?") }, fhir.ErrBundleEntry, "condition is empty"},
		{"empty version", transaction, func(b *fhir.BundleBuilder) { b.Update(patient).IfMatch("") }, fhir.ErrBundleEntry, "version is empty"},
		{"delete of nothing", transaction, func(b *fhir.BundleBuilder) { b.Delete("Patient") }, fhir.ErrBundleEntry, "Type/id"},
		{"delete everything", transaction, func(b *fhir.BundleBuilder) { b.Delete("Patient?") }, fhir.ErrBundleEntry, "Type/id"},
		{"patch with a patient", transaction, func(b *fhir.BundleBuilder) { b.Patch("Patient/1", patient) }, fhir.ErrBundleEntry, "Binary"},
		{"IfNoneExist of an update", transaction, func(b *fhir.BundleBuilder) { b.Update(patient).IfNoneExist("a=b") }, fhir.ErrBundleEntry, "POST"},
		{"IfMatch of a create", transaction, func(b *fhir.BundleBuilder) { b.Create(patient).IfMatch("1") }, fhir.ErrBundleEntry, "PUT"},
		{"one key twice", transaction, func(b *fhir.BundleBuilder) { b.Create(patient).As("a"); b.Create(patient).As("a") }, fhir.ErrBundleEntry, "entry 0"},
		{"two keys", transaction, func(b *fhir.BundleBuilder) { b.Create(patient).As("a").As("b") }, fhir.ErrBundleEntry, "already"},
		{"an empty key", transaction, func(b *fhir.BundleBuilder) { b.Create(patient).As("") }, fhir.ErrBundleEntry, "empty"},
		{"two fullUrls", transaction, func(b *fhir.BundleBuilder) { b.Create(patient).At("urn:uuid:1").At("urn:uuid:2") }, fhir.ErrBundleEntry, "already"},
		{"a version in a fullUrl", transaction, func(b *fhir.BundleBuilder) { b.Update(patient).At("http://a/Patient/p1/_history/1") }, fhir.ErrBundleEntry, "bdl-8"},
		{"a key for nothing", transaction, func(b *fhir.BundleBuilder) { b.Get("Patient/1").As("a") }, fhir.ErrBundleEntry, "no resource"},
		{"one resource twice", transaction, func(b *fhir.BundleBuilder) { b.Update(patient); b.Delete("Patient/p1") }, fhir.ErrBundleEntry, "same resource"},
		{"one condition twice", transaction, func(b *fhir.BundleBuilder) {
			b.Create(patient).IfNoneExist("a=b")
			b.Create(patient).IfNoneExist("a=b")
		}, fhir.ErrBundleEntry, "same resource"},
		{"dangling", transaction, func(b *fhir.BundleBuilder) { b.Create(dangling) }, fhir.ErrBundleReference, "no entry has"},
		{"what nothing can refer to", transaction, func(b *fhir.BundleBuilder) { b.Add(patient) }, fhir.ErrBundleEntry, "use Create"},
		{"request in a collection", fhir.BundleCollection, func(b *fhir.BundleBuilder) { b.Create(patient) }, fhir.ErrBundleEntry, "use Add"},
		{"nothing in a collection", fhir.BundleCollection, func(b *fhir.BundleBuilder) { b.Add(fhir.Resource{}) }, fhir.ErrBundleEntry, "no resource"},
		{"a batch that depends on itself", fhir.BundleBatch, func(b *fhir.BundleBuilder) {
			b.Create(patient).As("a")
			b.Create(resourceOf(t, `{"resourceType":"Observation","subject":{"reference":"a"}}`))
		}, fhir.ErrBundleReference, "use a transaction"},
		{"a conditional reference in a batch", fhir.BundleBatch, func(b *fhir.BundleBuilder) {
			b.Create(resourceOf(t, `{"resourceType":"Observation","subject":{"reference":"Patient?identifier=1"}}`))
		}, fhir.ErrBundleReference, "transactions only"},
		{"a response", fhir.BundleBatchResponse, func(*fhir.BundleBuilder) {}, fhir.ErrBundleEntry, "servers"},
		{"a document without identifier", fhir.BundleDocument, func(*fhir.BundleBuilder) {}, fhir.ErrBundleEntry, "bdl-9"},
		{"a message without header", fhir.BundleMessage, func(b *fhir.BundleBuilder) { b.Add(patient) }, fhir.ErrBundleEntry, "MessageHeader"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := fhir.NewBundle(fhir.BundleConfig{Type: test.kind})
			test.build(b)
			_, err := b.Build()
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			_, again := b.Build()
			assert.Equal(t, err.Error(), again.Error(), "Build can be called again")
			assert.NotContains(t, err.Error(), "p1", "an error names no patient")
			assert.Panics(t, func() { b.MustBuild() })
		})
	}
}

func TestBundleErrorListsEntries(t *testing.T) {
	t.Parallel()
	tx := fhir.NewTransaction()
	patient := resourceOf(t, `{"resourceType":"Patient","id":"p1"}`)
	tx.Create(patient).As("a")
	for range 5 {
		tx.Update(resourceOf(t, `{"resourceType":"Patient"}`))
	}
	_, err := tx.Build()
	var bad *fhir.BundleError
	require.ErrorAs(t, err, &bad)
	require.Len(t, bad.Entries, 5)
	assert.Equal(t, 1, bad.Entries[0].Place)
	assert.Equal(t, 6, bad.Total)
	assert.Equal(t, "PUT", bad.Entries[0].Method)
	assert.Contains(t, err.Error(), "entry 1 (PUT Patient): bad entry of a Bundle: the resource has no id")
	assert.Contains(t, err.Error(), "and 2 more")
	var entry *fhir.BundleEntryError
	require.ErrorAs(t, err, &entry)
}

func TestBundleAllowDanglingLetsReferencesStand(t *testing.T) {
	t.Parallel()
	b := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleTransaction, AllowDangling: true})
	b.Create(resourceOf(t, `{"resourceType":"Observation","subject":{"reference":"urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001"}}`))
	_, err := b.Build()
	require.NoError(t, err)
}

func TestBundleDocumentsAndMessages(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)
	document := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleDocument, IdentifierSystem: "urn:ietf:rfc:3986", IdentifierValue: "urn:oid:1.2", Timestamp: when, Base: "http://s/fhir"})
	document.Add(resourceOf(t, `{"resourceType":"Composition","subject":{"reference":"Patient/1"},"author":[{"reference":"org"}]}`))
	document.Add(resourceOf(t, `{"resourceType":"Patient","id":"1"}`))
	org := document.Add(resourceOf(t, `{"resourceType":"Organization"}`)).As("org")
	b := document.MustBuild()
	assert.Empty(t, b.Check())
	assert.Equal(t, "http://s/fhir/Patient/1", b.Entry(1).FullURL())
	assert.Equal(t, org.Reference(), b.Entry(0).Resource().Get("author.0.reference").String())
	assert.True(t, strings.HasPrefix(string(b.Bytes()), `{"resourceType":"Bundle","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.2"},"type":"document","timestamp":"2026-03-10T08:00:00.000Z","entry":[{"fullUrl":"urn:uuid:`), string(b.Bytes()))

	message := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleMessage})
	message.Add(resourceOf(t, `{"resourceType":"MessageHeader"}`))
	assert.Empty(t, message.MustBuild().Check())

	late := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleDocument, IdentifierSystem: "a", IdentifierValue: "b"})
	_, err := late.Build()
	require.ErrorContains(t, err, "bdl-10")
	late = fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleDocument, IdentifierSystem: "a", IdentifierValue: "b", Timestamp: when})
	late.Add(resourceOf(t, `{"resourceType":"Patient"}`))
	_, err = late.Build()
	require.ErrorContains(t, err, "bdl-11")
}

func TestBundleInABundleIsLeftAlone(t *testing.T) {
	t.Parallel()
	inner := `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Observation","subject":{"reference":"urn:uuid:2"}}}]}`
	outer := fhir.NewBundle(fhir.BundleConfig{Type: fhir.BundleCollection})
	outer.Add(resourceOf(t, inner))
	b := outer.MustBuild()
	assert.Equal(t, inner, string(b.Entry(0).Resource().Bytes()))
	assert.Empty(t, b.Check())
}

func TestConditionsThatServersWouldIgnoreAreRefused(t *testing.T) {
	t.Parallel()
	assert.Empty(t, fhir.IdentifierQuery("urn:mrn", ""), "it would find anybody of that system")
	for _, query := range []string{"identifier=", "identifier", "=7", "_count=1", "identifier=7&active=", "?&", "identifier=%zz", fhir.IdentifierQuery("urn:mrn", "")} {
		for name, draft := range map[string]func(*fhir.BundleBuilder){
			"create": func(b *fhir.BundleBuilder) { b.Create(asResource(t, annJSON)).IfNoneExist(query) },
			"update": func(b *fhir.BundleBuilder) { b.Update(asResource(t, annJSON)).When(query) },
			"delete": func(b *fhir.BundleBuilder) { b.Delete("Patient?" + query) },
		} {
			tx := fhir.NewTransaction()
			draft(tx)
			_, err := tx.Build()
			require.ErrorIs(t, err, fhir.ErrBundleEntry, "%s %s", name, query)
		}
	}
	tx := fhir.NewTransaction()
	tx.Create(asResource(t, annJSON)).IfNoneExist("identifier=urn:mrn|7&active=true")
	_, err := tx.Build()
	require.NoError(t, err)
}
