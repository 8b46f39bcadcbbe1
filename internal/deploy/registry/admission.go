package registry

import (
	"context"
	"errors"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// check asks inside the transaction of a change whether the gate's answer holds.
type check func(ctx context.Context, tx *rows.Tx) error

// errOvertaken ends the transaction of a change whose admission holds no more.
var errOvertaken = errors.New("registry: what the gate looked at changed before the version was admitted")

// mostAdmissions is how often a gate is asked for one change.
const mostAdmissions = 3

// admitted makes a change that a gate must let pass: the gate is asked before it, of
// a version that is there, and in the change's transaction whether its answer holds.
// Where what it looked at changed between, it is asked anew. So whatever is said of a
// version is seen by who admits it, or finds it admitted. fault.Conflict.
func (s *Service) admitted(ctx context.Context, name string, number int64, alias string, stage Stage, change func(check) error) error {
	for range mostAdmissions {
		if _, err := s.Version(ctx, name, number); err != nil {
			return err
		}
		admission, err := s.Gate.Admit(ctx, name, number, alias, stage)
		if err != nil {
			return err
		}
		err = change(func(ctx context.Context, tx *rows.Tx) error {
			holds, err := admission.Holds(ctx, tx)
			if err == nil && !holds {
				err = errOvertaken
			}
			return err
		})
		if !errors.Is(err, errOvertaken) {
			return err
		}
	}
	return fault.WithHint(fault.New(fault.Conflict, "The files of version %d of %s are being changed.", number, name), "ask again when they are all there")
}
