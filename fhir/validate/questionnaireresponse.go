package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// responder holds one QuestionnaireResponse against its form.
type responder struct {
	*run

	form    *form
	partial bool // not finished: what is required may still be missing
	answers map[string][]node
}

// questionnaireResponse holds a response against its Questionnaire, where that is contained or among the definitions.
func (r *run) questionnaireResponse(n node, sc *scope) {
	url := r.str(n, "questionnaire")
	if url == "" {
		return
	}
	f := r.formOf(url, sc)
	if f == nil {
		return
	}
	status := r.str(n, "status")
	a := responder{run: r, form: f, answers: map[string][]node{}, partial: status == "in-progress" || status == "stopped" || status == "entered-in-error"}
	a.eachAnswered(n, 0)
	a.items(n, f.items, nil, 0)
}

// formOf finds the Questionnaire: contained by "#id", else by URL.
func (r *run) formOf(url string, sc *scope) *form {
	id, fragment := strings.CutPrefix(url, "#")
	if !fragment {
		return r.v.definitions.form(url)
	}
	c := r.containedByID(sc.container)[id]
	if c == 0 || r.typeName(c) != "Questionnaire" {
		return nil
	}
	f, err := readForm([]byte(r.tree.Raw(c)))
	if err != nil {
		return nil // its own validation says what is wrong
	}
	return f
}

// eachAnswered collects the answers of every question.
func (a *responder) eachAnswered(n node, depth int) {
	if depth > maxItemDepth {
		return
	}
	for item := range a.run.items(a.tree.Member(n, "item")) {
		link := a.str(item, "linkId")
		for answer := range a.run.items(a.tree.Member(item, "answer")) {
			a.answers[link] = append(a.answers[link], answer)
			a.eachAnswered(answer, depth+1)
		}
		a.eachAnswered(item, depth+1)
	}
}

// items holds the items of one level against the questions there.
func (a *responder) items(n node, questions []*question, around *question, depth int) {
	if depth > maxItemDepth {
		return
	}
	byLink := map[string][]node{}
	for item := range a.run.items(a.tree.Member(n, "item")) {
		link := a.str(item, "linkId")
		if link == "" {
			continue
		}
		q := a.form.byLink[link]
		switch {
		case q == nil:
			a.fail(n, fhir.IssueNotFound, "an item's linkId is not one of the questionnaire's")
		case q.parent != around:
			a.fail(n, fhir.IssueStructure, "an item stands at another level than its question in the questionnaire")
		default:
			byLink[link] = append(byLink[link], item)
		}
	}
	for _, q := range questions {
		if q != nil {
			a.question(n, q, byLink[q.LinkID], depth)
		}
	}
}

// question checks all items of one question at one place.
func (a *responder) question(n node, q *question, items []node, depth int) {
	enabled := a.enabled(q)
	count := 0
	for _, item := range items {
		if !enabled {
			a.fail(item, fhir.IssueInvalid, "the question is not enabled by the answers given: it must not be answered")
		}
		count += a.item(item, q, depth)
	}
	if q.Type == "display" {
		return
	}
	if len(items) > 1 && !q.Repeats {
		a.fail(items[1], fhir.IssueInvalid, "the question does not repeat: one item with its linkId is allowed")
	}
	if len(items) > 1 && q.Type != "group" && q.Repeats {
		a.fail(items[1], fhir.IssueInvalid, "one item with the question's linkId is allowed: give it several answers")
	}
	if a.partial || !enabled {
		return
	}
	present := count
	if q.Type == "group" {
		present = len(items)
	}
	at := n
	if len(items) > 0 {
		at = items[0]
	}
	if q.Required && present == 0 {
		a.fail(at, fhir.IssueRequired, "a required question has no answer: its linkId is %s", quoted(q.LinkID))
	}
	if least := q.extension("questionnaire-minOccurs"); least != nil && present < atoi(least.text()) {
		a.fail(at, fhir.IssueInvalid, "the question needs at least %s answers", least.text())
	}
	if most := q.extension("questionnaire-maxOccurs"); most != nil && most.text() != "" && present > atoi(most.text()) {
		a.fail(at, fhir.IssueInvalid, "the question takes at most %s answers", most.text())
	}
}

func atoi(text string) int {
	n := 0
	for i := 0; i < len(text) && i < 9 && text[i] >= '0' && text[i] <= '9'; i++ {
		n = n*10 + int(text[i]-'0')
	}
	return n
}

// item checks one item and returns how many answers it has.
func (a *responder) item(item node, q *question, depth int) int {
	t := a.tree
	count := 0
	for answer := range a.run.items(t.Member(item, "answer")) {
		if t.Kind(answer) != tree.Object {
			continue
		}
		count++
		a.answer(answer, q)
		a.items(answer, q.Items, q, depth+1)
	}
	switch {
	case q.Type == "group" && count > 0:
		a.fail(item, fhir.IssueStructure, "a group has items, not answers")
	case q.Type == "display" && count > 0:
		a.fail(item, fhir.IssueStructure, "a display text takes no answers")
	case count > 1 && !q.Repeats && q.Type != "group":
		a.fail(item, fhir.IssueInvalid, "the question takes one answer")
	}
	switch {
	case q.Type == "group":
		a.items(item, q.Items, q, depth+1)
	case t.Member(item, "item") != 0:
		a.fail(item, fhir.IssueStructure, "items below a question stand in its answer")
	}
	return count
}

// enabled reports whether a question's enableWhen lets it be answered; R4 wants enableBehavior for more than one condition, all is what holds without.
func (a *responder) enabled(q *question) bool {
	if len(q.EnableWhen) == 0 {
		return true
	}
	for i := range q.EnableWhen {
		holds := a.condition(&q.EnableWhen[i])
		if q.EnableBehavior == "any" && holds {
			return true
		}
		if q.EnableBehavior != "any" && !holds {
			return false
		}
	}
	return q.EnableBehavior != "any"
}

// condition evaluates one enableWhen: any answer that compares as asked will do.
func (a *responder) condition(when *enableWhen) bool {
	answers := a.answers[when.Question]
	if when.Operator == "exists" {
		return (len(answers) > 0) == (when.answer.text() != "false")
	}
	for _, answer := range answers {
		n, typ := a.answerValue(answer)
		if n == 0 || !strings.EqualFold(typ, when.answer.typ) {
			continue
		}
		if a.comparesAs(n, typ, when) {
			return true
		}
	}
	return false
}

func (a *responder) comparesAs(n node, typ string, when *enableWhen) bool {
	var order int
	switch typ {
	case "Coding":
		same := a.str(n, "code") == when.answer.member("code") && (when.answer.member("system") == "" || a.str(n, "system") == when.answer.member("system"))
		return same == (when.Operator == "=")
	case "Quantity":
		order = compareDecimals(a.tree.Raw(a.tree.Member(n, "value")), when.answer.member("value"))
	case "decimal", "integer":
		order = compareDecimals(a.tree.Raw(n), when.answer.text())
	case "date", "dateTime", "time":
		order = compareDates(a.tree.Text(n), when.answer.text())
	default:
		order = strings.Compare(a.tree.Text(n), when.answer.text())
	}
	switch when.Operator {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case ">":
		return order > 0
	case "<":
		return order < 0
	case ">=":
		return order >= 0
	case "<=":
		return order <= 0
	default:
		return false
	}
}
