package core

import (
	"encoding/json"
	"time"
)

// object is a JSON object of the core's settings.
type object map[string]any

// settings is the content of the core's configuration file. It is a file, since the core
// reads each setting from the environment as text and takes the text "false" for true.
func settings(p ports, mongoURL string, routerTimeout time.Duration) ([]byte, error) {
	const host = "127.0.0.1"
	return json.MarshalIndent(object{
		"bindAddress": host,
		"mongo":       object{"url": mongoURL, "atnaUrl": mongoURL},
		"logger":      object{"level": "info", "logToDB": false},
		"router":      object{"httpPort": p.Router, "httpsPort": p.RouterTLS, "timeout": routerTimeout.Milliseconds()},
		"api":         object{"httpsPort": p.API},
		"rerun":       object{"host": host, "httpPort": p.Rerun, "processor": object{"enabled": true, "pollPeriodMillis": 200}},
		"tcpAdapter":  object{"httpReceiver": object{"host": host, "httpPort": p.TCP}},
		"polling":     object{"enabled": true, "host": host, "pollingPort": p.Polling},
		// Nothing may leave the machine: mail goes to a closed port, reports and alerts are off.
		"email":   object{"nodemailer": object{"service": "", "host": host, "port": 9}},
		"alerts":  object{"enableAlerts": false},
		"reports": object{"enableReports": false},
	}, "", "  ")
}
