package openhimtest

import (
	"encoding/json"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// The times in the suite's envelopes.
const (
	stepBegan  = "2024-01-02T03:04:01.000Z"
	stepEnded  = "2024-01-02T03:04:02.000Z"
	answeredAt = "2024-01-02T03:04:05.000Z"
)

// envelope is a sound envelope: 200, "done", Successful.
func envelope(changes object) object {
	return with(object{
		"x-mediator-urn": "urn:contract", "status": "Successful", "response": response(nil),
	}, changes)
}

// response is the response of a sound envelope.
func response(changes object) object {
	return with(object{
		"status": 200, "headers": object{"content-type": "text/plain"}, "body": "done", "timestamp": answeredAt,
	}, changes)
}

// step is a sound orchestration.
func step(name string, changes object) object {
	return with(object{
		"name": name,
		"request": object{
			"host": "server", "port": "80", "path": "/p", "querystring": "q=1", "method": "GET",
			"headers": object{"accept": "text/plain"}, "body": "question", "timestamp": stepBegan,
		},
		"response": object{"status": 200, "headers": object{"content-type": "text/plain"}, "body": "answer", "timestamp": stepEnded},
	}, changes)
}

// enveloped is a mediator's answer with an envelope.
func enveloped(changes object) answer { return envelopeAs(openhim.ContentType, envelope(changes)) }

// envelopeAs is a mediator's answer with this document and content type.
func envelopeAs(contentType string, document any) answer {
	raw, err := json.Marshal(document)
	if err != nil {
		raw = []byte(err.Error()) // never: the suite's documents are plain
	}
	return typed(contentType, string(raw))
}

// typed is a mediator's answer with this body and content type.
func typed(contentType, body string) answer {
	return answer{header: [][2]string{{"Content-Type", contentType}}, body: body}
}

// responding is a mediator's answer with an envelope that has this response.
func responding(changes object) answer {
	return enveloped(object{"response": response(changes)})
}
