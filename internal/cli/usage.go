package cli

import "github.com/tacit-ml/tacit/internal/foundation/fault"

// usageError is a wrong command line with the remedy.
type usageError struct {
	err  error
	hint string
}

// Error is the parser's sentence.
func (u *usageError) Error() string { return u.err.Error() }

// Unwrap makes it a fault with the hint.
func (u *usageError) Unwrap() error {
	return &fault.Error{Kind: fault.Invalid, Message: u.err.Error(), Hint: u.hint}
}

// wrongUsage is err as a mistake of the command line when the person wrote what
// cannot be meant; what tacit refuses to do stays a failure.
func wrongUsage(err error) error {
	if fault.Is(err, fault.Invalid) {
		return &exit{code: ExitUsage, err: err}
	}
	return err
}
