package fhir

import (
	"net/url"
	"strings"
)

// IdentifierQuery returns the search for a resource by its identifier, as
// [BundleDraft.IfNoneExist], [BundleDraft.When] and [ConditionalReference] take it:
// "identifier=urn%3Amrn%7C7". What separates parts of a search is escaped, so that no value
// can mean another search (R4 search.html, section 3.1.1.4.0.1). Without a system it is of
// any.
func IdentifierQuery(system, value string) string {
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

func escapeToken(text string) string {
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`).Replace(text)
}
