// Package fault is the one error type that crosses a package's public face.
//
// A fault has a Kind that every protocol maps to its own codes in one table, a
// Message that is a sentence for the person who asked, a Hint that names the
// remedy, and a Cause that only the operator's log shows. An error that is not
// a fault is Internal, and its text never reaches a user.
//
// It is not a logging package: errors are returned, not also logged.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure it is; the zero Kind is Internal.
type Kind uint8

// The kinds, each mapped by every protocol.
const (
	Internal        Kind = iota // tacit's own failure, or an unknown error
	Invalid                     // the request is wrong and stays wrong when repeated
	NotFound                    // the named thing does not exist, or may not be seen
	Exists                      // the name is taken
	Conflict                    // the thing changed, or its state forbids this
	Denied                      // the actor may not do this
	Unauthenticated             // nobody stands behind the request
	Limit                       // too much, too large or too often
	Unavailable                 // a store or the server cannot answer now; repeat later
	Unsupported                 // known, and not offered here
)

var names = [...]string{"internal", "invalid", "not found", "exists", "conflict", "denied", "unauthenticated", "limit", "unavailable", "unsupported"}

// String names the kind in words.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Internal]
}

// Error is a failure as data.
type Error struct {
	Kind    Kind
	Message string // a sentence for the person who asked
	Hint    string // what to do next, "" when there is nothing to say
	Op      string // the path of operations, for the operator
	Cause   error  // what lies below, for the operator

	After time.Duration // how long to wait before it may succeed, 0 when nobody knows

	whole error // the error that this was found below, when it is a copy of what lay below another
}

// Error reads as a path for the operator: the operations, the message, the cause.
func (e *Error) Error() string {
	s := e.Message
	if s == "" {
		s = e.Kind.String()
	}
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause, or what else was found with it.
func (e *Error) Unwrap() error {
	if e.whole != nil {
		return e.whole
	}
	return e.Cause
}

// copied is the fault below err as one that may be changed, nil when there is
// none. Errors around it stay to be found.
func copied(err error) *Error {
	var f *Error
	if !errors.As(err, &f) {
		return nil
	}
	c := *f
	if err != error(f) {
		c.whole = err
	}
	return &c
}

// New makes a fault of a kind with a message.
func New(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Because makes a fault of a kind with a message over a cause.
func Because(cause error, kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// WithHint returns err with a remedy. An error that is no fault becomes an
// Internal one.
func WithHint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	c := copied(err)
	if c == nil {
		c = &Error{Cause: err}
	}
	c.Hint = fmt.Sprintf(format, args...)
	return c
}

// After returns err, a fault, with how long to wait before it may succeed.
func After(err error, wait time.Duration) error {
	c := copied(err)
	if c == nil {
		return err
	}
	c.After = wait
	return c
}

// Seconds is how many whole seconds to wait before what failed with err may
// succeed, least when err does not say.
func Seconds(err error, least int) int {
	var f *Error
	if !errors.As(err, &f) || f.After <= 0 {
		return least
	}
	return max(least, int((f.After+time.Second-1)/time.Second))
}

// Wrap puts an operation before the path of *err, keeping kind, message and
// hint. It is deferred as the first line of a use case:
//
//	defer fault.Wrap(&err, "registry.SetAlias(%s)", name)
func Wrap(err *error, format string, args ...any) {
	if *err == nil {
		return
	}
	c := copied(*err)
	if c == nil {
		c = &Error{Cause: *err}
	}
	op := fmt.Sprintf(format, args...)
	if c.Op != "" {
		op += ": " + c.Op
	}
	c.Op = op
	*err = c
}

// KindOf gives the kind of err: Internal for an error that is no fault.
func KindOf(err error) Kind {
	var f *Error
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// Is reports whether err is a fault of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Sentence is what a user may read of err: the message of a fault, and nothing
// of an error that is none.
func Sentence(err error) string {
	var f *Error
	if errors.As(err, &f) && f.Message != "" {
		return f.Message
	}
	return "Something went wrong inside tacit. The request id leads to the reason in the server's log."
}

// HintOf is the remedy that err names, or "".
func HintOf(err error) string {
	var f *Error
	if errors.As(err, &f) {
		return f.Hint
	}
	return ""
}
