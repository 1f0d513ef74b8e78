package openhim

// Transaction is one request that went through the core, as stored
// (openhim-core, src/model/transactions.js). Bodies are cut by the core when
// all of them together pass 15 MiB; cut text ends in "\n[truncated ...]".
type Transaction struct {
	ID        string   `json:"_id,omitempty"`
	ClientID  string   `json:"clientID,omitempty"` // the client's ObjectID, not its clientID
	ClientIP  string   `json:"clientIP,omitempty"`
	ChannelID string   `json:"channelID,omitempty"`
	ParentID  string   `json:"parentID,omitempty"` // the transaction this one repeats
	ChildIDs  []string `json:"childIDs,omitempty"` // its own reruns
	TaskID    string   `json:"taskID,omitempty"`

	Request        Request         `json:"request"`
	Response       *Response       `json:"response,omitempty"`
	Routes         []RouteResult   `json:"routes,omitempty"`
	Orchestrations []Orchestration `json:"orchestrations,omitempty"`
	Properties     Properties      `json:"properties,omitempty"`
	Error          *Error          `json:"error,omitempty"`
	Status         Status          `json:"status,omitempty"`

	CanRerun         bool `json:"canRerun,omitempty"`
	WasRerun         bool `json:"wasRerun,omitempty"`
	AutoRetry        bool `json:"autoRetry,omitempty"`
	AutoRetryAttempt int  `json:"autoRetryAttempt,omitempty"`
}

// RouteResult is what a secondary route of the channel answered.
type RouteResult struct {
	Name           string          `json:"name"`
	Request        Request         `json:"request"`
	Response       *Response       `json:"response,omitempty"`
	Orchestrations []Orchestration `json:"orchestrations,omitempty"`
	Properties     Properties      `json:"properties,omitempty"`
	Error          *Error          `json:"error,omitempty"`
}
