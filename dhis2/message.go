package dhis2

import (
	"bytes"
	"encoding/json"
	"mime"
	"strings"
)

// WebMessage is how DHIS2 answers whatever is not data: successes and refusals.
// Its texts hold values of patients, and of the database.
type WebMessage struct {
	// HTTPStatus and HTTPStatusCode repeat the status, such as "Conflict", 409.
	HTTPStatus     string `json:"httpStatus"`
	HTTPStatusCode int    `json:"httpStatusCode"`
	// Status is OK, SUCCESS, WARNING or ERROR.
	Status string `json:"status"`
	// Code is a number of some refusals.
	Code int `json:"code"`
	// Message and DevMessage are for people.
	Message    string `json:"message"`
	DevMessage string `json:"devMessage"`
	// ErrorCode is of another list than the tracker's codes: E1005 is "not found".
	ErrorCode string `json:"errorCode"`
	// Response is what the request made or did, as its responseType says.
	Response json.RawMessage `json:"response"`
}

// ParseWebMessage reads a body as a WebMessage; ok is false if it is something
// else. A member of a wrong type is left out.
func ParseWebMessage(body []byte) (m WebMessage, ok bool) {
	members := topLevel(body)
	if _, ok := members["httpStatusCode"]; !ok {
		return WebMessage{}, false
	}
	for name, into := range map[string]any{
		"httpStatus": &m.HTTPStatus, "httpStatusCode": &m.HTTPStatusCode, "status": &m.Status, "code": &m.Code,
		"message": &m.Message, "devMessage": &m.DevMessage, "errorCode": &m.ErrorCode,
	} {
		if raw, there := members[name]; there {
			_ = json.Unmarshal(raw, into)
		}
	}
	if raw := members["response"]; len(raw) > 0 && raw[0] == '{' {
		m.Response = raw
	}
	return m, true
}

// topLevel is the members of a JSON object; nil if body is none.
func topLevel(body []byte) map[string]json.RawMessage {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	return members
}

// shapeOf tells what a body is: by its content, as some answers to refused
// requests have no type or a wrong one.
func shapeOf(contentType string, body []byte) Shape {
	trimmed := bytes.TrimSpace(body[:min(len(body), 512)])
	if len(trimmed) == 0 {
		return ShapeNone
	}
	if media, _, err := mime.ParseMediaType(contentType); err == nil && (media == "text/html" || media == "application/xhtml+xml") ||
		hasPrefixFold(trimmed, "<!doctype html") || hasPrefixFold(trimmed, "<html") {
		return ShapeHTML
	}
	members := topLevel(body)
	has := func(name string) bool { _, ok := members[name]; return ok }
	switch {
	case has("validationReport") || has("stats") && has("status"):
		return ShapeImportReport
	case responseType(members["response"]) == "ImportSummary", responseType(body) == "ImportSummary":
		return ShapeImportSummary
	case has("httpStatusCode"):
		return ShapeWebMessage
	default:
		return ShapeOther
	}
}

// responseType is the member that says what a response is.
func responseType(body []byte) string {
	var r struct {
		ResponseType string `json:"responseType"`
	}
	if json.Unmarshal(body, &r) != nil {
		return ""
	}
	return r.ResponseType
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}
