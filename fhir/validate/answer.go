package validate

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// answerValue finds the value[x] of an answer and its type.
func (a *responder) answerValue(answer node) (node, string) {
	members := a.v.shapes.of("QuestionnaireResponse").members["item"].shape.members["answer"].shape.members
	for c := range a.tree.Children(answer) {
		if m := members[a.tree.Name(c)]; m != nil && m.el != nil && m.el.Name == "value" {
			return c, m.code
		}
	}
	return 0, ""
}

// answer checks one answer: its type, its bounds, and that it is a permitted one.
func (a *responder) answer(answer node, q *question) {
	n, typ := a.answerValue(answer)
	if n == 0 {
		return
	}
	allowed := q.answerTypes()
	if len(allowed) == 0 {
		return
	}
	if !slices.Contains(allowed, typ) {
		a.fail(n, fhir.IssueInvalid, "the answer must be of type %s, not %s", strings.Join(allowed, " or "), typ)
		return
	}
	switch typ {
	case "string", "uri":
		a.textAnswer(n, q)
	case "decimal", "integer", "date", "dateTime", "time":
		a.boundedAnswer(n, typ, q)
	case "Quantity":
		a.quantityAnswer(n, q)
	case "Attachment":
		a.attachmentAnswer(n, q)
	case "Reference":
		a.referenceAnswer(n, q)
	}
	a.permitted(n, typ, q)
}

func (a *responder) textAnswer(n node, q *question) {
	text := a.tree.Text(n)
	length := utf8.RuneCountInString(text)
	if q.MaxLength > 0 && length > q.MaxLength {
		a.fail(n, fhir.IssueTooLong, "the answer is longer than the %d characters allowed", q.MaxLength)
	}
	if least := q.extension("minLength"); least != nil && length < atoi(least.text()) {
		a.fail(n, fhir.IssueInvalid, "the answer is shorter than the %s characters needed", least.text())
	}
	if q.regex != nil && !q.regex.MatchString(text) {
		a.fail(n, fhir.IssueInvalid, "the answer is not of the form that the question asks for")
	}
}

func (a *responder) boundedAnswer(n node, typ string, q *question) {
	compare := func(bound *value) int {
		if typ == "decimal" || typ == "integer" {
			return compareDecimals(a.tree.Raw(n), bound.text())
		}
		return compareDates(a.tree.Text(n), bound.text())
	}
	if least := q.extension("minValue"); least != nil && compare(least) < 0 {
		a.fail(n, fhir.IssueInvalid, "the answer is below %s, the least allowed", least.text())
	}
	if most := q.extension("maxValue"); most != nil && (compare(most) > 0 || typ == "dateTime" && len(a.tree.Text(n)) > len(most.text()) && compare(most) >= 0) {
		a.fail(n, fhir.IssueInvalid, "the answer is above %s, the most allowed", most.text())
	}
	if places := q.extension("maxDecimalPlaces"); places != nil && typ == "decimal" {
		if _, fraction, _ := strings.Cut(a.tree.Raw(n), "."); len(fraction) > atoi(places.text()) {
			a.fail(n, fhir.IssueInvalid, "the answer has more than %s decimal places", places.text())
		}
	}
}

// quantityAnswer compares in the unit of the bound, or with metric prefixes turned into each other.
func (a *responder) quantityAnswer(n node, q *question) {
	for _, name := range []string{"minQuantity", "maxQuantity"} {
		bound := q.extension("sdc-questionnaire-" + name)
		if bound == nil {
			continue
		}
		mine, okMine := scaled(a.tree.Raw(a.tree.Member(n, "value")), a.str(n, "system"), a.str(n, "code"))
		limit, okLimit := scaled(bound.member("value"), bound.member("system"), bound.member("code"))
		switch {
		case !okMine || !okLimit || mine.unit != limit.unit:
			a.fail(n, fhir.IssueInvalid, "the answer cannot be compared with the bound of the question: use a UCUM unit of the same kind")
		case name == "minQuantity" && mine.value.Cmp(limit.value) < 0:
			a.fail(n, fhir.IssueInvalid, "the answer is below the least allowed")
		case name == "maxQuantity" && mine.value.Cmp(limit.value) > 0:
			a.fail(n, fhir.IssueInvalid, "the answer is above the most allowed")
		}
	}
}

func (a *responder) attachmentAnswer(n node, q *question) {
	var types []string
	for i := range q.Extension {
		if strings.HasSuffix(q.Extension[i].URL, "/mimeType") {
			types = append(types, q.Extension[i].text())
		}
	}
	if got := a.str(n, "contentType"); len(types) > 0 && !slices.Contains(types, got) {
		a.fail(n, fhir.IssueInvalid, "the attachment must be of type %s", strings.Join(types, " or "))
	}
	most := q.extension("maxSize")
	if most == nil {
		return
	}
	size := a.tree.Raw(a.tree.Member(n, "size"))
	if data := a.str(n, "data"); data != "" {
		size = itoa(base64.StdEncoding.DecodedLen(len(strings.TrimRight(withoutBlanks(data), "="))))
	}
	if size != "" && compareDecimals(size, most.text()) > 0 {
		a.fail(n, fhir.IssueInvalid, "the attachment is larger than %s bytes, the most allowed", most.text())
	}
}

func (a *responder) referenceAnswer(n node, q *question) {
	text := a.str(n, "reference")
	if text == "" || text[0] == '#' || strings.HasPrefix(text, "urn:") {
		return
	}
	if isAbsolute(text) || strings.Contains(text, "/") {
		parts := strings.Split(strings.TrimSuffix(text, "/"), "/")
		if len(parts) >= 2 {
			if typ, ok := elements.Lookup(parts[len(parts)-2]); !ok || typ.Kind != elements.Resource {
				a.fail(n, fhir.IssueInvalid, "the reference does not name a resource type of FHIR R4")
				return
			}
		}
	}
	if typ := typeInReference(text); typ != "" && len(q.targets) > 0 && !slices.Contains(q.targets, typ) {
		a.fail(n, fhir.IssueInvalid, "the reference must lead to %s", strings.Join(q.targets, " or "))
	}
}

// permitted: an answer must be one of the options or of the value set, if there are such.
func (a *responder) permitted(n node, typ string, q *question) {
	if q.Type == "open-choice" && typ == "string" {
		return
	}
	if len(q.AnswerOption) > 0 {
		for i := range q.AnswerOption {
			if a.isOption(n, typ, &q.AnswerOption[i].value) {
				return
			}
		}
		a.fail(a.tree.Parent(n), fhir.IssueCodeInvalid, "the answer is not one of those permitted")
		return
	}
	if q.AnswerValueSet != "" && typ == "Coding" {
		set := a.v.codes.valueSet(q.AnswerValueSet)
		if set != nil && a.belongs(set, q.AnswerValueSet, a.str(n, "system"), a.str(n, "code")) == no {
			a.fail(a.tree.Parent(n), fhir.IssueCodeInvalid, "the answer is not one of the value set that the question permits")
		}
	}
}

func (a *responder) isOption(n node, typ string, option *value) bool {
	if !strings.EqualFold(option.typ, typ) {
		return false
	}
	if a.tree.Kind(n) == tree.Object {
		return a.str(n, "code") == option.member("code") && a.str(n, "system") == option.member("system")
	}
	return a.tree.Text(n) == option.text()
}
