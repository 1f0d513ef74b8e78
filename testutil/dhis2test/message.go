package dhis2test

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// message is DHIS2's WebMessage, its answer to everything that is neither data
// nor an import report (dhis2.md 1.2).
type message struct {
	HTTPStatus     string `json:"httpStatus"`
	HTTPStatusCode int    `json:"httpStatusCode"`
	Status         string `json:"status"`
	Message        string `json:"message,omitempty"`
	DevMessage     string `json:"devMessage,omitempty"`
	ErrorCode      string `json:"errorCode,omitempty"`
	Response       any    `json:"response,omitempty"`
}

// httpError is a request the server refuses with a WebMessage.
type httpError struct {
	status  int
	message string
	code    string
	detail  string // devMessage
}

func (e *httpError) Error() string { return fmt.Sprintf("%d %s", e.status, e.message) }

func badRequest(format string, args ...any) *httpError {
	return &httpError{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

// databaseError is a failure below the validation: in 2.42 a 409 with
// PostgreSQL's text, which is not an import report (dhis2.md section 0, fact 2).
func databaseError(text string) *httpError {
	return &httpError{status: http.StatusConflict, message: text}
}

func notFound(kind, uid string) *httpError {
	return &httpError{
		status:  http.StatusNotFound,
		message: fmt.Sprintf("%s with id %s could not be found.", kind, uid),
		code:    "E1005",
	}
}

func writeError(w http.ResponseWriter, err *httpError) {
	writeJSON(w, err.status, message{
		HTTPStatus: http.StatusText(err.status), HTTPStatusCode: err.status,
		Status: "ERROR", Message: err.message, DevMessage: err.detail, ErrorCode: err.code,
	})
}

func writeMessage(w http.ResponseWriter, status int, text, code string) {
	writeJSON(w, status, message{
		HTTPStatus: http.StatusText(status), HTTPStatusCode: status,
		Status: "ERROR", Message: text, ErrorCode: code,
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	writeJSONAs(w, "application/json;charset=UTF-8", status, v)
}

func writeJSONAs(w http.ResponseWriter, contentType string, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		// Only values of this package come here; none of them can fail.
		panic("dhis2test: " + err.Error())
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
