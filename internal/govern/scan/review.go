package scan

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// ReviewKind is the job that looks at the gates of all versions in use.
	ReviewKind = "scan.review"
	// ReviewTime bounds one attempt at it.
	ReviewTime = time.Hour
	// ReviewEvery is how often that is done, whatever happened: certificates end, and a
	// bucket may be written to by others than tacit.
	ReviewEvery = time.Hour
)

// TellSettings has versions judged by the settings that hold now: their files where
// the rules changed, their signatures, and the gates of what they are used as.
func (s *Service) TellSettings(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "scan.TellSettings")
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		for _, kind := range []string{RenewKind, ReviewKind} {
			if _, err := s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: kind, Workspace: caller.DefaultWorkspace, Args: json.RawMessage("{}"), Unique: "settings"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// WorkReview looks at all signatures and at the gates of all versions in use, of all
// workspaces, as a job.
func (s *Service) WorkReview(ctx context.Context, _ jobs.Work) (err error) {
	defer fault.Wrap(&err, "scan.WorkReview")
	judged, err := rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectWorkspaces)
	if err != nil {
		return err
	}
	used, err := s.Models.Workspaces(ctx)
	if err != nil {
		return err
	}
	all := append(judged, used...)
	slices.Sort(all)
	for _, workspace := range slices.Compact(all) {
		if err := s.reviewWorkspace(caller.With(ctx, caller.System(subscriber, workspace))); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) reviewWorkspace(ctx context.Context) error {
	signed, err := rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectSigned, caller.Workspace(ctx))
	if err != nil {
		return err
	}
	for _, root := range signed {
		if err := s.trustAnew(ctx, root); err != nil {
			return err
		}
	}
	used, err := s.Models.Used(ctx)
	if err != nil {
		return err
	}
	for _, v := range used {
		if err := s.catchUp(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// catchUp has the files of a version judged when they are others than those that were,
// and looks at its gates.
func (s *Service) catchUp(ctx context.Context, v VersionRef) error {
	root, _, err := s.Models.OfVersion(ctx, v.Name, v.Number)
	if err != nil {
		return unlessGone(err)
	}
	if root != "" {
		j, known, err := s.judgement(ctx, root)
		if err != nil {
			return err
		}
		seen, err := listing(ctx, s.Files, root)
		if err != nil {
			return err
		}
		if !known || j.Listing != seen {
			if err := s.request(ctx, root); err != nil {
				return err
			}
		}
	}
	return s.review(ctx, v)
}
