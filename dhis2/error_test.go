package dhis2_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// refusal is the error of one request that is answered so.
func refusal(t *testing.T, status int, body string, header ...string) *dhis2.Error {
	t.Helper()
	w := &wire{answer: always(status, body, header...)}
	c := newClient(t, w, withAuth(dhis2.Token(goodTokens[0])))
	res, err := c.Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Repeat: dhis2.RepeatNever})
	var e *dhis2.Error
	require.ErrorAs(t, err, &e)
	require.NotNil(t, res)
	assert.Equal(t, body, string(res.Body), "the body is there for those who can read it")
	return e
}

func TestTheTwoShapesOf409(t *testing.T) {
	t.Parallel()
	report := refusal(t, http.StatusConflict, `{"status":"ERROR","validationReport":{"errorReports":[
		{"message":"planted","errorCode":"E5000","trackerType":"EVENT","uid":"EventEvent1"},
		{"message":"planted","errorCode":"E1064","trackerType":"TRACKED_ENTITY","uid":"Kj6vYde4LHh","args":["planted"]},
		{"message":"planted","errorCode":"E1064","trackerType":"TRACKED_ENTITY","uid":"Kj6vYde4LHh"},
		{"message":"planted","errorCode":"planted","uid":"planted"}],"warningReports":[]},"stats":{"ignored":2}}`)
	assert.Equal(t, dhis2.ShapeImportReport, report.Shape)
	assert.Equal(t, []string{"E1064", "E5000"}, report.Codes)
	assert.Equal(t, []string{"EventEvent1", "Kj6vYde4LHh"}, report.UIDs)
	assert.Equal(t, dhis2.ClassConflict, report.Class, "E5000 is only what follows from it")
	assert.Equal(t, dhis2.VerdictLookUp, report.Verdict)
	assert.Equal(t, "dhis2: POST tracker: 409 Conflict, ImportReport, E1064 E5000 (conflict)", report.Error())

	message := refusal(t, http.StatusConflict, conflict)
	assert.Equal(t, dhis2.ShapeWebMessage, message.Shape)
	assert.Equal(t, dhis2.ClassRequest, message.Class)
	assert.Equal(t, "dhis2: POST tracker: 409 Conflict (request)", message.Error())

	summary := refusal(t, http.StatusConflict, `{"httpStatusCode":409,"status":"WARNING","message":"planted","response":{
		"responseType":"ImportSummary","status":"WARNING","conflicts":[{"object":"planted","value":"planted","errorCode":"E7619"},{"errorCode":"E7619"}]}}`)
	assert.Equal(t, dhis2.ShapeImportSummary, summary.Shape)
	assert.Equal(t, []string{"E7619"}, summary.Codes)
	assert.Equal(t, dhis2.ClassData, summary.Class)
	bare := refusal(t, http.StatusConflict, `{"responseType":"ImportSummary","status":"ERROR","conflicts":[{"errorCode":"E7600"}]}`)
	assert.Equal(t, dhis2.ShapeImportSummary, bare.Shape)
	assert.Equal(t, []string{"E7600"}, bare.Codes)

	assert.Equal(t, dhis2.ShapeOther, refusal(t, http.StatusConflict, `<webMessage xmlns="x" message="planted"/>`, "Content-Type", "application/xml").Shape)
	assert.Equal(t, dhis2.ShapeHTML, refusal(t, http.StatusConflict, ` <!DOCTYPE HTML><html>planted`).Shape, "whatever it calls itself")
	assert.Equal(t, dhis2.ShapeNone, refusal(t, http.StatusConflict, ``).Shape)
}

func TestTheGravestErrorClassifiesAReport(t *testing.T) {
	t.Parallel()
	for codes, class := range map[[2]string]dhis2.Class{
		{"E1064", "E1000"}: dhis2.ClassPermission,
		{"E1080", "E5000"}: dhis2.ClassDependency,
		{"E1080", "E1030"}: dhis2.ClassAlreadyExists,
		{"E1018", "E1029"}: dhis2.ClassMetadata,
		{"E1114", "E1032"}: dhis2.ClassTombstone,
		{"E1018", "E9876"}: dhis2.ClassUnknown,
	} {
		e := refusal(t, http.StatusConflict, `{"status":"ERROR","stats":{},"validationReport":{"errorReports":[{"errorCode":"`+codes[0]+`"},{"errorCode":"`+codes[1]+`"}]}}`)
		assert.Equal(t, class, e.Class, codes)
		assert.Equal(t, class.Verdict(), e.Verdict)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	e := refusal(t, http.StatusFound, "", "Location", "https://dhis2.test/dhis/dhis-web-login/?planted=1")
	require.ErrorIs(t, e, dhis2.ErrUnauthorized)
	assert.Equal(t, dhis2.ShapeRedirect, e.Shape)
	assert.Contains(t, e.Error(), "login page")
	e = refusal(t, http.StatusMovedPermanently, "", "Location", "https://elsewhere.test/planted")
	assert.NotErrorIs(t, e, dhis2.ErrUnauthorized)
	assert.Equal(t, dhis2.ClassRequest, e.Class)
	assert.Contains(t, e.Error(), "Config.URL")
	assert.NotContains(t, e.Error(), "planted")
	w := &wire{answer: always(http.StatusFound, "", "Location", "%zzplanted")}
	_, err := newClient(t, w).Do(t.Context(), dhis2.Request{Path: "me"})
	require.ErrorAs(t, err, &e)
	assert.Equal(t, dhis2.ClassTransport, e.Class)
	assert.NotContains(t, e.Error(), "planted")
}

func TestConditions(t *testing.T) {
	t.Parallel()
	for status, condition := range map[int]error{401: dhis2.ErrUnauthorized, 403: dhis2.ErrForbidden, 404: dhis2.ErrNotFound} {
		e := refusal(t, status, `{"httpStatusCode":400}`)
		for _, other := range []error{dhis2.ErrUnauthorized, dhis2.ErrForbidden, dhis2.ErrNotFound, dhis2.ErrExists, dhis2.ErrUnsupported} {
			assert.Equal(t, other == condition, errors.Is(e, other), "%d %v", status, other) //nolint:errorlint // identity is meant
		}
	}
	e := refusal(t, http.StatusBadRequest, `{"httpStatusCode":400,"message":"Checksum validation failed"}`)
	require.ErrorIs(t, e, dhis2.ErrUnauthorized, "of a token")
	assert.Contains(t, e.Error(), "Checksum validation failed")
	assert.NotErrorIs(t, refusal(t, http.StatusConflict, `{"httpStatusCode":409,"errorCode":"E1004"}`), dhis2.ErrExists,
		"E1004 is any conflict; what it means is known where it is asked for")
}

func TestWhatMayBeToldOfAMessage(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		`Unauthorized`:   "Unauthorized",
		`Account locked`: "Account locked",
		`Value 'planted' is not valid for parameter importStrategy. Valid values are: [X]`:            "a value is not valid for parameter importStrategy",
		`Required request parameter 'program' for method parameter type UID is not present`:           "the parameter program is missing",
		`JSON parse error: Cannot construct instance of 'org.hisp.dhis.common.UID', problem: planted`: "a UID in the payload is none",
		`JSON parse error: Invalid date format 'planted', only 'yyyy' are supported`:                  "a date in the payload is none",
		`idScheme cannot be empty. Valid values are: [UID]`:                                           "the parameter idScheme is empty",
		`Required request body is missing: public org.hisp`:                                           "the body is missing",
		`Event with id planted could not be found.`:                                                   "",
		`Account locked planted`: "",
		"Unauthorized\nplanted":  "",
		`planted`:                "",
	} {
		e := refusal(t, http.StatusBadRequest, `{"httpStatusCode":400,"message":`+quote(message)+`}`)
		assert.Equal(t, want, e.Message, message)
		assert.NotContains(t, e.Error(), "planted")
	}
}

func TestManyCodesAreToldInPart(t *testing.T) {
	t.Parallel()
	var reports []string
	for i := range 2000 {
		reports = append(reports, fmt.Sprintf(`{"errorCode":"E1%03d","uid":"uid%08d"}`, i%1000, i))
	}
	e := refusal(t, http.StatusConflict, `{"status":"ERROR","stats":{},"validationReport":{"errorReports":[`+strings.Join(reports, ",")+`]}}`)
	assert.Len(t, e.Codes, 1000)
	assert.Len(t, e.UIDs, 1000, "bounded")
	assert.Contains(t, e.Error(), "E1000 E1001 E1002 E1003 E1004 E1005 E1006 E1007 and 992 more")
}

func TestRetryableAndReached(t *testing.T) {
	t.Parallel()
	assert.False(t, dhis2.Retryable(nil))
	assert.True(t, dhis2.ReachedServer(nil))
	assert.False(t, dhis2.Retryable(errors.New("x")))
	assert.False(t, dhis2.ReachedServer(errors.New("x")))
	lost := &dhis2.Error{Method: "POST", Path: "tracker", Class: dhis2.ClassTransport, Verdict: dhis2.VerdictRetry, Err: io.ErrUnexpectedEOF}
	assert.True(t, dhis2.Retryable(lost))
	assert.False(t, dhis2.ReachedServer(lost))
	assert.Equal(t, "dhis2: POST tracker: no answer (transport): unexpected EOF", lost.Error())
	gone := &dhis2.Error{Class: dhis2.ClassTransport, Verdict: dhis2.VerdictRetry, Err: context.Canceled}
	assert.False(t, dhis2.Retryable(gone))
	e := refusal(t, http.StatusServiceUnavailable, "", "Retry-After", "7")
	assert.Equal(t, 7*time.Second, e.RetryAfter)
	assert.True(t, dhis2.Retryable(e))
	assert.True(t, dhis2.ReachedServer(e))
	quoted := &dhis2.Error{Err: errors.New(`net/http: HTTP/1.x transport connection broken: malformed HTTP status code "planted"`)}
	assert.NotContains(t, quoted.Error(), "planted")
}
