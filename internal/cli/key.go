package cli

import (
	"context"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/audit"
)

// keyCommand is about the keys that tacit signs with.
type keyCommand struct {
	Rotate keyRotate `cmd:"" help:"Make new keys for what tacit signs."`
}

type keyRotate struct {
	place
	Retire bool     `help:"End at once what the keys before have signed."`
	Names  []string `arg:"" optional:"" name:"key" help:"Keys to rotate, page, link or audit; all unless named."`
}

// Help teaches.
func (keyRotate) Help() string {
	return `tacit signs the tokens of further pages (key page), the addresses that parts of large files are sent to (key link),
and the checkpoints of the audit log (key audit).
What the keys before have signed holds for another week, checkpoints for as long as their key is there; --retire ends it at
once, as is right when a key has leaked. Both are in the audit log, which the next server signs.
With SQLite stop the server first; servers on PostgreSQL take the new keys within a minute.

  tacit key rotate
  tacit key rotate --retire link

Exit codes: 0 rotated · 2 could not do it · 3 there is no tacit here · 4 wrong usage`
}

// Run prints one line a key.
func (c keyRotate) Run(ctx context.Context, t *terminal) error {
	settings, err := c.opening()
	if err != nil {
		return err
	}
	rotated, err := app.RotateKeys(ctx, settings, quietLogger(t.err), c.Names, c.Retire)
	if fault.Is(err, fault.NotFound) {
		return &exit{code: ExitNothing, err: err}
	}
	if err != nil {
		return wrongUsage(err)
	}
	if t.json {
		return t.document(rotated)
	}
	for _, r := range rotated {
		before := "what the version before signed holds for a week"
		switch {
		case c.Retire:
			before = "what older versions signed holds no longer"
		case r.Name == audit.KeyName:
			before = "what older versions signed holds"
		}
		t.say("%s  version %d  %s", r.Name, r.Version, before)
	}
	return nil
}
