package scan

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Workspaces are none: verdicts are of files that other rooms keep.
func (s *Service) Workspaces(context.Context) ([]string, error) { return nil, nil }

// Holds is nothing: nobody has put a verdict into a workspace.
func (s *Service) Holds(context.Context, rows.Reader, string) (int64, error) { return 0, nil }

// lockPostgres keeps others from writing what was said of files; readers go on.
const lockPostgres = `LOCK TABLE scan_judgement, scan_version, scan_override, scan_signature, scan_failing, scan_fix, scan_fixed, scan_memory IN EXCLUSIVE MODE`

// Hold keeps others from writing verdicts until tx ends. It comes before all that tx
// reads.
func (s *Service) Hold(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "scan.Hold")
	return rows.Lock(ctx, tx, lockPostgres)
}

// Empty removes what was said of the caller's workspace.
func (s *Service) Empty(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "scan.Empty")
	return clearWorkspace(ctx, tx, caller.Workspace(ctx))
}

// Taken are none.
func (s *Service) Taken(context.Context, rows.Reader, *room.Move) ([]string, error) { return nil, nil }

// Move forgets what was said of m.From: versions that are transferred are judged
// where they lie then.
func (s *Service) Move(ctx context.Context, tx *rows.Tx, m *room.Move) (err error) {
	defer fault.Wrap(&err, "scan.Move(%s)", m.From)
	return clearWorkspace(ctx, tx, m.From)
}

func clearWorkspace(ctx context.Context, tx *rows.Tx, workspace string) error {
	for _, statement := range []string{clearJudgements, clearMemories, clearVersions, clearOverrides, clearSignatures, clearFailing, clearFixes, clearFixed} {
		if _, err := tx.Exec(ctx, statement, workspace); err != nil {
			return err
		}
	}
	return nil
}
