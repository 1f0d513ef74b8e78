package dhis2

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const maxUIDs = 1000

// read tells from an answer what kind of refusal it is. Nothing is decided by
// messages but what the database says (dhis2.md section 0, fact 2) and what 2.40
// hides in its reports.
func (e *Error) read(res *Response) {
	e.Shape = shapeOf(res.Header.Get("Content-Type"), res.Body)
	switch {
	case e.Status >= 300 && e.Status < 400:
		e.readRedirect(res)
	case e.Status == http.StatusProxyAuthRequired:
		e.Class, e.Verdict = ClassRequest, VerdictOperator
		e.Message = "a proxy before the server wants credentials of its own: set them in the Transport"
	case e.Shape == ShapeImportReport:
		e.readReport(res.Body)
	case e.Shape == ShapeImportSummary:
		e.readSummary(res.Body)
	case e.Shape == ShapeWebMessage:
		e.readMessage(res.Body)
	case e.Status == http.StatusConflict && e.Shape == ShapeOther && isCutJSON(res.Body):
		e.Class, e.Verdict = ClassTransport, VerdictRetry
		e.Message = "the answer was cut: which conflict it is about is not known"
	default:
		e.Class = classOfStatus(e.Status, e.Shape)
		e.Verdict = verdictOfStatus(e.Status, e.Shape, e.Class)
	}
}

// isCutJSON reports whether a body begins as a JSON object and does not end as one.
func isCutJSON(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && !json.Valid(body)
}

func (e *Error) readRedirect(res *Response) {
	e.Shape = ShapeRedirect
	location, err := url.Parse(res.Header.Get("Location"))
	if err == nil && strings.Contains(strings.ToLower(location.Path), "login") {
		e.Class, e.Verdict = ClassAuthentication, VerdictOperator
		e.Message = "the server sends to its login page: it has no use for these credentials " +
			"(is this way to authenticate switched on, and the user active?)"
		return
	}
	e.Class, e.Verdict = ClassRequest, VerdictOperator
	e.Message = "the server is elsewhere, or the path does not exist; redirects are not followed: set Config.URL to where it is"
}

// readReport classifies an import report by its gravest error.
func (e *Error) readReport(body []byte) {
	var report struct {
		Message          string `json:"message"`
		ValidationReport struct {
			ErrorReports []struct {
				ErrorCode string `json:"errorCode"`
				UID       string `json:"uid"`
			} `json:"errorReports"`
		} `json:"validationReport"`
	}
	_ = json.Unmarshal(body, &report) // what can be read is read
	seen := map[string]bool{}
	for _, r := range report.ValidationReport.ErrorReports {
		if tellableCode.MatchString(r.ErrorCode) {
			e.Codes = append(e.Codes, r.ErrorCode)
		}
		if ValidUID(r.UID) && !seen[r.UID] && len(e.UIDs) < maxUIDs {
			seen[r.UID] = true
			e.UIDs = append(e.UIDs, r.UID)
		}
	}
	e.sortCodes()
	if len(e.Codes) == 0 {
		// The import died: 2.40 tells so in a report.
		e.readDatabase(report.Message, ClassInternal)
		return
	}
	e.Class = gravest(e.Codes)
	e.Verdict = e.Class.Verdict()
}

func (e *Error) readSummary(body []byte) {
	type summary struct {
		Conflicts []struct {
			ErrorCode string `json:"errorCode"`
		} `json:"conflicts"`
	}
	var answer struct {
		summary

		Response summary `json:"response"`
	}
	_ = json.Unmarshal(body, &answer)
	for _, c := range slices.Concat(answer.Conflicts, answer.Response.Conflicts) {
		if tellableCode.MatchString(c.ErrorCode) {
			e.Codes = append(e.Codes, c.ErrorCode)
		}
	}
	e.sortCodes()
	e.Class, e.Verdict = ClassData, VerdictPark
}

func (e *Error) readMessage(body []byte) {
	m, _ := ParseWebMessage(body)
	if tellableCode.MatchString(m.ErrorCode) {
		e.Codes = []string{m.ErrorCode}
	}
	e.Message = tellableMessage(m.Message)
	switch {
	case e.Status == http.StatusNotFound:
		e.Class, e.Verdict = ClassNotFoundTarget, VerdictPark
	case e.Status == http.StatusBadRequest && strings.HasPrefix(m.Message, "Checksum validation failed"):
		e.Class, e.Verdict = ClassAuthentication, VerdictOperator
	case e.Status == http.StatusConflict, e.Status == http.StatusInternalServerError:
		e.readDatabase(m.Message+"\n"+m.DevMessage, classOfStatus(e.Status, e.Shape))
	default:
		e.Class = classOfStatus(e.Status, e.Shape)
		e.Verdict = verdictOfStatus(e.Status, e.Shape, e.Class)
	}
}

// What PostgreSQL and DHIS2 say about races, and about what PostgreSQL cannot
// store. The texts around hold values.
var (
	raceText = regexp.MustCompile(`(?i)deadlock detected|duplicate key value violates unique constraint|` +
		`could not serialize access|PersistenceReport\.getStats\(\)`)
	zeroText = regexp.MustCompile(`(?i)invalid byte sequence for encoding "?UTF-?8"?: 0x00|unsupported Unicode escape sequence|\\u0000 cannot be converted`)
	// What a query cannot say, whatever the data: a fault of the server's version.
	syntaxText   = regexp.MustCompile(`(?i)syntax error|column reference "[a-z_]+" is ambiguous`)
	databaseText = regexp.MustCompile(`(?i)SQLSTATE|PSQLException|could not execute (statement|batch|query)|violates [a-z-]+ constraint|org\.postgresql|org\.hibernate|DataIntegrityViolation`)
)

// readDatabase looks for what the database said; other is the class if it is
// nothing known.
func (e *Error) readDatabase(text string, other Class) {
	switch {
	case zeroText.MatchString(text):
		e.Class, e.Verdict = ClassData, VerdictSplit
		e.Message = "a value holds a NUL character, which the database cannot store"
	case raceText.MatchString(text):
		e.Class, e.Verdict = ClassRace, VerdictRetry
		e.Message = "it lost against another request at the same moment"
	case syntaxText.MatchString(text):
		e.Class, e.Verdict = ClassRequest, VerdictPark
		e.Message = "the server makes a query of it that its database does not understand"
	case databaseText.MatchString(text):
		e.Class, e.Verdict = ClassInternal, VerdictBisect
		e.Message = "the database refused it"
	case strings.HasPrefix(strings.TrimSpace(text), "Exception:"):
		e.Class, e.Verdict = ClassInternal, VerdictBisect
		e.Message = "the server failed over it"
	default:
		e.Class = other
		e.Verdict = verdictOfStatus(e.Status, e.Shape, e.Class)
	}
}

func (e *Error) sortCodes() {
	slices.Sort(e.Codes)
	e.Codes = slices.Compact(e.Codes)
}

// classOfStatus is the class of a refusal of which only the status is known.
func classOfStatus(status int, shape Shape) Class {
	switch status {
	case http.StatusUnauthorized:
		return ClassAuthentication
	case http.StatusForbidden:
		return ClassPermission
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return ClassTransport
	}
	switch {
	case status >= http.StatusInternalServerError, shape == ShapeImportReport:
		return ClassInternal
	case status < http.StatusBadRequest:
		return ClassTransport // a page where data belongs
	default:
		return ClassRequest
	}
}

// verdictOfStatus is what to do about a refusal of which the status, the shape and
// the class are known. That it is the content that is wrong is believed only of
// DHIS2 itself: what a gateway says holds for all that is sent.
func verdictOfStatus(status int, shape Shape, class Class) Verdict {
	switch {
	case class != ClassRequest:
		return class.Verdict()
	case status == http.StatusRequestEntityTooLarge:
		return VerdictSplit
	case status == http.StatusBadRequest, status == http.StatusConflict, status == http.StatusUnprocessableEntity:
		if shape != ShapeWebMessage {
			return VerdictOperator
		}
		return VerdictSplit
	default:
		return VerdictPark
	}
}

// gravest is the class of the error that decides about a whole payload: one that
// a person has to see to before one that goes by itself.
func gravest(codes []string) Class {
	order := []Class{
		ClassUnknown, ClassInternal, ClassPermission, ClassMetadata, ClassData, ClassRule, ClassImmutable, ClassWindow,
		ClassConflict, ClassTombstone, ClassDependency, ClassNotFoundTarget, ClassAlreadyExists, ClassWarningOnly,
	}
	best := len(order)
	for _, code := range codes {
		if i := slices.Index(order, ClassOf(code)); i >= 0 {
			best = min(best, i)
		}
	}
	if best == len(order) {
		return ClassUnknown
	}
	return order[best]
}

var tellableCode = regexp.MustCompile(`^E\d{4}$`)

// tellable are messages that hold no value, or only the name of a parameter.
//
//nolint:gochecknoglobals // a read-only table of regular expressions
var tellable = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`^(Unauthorized|Bad credentials|Account (locked|disabled|expired)|Checksum validation failed|` +
		`The API token does not exists?|The API token has expired|Program is mandatory|Attribute does not contain pattern\.?|` +
		`Failed to authenticate API token, request (http method|ip address|referrer) is not allowed\.?)$`), "$1"},
	{regexp.MustCompile(`^Value '.*' is not valid for parameter ([A-Za-z]{1,40})\b`), "a value is not valid for parameter $1"},
	{regexp.MustCompile(`^Required request parameter '([A-Za-z]{1,40})'`), "the parameter $1 is missing"},
	{regexp.MustCompile(`^([A-Za-z]{1,40}) cannot be empty\. Valid values are: `), "the parameter $1 is empty"},
	{regexp.MustCompile(`(?s)^JSON parse error: .*org\.hisp\.dhis\.common\.UID`), "a UID in the payload is none"},
	{regexp.MustCompile(`(?s)^JSON parse error: .*(java\.time\.Instant|DateTimeParseException|Invalid date format)`), "a date in the payload is none"},
	{regexp.MustCompile(`(?s)^JSON parse error: .*not one of the values accepted for Enum`), "a word in the payload is not one of those allowed there"},
	{regexp.MustCompile(`^Required request body is missing`), "the body is missing"},
}

func tellableMessage(message string) string {
	for _, t := range tellable {
		if m := t.pattern.FindStringSubmatchIndex(message); m != nil {
			return string(t.pattern.ExpandString(nil, t.text, message, m))
		}
	}
	return ""
}
