package api

import (
	"regexp"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

const (
	bodyAgeMessage  = "Channel property maxBodyAgeDays has to be a number that's valid and requestBody or responseBody must be true."
	timeoutMessage  = "Channel property timeoutSeconds has to be a number greater than 1 and less than an 3600"
	pathMessage     = "Channel cannot have both path and pathTransform. pathTransform must be of the form s/from/to[/g]"
	priorityMessage = "Channel priority cannot be below 1 (= Highest priority)"
	maxTimeout      = 3_600_000
	maxBodyAge      = 36_500
)

var transform = regexp.MustCompile(`s/.*/.*`)

func pathsValid(channel mongo.Doc) bool {
	for _, element := range listOf(channel["routes"]) {
		route := docOf(element)
		change := text(route["pathTransform"])
		if truthy(route["path"]) && change != "" || change != "" && !transform.MatchString(change) {
			return false
		}
	}
	return true
}

// methodProblem is what validateMethod says; "" for nothing.
func methodProblem(kind any, methods []any) string {
	if len(methods) == 0 {
		return ""
	}
	if name := text(kind); name != "" && !strings.Contains(strings.ToLower(name), "http") {
		return "Channel method can't be defined if channel type is not http"
	}
	seen, repeated := map[string]int{}, []string{}
	for _, method := range methods {
		name := text(method)
		if seen[name]++; seen[name] == 2 {
			repeated = append(repeated, name)
		}
	}
	if len(repeated) == 0 {
		return ""
	}
	slices.Sort(repeated)
	return "Channel methods can't be repeated. Repeated methods are " + strings.Join(repeated, ", ")
}

func timeoutValid(channel mongo.Doc) bool {
	if channel["timeout"] == nil {
		return true
	}
	timeout, isNumber := channel["timeout"].(float64)
	return isNumber && timeout > 0 && timeout <= maxTimeout
}

func bodyAgeValid(channel mongo.Doc) bool {
	if channel["maxBodyAgeDays"] == nil {
		return true
	}
	days, isNumber := channel["maxBodyAgeDays"].(float64)
	return (truthy(channel["requestBody"]) || truthy(channel["responseBody"])) && isNumber && days > 0 && days < maxBodyAge
}

func priorityValid(channel mongo.Doc) bool {
	priority, isNumber := channel["priority"].(float64)
	return !isNumber || priority >= 1
}

// primaryProblem wants exactly one enabled primary route.
func primaryProblem(routes []any) string {
	primaries := 0
	for _, element := range routes {
		route := docOf(element)
		if truthy(route["primary"]) && (!truthy(route["status"]) || route["status"] == "enabled") {
			primaries++
		}
	}
	switch primaries {
	case 0:
		return "Channel must have a primary route"
	case 1:
		return ""
	default:
		return "Channel cannot have a multiple primary routes"
	}
}

// channelProblem is the first of the core's own rules a new channel breaks: draft
// is what mongoose made of the given document.
func channelProblem(draft, given mongo.Doc) string {
	switch {
	case !pathsValid(draft):
		return pathMessage
	case !priorityValid(draft):
		return priorityMessage
	}
	if problem := methodProblem(draft["type"], listOf(draft["methods"])); problem != "" {
		return problem
	}
	if !timeoutValid(draft) {
		return timeoutMessage
	}
	if problem := primaryProblem(listOf(draft["routes"])); problem != "" {
		return problem
	}
	if !bodyAgeValid(given) {
		return bodyAgeMessage
	}
	return ""
}
