package jinja

import (
	"slices"
	"strconv"
)

// tuple reads expressions with commas between them.
func (p *parser) tuple() *Node { return p.tupleOf(p.expression) }

// tupleOf reads one item, or more with commas between them.
func (p *parser) tupleOf(item func() *Node) *Node {
	first := item()
	if !p.is(tokenOperator, ",") {
		return first
	}
	n := &Node{Kind: List, At: first.At, Kids: []*Node{first}}
	for p.operator(",") {
		if t := p.peek(); t.kind == tokenClose || t.kind == tokenOperator && (t.text == "=" || t.text == ")") || t.kind == tokenName && t.text == "in" {
			break
		}
		n.Kids = append(n.Kids, item())
	}
	return n
}

// expression reads "a if b else c" and all that binds more tightly.
func (p *parser) expression() *Node {
	defer p.leave()
	if !p.enter() {
		return &Node{Kind: Constant}
	}
	n := p.or()
	for p.word("if") {
		c := &Node{Kind: Condition, At: n.At, Kids: []*Node{n, p.or(), nil}}
		if p.word("else") {
			c.Kids[2] = p.expression()
		}
		n = c
	}
	return n
}

func (p *parser) or() *Node  { return p.joined(p.and, "or") }
func (p *parser) and() *Node { return p.joined(p.not, "and") }

func (p *parser) joined(item func() *Node, word string) *Node {
	n := item()
	for p.is(tokenName, word) {
		p.take()
		n = &Node{Kind: Binary, At: n.At, Name: word, Kids: []*Node{n, item()}}
	}
	return n
}

func (p *parser) not() *Node {
	if t := p.peek(); p.word("not") {
		defer p.leave()
		if !p.enter() {
			return &Node{Kind: Constant}
		}
		return &Node{Kind: Unary, At: t.at, Name: "not", Kids: []*Node{p.not()}}
	}
	return p.compare()
}

func (p *parser) compare() *Node {
	n := p.sum()
	for p.err == nil {
		op := ""
		switch t := p.peek(); {
		case t.kind == tokenOperator && slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, t.text):
			op = p.take().text
		case p.word("in"):
			op = "in"
		case p.is(tokenName, "not") && p.tokens[p.n+1].text == "in":
			p.take()
			p.take()
			op = "not in"
		default:
			return n
		}
		n = &Node{Kind: Binary, At: n.At, Name: op, Kids: []*Node{n, p.sum()}}
	}
	return n
}

func (p *parser) sum() *Node     { return p.operated(p.concat, "+", "-") }
func (p *parser) concat() *Node  { return p.operated(p.product, "~") }
func (p *parser) product() *Node { return p.operated(p.power, "*", "/", "//", "%") }
func (p *parser) power() *Node   { return p.operated(func() *Node { return p.unary(true) }, "**") }

func (p *parser) operated(item func() *Node, operators ...string) *Node {
	n := item()
	for p.err == nil && p.peek().kind == tokenOperator && slices.Contains(operators, p.peek().text) {
		op := p.take().text
		n = &Node{Kind: Binary, At: n.At, Name: op, Kids: []*Node{n, item()}}
	}
	return n
}

func (p *parser) unary(filters bool) *Node {
	defer p.leave()
	if !p.enter() {
		return &Node{Kind: Constant}
	}
	t := p.peek()
	var n *Node
	if p.operator("-") || p.operator("+") {
		n = &Node{Kind: Unary, At: t.at, Name: t.text, Kids: []*Node{p.unary(false)}}
	} else {
		n = p.primary()
	}
	n = p.postfix(n)
	if filters {
		n = p.filters(n)
	}
	return n
}

func (p *parser) primary() *Node {
	t := p.take()
	n := &Node{Kind: Constant, At: t.at}
	switch {
	case t.kind == tokenName:
		switch t.text {
		case "true", "True", "false", "False":
			n.Value = t.text == "true" || t.text == "True"
		case "none", "None":
		default:
			n.Kind, n.Name = Name, t.text
		}
	case t.kind == tokenText:
		text := t.text
		for p.peek().kind == tokenText {
			text += p.take().text
		}
		n.Value = text
	case t.kind == tokenNumber:
		n.Value = numeral(t.text)
	case t.kind == tokenOperator && t.text == "(":
		if p.operator(")") {
			n.Kind = List
			return n
		}
		n = p.tuple()
		p.want(")")
	case t.kind == tokenOperator && t.text == "[":
		n.Kind, n.Kids = List, p.items("]")
	case t.kind == tokenOperator && t.text == "{":
		n.Kind, n.Kids = Dict, p.pairs()
	default:
		p.fail(t.at, "%q where a value must stand", t.text)
	}
	return n
}

// numeral is the value of a number; one that is none is 0, which changes nothing
// that is looked for.
func numeral(text string) float64 {
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return v
	}
	v, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		return 0
	}
	return float64(v)
}

func (p *parser) items(end string) []*Node {
	var all []*Node
	for p.err == nil && !p.is(tokenOperator, end) {
		all = append(all, p.expression())
		if !p.operator(",") {
			break
		}
	}
	p.want(end)
	return all
}

func (p *parser) pairs() []*Node {
	var all []*Node
	for p.err == nil && !p.is(tokenOperator, "}") {
		key := p.expression()
		p.want(":")
		all = append(all, key, p.expression())
		if !p.operator(",") {
			break
		}
	}
	p.want("}")
	return all
}

// postfix reads attributes, items and calls behind a value.
func (p *parser) postfix(n *Node) *Node {
	for p.err == nil {
		t := p.peek()
		switch {
		case p.operator("."):
			if d := p.peek(); d.kind == tokenNumber {
				p.take()
				n = &Node{Kind: Item, At: t.at, Kids: []*Node{n, {Kind: Constant, At: d.at, Value: numeral(d.text)}}}
				continue
			}
			n = &Node{Kind: Attribute, At: t.at, Name: p.name(), Kids: []*Node{n}}
		case p.operator("["):
			n = &Node{Kind: Item, At: t.at, Kids: []*Node{n, p.index()}}
			for p.operator(",") {
				n.Kids = append(n.Kids, p.index())
			}
			p.want("]")
		case p.is(tokenOperator, "("):
			n = &Node{Kind: Call, At: t.at, Kids: append([]*Node{n}, p.arguments()...)}
		default:
			return n
		}
	}
	return n
}

// index reads one, or a slice.
func (p *parser) index() *Node {
	at := p.peek().at
	var parts [3]*Node
	n := 0
	for p.err == nil && n < 3 {
		if !p.is(tokenOperator, ":") && !p.is(tokenOperator, "]") && !p.is(tokenOperator, ",") {
			parts[n] = p.expression()
		}
		if !p.operator(":") {
			break
		}
		n++
	}
	if n == 0 {
		if parts[0] == nil {
			p.fail(at, "an index is missing")
			return &Node{Kind: Constant, At: at}
		}
		return parts[0]
	}
	return &Node{Kind: Slice, At: at, Kids: parts[:]}
}

func (p *parser) arguments() []*Node {
	p.want("(")
	var all []*Node
	for p.err == nil && !p.is(tokenOperator, ")") {
		t := p.peek()
		switch {
		case p.operator("*") || p.operator("**"):
			all = append(all, &Node{Kind: Unary, At: t.at, Name: t.text, Kids: []*Node{p.expression()}})
		case t.kind == tokenName && p.tokens[p.n+1].kind == tokenOperator && p.tokens[p.n+1].text == "=":
			p.take()
			p.take()
			all = append(all, &Node{Kind: Keyword, At: t.at, Name: t.text, Kids: []*Node{p.expression()}})
		default:
			all = append(all, p.expression())
		}
		if !p.operator(",") {
			break
		}
	}
	p.want(")")
	return all
}

// filters reads filters, tests and calls behind a value, and attributes behind a
// filter, which Jinja refuses and other readers of templates do not.
func (p *parser) filters(n *Node) *Node {
	for p.err == nil {
		t := p.peek()
		switch {
		case p.operator("|"):
			n = p.filter(n)
		case p.word("is"):
			n = p.test(n, t.at)
		case p.is(tokenOperator, "("), p.is(tokenOperator, "."), p.is(tokenOperator, "["):
			n = p.postfix(n)
		default:
			return n
		}
	}
	return n
}

func (p *parser) dotted() string {
	name := p.name()
	for p.operator(".") {
		name += "." + p.name()
	}
	return name
}

// filter reads one behind its bar. Names of filters may have dots.
func (p *parser) filter(value *Node) *Node {
	n := &Node{Kind: Filter, At: p.peek().at, Name: p.dotted(), Kids: []*Node{value}}
	if p.is(tokenOperator, "(") {
		n.Kids = append(n.Kids, p.arguments()...)
	}
	return n
}

// test reads one behind is.
func (p *parser) test(value *Node, at int) *Node {
	negated := p.word("not")
	n := &Node{Kind: Test, At: at, Name: p.dotted(), Kids: []*Node{value}}
	t := p.peek()
	switch {
	case p.is(tokenOperator, "("):
		n.Kids = append(n.Kids, p.arguments()...)
	case t.kind == tokenText, t.kind == tokenNumber, t.kind == tokenOperator && (t.text == "[" || t.text == "{"),
		t.kind == tokenName && !slices.Contains([]string{"else", "or", "and", "is", "if", "in", "not", "recursive"}, t.text):
		n.Kids = append(n.Kids, p.postfix(p.primary()))
	}
	if negated {
		return &Node{Kind: Unary, At: at, Name: "not", Kids: []*Node{n}}
	}
	return n
}
