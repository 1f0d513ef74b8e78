package heartbeat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/heartbeat"
)

func TestNewNamesTheBadField(t *testing.T) {
	t.Parallel()
	tests := []struct {
		field string
		spoil func(*heartbeat.Config)
	}{
		{"URN", func(c *heartbeat.Config) { c.URN = " " }},
		{"Sender", func(c *heartbeat.Config) { c.Sender = nil }},
		{"Sender", func(c *heartbeat.Config) { c.Sender = heartbeat.SenderFunc(nil) }},
		{"Interval", func(c *heartbeat.Config) { c.Interval = -1 }},
		{"Interval", func(c *heartbeat.Config) { c.Interval = time.Minute }},
		{"Timeout", func(c *heartbeat.Config) { c.Timeout = -1 }},
		{"ConfigEvery", func(c *heartbeat.Config) { c.ConfigEvery = -1 }},
		{"MaxBackoff", func(c *heartbeat.Config) { c.MaxBackoff = -1 }},
	}
	for _, tt := range tests {
		c := heartbeat.Config{URN: urn, Sender: &scripted{}}
		tt.spoil(&c)
		h, err := heartbeat.New(c)
		assert.Nil(t, h)
		assert.ErrorContains(t, err, "heartbeat: Config."+tt.field+" ")
	}
}

func TestNewNamesAllBadFieldsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := heartbeat.New(heartbeat.Config{Interval: -1, Timeout: -1, ConfigEvery: -1, MaxBackoff: -1})
	require.Error(t, err)
	for _, field := range []string{"URN", "Sender", "Interval", "Timeout", "ConfigEvery", "MaxBackoff"} {
		assert.ErrorContains(t, err, "Config."+field)
	}
}
