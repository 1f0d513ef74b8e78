package dhis2test

import (
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
)

// writePage is the page of the servlet container, sent where DHIS2 has no
// handler: unmapped paths, unacceptable Accept headers, missing parameters
// (dhis2.md 1.2). From 2.42 it is Tomcat's HTML; 2.41.9.1 was recorded with an
// embedded Jetty, which answers 406 without a body and the others in JSON to
// those who ask for it.
func (s *Server) writePage(w http.ResponseWriter, r *http.Request, status int, text string) {
	switch {
	case s.version.atLeast(2, 42):
		writeHTML(w, status, text)
	case status == http.StatusNotAcceptable:
		w.WriteHeader(status)
	case strings.Contains(r.Header.Get("Accept"), "json"):
		writeJSONAs(w, "application/json", status, map[string]any{
			"servlet": "dispatcher", "message": jettyText(status, text),
			"url": r.URL.Path, "status": strconv.Itoa(status),
		})
	default:
		w.Header().Set("Content-Type", "text/html;charset=iso-8859-1")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<html>\n<head>\n<title>Error %[1]d %[2]s</title>\n</head>\n<body><h2>HTTP ERROR %[1]d %[2]s</h2>"+
			"<table><tr><th>URI:</th><td>%[3]s</td></tr></table></body>\n</html>\n", status, http.StatusText(status), html.EscapeString(r.URL.Path))
	}
}

// jettyText is the message of Jetty's own answer: Spring gives it none for a
// path that nobody serves [R], and the reason for a parameter that is missing.
func jettyText(status int, text string) string {
	if status == http.StatusBadRequest {
		return text
	}
	return http.StatusText(status)
}

// writeHTML is Tomcat's own error page.
func writeHTML(w http.ResponseWriter, status int, text string) {
	title := fmt.Sprintf("HTTP Status %d – %s", status, http.StatusText(status))
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>%[1]s</title></head><body><h1>%[1]s</h1>`+
		`<p><b>Message</b> %s</p><h3>Apache Tomcat/11.0.20</h3></body></html>`,
		title, strings.ReplaceAll(html.EscapeString(text), "/", "&#47;"))
}

// writeProxyPage is the page of a proxy in front of DHIS2.
func writeProxyPage(w http.ResponseWriter, status int) {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%[1]s</title></head>\r\n<body>\r\n<center><h1>%[1]s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", title)
}
