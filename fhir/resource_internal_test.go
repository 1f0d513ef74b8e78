package fhir

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPartOfACheckedTextIsReadAsCarefully(t *testing.T) {
	t.Parallel()
	type view struct {
		BirthDate string `json:"birthDate"`
	}
	r := parsedResource([]byte(`{"resourceType":"Patient","id":"1","birthDate":"1990","BIRTHDATE":"2000","link":[{"other":{"ref\u0065rence":"a"}}]}`))
	v, err := As[view](r)
	require.NoError(t, err)
	assert.Equal(t, "1990", v.BirthDate)
	r = r.RewriteReferences(func(string) string { return "b" })
	assert.Equal(t, "b", r.References()[0].Reference.Text)
	assert.Equal(t, "1", r.ID())
}
