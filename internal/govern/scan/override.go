package scan

import (
	"context"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Override is a person's word that files pass: these bytes under these names, in
// whatever version of the workspace they are. It sleeps while the version for which it
// was made has other files.
type Override struct {
	Digest string
	Who    string
	Reason string
	Made   time.Time

	root string // the folder for which it was made
}

// Override lets the files of a version pass all gates as they are now, whatever is
// said of them. fault.Invalid without a reason; fault.NotFound.
func (s *Service) Override(ctx context.Context, name string, number int64, reason string) (_ Override, err error) {
	defer fault.Wrap(&err, "scan.Override(%s, %d)", name, number)
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > 1000 {
		return Override{}, fault.New(fault.Invalid, "An override needs a reason, of at most 1,000 bytes.")
	}
	root, _, err := s.Models.OfVersion(ctx, name, number)
	if err != nil {
		return Override{}, err
	}
	if root == "" {
		return Override{}, fault.New(fault.Invalid, "Version %d of %s has no files that tacit keeps.", number, name)
	}
	j, _, err := s.Judge(ctx, root)
	if err != nil {
		return Override{}, err
	}
	if j.Files == 0 {
		return Override{}, fault.WithHint(fault.New(fault.Invalid, "Version %d of %s has no files yet, and an override holds for files.", number, name), "log them first")
	}
	o := Override{Digest: j.Digest, Who: caller.From(ctx).Actor.String(), Reason: reason, Made: s.Now().UTC(), root: root}
	return o, s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := tx.Exec(ctx, upsertOverride, caller.Workspace(ctx), o.Digest, o.Who, o.Reason, o.Made.UnixMicro(), root); err != nil {
			return err
		}
		if err := s.reviewLater(ctx, tx, o.Digest); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, overridden(root, o))
	})
}

// EndOverride has the verdict of a version's files count again: the override that holds
// for them ends, in all versions that have them, and so do those that were made for
// other files of its folder. fault.NotFound when nothing is overridden.
func (s *Service) EndOverride(ctx context.Context, name string, number int64, reason string) (err error) {
	defer fault.Wrap(&err, "scan.EndOverride(%s, %d)", name, number)
	root, _, err := s.Models.OfVersion(ctx, name, number)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		j, _, err := one(ctx, tx, scanJudgement, selectJudgement, root)
		if err != nil {
			return err
		}
		ending, err := rows.Collect(ctx, tx, scanOverride, selectAsleep, caller.Workspace(ctx), root, j.Digest)
		if err != nil {
			return err
		}
		o, over, err := one(ctx, tx, scanOverride, selectOverride, j.Digest)
		if err != nil {
			return err
		}
		if over {
			ending = append(ending, o)
		}
		if len(ending) == 0 {
			return fault.New(fault.NotFound, "Nothing is overridden for version %d of %s.", number, name)
		}
		for _, o := range ending {
			if err := s.endOverride(ctx, tx, root, o, strings.TrimSpace(reason)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) endOverride(ctx context.Context, tx *rows.Tx, root string, o Override, reason string) error {
	if _, err := tx.Exec(ctx, deleteOverride, caller.Workspace(ctx), o.Digest); err != nil {
		return err
	}
	if err := s.reviewLater(ctx, tx, o.Digest); err != nil {
		return err
	}
	return s.Events.Append(ctx, tx, restored(root, o, reason))
}

// reviewLater has the versions that have files looked at by jobs.
func (s *Service) reviewLater(ctx context.Context, tx *rows.Tx, digest string) error {
	roots, err := rows.Collect(ctx, tx, rows.Column[string], selectRootsOf, caller.Workspace(ctx), digest)
	if err != nil {
		return err
	}
	for _, root := range roots {
		if err := s.enqueue(ctx, tx, caller.Workspace(ctx), root); err != nil {
			return err
		}
	}
	return nil
}

// fillOverrides adds the override that holds for files, whom it covers, and those that
// sleep.
func (s *Service) fillOverrides(ctx context.Context, v *Verdict) error {
	r, workspace := s.DB.Read(), caller.Workspace(ctx)
	o, over, err := one(ctx, r, scanOverride, selectOverride, v.Judgement.Digest)
	if err != nil {
		return err
	}
	if over {
		v.Override = &o
		if v.Versions, err = rows.One(ctx, r, rows.Column[int64], countVersionsOf, workspace, o.Digest); err != nil {
			return err
		}
	}
	v.Asleep, err = rows.Collect(ctx, r, scanOverride, selectAsleep, workspace, v.Judgement.Root, v.Judgement.Digest)
	return err
}
