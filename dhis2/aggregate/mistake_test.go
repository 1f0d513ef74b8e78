package aggregate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// Names in ADX are codes, where every other import takes UIDs (dhis2.md 2.6,
// the other mistakes are in dhis2/tracker): a message with codes lands as it is,
// one with UIDs lands only if that is said, and data value sets keep to UIDs.
func TestMistake18DefaultSchemeOfADX(t *testing.T) {
	t.Parallel()
	server := dhis2test.New(t, dhis2test.Options{})
	client, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	require.NoError(t, err)
	defer client.Close()
	codes := readShared(t, "fixtures/dhis2/seed-payloads/adx.xml")
	summary, err := aggregate.PostADX(t.Context(), client, codes, aggregate.Options{})
	require.NoError(t, err)
	stored := server.DataValues()
	require.NotEmpty(t, stored)
	require.Equal(t, len(stored), summary.Count.Imported)

	// The same with UIDs for the codes.
	metadata, err := dhis2.ParseMetadata(bytesReader(readShared(t, "fixtures/dhis2/seed-metadata.json")))
	require.NoError(t, err)
	message := parse(t, string(codes))
	require.Len(t, message.Groups, 1)
	group := &message.Groups[0]
	group.DataSet = metadata.DataSets().Code(group.DataSet).UID
	group.OrgUnit = metadata.OrgUnits().Code(group.OrgUnit).UID
	for i := range group.Values {
		group.Values[i].DataElement = metadata.DataElements().Code(group.Values[i].DataElement).UID
	}
	uids, err := message.Bytes()
	require.NoError(t, err)
	_, err = aggregate.PostADX(t.Context(), client, uids, aggregate.Options{})
	require.Error(t, err, "UIDs are no codes")
	summary, err = aggregate.PostADX(t.Context(), client, uids, aggregate.Options{IDSchemes: aggregate.IDSchemes{ID: dhis2.SchemeUID}})
	require.NoError(t, err)
	assert.Equal(t, len(stored), summary.Count.Imported+summary.Count.Updated+summary.Count.Ignored)
	assert.Len(t, server.DataValues(), len(stored))
}
