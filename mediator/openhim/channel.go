package openhim

// AuthType says whether a channel asks its clients who they are.
type AuthType string

// The authentication types. On a public channel anybody may send any
// X-OpenHIM-ClientID (openhim-core.md section 7).
const (
	AuthPrivate AuthType = "private"
	AuthPublic  AuthType = "public"
)

// ChannelType is how requests come to a channel.
type ChannelType string

// The channel types.
const (
	ChannelHTTP    ChannelType = "http"
	ChannelTCP     ChannelType = "tcp"
	ChannelTLS     ChannelType = "tls"
	ChannelPolling ChannelType = "polling"
)

// Channel routes requests to mediators (openhim-core, src/model/channels.js).
// Names are unique over the whole core.
type Channel struct {
	ID          string `json:"_id,omitempty"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// URLPattern is a JavaScript regular expression on the path. Required. One
	// that does not compile ends the core's worker at the first request.
	URLPattern string `json:"urlPattern"`
	// Methods must be listed since 7.0.1: a channel without any matches nothing.
	Methods []string    `json:"methods,omitempty"`
	Type    ChannelType `json:"type,omitempty"`
	// AuthType defaults to private.
	AuthType AuthType `json:"authType,omitempty"`
	// Allow lists the clients and roles that may use a private channel; none
	// by default, so that nobody may.
	Allow     []string `json:"allow,omitempty"`
	Whitelist []string `json:"whitelist,omitempty"`
	// Status is "enabled" (the default), "disabled" or "deleted".
	Status string  `json:"status,omitempty"`
	Routes []Route `json:"routes,omitempty"`
	// Timeout of a route, in milliseconds, 1 to 3600000.
	Timeout int `json:"timeout,omitempty"`
	// Priority orders channels that match the same request; 1 comes first.
	Priority int `json:"priority,omitempty"`
	// IsAsynchronousProcess answers the client 202 and waits for somebody to
	// finish the transaction. Since 8.3.
	IsAsynchronousProcess bool `json:"isAsynchronousProcess,omitempty"`

	// RequestBody and ResponseBody say whether bodies are stored. Bodies of
	// orchestrations are stored all the same.
	RequestBody  *bool `json:"requestBody,omitempty"`
	ResponseBody *bool `json:"responseBody,omitempty"`

	MatchContentTypes []string `json:"matchContentTypes,omitempty"`
	MatchContentRegex string   `json:"matchContentRegex,omitempty"`
	MatchContentXpath string   `json:"matchContentXpath,omitempty"`
	MatchContentJSON  string   `json:"matchContentJson,omitempty"`
	MatchContentValue string   `json:"matchContentValue,omitempty"`

	// PollingSchedule is a cron or human expression, for polling channels.
	PollingSchedule string `json:"pollingSchedule,omitempty"`
	TCPHost         string `json:"tcpHost,omitempty"`
	TCPPort         int    `json:"tcpPort,omitempty"`

	AutoRetryEnabled       bool `json:"autoRetryEnabled,omitempty"`
	AutoRetryPeriodMinutes int  `json:"autoRetryPeriodMinutes,omitempty"`
	AutoRetryMaxAttempts   int  `json:"autoRetryMaxAttempts,omitempty"`

	RewriteURLs         bool             `json:"rewriteUrls,omitempty"`
	AddAutoRewriteRules *bool            `json:"addAutoRewriteRules,omitempty"`
	RewriteURLsConfig   []map[string]any `json:"rewriteUrlsConfig,omitempty"`
	MaxBodyAgeDays      int              `json:"maxBodyAgeDays,omitempty"`

	Properties    []any            `json:"properties,omitempty"`
	TxViewACL     []string         `json:"txViewAcl,omitempty"`
	TxViewFullACL []string         `json:"txViewFullAcl,omitempty"`
	TxRerunACL    []string         `json:"txRerunAcl,omitempty"`
	Alerts        []map[string]any `json:"alerts,omitempty"`
}
