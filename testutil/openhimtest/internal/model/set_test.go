package model_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func cast(t *testing.T, version, collection string, in mongo.Doc) (mongo.Doc, error) {
	t.Helper()
	return model.New(version).Schema(collection).Cast(in, mongo.CastOptions{Validate: true})
}

func TestVersionsBelowEightAreOld(t *testing.T) {
	t.Parallel()
	for version, modern := range map[string]bool{"4.0.5": false, "5.4.0": false, "7.2.0": false, "8.0.0": true, "8.5.0": true, "10.0.0": true} {
		assert.Equal(t, modern, model.New(version).Modern(), version)
	}
}

func TestEveryCollectionHasASchemaAndAPlaceInTheDatabase(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"4.0.5", "8.5.0"} {
		set := model.New(version)
		db := set.NewDB(time.Now)
		for _, name := range []string{
			model.Transactions, model.Channels, model.ChannelAudits, model.Clients, model.Mediators, model.Tasks, model.Events, model.Users,
			model.Passports, model.Roles, model.Audits, model.Visualizers, model.Groups, model.Keystores, model.AutoRetries, model.Apps,
		} {
			require.NotNil(t, set.Schema(name), name)
			assert.Same(t, set.Schema(name), db.Collection(name).Schema(), name)
		}
		assert.Nil(t, set.Schema("nothing"))
	}
}

func TestAChannelGetsItsDefaults(t *testing.T) {
	t.Parallel()
	in := mongo.Doc{"name": "n", "urlPattern": "p", "routes": []any{mongo.Doc{"name": "r", "host": "h", "port": "80"}}}
	for _, version := range []string{"4.0.5", "8.5.0"} {
		got, err := cast(t, version, model.Channels, in)
		require.NoError(t, err)
		assert.Equal(t, "private", got["authType"])
		assert.Equal(t, 60.0, got["autoRetryPeriodMinutes"])
		assert.Equal(t, []any{}, got["methods"])
		_, has := got["isAsynchronousProcess"]
		assert.Equal(t, version == "8.5.0", has)
		route, _ := got["routes"].([]any)[0].(mongo.Doc)
		assert.Equal(t, 80.0, route["port"])
		assert.Equal(t, "http", route["type"])
	}
}

func TestOrchestrationsDifferBetweenTheVersions(t *testing.T) {
	t.Parallel()
	in := mongo.Doc{
		"status": "Successful", "request": mongo.Doc{"timestamp": 1.0},
		"orchestrations": []any{mongo.Doc{"name": "o", "request": mongo.Doc{"port": 80.0, "timestamp": 1.0, "unknown": true}}},
	}
	sent := func(version string) mongo.Doc {
		got, err := cast(t, version, model.Transactions, in)
		require.NoError(t, err)
		request, _ := got["orchestrations"].([]any)[0].(mongo.Doc)["request"].(mongo.Doc)
		return request
	}
	assert.Equal(t, mongo.Doc{"port": 80.0, "timestamp": 1.0, "unknown": true}, sent("4.0.5"), "mixed: kept as it is")
	modern := sent("8.5.0")
	assert.Equal(t, "80", modern["port"])
	assert.Equal(t, time.UnixMilli(1).UTC(), modern["timestamp"])
	assert.NotContains(t, modern, "unknown")
	assert.Contains(t, modern, "_id")

	bad := mongo.Doc{"status": "Successful", "request": mongo.Doc{"timestamp": 1.0}, "orchestrations": []any{mongo.Doc{"name": "o", "request": mongo.Doc{}}}}
	_, err := cast(t, "8.5.0", model.Transactions, bad)
	require.EqualError(t, err, "Transaction validation failed: orchestrations.0.request.timestamp: Path `timestamp` is required.")
	_, err = cast(t, "4.0.5", model.Transactions, bad)
	require.NoError(t, err)
}

func TestStatusesOfTransactions(t *testing.T) {
	t.Parallel()
	in := mongo.Doc{"status": "Pending Async", "request": mongo.Doc{"timestamp": 1.0}}
	_, err := cast(t, "8.5.0", model.Transactions, in)
	require.NoError(t, err)
	_, err = cast(t, "4.0.5", model.Transactions, in)
	require.Error(t, err)
}

func TestARoleHasEveryPermission(t *testing.T) {
	t.Parallel()
	got, err := cast(t, "8.5.0", model.Roles, mongo.Doc{"name": "r"})
	require.NoError(t, err)
	flags, lists := model.Permissions()
	permissions, _ := got["permissions"].(mongo.Doc)
	assert.Len(t, permissions, len(flags)+len(lists))
	for _, name := range flags {
		assert.Equal(t, false, permissions[name], name)
	}
	for _, name := range lists {
		assert.Equal(t, []any{}, permissions[name], name)
	}
}
