package openhim

// Event is the start or the end of a request, of a route or of an
// orchestration, for the console's visualizers. Cores keep events for an hour.
type Event struct {
	ID            string `json:"_id,omitempty"`
	ChannelID     string `json:"channelID,omitempty"`
	TransactionID string `json:"transactionID,omitempty"`
	// NormalizedTimestamp is in milliseconds since 1970, as text.
	NormalizedTimestamp string `json:"normalizedTimestamp,omitempty"`
	// Type is "channel", "primary", "route" or "orchestration".
	Type string `json:"type,omitempty"`
	// Event is "start" or "end".
	Event string `json:"event,omitempty"`
	Name  string `json:"name,omitempty"`
	// Status is the HTTP status, as a number or a text, at the end.
	Status           any    `json:"status,omitempty"`
	StatusType       string `json:"statusType,omitempty"` // "success" or "error"
	VisualizerStatus string `json:"visualizerStatus,omitempty"`
	Mediator         string `json:"mediator,omitempty"` // the URN in the envelope
}
