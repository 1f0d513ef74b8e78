package router

import (
	"cmp"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// rewritable finds href, src and fullUrl with their values, in JSON and XML
// (rewriteUrls.js).
var rewritable = regexp.MustCompile(`["|']?(?:href|src|fullUrl)["|']?[:|=]\s?["|'](\S*?)["|']`)

// rewriteRule leads links to a mediator back to the core.
type rewriteRule struct {
	fromHost, toHost string
	fromPort, toPort int
	transform        string
}

// rewrite is rewriteUrls.js on the answer; without a body it throws.
func (x *exchange) rewrite() *js.Error {
	if !flag(x.channel, "rewriteUrls") || x.task != "" || x.polled {
		return nil
	}
	if js.Nullish(x.res.body) {
		return js.TypeError("Cannot read properties of " + js.String(x.res.body) + " (reading 'toString')")
	}
	rules := x.rewriteRules()
	body := rewritable.ReplaceAllStringFunc(jsBodyText(x.res.body), func(match string) string {
		found := rewritable.FindStringSubmatch(match)
		return strings.Replace(match, found[1], x.rewriteURL(found[1], rules), 1)
	})
	x.res.setBody(body)
	return nil
}

// rewriteRules is fetchRewriteConfig: the channel's own rules, then one for the
// primary route of every channel.
func (x *exchange) rewriteRules() []rewriteRule {
	var rules []rewriteRule
	own, _ := x.channel["rewriteUrlsConfig"].([]any)
	for _, element := range own {
		rule, _ := element.(mongo.Doc)
		rules = append(rules, rewriteRule{
			text(rule, "fromHost"), text(rule, "toHost"), int(number(rule["fromPort"])), int(number(rule["toPort"])), text(rule, "pathTransform"),
		})
	}
	if !flag(x.channel, "addAutoRewriteRules") {
		return rules
	}
	_, port, err := net.SplitHostPort(x.router.deps.Address())
	if err != nil {
		port = "5001"
	}
	toPort, _ := strconv.Atoi(port) // a listener's address has a number
	for _, channel := range x.router.channels() {
		for _, route := range enabledRoutes(channel) {
			if !flag(route, "primary") {
				continue
			}
			rules = append(rules, rewriteRule{
				text(route, "host"), "localhost", int(number(route["port"])), toPort, invertTransform(text(route, "pathTransform")),
			})
		}
	}
	return rules
}

// channels gives all channels in the order of priority, those without last.
func (r *Router) channels() []mongo.Doc {
	channels := r.collection(model.Channels).Find(mongo.Doc{}, mongo.FindOptions{})
	rank := func(c mongo.Doc) float64 {
		if n, ok := c["priority"].(float64); ok {
			return n
		}
		const last = 1e18
		return last
	}
	slices.SortStableFunc(channels, func(a, b mongo.Doc) int { return cmp.Compare(rank(a), rank(b)) })
	return channels
}

var sedExpression = regexp.MustCompile(`s/(.*?)/(.*?)(?:$|/(.*)$)`)

func invertTransform(expression string) string {
	return sedExpression.ReplaceAllString(expression, "s/$2/$1/$3")
}

func (x *exchange) rewriteURL(link string, rules []rewriteRule) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	relative := u.Host == ""
	if relative {
		for _, route := range enabledRoutes(x.channel) {
			if flag(route, "primary") {
				host, port = text(route, "host"), js.Number(number(route["port"]))
				break
			}
		}
	}
	for _, rule := range rules {
		samePort := strconv.Itoa(rule.fromPort) == port || rule.fromPort == 80 && port == ""
		if strings.ToLower(rule.fromHost) != host || !samePort {
			continue
		}
		u.Host = net.JoinHostPort(rule.toHost, strconv.Itoa(rule.toPort))
		if u.Scheme != "" {
			u.Scheme = "http"
		}
		if rule.transform != "" {
			u.Path, u.RawPath = transformPath(u.Path, rule.transform), ""
		}
		break
	}
	if relative {
		u.Host = ""
	}
	return u.String()
}
