package mediator_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// transactionOf is the transaction a handler sees for these headers.
func transactionOf(t *testing.T, m *mediator.Mediator, headers ...string) *mediator.Transaction {
	t.Helper()
	var tx *mediator.Transaction
	m.Handle("GET /path", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		tx = req.Transaction
		assert.Same(t, tx, mediator.TransactionFrom(ctx))
		return &mediator.Response{}, nil
	})
	askPlain(t, m, http.MethodGet, "/path", "", headers...)
	require.NotNil(t, tx)
	return tx
}

func TestATransactionKnowsWhatTheCoreSaid(t *testing.T) {
	t.Parallel()
	tx := transactionOf(t, alone(t), "X-OpenHIM-TransactionID", txID, "X-OpenHIM-ClientID", "clinic",
		"X-Forwarded-For", "10.0.0.1", "X-Forwarded-Host", "him.example")
	assert.Equal(t, txID, tx.ID())
	assert.Equal(t, "clinic", tx.ClientID())
	assert.Equal(t, "10.0.0.1", tx.ForwardedFor())
	assert.Equal(t, "him.example", tx.ForwardedHost())
	assert.False(t, tx.IsRerun())
	assert.False(t, tx.IsPolling())
	assert.Equal(t, txID, tx.IdempotencyKey())
	assert.WithinDuration(t, time.Now(), tx.Received(), time.Minute)
}

func TestARerunHasTheKeyOfItsParent(t *testing.T) {
	t.Parallel()
	const parent, task = "507f1f77bcf86cd799439099", "507f1f77bcf86cd799439098"
	tx := transactionOf(t, alone(t), "X-OpenHIM-TransactionID", txID, "parentid", parent, "taskid", task)
	assert.True(t, tx.IsRerun())
	assert.Equal(t, parent, tx.ParentID())
	assert.Equal(t, task, tx.TaskID())
	assert.Equal(t, parent, tx.IdempotencyKey())
}

func TestAPollingChannelSaysWhenItLastRan(t *testing.T) {
	t.Parallel()
	const channel = "507f1f77bcf86cd799439097"
	tx := transactionOf(t, alone(t), "X-OpenHIM-TransactionID", txID, "channel-id", channel,
		"x-openhim-lastrunat", "Mon Nov 23 2026 09:00:01 GMT+0300 (East Africa Time)")
	assert.True(t, tx.IsPolling())
	assert.Equal(t, channel, tx.ChannelID())
	assert.True(t, time.Date(2026, 11, 23, 6, 0, 1, 0, time.UTC).Equal(tx.LastRunAt()))
}

func TestClientIDsAreTrustedOnPrivateChannelsOnly(t *testing.T) {
	t.Parallel()
	channels := func(list ...openhim.Channel) func(*mediator.Config) {
		for i := range list {
			list[i].Name = list[i].URLPattern
			list[i].Routes = []openhim.Route{{Name: "r", Host: "localhost", Port: 1, Primary: true}}
		}
		return func(c *mediator.Config) { c.Registration.DefaultChannels = list }
	}
	rewritten := channels(openhim.Channel{URLPattern: "^/other$", AuthType: openhim.AuthPublic})
	for name, tt := range map[string]struct {
		change func(*mediator.Config)
		want   bool
	}{
		"nothing is known":    {func(*mediator.Config) {}, false},
		"private":             {channels(openhim.Channel{URLPattern: "^/path$"}), true},
		"public":              {channels(openhim.Channel{URLPattern: "^/path$", AuthType: openhim.AuthPublic}), false},
		"public elsewhere":    {channels(openhim.Channel{URLPattern: "^/other$", AuthType: openhim.AuthPublic}), true},
		"public, not by RE2":  {channels(openhim.Channel{URLPattern: "^(?!x)/other$", AuthType: openhim.AuthPublic}), false},
		"somebody says it is": {func(c *mediator.Config) { c.TrustClientID = true }, true},
		"public, other path": {func(c *mediator.Config) {
			rewritten(c)
			c.Registration.DefaultChannels[0].Routes[0].Path = "/path"
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tx := transactionOf(t, alone(t, tt.change), "X-OpenHIM-TransactionID", txID, "X-OpenHIM-ClientID", "x")
			assert.Equal(t, tt.want, tx.ClientIDTrusted())
			outside := transactionOf(t, alone(t, tt.change), "X-OpenHIM-ClientID", "x")
			assert.False(t, outside.ClientIDTrusted())
		})
	}
}

func TestIDsThatAreNoneAreIgnored(t *testing.T) {
	t.Parallel()
	tx := transactionOf(t, alone(t), "X-OpenHIM-TransactionID", "../../etc/passwd", "parentid", "x\ty", "x-openhim-lastrunat", "never")
	assert.Empty(t, tx.ID())
	assert.Empty(t, tx.IdempotencyKey())
	assert.False(t, tx.IsRerun())
	assert.True(t, tx.LastRunAt().IsZero())
}

func TestANilTransactionDoesNothing(t *testing.T) {
	t.Parallel()
	tx := mediator.TransactionFrom(t.Context())
	require.Nil(t, tx)
	tx.SetProperty("k", "v")
	tx.SetStatus(openhim.StatusFailed)
	tx.Logger().Info("silent")
	ran := false
	require.NoError(t, tx.Orchestrate(t.Context(), "step", func(context.Context) error { ran = true; return nil }))
	assert.True(t, ran)
	assert.Empty(t, tx.ID()+tx.ClientID()+tx.ForwardedFor()+tx.ForwardedHost()+tx.IdempotencyKey())
	assert.True(t, tx.Received().IsZero())
}
