package jinja

// Kind is what a node is.
type Kind uint8

// The kinds of nodes. What Kids are is said behind each.
const (
	Data      Kind = iota // Text
	Output                // its expression
	If                    // its test; Body, Else
	For                   // target, iterable, and the test if there is one; Body, Else
	Set                   // target, and the value or else Body
	Block                 // a block, macro, call, filter, with, autoescape, trans, generation: Name; Kids, Body
	Load                  // import, from, include, extends: Name; what is loaded
	Do                    // its expression; break and continue have none
	Constant              // Value
	Name                  // Name
	Attribute             // object; Name
	Item                  // object, index
	Slice                 // start, stop, step; nil where left out
	Call                  // callee, arguments
	Keyword               // an argument by its Name; its value
	Filter                // the value (nil for the tag's), arguments; Name
	Test                  // the value, arguments; Name
	Unary                 // operand; Name is the operator
	Binary                // left, right; Name is the operator
	Condition             // value, test, otherwise
	List                  // items; tuples too
	Dict                  // key, value, key, value …
)

// Node is a piece of a template.
type Node struct {
	Kind  Kind
	At    int // byte of the template
	Name  string
	Text  string // of data
	Value any    // of a constant: string, float64, bool or nil
	Kids  []*Node
	Body  []*Node
	Else  []*Node
}
