package router

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// match is requestMatching.js: the first channel by priority that takes the
// request. An error is an exception the core does not catch.
func (r *Router) match(x *exchange) (Quirk, error) {
	for _, channel := range r.channels() {
		if status := text(channel, "status"); status != "" && status != "enabled" {
			continue
		}
		fits, quirk, err := x.fits(channel)
		if err != nil {
			return quirk, fmt.Errorf("channel %q: %w", text(channel, "name"), err)
		}
		if fits {
			x.channel = channel
			return "", nil
		}
	}
	return "", nil
}

func (x *exchange) fits(channel mongo.Doc) (bool, Quirk, error) {
	pattern, err := compilePattern(text(channel, "urlPattern"))
	if err != nil {
		return false, QuirkPattern, err
	}
	if !pattern.matches(x.path) {
		return false, "", nil
	}
	if fits, quirk, err := x.fitsContent(channel); err != nil || !fits {
		return false, quirk, err
	}
	if kinds := texts(channel, "matchContentTypes"); len(kinds) > 0 {
		kind, _, _ := strings.Cut(x.headerText("content-type"), ";")
		if !slices.Contains(kinds, strings.TrimSpace(kind)) {
			return false, "", nil
		}
	}
	if x.modern() && !slices.Contains(texts(channel, "methods"), x.method) {
		return false, "", nil
	}
	return true, "", nil
}

func (x *exchange) fitsContent(channel mongo.Doc) (bool, Quirk, error) {
	expression, path, query := text(channel, "matchContentRegex"), text(channel, "matchContentJson"), text(channel, "matchContentXpath")
	value := text(channel, "matchContentValue")
	body := decodeUTF8(x.body)
	switch {
	case expression != "":
		re, err := compilePattern(expression)
		if err != nil {
			return false, QuirkPattern, err
		}
		return re.matches(body), "", nil
	case query != "" && value != "":
		found, err := selectXPath(body, query)
		if err != nil {
			return false, QuirkContentMatch, err
		}
		return found == value, "", nil
	case path != "" && value != "":
		found, err := selectJSON(body, path)
		if err != nil {
			return false, QuirkContentMatch, err
		}
		return found == value, "", nil
	default:
		return query == "" && path == "", "", nil
	}
}

var indexStep = regexp.MustCompile(`\[(\w+)\]`)

// selectJSON is getJSONValByString followed by toString(); what it throws is an
// error.
func selectJSON(body, path string) (string, error) {
	value, err := js.Parse(body)
	if err != nil {
		return "", err
	}
	path = strings.TrimPrefix(indexStep.ReplaceAllString(path, ".$1"), ".")
	for part := range strings.SplitSeq(path, ".") {
		switch value.(type) {
		case *js.Object, *js.Array:
		default:
			return "", js.TypeError("Cannot use 'in' operator to search for '" + part + "' in " + js.String(value))
		}
		next, err := js.Member(value, part)
		if err != nil {
			return "", err
		}
		value = next
		if _, absent := next.(js.Undefined); absent {
			break
		}
	}
	if js.Nullish(value) {
		return "", js.TypeError("Cannot read properties of " + js.String(value) + " (reading 'toString')")
	}
	return js.String(value), nil
}
