package compat

import (
	"errors"
	"strconv"
	"strings"
)

// global is what a pickle names. In modelscan's list a module or name may be
// something else than a str.
type global struct{ module, name value }

// listing is how one of the two lists the globals of a stream.
type listing struct {
	// first is the least index of an opcode that may give an operand: modelscan
	// does not look at the very first.
	first int
	// texts also takes operands from the opcodes of bytes strings, and makes a
	// text of what the memo has.
	texts bool
	// partial keeps what a pickle names before it breaks.
	partial bool
}

// genops says that opcodes cannot be listed, and what was listed before.
type genops struct {
	cause   error
	globals []global
}

// Error is the cause's.
func (g *genops) Error() string { return g.cause.Error() }

// Unwrap is the cause.
func (g *genops) Unwrap() error { return g.cause }

// lister lists the globals of one stream.
type lister struct {
	listing
	s       *stream
	memo    map[string]int64 // key: where the opcode is whose argument is kept
	found   []global
	seen    map[global]bool
	failure error // of the pickle's globals; told when its opcodes are listed

	// Of the pickle that is read:
	n        int    // opcodes so far
	previous int64  // where the last one is
	operands [2]int // the last two that put nothing into the memo: their indexes
	places   [2]int64
	have     int
}

// globals lists what the pickles of a stream name: of all of them, or of the
// first. Two errors are told apart: that opcodes cannot be listed is a genops.
func (how listing) globals(s *stream, all bool) ([]global, error) {
	l := &lister{listing: how, s: s, memo: map[string]int64{}, seen: map[global]bool{}}
	for {
		broken := l.pickle()
		if broken != nil && !how.partial {
			return nil, &genops{broken, l.found}
		}
		_, more, err := s.readByte()
		if err != nil {
			return nil, err
		}
		if err := s.seek(-1); err != nil { // at the end that is the last byte
			return nil, err
		}
		switch {
		case l.failure != nil:
			return nil, l.failure
		case !all:
			return l.found, nil
		case broken != nil:
			return nil, &genops{broken, l.found}
		case !more:
			return l.found, nil
		}
	}
}

// pickle lists the opcodes of one pickle up to STOP, and gives why it cannot.
func (l *lister) pickle() error {
	l.n, l.have = 0, 0
	before := len(l.found)
	for {
		o, v, err := l.s.next(false)
		if err != nil {
			if !l.partial {
				l.forget(before)
			}
			return err
		}
		if l.failure == nil {
			l.failure = l.look(o, v)
		}
		l.previous = o.at
		l.n++
		if o.name == "STOP" {
			return nil
		}
	}
}

// forget drops the globals of a pickle that broke.
func (l *lister) forget(from int) {
	for _, g := range l.found[from:] {
		delete(l.seen, g)
	}
	l.found, l.failure = l.found[:from], nil
}

func (l *lister) look(o op, v value) error {
	switch o.name {
	case "MEMOIZE":
		if l.n > 0 {
			l.memo[strconv.Itoa(len(l.memo))] = l.previous
		}
		return nil
	case "PUT", "BINPUT", "LONG_BINPUT":
		if l.n > 0 {
			l.memo[memoKey(v)] = l.previous
		}
		return nil
	case "GLOBAL", "INST":
		module, name, _ := strings.Cut(v.text, " ")
		l.add(global{value{text, module}, value{text, name}})
	case "STACK_GLOBAL":
		if err := l.stackGlobal(); err != nil {
			return err
		}
	}
	l.operands[0], l.operands[1] = l.operands[1], l.n
	l.places[0], l.places[1] = l.places[1], o.at
	l.have = min(l.have+1, 2)
	return nil
}

func (l *lister) add(g global) {
	if !l.seen[g] {
		l.seen[g] = true
		l.found = append(l.found, g)
	}
}

// stackGlobal takes the last two opcodes that put nothing into the memo for the
// operands, whatever became of what they pushed.
func (l *lister) stackGlobal() error {
	var values []value
	for i := 1; i >= 2-l.have; i-- {
		if l.operands[i] < l.first {
			break
		}
		v, err := l.operand(l.places[i])
		if err != nil {
			return err
		}
		values = append(values, v)
	}
	if len(values) != 2 {
		return raise(valueError, "Found %d values for STACK_GLOBAL at position %d instead of 2.", len(values), l.n)
	}
	for _, v := range values {
		if v.kind == array {
			return raise(otherError, "unhashable type: 'bytearray'")
		}
	}
	l.add(global{values[1], values[0]})
	return nil
}

// unknown stands for an operand that is no text.
var unknown = value{text, "unknown"}

// operand is what the opcode at a place gives.
func (l *lister) operand(at int64) (value, error) {
	o, v, err := l.again(at)
	if err != nil {
		return value{}, err
	}
	switch o.name {
	case "GET", "BINGET", "LONG_BINGET":
		place, kept := l.memo[memoKey(v)]
		switch {
		case !kept && l.texts:
			return unknown, nil
		case !kept:
			return value{}, raise(otherError, "%s", memoKey(v))
		}
		_, v, err := l.again(place)
		if l.texts && v.kind != text {
			v = value{text, orNone(v)}
		}
		return v, err
	case "SHORT_BINUNICODE", "UNICODE", "BINUNICODE", "BINUNICODE8":
		return v, nil
	case "STRING", "BINSTRING", "SHORT_BINSTRING":
		if l.texts {
			return v, nil
		}
	}
	return unknown, nil
}

func orNone(v value) string {
	if v.kind == none {
		return "None"
	}
	return v.text
}

// again reads an opcode once more, and stays where it is.
func (l *lister) again(at int64) (op, value, error) {
	here := l.s.at
	l.s.at = at
	o, v, err := l.s.next(true)
	l.s.at = here
	return o, v, err
}

// memoKey is a number as the memo has it: True is 1.
func memoKey(v value) string {
	switch v.text {
	case "True":
		return "1"
	case "False":
		return "0"
	}
	return v.text
}

// asGenops gives the genops in an error.
func asGenops(err error) (*genops, bool) {
	var g *genops
	return g, errors.As(err, &g)
}
