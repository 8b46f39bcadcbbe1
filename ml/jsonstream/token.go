package jsonstream

import (
	"errors"
	"fmt"
)

// Kind is what a token is.
type Kind uint8

// The kinds of tokens. End comes once, after the one value of a document.
const (
	End Kind = iota
	Object
	EndObject
	Array
	EndArray
	Key
	String
	Number
	Bool
	Null
)

func (k Kind) String() string {
	return [...]string{"end", "object", "end of object", "array", "end of array", "key", "string", "number", "bool", "null"}[k]
}

// Token is one piece of a document.
type Token struct {
	Kind      Kind
	From, To  int64  // bytes of the input
	Text      []byte // of a key or string, unescaped, until the next call
	Cut       bool   // Text is only the beginning, of as many bytes as the limit says
	Duplicate bool   // a key that its object had before
	Number    float64
	Integer   bool // a number without fraction and exponent
	True      bool // of a bool
}

// Limits is what a document may use.
type Limits struct {
	Depth int // of objects and arrays in each other
	Text  int // bytes of one key or string that are kept
	Keys  int // of the objects that are open at once: duplicates are known among these
}

// DefaultLimits suit files of models: vocabularies of millions of words.
func DefaultLimits() Limits { return Limits{Depth: 1 << 10, Text: 4 << 20, Keys: 1 << 21} }

// ErrLimit is in every error that is a limit's and not the document's.
var ErrLimit = errors.New("a limit of the reader")

// SyntaxError says where the input is not JSON.
type SyntaxError struct {
	Offset int64
	What   string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("json: byte %d: %s", e.Offset, e.What) }
