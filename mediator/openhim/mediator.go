package openhim

import (
	"bytes"
	"encoding/json"
)

// Mediator is a registration: what POST /mediators takes and GET
// /mediators/:urn gives (openhim-core, src/model/mediators.js). Its JSON form
// is also that of the conventional mediatorConfig.json file.
type Mediator struct {
	// URN names the mediator for ever, for example
	// "urn:mediator:patient-to-dhis2". Required.
	URN string `json:"urn"`
	// Version is a semantic version, "1.2.3" or "v1.2.3-rc.1". Required. A
	// core ignores every change that does not come with a higher version.
	Version string `json:"version"`
	// Name is shown in the console. Required.
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// Endpoints are shown in the console; the core never calls them. At least
	// one is required on the first registration.
	Endpoints []Endpoint `json:"endpoints,omitempty"`
	// DefaultChannels can be installed by an administrator with one click, or
	// with [API.InstallChannels].
	DefaultChannels []Channel `json:"defaultChannelConfig,omitempty"`
	// ConfigDefs describe the settings an administrator may change in the
	// console.
	ConfigDefs []ConfigDef `json:"configDefs,omitempty"`
	// Config holds the values, by the param of their definition: defaults on
	// registration, the stored ones when read.
	Config map[string]any `json:"config,omitempty"`

	// ConfigModified, LastHeartbeat and Uptime (in seconds) are set by the
	// core. They are read, never sent.
	ConfigModified Time    `json:"_configModifiedTS,omitzero"`
	LastHeartbeat  Time    `json:"_lastHeartbeat,omitzero"`
	Uptime         float64 `json:"_uptime,omitzero"`
}

// UnmarshalJSON implements [json.Unmarshaler]. A config that is no object is
// read as none: cores let an administrator store an array there.
func (m *Mediator) UnmarshalJSON(b []byte) error {
	type plain Mediator
	document := struct {
		*plain
		Config json.RawMessage `json:"config"`
	}{plain: (*plain)(m)}
	if err := json.Unmarshal(b, &document); err != nil {
		return err
	}
	m.Config = nil
	if config := bytes.TrimSpace(document.Config); len(config) > 0 && config[0] == '{' {
		return json.Unmarshal(config, &m.Config)
	}
	return nil
}

// Endpoint says where a mediator listens. The core calls it a route.
type Endpoint = Route

// EndpointType is the protocol of an endpoint or route.
type EndpointType string

// The endpoint types. Which of them a core takes depends on its version.
const (
	EndpointHTTP  EndpointType = "http"
	EndpointTCP   EndpointType = "tcp"   // before 8.0
	EndpointMLLP  EndpointType = "mllp"  // before 8.0
	EndpointKafka EndpointType = "kafka" // since 8.0
)

// Route is a target of a channel, and an endpoint of a mediator.
type Route struct {
	// Name is required.
	Name string       `json:"name"`
	Type EndpointType `json:"type,omitempty"`
	// Status is "enabled" (the default) or "disabled".
	Status string `json:"status,omitempty"`
	// Host and Port are required by cores before 8.0.
	Host string `json:"host,omitempty"`
	Port int    `json:"port,omitempty"`
	// Path replaces the request's path; PathTransform rewrites it, in the
	// form s/from/to/g. Only one of them may be set.
	Path          string `json:"path,omitempty"`
	PathTransform string `json:"pathTransform,omitempty"`
	// Primary marks the route whose answer the client gets.
	Primary bool `json:"primary,omitempty"`
	// Username and Password are sent to the route by basic authentication.
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	// Secured makes the core call the route by TLS; Cert is the ID of a
	// certificate in the core's keystore.
	Secured bool   `json:"secured,omitempty"`
	Cert    string `json:"cert,omitempty"`
	// ForwardAuthHeader hands the client's Authorization header on.
	ForwardAuthHeader bool `json:"forwardAuthHeader,omitempty"`

	WaitPrimaryResponse bool   `json:"waitPrimaryResponse,omitempty"` // since 8.0
	StatusCodesCheck    string `json:"statusCodesCheck,omitempty"`    // since 8.0
	KafkaClientID       string `json:"kafkaClientId,omitempty"`       // since 8.0
	KafkaTopic          string `json:"kafkaTopic,omitempty"`          // since 8.0
}
