package router

import (
	"encoding/base64"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

const (
	// maxBodies is what one transaction may store of all bodies together.
	maxBodies = 15 << 20
	truncated = "\n[truncated ...]"
)

// cut is enforceMaxBodiesSize: it counts a body against the transaction's budget
// and shortens it when the budget is spent. A body that is neither text nor bytes
// is an exception.
func (x *exchange) cut(body any) (stored any, shortened bool, err *js.Error) {
	var length int
	switch b := body.(type) {
	case string:
		length = len(b)
	case []byte:
		length = len(b)
	default:
		return nil, false, &js.Error{
			Class:   "TypeError [ERR_INVALID_ARG_TYPE]",
			Message: `The "string" argument must be of type string or an instance of Buffer or ArrayBuffer. Received ` + received(body),
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stored+length <= maxBodies {
		x.stored += length
		return body, false, nil
	}
	left := max(0, maxBodies-x.stored)
	x.stored += left
	if left <= len(truncated) {
		return truncated, true, nil
	}
	left -= len(truncated)
	switch b := body.(type) {
	case []byte:
		return decodeUTF8(b[:left]) + truncated, true, nil
	case string:
		return js.SliceUnits(b, left) + truncated, true, nil
	}
	return body, true, nil
}

// received is how Node names a value in an argument error.
func received(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case js.Undefined:
		return "undefined"
	case bool:
		return "type boolean (" + js.String(v) + ")"
	case float64:
		return "type number (" + js.String(v) + ")"
	case *js.Array:
		return "an instance of Array"
	default:
		return "an instance of Object"
	}
}

// base64Buffer is how a Buffer in an untyped field is read back from the API: BSON
// binary prints as base64. Core 4.0.5 stores the request body of its own
// orchestration so.
func base64Buffer(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }
