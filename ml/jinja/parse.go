package jinja

import (
	"errors"
	"fmt"
	"slices"
)

// mostDeep bounds expressions and tags in each other.
const mostDeep = 200

// ErrDeep is given for a template that lies too deep in itself.
var ErrDeep = errors.New("jinja: too many levels in each other")

// Parse reads a template. An error is a *SyntaxError or ErrDeep.
func Parse(template string) ([]*Node, error) {
	tokens, err := lex(template)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	body, err := p.body(nil)
	if err == nil {
		err = p.err
	}
	if err == nil && tall(body) {
		err = ErrDeep
	}
	return body, err
}

// mostTall bounds the tree: chains of operators make it higher than they are
// deep.
const mostTall = 4000

// tall reports whether a tree is higher than that.
func tall(body []*Node) bool {
	type level struct {
		nodes []*Node
		deep  int
	}
	for stack := []level{{body, 1}}; len(stack) > 0; {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if top.deep > mostTall {
			return true
		}
		for _, n := range top.nodes {
			if n != nil {
				stack = append(stack, level{n.Kids, top.deep + 1}, level{n.Body, top.deep + 1}, level{n.Else, top.deep + 1})
			}
		}
	}
	return false
}

// parser reads tokens. The first thing wrong stays in err, and ends the input.
type parser struct {
	tokens []token
	n      int
	deep   int
	err    error
}

func (p *parser) peek() token {
	if p.err != nil {
		return token{kind: tokenEnd, at: p.tokens[len(p.tokens)-1].at}
	}
	return p.tokens[p.n]
}

func (p *parser) take() token {
	t := p.peek()
	if p.err == nil && p.n < len(p.tokens)-1 {
		p.n++
	}
	return t
}

func (p *parser) fail(at int, format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{Offset: at, What: fmt.Sprintf(format, args...)}
	}
}

// enter counts a level; leave is called in any case.
func (p *parser) enter() bool {
	if p.deep++; p.deep > mostDeep && p.err == nil {
		p.err = ErrDeep
	}
	return p.err == nil
}

func (p *parser) leave() { p.deep-- }

func (p *parser) is(kind tokenKind, text string) bool {
	t := p.peek()
	return t.kind == kind && t.text == text
}

func (p *parser) operator(text string) bool {
	if p.is(tokenOperator, text) {
		p.take()
		return true
	}
	return false
}

func (p *parser) word(text string) bool {
	if p.is(tokenName, text) {
		p.take()
		return true
	}
	return false
}

func (p *parser) want(text string) {
	if !p.operator(text) {
		p.fail(p.peek().at, "%q is missing before %q", text, p.peek().text)
	}
}

func (p *parser) name() string {
	t := p.take()
	if t.kind != tokenName {
		p.fail(t.at, "%q where a name must stand", t.text)
	}
	return t.text
}

func (p *parser) close() {
	if t := p.take(); t.kind != tokenClose {
		p.fail(t.at, "%q where the tag must end", t.text)
	}
}

// body reads up to a tag of one of the names, whose name is then next, or to
// the end when there are none.
func (p *parser) body(ends []string) ([]*Node, error) {
	defer p.leave()
	var all []*Node
	for p.enter() {
		t := p.take()
		switch {
		case t.kind == tokenEnd:
			if ends != nil {
				p.fail(t.at, "the template ends before %q", ends[len(ends)-1])
			}
			return all, p.err
		case t.kind == tokenData:
			all = append(all, &Node{Kind: Data, At: t.at, Text: t.text})
		case t.text == "{{":
			all = append(all, &Node{Kind: Output, At: t.at, Kids: []*Node{p.tuple()}})
			p.close()
		default:
			if p.peek().kind == tokenName && slices.Contains(ends, p.peek().text) {
				return all, p.err
			}
			if n := p.statement(); n != nil {
				all = append(all, n)
			}
		}
		p.deep--
	}
	return all, p.err
}

// inner is the body of a tag up to one of the ends, whose name it gives.
func (p *parser) inner(ends ...string) ([]*Node, string) {
	p.close()
	body, err := p.body(ends)
	if err != nil {
		return body, ""
	}
	return body, p.take().text
}

// statement reads a tag behind its {%.
func (p *parser) statement() *Node {
	t := p.take()
	n := &Node{At: t.at, Name: t.text}
	if t.kind != tokenName {
		p.fail(t.at, "%q where a tag's name must stand", t.text)
		return nil
	}
	switch t.text {
	case "if":
		p.branch(n)
	case "for":
		p.loop(n)
	case "set":
		p.set(n)
	case "block", "macro", "call", "filter", "with", "autoescape", "trans", "generation":
		n.Kind = Block
		p.block(n)
	case "import", "from", "include", "extends":
		n.Kind = Load
		n.Kids = []*Node{p.expression()}
		for p.err == nil && p.peek().kind != tokenClose {
			p.take() // as, import, names, ignore missing, with context
		}
		p.close()
	case "do":
		n.Kind, n.Kids = Do, []*Node{p.tuple()}
		p.close()
	case "break", "continue", "debug":
		n.Kind = Do
		p.close()
	default:
		p.fail(t.at, "the unknown tag %q", t.text)
	}
	return n
}

// branch reads if, and elif as an if in its else.
func (p *parser) branch(n *Node) {
	n.Kind, n.Kids = If, []*Node{p.tuple()}
	var end string
	n.Body, end = p.inner("elif", "else", "endif")
	switch end {
	case "elif":
		if p.enter() {
			inner := &Node{At: p.peek().at, Name: "if"}
			n.Else = []*Node{inner}
			p.branch(inner)
		}
		p.leave()
		return
	case "else":
		n.Else, _ = p.inner("endif")
	}
	p.close()
}

func (p *parser) loop(n *Node) {
	n.Kind = For
	target := p.target()
	if !p.word("in") {
		p.fail(p.peek().at, "for without in")
	}
	n.Kids = []*Node{target, p.tupleOf(p.or)}
	if p.word("if") {
		n.Kids = append(n.Kids, p.expression())
	}
	p.word("recursive")
	var end string
	if n.Body, end = p.inner("else", "endfor"); end == "else" {
		n.Else, _ = p.inner("endfor")
	}
	p.close()
}

// target reads names, and attributes of namespaces, to which a value goes.
func (p *parser) target() *Node {
	return p.tupleOf(p.postfix0)
}

func (p *parser) postfix0() *Node { return p.postfix(p.primary()) }

func (p *parser) set(n *Node) {
	n.Kind, n.Kids = Set, []*Node{p.target()}
	if p.operator("=") {
		n.Kids = append(n.Kids, p.tuple())
		p.close()
		return
	}
	for p.operator("|") {
		n.Kids = append(n.Kids, p.filter(nil))
	}
	n.Body, _ = p.inner("endset")
	p.close()
}

func (p *parser) block(n *Node) {
	switch n.Name {
	case "block":
		n.Kids = []*Node{{Kind: Name, At: p.peek().at, Name: p.name()}}
		for p.word("scoped") || p.word("required") {
			continue
		}
	case "macro":
		n.Kids = []*Node{{Kind: Name, At: p.peek().at, Name: p.name()}}
		n.Kids = append(n.Kids, p.parameters()...)
	case "call":
		if p.is(tokenOperator, "(") {
			n.Kids = p.parameters()
		}
		n.Kids = append(n.Kids, p.expression())
	case "filter":
		f := p.filter(nil)
		for p.operator("|") {
			f = p.filter(f)
		}
		n.Kids = []*Node{f}
	case "with", "trans":
		for p.err == nil && p.peek().kind != tokenClose {
			n.Kids = append(n.Kids, p.binding())
			if !p.operator(",") && p.peek().kind != tokenClose && n.Name == "with" {
				p.fail(p.peek().at, "%q in with", p.peek().text)
			}
		}
	case "autoescape":
		n.Kids = []*Node{p.expression()}
	}
	if n.Name == "trans" {
		var end string
		if n.Body, end = p.inner("pluralize", "endtrans"); end == "pluralize" {
			if p.peek().kind == tokenName {
				p.take()
			}
			n.Else, _ = p.inner("endtrans")
		}
		p.close()
		return
	}
	n.Body, _ = p.inner("end" + n.Name)
	if n.Name == "block" && p.peek().kind == tokenName {
		p.take()
	}
	p.close()
}

// binding is a name, and its value if it has one.
func (p *parser) binding() *Node {
	n := &Node{Kind: Set, At: p.peek().at, Name: "set"}
	n.Kids = []*Node{p.postfix(p.primary())}
	if p.operator("=") {
		n.Kids = append(n.Kids, p.expression())
	}
	return n
}

// parameters of a macro, with their defaults.
func (p *parser) parameters() []*Node {
	p.want("(")
	var all []*Node
	for p.err == nil && !p.is(tokenOperator, ")") {
		n := &Node{Kind: Set, At: p.peek().at, Name: "set"}
		n.Kids = []*Node{{Kind: Name, At: n.At, Name: p.name()}}
		if p.operator("=") {
			n.Kids = append(n.Kids, p.expression())
		}
		all = append(all, n)
		if !p.operator(",") {
			break
		}
	}
	p.want(")")
	return all
}
