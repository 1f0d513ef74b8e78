package router

import (
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// isEnvelope tells the mediator's answer by its Content-Type, case-sensitively.
func isEnvelope(contentType string) bool {
	return strings.Contains(contentType, "application/json+openhim")
}

func bodyText(body any) string {
	switch body := body.(type) {
	case []byte:
		return decodeUTF8(body)
	case string:
		return body
	default:
		return ""
	}
}

// useEnvelope reads the primary route's envelope: what is wrong with it surfaces
// step by step, as in router.js, and what came before stays.
func (x *exchange) useEnvelope(body string) *js.Error {
	envelope, err := js.Parse(body)
	if err != nil {
		return err
	}
	x.envelope = envelope
	failure, err := js.Member(envelope, "error")
	if err != nil {
		x.envelope = js.Undefined{}
		return err
	}
	if !js.Nullish(failure) {
		x.autoRetry = true
		x.failure = failure
	}
	response, err := js.Member(envelope, "response")
	if err != nil {
		return err
	}
	status, err := js.Member(response, "status")
	if err != nil {
		return err
	}
	headers, _ := js.Member(response, "headers")
	inner, _ := js.Member(response, "body")
	timestamp, _ := js.Member(response, "timestamp")
	return x.respond(status, headers, inner, timestamp)
}

// respond is setKoaResponse; status and headers come from the mediator.
func (x *exchange) respond(status, headers, body, timestamp any) *js.Error {
	switch s := status.(type) {
	case string:
		status = js.ParseInt(s)
	case int:
		status = float64(s)
	}
	if err := x.res.setStatus(status); err != nil {
		return err
	}
	x.res.timestamp = timestamp
	x.res.setBody(body)
	if !js.Nullish(headers) && x.tx != "" {
		if err := js.SetMember(headers, "X-OpenHIM-TransactionID", string(x.tx)); err != nil {
			return err
		}
	}
	code, _ := status.(float64)
	for _, h := range js.Entries(headers) {
		if err := x.copyHeader(h.Key, h.Value, code); err != nil {
			return err
		}
	}
	if x.modern() && flag(x.channel, "isAsynchronousProcess") && x.res.status < 400 {
		x.res.explicit, x.res.status = true, 202
	}
	return nil
}

func (x *exchange) copyHeader(name string, value any, status float64) *js.Error {
	switch strings.ToLower(name) {
	case "set-cookie":
		return x.setCookies(value)
	case "location":
		if status >= 300 && status < 400 {
			return x.res.redirect(js.String(value), x.headerText("accept"), x.headerText("referer"))
		}
		return x.res.setChecked(name, value)
	case "content-type":
		return x.res.setType(value)
	case "content-length", "content-encoding", "transfer-encoding":
		return nil
	default:
		return x.res.setChecked(name, value)
	}
}
