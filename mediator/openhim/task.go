package openhim

// Task is a batch of reruns.
type Task struct {
	ID string `json:"_id,omitempty"`
	// Status is "Queued", "Processing", "Paused", "Cancelled" or "Completed".
	Status       string            `json:"status,omitempty"`
	User         string            `json:"user,omitempty"`
	Transactions []TaskTransaction `json:"transactions,omitempty"`
	// BatchSize is how many transactions are repeated at once.
	BatchSize int  `json:"batchSize,omitempty"`
	Created   Time `json:"created,omitzero"`
	Completed Time `json:"completedDate,omitzero"`

	RemainingTransactions int `json:"remainingTransactions,omitempty"`
	TotalTransactions     int `json:"totalTransactions,omitempty"`
}

// TaskTransaction is one rerun of a task.
type TaskTransaction struct {
	ID string `json:"tid"`
	// Status is "Queued", "Processing", "Completed" or "Failed".
	Status  string `json:"tstatus,omitempty"`
	Error   string `json:"error,omitempty"`
	RerunID string `json:"rerunID,omitempty"` // the transaction the rerun made
}
