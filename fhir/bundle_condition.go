package fhir

import (
	"errors"
	"net/url"
	"strings"
)

// IdentifierQuery returns the search for a resource by its identifier, as
// [BundleDraft.IfNoneExist], [BundleDraft.When] and [ConditionalReference] take it:
// "identifier=urn%3Amrn%7C7". What separates parts of a search is escaped, so that no value
// can mean another search (R4 search.html, section 3.1.1.4.0.1). Without a system it is of
// any. Without a value it would find anybody: it is "" then, which no condition may be.
func IdentifierQuery(system, value string) string {
	if value == "" {
		return ""
	}
	token := escapeToken(value)
	if system != "" {
		token = escapeToken(system) + "|" + token
	}
	return "identifier=" + url.QueryEscape(token)
}

// ConditionalReference returns the reference to the one resource of a type that a search
// finds: "Patient?identifier=urn%3Amrn%7C7". It can stand for a literal reference in a
// transaction, and only there (R4 http.html, section 3.1.0.11.2); a server refuses the
// transaction if the search finds none, or several.
func ConditionalReference(resourceType, query string) string {
	return resourceType + "?" + searchPart(query)
}

// conditionProblem says why a search cannot be a condition, "" if it can: servers ignore
// parameters without a value, and what is left may hold for any resource.
func conditionProblem(query string) string {
	params, err := ParseQuery(query)
	if err == nil {
		_, err = params.condition()
	}
	var argument *ArgumentError
	if errors.As(err, &argument) {
		return argument.Error()
	}
	return ""
}

func escapeToken(text string) string {
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`).Replace(text)
}
