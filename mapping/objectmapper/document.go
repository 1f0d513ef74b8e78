package objectmapper

import "encoding/json"

// Document is a parsed endpoint document of openhim-mediator-mapping (peers.md 1.1), with the place of everything in it.
// Treat it as read-only: a [Plan] refers to it.
type Document struct {
	// Name and Description are the author's.
	Name, Description string
	// Pattern is endpoint.pattern, the route; Method is endpoint.method, POST when the document has none.
	Pattern, Method string
	// Input and Output are transformation.input and transformation.output; empty for a bare mapping.
	Input, Output Format
	// KafkaTopic is kafkaConsumerTopic.
	KafkaTopic string
	// Constants is the JSON object that paths read as constants; nil when there is none.
	Constants json.RawMessage
	// Validation is the JSON Schema (draft-07) of inputValidation; nil when there is none.
	Validation json.RawMessage
	// ValidationPosition is where it stands.
	ValidationPosition Position
	// Transforms are the JSONata expressions of inputTransforms.
	Transforms []Expression
	// HasMapping is false when the document has no inputMapping, or an empty one in an endpoint document: then the body passes through.
	HasMapping bool
	// Rules are the lines of inputMapping in the order they run: integer-like source paths first, as JavaScript lists them.
	Rules []Rule
	// Lookups and Responses are requests.lookup and requests.response.
	Lookups, Responses []RequestConfig
	// State says what is kept for the next request.
	State State
	// Remarks are unknown fields and names that stand twice.
	Remarks []Issue

	constants, validation *value
	source                string
}

// Format is a format of requests and replies.
type Format string

// The formats the peer knows (src/constants.js).
const (
	FormatJSON        Format = "JSON"
	FormatXML         Format = "XML"
	FormatFHIRJSON    Format = "FHIR+JSON"
	FormatJSONOpenHIM Format = "JSON+OPENHIM"
)

// Expression is one member of inputTransforms.
type Expression struct {
	// Name is the member below transforms that holds the result.
	Name string
	// Text is the JSONata expression.
	Text string
	// Position is where the text stands in the document.
	Position Position
}

// Rule is one line of inputMapping: a source path and its targets.
type Rule struct {
	// Source is the path that is read.
	Source Path
	// Targets are written in order.
	Targets []Target
	// Position is where the rule's source path stands.
	Position Position
}

// Target is one place a rule writes to.
type Target struct {
	// Path is where to; nil when the document has none, which makes sense only with a transform that writes by itself.
	Path *Path
	// Function is the name of the transform; empty for none.
	Function string
	// Parameters is the JSON of the transform's parameters; nil for none.
	Parameters json.RawMessage
	// Default is the JSON that takes the place of undefined and null; nil for none.
	Default json.RawMessage
	// Position is where the target stands.
	Position Position

	parameters, def *value
}

// RequestConfig is one entry of requests.lookup or requests.response.
type RequestConfig struct {
	// ID is the name below lookupRequests, or of the response.
	ID string
	// Method is upper case; GET when the document has none. URL may hold :name for each entry of URLParams.
	Method, URL string
	// Headers are sent as they are.
	Headers []Header
	// URLParams and QueryParams are config.params.url and config.params.query.
	URLParams, QueryParams []Param
	// ForwardBody is forwardExistingRequestBody.
	ForwardBody bool
	// ForEach is the typed path to the array the request is made for each element of; empty for one request.
	ForEach string
	// Concurrency is how many of those go out at once, at least 1.
	Concurrency int
	// AllowedStatuses are exact statuses or classes such as 2xx; empty means 2xx. Read for lookups only, as in the peer.
	AllowedStatuses []string
	// FHIRResponse asks for an OperationOutcome when a lookup fails.
	FHIRResponse bool
	// Primary is a member the peer documents and drops.
	Primary bool
	// KafkaTopic is kafkaProducerTopic.
	KafkaTopic string
	// Position is where the entry stands.
	Position Position
}

// Header is one header of a request.
type Header struct{ Name, Value string }

// Param is one templated parameter of a request.
type Param struct {
	Name            string
	Path            string
	Prefix, Postfix string
	Position        Position
}

// State is the document's state member: what a request leaves for the next one.
type State struct {
	// Extract are the values to keep, in the document's order.
	Extract []Extract
	// NetworkErrors is include, exclude or no-filter; no-filter when the document has none.
	NetworkErrors string
	// IncludeStatuses are exact statuses, classes such as 2xx, or *; * when the document has none.
	IncludeStatuses []string
}

// Extract is one value to keep.
type Extract struct {
	// From is requestBody, responseBody, query or lookupRequests.
	From string
	// Lookup is the lookup's id when From is lookupRequests.
	Lookup string
	// Name is the member to write, Path what to read.
	Name, Path string
}
