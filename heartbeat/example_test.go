package heartbeat_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/openhim/mediator-go/heartbeat"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// A core that has one config and takes every beat; openhim.API in a program.
var exampleCore = heartbeat.SenderFunc(func(_ context.Context, urn string, hb openhim.Heartbeat) (openhim.HeartbeatReply, error) {
	if !hb.WantConfig {
		return openhim.HeartbeatReply{}, nil
	}
	return openhim.HeartbeatReply{Config: []byte(`{"dhis2URL": "https://play.example.org", "batchSize": 50}`)}, nil
})

func ExampleHeartbeat() {
	type settings struct {
		DHIS2URL  string `json:"dhis2URL"`
		BatchSize int    `json:"batchSize"`
	}
	defs := []openhim.ConfigDef{
		{Param: "dhis2URL", Type: openhim.ConfigString},
		{Param: "batchSize", Type: openhim.ConfigNumber},
	}
	var current heartbeat.Value[settings]
	hb, err := heartbeat.New(heartbeat.Config{
		URN:      "urn:mediator:patient-to-dhis2",
		Sender:   exampleCore,
		OnConfig: heartbeat.Typed(defs, current.Set),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, cancel := context.WithCancel(context.Background())
	changed := current.Changed()
	go func() {
		<-changed // a mediator would serve requests until it is told to end
		cancel()
	}()
	fmt.Println(hb.Run(ctx))
	s, _ := current.Load()
	fmt.Println(s.DHIS2URL, s.BatchSize)
	// Output:
	// context canceled
	// https://play.example.org 50
}

func ExampleNew() {
	_, err := heartbeat.New(heartbeat.Config{URN: "urn:mediator:hello", Interval: -1})
	fmt.Println(err)
	// Output:
	// heartbeat: Config.Sender is nil: set the openhim.API of the core
	// heartbeat: Config.Interval is -1ns: set 0 for 10s, or up to 50s, as the core counts a mediator as dead after 1m0s
}

func ExampleTyped() {
	type settings struct {
		Mode  string `json:"mode"`
		Limit int    `json:"limit"`
	}
	onConfig := heartbeat.Typed([]openhim.ConfigDef{
		{Param: "mode", Type: openhim.ConfigOption, Values: []string{"fast", "safe"}},
		{Param: "limit", Type: openhim.ConfigNumber},
	}, func(_ context.Context, s settings) error {
		fmt.Printf("%+v\n", s)
		return nil
	})
	ctx := context.Background()
	fmt.Println(onConfig(ctx, json.RawMessage(`{"mode": "safe", "limit": 10}`)))
	fmt.Println(onConfig(ctx, json.RawMessage(`{"mode": "slow", "limit": 0.5}`)))
	fmt.Println(onConfig(ctx, json.RawMessage(`{"mode": "fast", "limit": 0.5}`)))
	// Output:
	// {Mode:safe Limit:10}
	// <nil>
	// heartbeat: config param mode must be one of fast, safe
	// heartbeat: config param limit must be an integer in the range of Go type int
}

func ExampleNewDecoder() {
	type settings struct {
		Mode  string `json:"mode"`
		Limit int    `json:"limit"`
	}
	defs := []openhim.ConfigDef{{Param: "mode", Type: openhim.ConfigString}, {Param: "limit", Type: openhim.ConfigNumber}}
	d, err := heartbeat.NewDecoder[settings](defs, map[string]any{"mode": "safe", "limit": 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := d.Decode(json.RawMessage(`{"limit": 5}`))
	fmt.Printf("%+v %v\n", s, err)
	// Output: {Mode:safe Limit:5} <nil>
}

func ExampleParamError() {
	type settings struct {
		Workers int `json:"workers"`
	}
	onConfig := heartbeat.Typed([]openhim.ConfigDef{{Param: "workers", Type: openhim.ConfigNumber}},
		func(_ context.Context, s settings) error {
			if s.Workers < 1 {
				return &heartbeat.ParamError{Param: "workers", Reason: "must be at least 1"}
			}
			return nil
		})
	fmt.Println(onConfig(context.Background(), json.RawMessage(`{"workers": 0}`)))
	// Output: heartbeat: config param workers must be at least 1
}

func ExampleValue_Changed() {
	var v heartbeat.Value[string]
	ctx := context.Background()
	changed := v.Changed()
	go func() { _ = v.Set(ctx, "new config") }()
	<-changed
	config, ok := v.Load()
	fmt.Println(config, ok)
	// Output: new config true
}

func ExampleHeartbeat_State() {
	beaten := make(chan struct{}, 1)
	hb, err := heartbeat.New(heartbeat.Config{
		URN:    "urn:mediator:hello",
		Sender: exampleCore,
		OnConfig: func(context.Context, json.RawMessage) error {
			beaten <- struct{}{}
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("before:", hb.State().Alive)
	ended := make(chan error)
	go func() { ended <- hb.Run(context.Background()) }()
	<-beaten
	hb.Stop()
	fmt.Println("after:", hb.State().Alive, hb.State().Beats, <-ended)
	// Output:
	// before: false
	// after: false 1 <nil>
}
