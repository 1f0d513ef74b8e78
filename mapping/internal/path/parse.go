package path

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// Error says what a path may not hold, at which byte, and what to write instead.
type Error struct {
	Offset  int
	Message string
	Hint    string
}

func (e *Error) Error() string { return e.Message }

// maxSteps bounds what one path may ask for.
const maxSteps = 64

// Parse reads a path. "." and "" are the value itself, which has no steps.
func Parse(text string) ([]Step, error) {
	if text == "" || text == "." {
		return nil, nil
	}
	p := parser{text: text}
	steps, err := p.steps(false, 0)
	if err != nil {
		return nil, err
	}
	return steps, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) fail(message, hint string) error { return &Error{p.at, message, hint} }

func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// steps reads until the end of the text, or in a query until its operator.
func (p *parser) steps(inQuery bool, depth int) ([]Step, error) {
	var steps []Step
	for {
		step, err := p.step(inQuery, depth)
		if err != nil {
			return nil, err
		}
		if steps = append(steps, step); len(steps) > maxSteps {
			return nil, p.fail(fmt.Sprintf("a path of more than %d parts", maxSteps), "")
		}
		switch c := p.peek(); {
		case p.at >= len(p.text):
			return steps, nil
		case c == '.':
			p.at++
		case c == '|':
			return nil, p.fail("a pipe in a path", "write a dot")
		case inQuery:
			return steps, nil
		default:
			return nil, p.fail(fmt.Sprintf("%q after a part of a path", c), "parts are divided by dots")
		}
	}
}

func (p *parser) step(inQuery bool, depth int) (Step, error) {
	switch c := p.peek(); c {
	case '#':
		return p.hash(depth)
	case '{', '[', '!':
		return Step{}, p.fail(fmt.Sprintf("a part of a path that begins with %q", c), "multipaths and literals are not part of the language; a name that begins so is written \\"+string(c))
	case '@':
		name, _, _ := strings.Cut(p.text[p.at+1:], ".")
		name, _, _ = strings.Cut(name, ":")
		switch name {
		case "pretty", "ugly", "reverse", "this", "flatten", "join", "valid", "keys", "values", "tostr", "fromstr", "group", "dig":
			return Step{}, p.fail("the modifier @"+name+" in a path", "use the operators ($sort, $join, $concat, …); a member of that name is written \\@"+name)
		}
	}
	start := p.at
	var name strings.Builder
	escaped := false
scan:
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '\\' && p.at+1 < len(p.text):
			p.at++
			escaped = true
			c = p.text[p.at]
		case c == '.' || c == '|':
			break scan
		case inQuery && strings.IndexByte(endsInQuery, c) >= 0:
			break scan
		case c == '*' || c == '?':
			return Step{}, p.fail(fmt.Sprintf("the wildcard %q in a path", c), "name the member; a name that holds it is written \\"+string(c))
		}
		name.WriteByte(c)
		p.at++
	}
	if p.at == start {
		return Step{}, p.fail("an empty part in a path", "there are two dots, or one at the end")
	}
	step := Step{kind: stepName, name: name.String(), index: -1}
	if n, err := strconv.Atoi(step.name); err == nil && n >= 0 && !escaped && strconv.Itoa(n) == step.name {
		step.index = n
	}
	return step, nil
}

func (p *parser) hash(depth int) (Step, error) {
	p.at++
	if p.peek() != '(' {
		if c := p.peek(); c != 0 && c != '.' && c != '|' && c != ')' && !strings.ContainsRune("=!<> ", rune(c)) {
			return Step{}, p.fail("a name that begins with #", "write it \\#")
		}
		return Step{kind: stepEach, index: -1}, nil
	}
	if depth > 4 {
		return Step{}, p.fail("a query in a query in a query", "")
	}
	p.at++
	q := &query{}
	p.spaces()
	if c := p.peek(); c != '=' && c != '!' && c != '<' && c != '>' {
		left, err := p.steps(true, depth+1)
		if err != nil {
			return Step{}, err
		}
		q.left = left
	}
	p.spaces()
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">", "="} {
		if strings.HasPrefix(p.text[p.at:], op) {
			q.op = op
			break
		}
	}
	if q.op == "" {
		return Step{}, p.fail("a query without a comparison", `write #(name=="text"), with one of == != < <= > >=; patterns (%) are not part of the language`)
	}
	p.at += len(q.op)
	if q.op == "=" {
		q.op = "=="
	}
	p.spaces()
	if err := p.literal(q); err != nil {
		return Step{}, err
	}
	p.spaces()
	if p.peek() != ')' {
		return Step{}, p.fail("a query that is not closed", "a query compares with one literal and ends with )")
	}
	p.at++
	if p.peek() == '#' {
		p.at++
		return Step{kind: stepAll, index: -1, query: q}, nil
	}
	return Step{kind: stepFirst, index: -1, query: q}, nil
}

func (p *parser) spaces() {
	for p.peek() == ' ' {
		p.at++
	}
}

func (p *parser) literal(q *query) error {
	if p.peek() == '"' {
		end := p.at + 1
		for end < len(p.text) && p.text[end] != '"' {
			if p.text[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(p.text) {
			return p.fail("a quoted text in a query that is not closed", "")
		}
		text, err := strconv.Unquote(p.text[p.at : end+1])
		if err != nil {
			return p.fail("a quoted text in a query that cannot be read", "")
		}
		q.text, q.spell = text, tape.IsNumber([]byte(text))
		p.at = end + 1
		return nil
	}
	end := p.at
	for end < len(p.text) && p.text[end] != ')' && p.text[end] != ' ' {
		end++
	}
	q.text = p.text[p.at:end]
	q.isNum = tape.IsNumber([]byte(q.text))
	q.spell = q.isNum
	if q.isNum || q.text == "true" || q.text == "false" {
		p.at = end
		return nil
	}
	if q.text == "null" {
		return p.fail("null in a query", "a query compares with text, numbers, true and false; use $where")
	}
	return p.fail("a text without quotes in a query", `write it in double quotes: #(name=="text")`)
}
