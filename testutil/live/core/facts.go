package core

// The user that every fresh core has. The password is public: it is the same everywhere
// until somebody changes it.
const (
	rootUser     = "root@openhim.org"
	rootPassword = "openhim-password"
)

// Facts is what a test must know of a running core.
type Facts struct {
	APIURL       string // https://127.0.0.1:port
	RouterURL    string // http://127.0.0.1:port
	RouterTLSURL string // https://127.0.0.1:port
	PollingURL   string // where polling channels are triggered, http://127.0.0.1:port
	Username     string // of the API's root user
	Password     string
	Fingerprint  string // SHA-256 of the API's certificate, in hexadecimal
	LogPath      string // the core's own log
}

// Facts returns the facts of a core that has been started.
func (c *Core) Facts() Facts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Facts{
		APIURL:       c.apiURL(),
		RouterURL:    "http://" + address(c.ports.Router),
		RouterTLSURL: "https://" + address(c.ports.RouterTLS),
		PollingURL:   "http://" + address(c.ports.Polling),
		Username:     rootUser,
		Password:     rootPassword,
		Fingerprint:  c.fingerprint,
		LogPath:      c.logPath,
	}
}

// Environ returns the facts as variables of the environment, in the form NAME=value.
// The first four and OPENHIM_ROUTER_URL are settings of every mediator; those that start
// with OPENHIM_LIVE_ are for the live tests only.
func (f Facts) Environ() []string {
	return []string{
		"OPENHIM_URL=" + f.APIURL,
		"OPENHIM_USERNAME=" + f.Username,
		"OPENHIM_PASSWORD=" + f.Password,
		"TRUST_SELF_SIGNED=true",
		"OPENHIM_ROUTER_URL=" + f.RouterURL,
		"OPENHIM_LIVE_VERSION=" + Version,
		"OPENHIM_LIVE_ROUTER_TLS_URL=" + f.RouterTLSURL,
		"OPENHIM_LIVE_POLLING_URL=" + f.PollingURL,
		"OPENHIM_LIVE_FINGERPRINT=" + f.Fingerprint,
		"OPENHIM_LIVE_LOG=" + f.LogPath,
	}
}

func (c *Core) apiURL() string { return "https://" + address(c.ports.API) }
